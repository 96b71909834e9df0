// Records of the server that pages read.
export interface Figure { indicator: string; value: number; unit: string; definition: string; mark: string; known_on: string; source_id: string; source_url: string; clause: string; note: string }
export interface Evidence { period: string; value: number; low: number; high: number; unit: string; known_on: string; definition: string; origin: string; weak: boolean; figures: Figure[] }
export interface ForecastPoint { period: string; value: number; low: number; high: number; beyond_back_test: boolean }
export interface Forecast {
  made: boolean; reason: string | null; series: string; points: number; model: string | null; error_ratio: number | null; interval: number;
  path: ForecastPoint[]; at_deadline: ForecastPoint | null; probability: number | null; notes: string[];
}
export interface Verdict {
  indicator: string; name: string; region: string; target: number; comparator: string; unit: string; deadline: string;
  verdict: string; basis: string; reason: string; value: number | null; value_period: string | null; value_definition: string | null;
  value_low: number | null; value_high: number | null; crossed_after: string | null; crossed_before: string | null; distance: number | null;
  pace_needed_per_year: number | null; pace_recent_per_year: number | null; known_on: string; verified: boolean; settled_by: string | null;
  notes: string[]; forecast: Forecast | null; evidence: Evidence[]; group: string; inherited: boolean;
}
