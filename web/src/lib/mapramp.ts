// Colours of the map: six steps of viridis, turned so that more stands out from the ground of the theme.
import { isDark } from './theme.svelte';

const VIRIDIS = ['#440154', '#414487', '#2a788e', '#22a884', '#7ad151', '#fde725'];
/** Mean area of an H3 cell [km2] by resolution. Source: H3 4 documentation, table of cell statistics. */
export const CELL_KM2: Record<number, number> = { 3: 12393.435, 4: 1770.348, 5: 252.904, 6: 36.129, 7: 5.161, 8: 0.7373, 9: 0.1053 };
const CHINA_KM2 = 9.6e6;

export interface Scale { breaks: number[]; colours: string[] }

/** Colours for one class more than there are borders, spread over the whole ramp. */
export function colours(breaks: number[]): string[] {
  const ramp = isDark() ? VIRIDIS : VIRIDIS.toReversed();
  const classes = breaks.length + 1;
  return Array.from({ length: classes }, (_, k) => ramp[Math.round((k * (ramp.length - 1)) / Math.max(1, classes - 1))] ?? '#888');
}

/** Round borders of at most six classes over the middle nine tenths of the values, as the server makes them for one map. */
export function niceBreaks(values: number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (q: number): number => sorted[Math.round(q * (sorted.length - 1))] ?? NaN;
  const [low, high] = [at(0.05), at(0.95)];
  if (!(high > low)) return [];
  const raw = (high - low) / 5;
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 2.5, 5, 10].find((s) => size * s >= raw * (1 - 1e-9)) ?? 10) * size;
  const first = Math.ceil(low / step + 1e-9);
  return Array.from({ length: 5 }, (_, k) => Number(((first + k) * step).toPrecision(10))).filter((b) => b <= high);
}

export function classOf(value: number, breaks: number[]): number {
  return breaks.filter((b) => value >= b).length;
}

/** Borders for what a cell tells: rows per km2 in decades around the mean of the country, or fixed steps of quality. */
export function cellBreaks(figure: string, rows: number): number[] {
  if (figure === 'coverage_share') return [0.5, 0.8, 0.9, 0.95, 0.99];
  if (figure === 'mean_dl_bps') return [10e6, 50e6, 100e6, 300e6, 500e6];
  const mean = 10 ** Math.max(-3, Math.floor(Math.log10(Math.max(rows, 1) / CHINA_KM2)));
  return [0.1, 1, 10, 100, 1000].map((times) => Number((mean * times).toPrecision(2)));
}

/** What is drawn of a cell: rows per km2, or the figure itself (-1: not measured). */
export function cellValue(figure: string, properties: Record<string, unknown>): number | null {
  const found = Number(properties[figure === 'n' ? 'n' : figure]);
  if (figure === 'n') return found / (CELL_KM2[Number(properties['r'])] ?? NaN);
  return found < 0 ? null : found;
}
