// Records of the server that the map reads.
import type { Figure } from './records';

export interface DataSet { name: string; kind: string; version: number; id: string; rows: number; synthetic: boolean; source: string; licence: string; as_of: string; sha256: string }
export interface Named { name: string; n: number }
export interface Facets extends DataSet { operators: Named[]; bands: Named[]; months: [string, string] | null; undated: number; no_coordinates: number; bounds: [number, number, number, number] | null; figures: string[] }
export interface RegionCount { region: string; name_en: string; name_zh: string; n: number }
export interface Summary extends DataSet {
  level: string; total: number; on_map: number; in_regions: number; outside: number; no_coordinates: number; undated: number; in_view: number | null; regions: RegionCount[];
}
export interface CellRecord extends DataSet { cell: string; resolution: number; n: number; parts: { operator: string; band: string; n: number }[]; first: Record<string, string | number | boolean>[] }
export interface Indicator { indicator: string; name_en: string; name_zh: string; unit: string; regions: number }
export interface PointRecord { period: string; value: number; low: number | null; high: number | null; unit: string; qualifier: string; known_on: string; definition: string; origin: string; weak: boolean; figures: Figure[] }
export interface RegionRow { region: string; name_en: string; name_zh: string; value: number | null; rank: number | null; evidence: PointRecord | null }
export interface Regions { indicator: string; unit: string; level: string; period: string; definition: string; known: number; unknown: number; breaks: number[]; slices: { period: string; definition: string; regions: number }[]; rows: RegionRow[] }
export interface CoverageClass { low: number; colour: string; label: string }
export interface CoverageLayer { layer: string; scale: number; offset: number; unit: string; classes: CoverageClass[] }
export interface CoverageRun { name: string; bounds: [number, number, number, number]; crs: string; resolution_m: number; version: string; layers: CoverageLayer[] }
