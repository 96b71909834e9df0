// Entries of the legend: classes with their counts.
import { number } from './format';
import { t } from './i18n.svelte';
import type { Seen } from './map';
import { classOf, colours } from './mapramp';
import type { CoverageLayer, Regions } from './maprecords';

export interface Entry { colour: string | null; label: string; count: string }

function labels(breaks: number[], tell: (v: number) => string): string[] {
  if (!breaks.length) return [t('map.any')];
  return [`< ${tell(breaks[0]!)}`, ...breaks.map((b, k) => (k + 1 < breaks.length ? `${tell(b)} – ${tell(breaks[k + 1]!)}` : `≥ ${tell(b)}`))];
}

export function regionEntries(data: Regions | null, breaks: number[]): Entry[] {
  const ramp = colours(breaks);
  const counts = ramp.map(() => 0);
  for (const row of data?.rows ?? []) if (row.value !== null) counts[classOf(row.value, breaks)]! += 1;
  const known = labels(breaks, (v) => number(v)).map((label, k) => ({ colour: ramp[k]!, label, count: String(counts[k]) }));
  return [...known.toReversed(), { colour: null, label: t('map.unknown'), count: String(data?.unknown ?? 0) }];
}

export function cellEntries(figure: string, breaks: number[], seen: Seen | null): Entry[] {
  const ramp = colours(breaks);
  const tell = (v: number): string => (figure === 'coverage_share' ? `${number(v * 100)}%` : figure === 'mean_dl_bps' ? number(v / 1e6) : number(v));
  const known = labels(breaks, tell).map((label, k) => ({ colour: ramp[k]!, label, count: seen ? number(seen.classes[k] ?? 0, 7) : '' }));
  const unknown = figure === 'n' ? [] : [{ colour: null, label: t('map.not_measured'), count: seen ? number(seen.unknown, 7) : '' }];
  return [...known.toReversed(), ...unknown];
}

export function coverageEntries(layer: CoverageLayer, shares: number[] | null): Entry[] {
  const lows = layer.classes.map((c) => c.low);
  const label = (k: number): string => (k === 0 ? `≥ ${number(lows[0])}` : k === lows.length - 1 ? `< ${number(lows[k - 1])}` : `${number(lows[k])} – ${number(lows[k - 1])}`);
  return layer.classes.map((c, k) => ({ colour: c.colour, label: lows.length === 1 ? c.label : label(k), count: shares ? `${number(100 * (shares[k] ?? 0), 3)}%` : '' }));
}
