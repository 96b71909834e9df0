// What the map shows is in its address: read from the query, written back to it.
import { go, place, withQuery } from './router.svelte';

export type Shown = 'regions' | 'cells' | 'coverage';
export interface Half { period: string; definition: string; until: string }
export interface MapState {
  shown: Shown; level: string; indicator: string; data: string; operators: string[]; bands: string[]; since: string; figure: string;
  coverage: string; layer: string; over: string; pair: boolean; halves: [Half, Half]; pick: string; table: boolean;
}
export interface View { zoom: number; lat: number; lon: number }
/** West, south, east, north of the first view. */
export const HOME: [number, number, number, number] = [73, 17.5, 135.5, 54];

const list = (name: string): string[] => place.query.getAll(name);
const text = (name: string, otherwise = ''): string => place.query.get(name) ?? otherwise;

export function readState(): MapState {
  const half = (suffix: string): Half => ({ period: text(`period${suffix}`), definition: text(`definition${suffix}`), until: text(`until${suffix}`) });
  const shown = text('show', 'regions');
  return {
    shown: shown === 'cells' || shown === 'coverage' ? shown : 'regions',
    level: text('level') === 'prefecture' ? 'prefecture' : 'province',
    indicator: text('indicator', 'base_stations_5g_per_10k'), data: text('data'), operators: list('operator'), bands: list('band'),
    since: text('since'), figure: text('figure', 'n'), coverage: text('coverage'), layer: text('layer', 'rsrp'), over: text('over'),
    pair: text('pair') === '1', halves: [half(''), half('2')], pick: text('pick'), table: text('table') !== '0',
  };
}

export function change(changes: Record<string, string>): void {
  go(withQuery(changes), true);
}

export function changeList(name: string, values: string[]): void {
  const query = new URLSearchParams(place.query);
  query.delete(name);
  for (const value of values) query.append(name, value);
  go(`${place.path}?${query}`, true);
}

export function readView(): View | null {
  const [zoom, lat, lon] = text('at').split('/').map(Number);
  const fine = [zoom, lat, lon].every((v) => Number.isFinite(v)) && Math.abs(lat ?? 99) <= 85 && (zoom ?? -1) >= 0;
  return fine ? { zoom: zoom!, lat: lat!, lon: lon! } : null;
}

/** The place goes into the address without asking the page to draw again. */
export function keepView(view: View): void {
  const query = new URLSearchParams(location.search);
  query.set('at', `${view.zoom.toFixed(2)}/${view.lat.toFixed(4)}/${view.lon.toFixed(4)}`);
  history.replaceState(null, '', `${location.pathname}?${query}`);
  place.query.set('at', query.get('at') ?? '');
}

/** The rows that are kept, as the server's query. */
export function choiceOf(s: MapState, half: Half): string {
  const query = new URLSearchParams();
  for (const name of s.operators) query.append('operator', name);
  for (const name of s.bands) query.append('band', name);
  if (s.since) query.set('since', s.since);
  if (half.until) query.set('until', half.until);
  return query.toString();
}
