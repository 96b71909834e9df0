// Sites as the server tells them, and how their maps are read and coloured.
import { ApiError, type Failure } from './api.svelte';

export interface FloorRef { floor: string; name: string; level: number }
export interface SiteRow {
  organisation: string; site: string; name: string; kind: string; synthetic: boolean; source: string; floors: number; rooms: number; area_m2: number;
  needs: number; designed: boolean; heads: number | null; floor_list: FloorRef[]; error: string;
}
export interface SiteInfo extends SiteRow { may_edit: boolean; may_assess: boolean; revision: string | null }
export type Totals = Record<string, number>;
export interface FindingRow {
  rule: string; dimension: string; subject: string; subject_name: string; verdict: string; label: string; remedy: string; cause: string; source: string; op: string; unit: string;
  met_text: string; required_text: string; margin_text: string; margin: number | null; kind: string; mark: string; verified: boolean; evidence: string; fact_sources: string[]; clause_ref: string;
}
export interface Findings { all: number; offset: number; findings: FindingRow[] }
export interface ApplicationRow {
  application: string; name: string; direction: string; verdict: string; flows: number; verified: boolean; source: string; rooms: string[]; failed_rooms: string[]; why: FindingRow[];
  pass: number; fail: number; inconclusive: number; not_measurable: number;
}
export interface WorstRow { rule: string; dimension: string; label: string; verdict: string; subjects: number; of: number; worst: string; subject_name: string; met_text: string; required_text: string; margin_text: string; op: string; cause: string; remedy: string; source: string }
export interface Verdicts {
  revision: string; site: string; profile: string; profile_version: string; stage: string; totals: Totals; dimensions: Record<string, string | number>[]; worst: WorstRow[];
  rooms: Record<string, string>; applications: ApplicationRow[]; open_slots: number; covered_ratio: number; failed: boolean;
}
export interface Head { head: string; floor: string; x_m: number; y_m: number; z_m: number; cell: string; power_dbm: number; ports: number; gain_dbi: number; origin: string }
export type Plain = Record<string, string | number | boolean | null>;
export interface Design { revision: string; heads: Head[]; cells: Plain[]; carriers: Plain[]; slices: Plain[]; flows: Plain[]; links: Plain[]; upfs: Plain[]; shares: Plain[]; notes: string[]; settings: Plain; bill: Bill }
export interface Bill { currency: string; years: number; capital: number; yearly: number; present_value: number; verified: boolean; lines: Record<string, string | number | null>[]; energy: Record<string, number | null>; upgrades: Plain[]; notes: string[] }
export interface Ramp { low: number; colour: string; label: string }
export interface Layer { layer: string; unit: string; classes: Ramp[] }
export interface Frame { floor: string; rows: number; columns: number; west_m: number; north_m: number; resolution_m: number; layers: Layer[]; revision: string }
export interface Money { capital: number; yearly: number; currency: string; verified: boolean }
export interface ChangeSide { verdict: string; met_text: string; required_text: string; margin_text: string; cause: string }
export interface Change { rule: string; dimension: string; subject: string; subject_name: string; label: string; direction: string; verdict_changed: boolean; before: ChangeSide | null; after: ChangeSide | null }
export interface Changes {
  revision?: string; totals: { before: Totals; after: Totals }; better: number; worse: number; verdicts_changed: number; all: number; changes: Change[]; rooms: Record<string, string>;
  heads: [number, number]; capital: [Money, Money]; covered_ratio: [number, number];
}
export interface Term { name: string; mean_s: number | null; max_s: number | null; children: Term[] }
export interface BudgetTree { flow: string; application: string; direction: string; room: string; required_s: number | null; tree: Term; note: string }
export interface Job { id: number; task: string; state: string; progress: number; told: string; result: Record<string, unknown> | null; arguments: Record<string, string> }

export const VERDICTS = ['fail', 'inconclusive', 'pass', 'not_measurable'] as const;

export function siteAddress(of: { organisation: string; site: string }): string {
  return `/sites/${encodeURIComponent(of.organisation)}/${encodeURIComponent(of.site)}`;
}

export interface Raster { values: Float32Array; rows: number; columns: number }

/** One layer of a floor: float32 from the north-west corner, NaN where nothing is known. Throws ApiError. */
export async function fetchRaster(site: string, frame: Frame, layer: string, revision: string, signal?: AbortSignal): Promise<Raster> {
  const response = await fetch(`/api/v1${site}/maps/${encodeURIComponent(frame.floor)}/${layer}?revision=${revision}`, { signal, credentials: 'same-origin' });
  if (!response.ok) {
    const body = (await response.json().catch(() => null)) as { error?: Failure } | null;
    throw new ApiError({ ...(body?.error ?? { code: 'unreadable', where: '', what: response.statusText, allowed: '', hint: '' }), status: response.status });
  }
  return { values: new Float32Array(await response.arrayBuffer()), rows: frame.rows, columns: frame.columns };
}

/** The class of a value: the first whose lower edge it reaches; -1 for unknown. Classes fall. */
export function classOf(classes: Ramp[], value: number): number {
  if (Number.isNaN(value)) return -1;
  const found = classes.findIndex((c) => value >= c.low);
  return found < 0 ? classes.length - 1 : found;
}

/** A picture of a raster in its fixed classes, one pixel each; unknown is left clear, so that the hatch below shows. */
export function picture(raster: Raster, classes: Ramp[]): string {
  const canvas = document.createElement('canvas');
  canvas.width = raster.columns;
  canvas.height = raster.rows;
  const pen = canvas.getContext('2d');
  if (!pen) return '';
  const image = pen.createImageData(raster.columns, raster.rows);
  const colours = classes.map((c) => [1, 3, 5].map((k) => parseInt(c.colour.slice(k, k + 2), 16)));
  raster.values.forEach((value, i) => {
    const rgb = colours[classOf(classes, value)];
    if (rgb) image.data.set([rgb[0] ?? 0, rgb[1] ?? 0, rgb[2] ?? 0, 255], 4 * i);
  });
  pen.putImageData(image, 0, 0);
  return canvas.toDataURL();
}

/** Pixels of each class. */
export function classCounts(raster: Raster, classes: Ramp[]): number[] {
  const counts = classes.map(() => 0);
  for (const value of raster.values) {
    const k = classOf(classes, value);
    if (k >= 0) counts[k] = (counts[k] ?? 0) + 1;
  }
  return counts;
}

/** The value at a place, NaN where nothing is known there. */
export function valueAt(raster: Raster, frame: Frame, x: number, y: number): number {
  const column = Math.floor((x - frame.west_m) / frame.resolution_m);
  const row = Math.floor((frame.north_m - y) / frame.resolution_m);
  if (column < 0 || row < 0 || column >= raster.columns || row >= raster.rows) return NaN;
  return raster.values[row * raster.columns + column] ?? NaN;
}
