// Records of the server that pages read.
export interface Figure { indicator: string; value: number; unit: string; step: number; definition: string; mark: string; known_on: string; known_mark: string; source_id: string | null; source_url: string; clause: string; note: string }
export interface Evidence { period: string; value: number; low: number | null; high: number | null; unit: string; qualifier: string; known_on: string; definition: string; origin: string; industry: string | null; weak: boolean; figures: Figure[] }
export interface ForecastPoint { period: string; value: number; low: number; high: number; beyond_back_test: boolean }
export interface Crossing { expected: string | null; earliest: string | null; latest: string | null; search_years: number }
export interface Forecast {
  made: boolean; reason: string | null; series: string; points: number; model: string | null; error_ratio: number | null; interval: number;
  path: ForecastPoint[]; at_deadline: ForecastPoint | null; probability: number | null; notes: string[];
  crossing: Crossing | null;
  coverage: { issued: number | null; points: number; origins: number } | null;
}
export interface Verdict {
  indicator: string; name: string; region: string; target: number | null; comparator: string | null; unit: string; deadline: string;
  verdict: string; basis: string; reason: string; value: number | null; value_period: string | null; value_definition: string | null;
  value_low: number | null; value_high: number | null; crossed_after: string | null; crossed_before: string | null; distance: number | null;
  pace_needed_per_year: number | null; pace_recent_per_year: number | null; known_on: string; verified: boolean; settled_by: string | null;
  notes: string[]; forecast: Forecast | null; evidence: Evidence[]; related: Figure[]; group: string; inherited: boolean; plan: string;
}
export interface Plan { id: string; title_en: string; title_zh: string; geography: string; issued: string; note: string; source_id: string; targets: { indicator: string; deadline: string; definition_version: string }[] }
export interface RegionOfPlan { region: string; name: string; name_zh: string; level: string; parent: string | null; targets: number; with_figures: number }
export interface Gap { region: string; name: string; indicator: string; value: number | null; target: number; unit: string; verdict: string; distance: number | null; missing: number | null; missing_unit: string | null; period: string | null }
export interface Needs { region: string; here: Gap[]; below: Gap[] }

// ---- the composite index
export interface Framework { id: string; title: string; version: string; indicators: number; groups: string[]; needs_data: boolean; geographies: Record<string, string> }
export interface Note { code: string; where: string; what: string }
export interface TreeNode { code: string; name: string; parent: string | null; depth: number; indicator: boolean; weight: number; share: number; with_value: number; unit: string | null; target: number | null; goalposts: number[] | null; direction: number }
export interface Unit {
  unit: string; name: string; time: string | null; scores: Record<string, number | null>; rank: number | null; coverage: number; partial: boolean;
  missing: string[]; imputed: string[]; raw: Record<string, number | null>; scaled: Record<string, number | null>; screened_out?: boolean;
}
export interface Board { framework: string; title: string; version: string; top: string; sources: string[]; notes: Note[]; remarks: string[]; geographies: string[]; data_sha256: string; nodes: TreeNode[]; units: Unit[] }
export interface RankInterval { unit: string; name: string; time: string | null; rank: number; runs_ranked: number; mean: number | null; p05: number | null; median: number | null; p95: number | null; best: number | null; worst: number | null; group: number | null; before_next: number | null }
export interface Robustness {
  runs: number; runs_used: number; seed: number; separable_share: number; units: RankInterval[];
  varied: { choice: string; alternatives?: { alternative: string; runs: number; runs_used: number; mean_shift: number | null }[] }[];
  not_varied: { choice: string; reason: string }[]; skipped: { what: string; runs: number; reason: string }[];
}
export interface Factor { choice: string; first: number; first_p05: number; first_p95: number; total: number; total_p05: number; total_p95: number; first_exact: number | null; total_exact: number | null; alternatives: string[] }
export interface Sensitivity { of: string; mean_shift: number; computations: number; evaluations: number; seed: number; factors: Factor[]; not_varied: { choice: string; reason: string }[] }
export interface Change { unit: string; name: string; rank_before: number; rank_after: number; rank_change: number; rank_by_restatement: number; rank_by_data: number; rank_by_method: number; score_before: number; score_after: number; score_change: number; score_by_restatement: number; score_by_data: number; score_by_method: number }
export interface Comparison { changes: Change[]; only_before: string[]; only_after: string[] }
export interface Edition { day: string; period: string; inputs: number }
export interface Lever { indicator: string; name: string; unit: string; value: number; needed: number; change: number; share_of_range: number; rank_after: number; score_after: number; beyond_observed: boolean; checked: boolean }
export interface Levers { unit: string; name: string; time: string | null; rank: number; score: number; levers: Lever[]; no_levers: { indicator: string; name: string; value: number | null; reason: string; told: string }[] }
export interface TrialUnit { unit: string; name: string; time: string | null; rank: number | null; score: number | null; rank_declared: number | null; score_declared: number | null; moved: number | null; scores: Record<string, number | null> }
export interface Trial { published: false; moved: number; ranked: number; units: TrialUnit[]; shares: Record<string, number>; notes: Note[] }
