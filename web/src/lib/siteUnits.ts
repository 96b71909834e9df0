// Units as people type them: "250 mW", "24 dBm", "3.5 m", "30 cm".
const FACTORS: Record<string, Record<string, number>> = { m: { m: 1, cm: 0.01, mm: 0.001, km: 1000 }, db: { db: 1, dbi: 1 }, count: { '': 1 } };

/** The value in metres, decibel or as a count; null for what is none. */
export function parseQuantity(text: string, kind: 'm' | 'dbm' | 'db' | 'count'): number | null {
  const found = /^\s*([+\-−]?\d+(?:[.,]\d+)?)\s*([a-zµA-Z]*)\s*$/.exec(text);
  if (!found) return null;
  const value = Number((found[1] ?? '').replace('−', '-').replace(',', '.'));
  const unit = (found[2] ?? '').toLowerCase();
  if (!Number.isFinite(value)) return null;
  if (kind === 'dbm') {
    if (unit === '' || unit === 'dbm') return value;
    const milliwatts = { w: 1000, mw: 1, kw: 1e6, µw: 1e-3, uw: 1e-3 }[unit];
    return milliwatts && value > 0 ? 10 * Math.log10(value * milliwatts) : null;
  }
  if (unit === '') return value;
  const factor = FACTORS[kind]?.[unit];
  return factor === undefined ? null : value * factor;
}
