// How a verdict is told: sentences and facts as in the report, from the same words.
import type { Crossing, Evidence, Figure, Verdict } from './records';
import { indicator, model, period, phrase, plain, pointsUnit, shown, stepOf, value, withUnit, word } from './told.svelte';

export interface Fact { label: string; text: string; more?: string; strong?: boolean }
const OUTCOMES = ['met', 'missed', 'not_provable', 'open'];
const STALE_YEARS = 1.5;
const WEAK = ['synthetic', 'recalled', 'assumed', 'unverified', 'modelled'];

/** The heading of the page: how many targets were met, and what is to be said of the others. */
export function answer(verdicts: Verdict[]): string {
  const count = (outcome: string): number => verdicts.filter((v) => v.verdict === outcome).length;
  const given = OUTCOMES.filter(count);
  const [first] = given;
  if (!first) return '';
  if (verdicts.length === 1) return word(`answer.only.${first}`);
  const kind = given.length === 1 ? 'all.' : 'first.';
  const told = given.map((o) => word(`answer.${o === first ? kind : ''}${o}`, { n: count(o), total: verdicts.length }));
  const ahead = verdicts.filter((v) => v.verdict === 'open' && v.distance !== null && v.distance >= 0).length;
  return [...told, ...(ahead ? [word('answer.ahead', { n: ahead })] : [])].join(word('answer.join'));
}

export const nameOf = (v: Verdict): string => indicator(v.indicator, v.plan, v.name);
export const targetText = (v: Verdict): string => (v.target === null ? word('target.none') : word(`comparator.${v.comparator}`, { value: value(v.target, v.unit) }));
const qualified = (text: string, qualifier: string): string => (qualifier === 'exact' ? text : word(`qualifier.${qualifier}`, { value: text }));

/** The evidence that a verdict's value was taken from. */
export const deciding = (v: Verdict): Evidence | undefined => v.evidence.find((e) => e.period === v.value_period && e.value === v.value);
export function stepOfPoint(e: Evidence): number {
  const band = stepOf(e.low, e.high);
  if (band) return band;
  const share = Math.max(0, ...e.figures.map((f) => (f.value ? Math.abs(f.step / f.value) : 0)));
  return share && e.value ? 10 ** Math.round(Math.log10(share * Math.abs(e.value))) : 0;
}
function verdictStep(v: Verdict): number {
  const point = deciding(v);
  return point ? stepOfPoint(point) : stepOf(v.value_low, v.value_high);
}
export const pointText = (e: Evidence): string => qualified(value(e.value, e.unit, stepOfPoint(e)), e.qualifier);
export function valueText(v: Verdict): string {
  return v.value === null ? '' : qualified(value(v.value, v.unit, verdictStep(v)), deciding(v)?.qualifier ?? 'exact');
}
export function bandText(low: number | null, high: number | null, unit: string, step: number): string {
  if (low === null || low === high) return '';
  const finer = step / 10;
  if (high === null) return word('band.from', { low: value(low, unit, finer) });
  return word('band.between', { low: shown(low, finer), high: value(high, unit, finer) });
}
export const valueBand = (v: Verdict): string => bandText(v.value_low, v.value_high, v.unit, verdictStep(v));

/** How a piece of evidence is known: the weakest mark of its figures; computed from published ones is derived. */
export function markOf(e: Evidence): string {
  const marks = new Set(e.figures.map((f) => f.mark));
  return WEAK.find((m) => marks.has(m)) ?? (e.origin === 'computed' ? 'derived' : e.figures[0]?.mark ?? 'published');
}

/** Evidence that a later publication of the same period and definition has replaced. */
export function superseded(evidence: Evidence[]): Set<Evidence> {
  const last = new Map<string, Evidence>();
  for (const e of evidence) {
    const key = `${e.period}|${e.definition}|${e.industry ?? ''}`;
    const held = last.get(key);
    if (!held || e.known_on >= held.known_on) last.set(key, e);
  }
  const kept = new Set(last.values());
  return new Set(evidence.filter((e) => !kept.has(e)));
}

export function crossingText(v: Verdict): string {
  if (!v.crossed_before) return '';
  const before = period(v.crossed_before);
  return v.crossed_after ? word('crossing.between', { after: period(v.crossed_after), before }) : word('crossing.by', { before });
}
function distanceText(v: Verdict): string {
  const away = v.distance ?? 0;
  const qualifier = deciding(v)?.qualifier ?? 'exact';
  let step = verdictStep(v);
  if (away && qualifier !== 'exact') step = Math.min(step, 10 ** (Math.floor(Math.log10(Math.abs(away))) - 1));
  const told = value(Math.abs(away), pointsUnit(v.unit), step);
  const side = away >= 0 ? 'above' : 'below';
  return qualifier === 'over' ? word(`distance.${side}_over`, { value: told }) : word(`distance.${side}`, { value: qualified(told, qualifier) });
}
function pace(of: number, unit: string): string {
  const size = Math.abs(of) >= 1 ? 10 ** (String(Math.trunc(Math.abs(of))).length - 3) : 0.01;
  return word('per_year', { value: value(of, pointsUnit(unit), Math.max(size, 0.01)) });
}
const share = (ratio: number): string => value(100 * ratio, 'percent', 1);
function chance(probability: number): string {
  if (probability >= 0.995) return word('chance.over', { value: value(99, 'percent', 1) });
  return probability < 0.005 ? word('chance.under', { value: value(1, 'percent', 1) }) : share(probability);
}

/** What a card says of its target, in the order in which it is asked. */
export function facts(v: Verdict, plan: string, titleOf: (id: string) => string, version: string): Fact[] {
  const told: Fact[] = [];
  const add = (key: string, text: string, more = '', strong = false): void => { told.push({ label: word(`fact.${key}`), text, more, strong }); };
  const by = v.inherited ? word('fact.inherited', { plan: titleOf(v.plan) }) : v.plan === plan ? '' : word('fact.set_by', { plan: titleOf(v.plan) });
  add('target', targetText(v), [word('due', { deadline: period(v.deadline) }), by].filter(Boolean).join(word('list.semicolon')), true);
  if (v.crossed_before) add('crossed', crossingText(v), '', true);
  if (v.distance !== null) add('distance', distanceText(v), '', true);
  const recent = v.pace_recent_per_year === null ? '' : pace(v.pace_recent_per_year, v.unit);
  if (v.pace_needed_per_year !== null) add('pace_needed', pace(v.pace_needed_per_year, v.unit), recent && word('pace.recent', { value: recent }));
  else if (recent && v.verdict === 'open') add('pace_recent', recent);
  told.push(...ahead(v));
  add('basis', word(`basis.${v.basis}`), phrase(v.reason));
  if (v.settled_by && v.verdict !== 'met' && v.verdict !== 'missed') add('settled_by', phrase(v.settled_by), '', true);
  if (version !== '' && version !== '1') add('definition', phrase(version));
  for (const note of v.notes) add('note', phrase(note));
  return told;
}

/** The forecast of a target that is still open, or why there is none. */
function ahead(v: Verdict): Fact[] {
  const f = v.forecast;
  if (!f || v.verdict !== 'open' || v.target === null) return [];
  const label = word('fact.forecast');
  if (!f.made) return [{ label, text: word('forecast.none'), more: phrase(f.reason ?? '') }];
  const told: Fact[] = [];
  const at = f.at_deadline;
  if (at) {
    const step = stepOf(at.low, at.high) / 10;
    const band = word('forecast.band', { low: plain(at.low, step), high: value(at.high, v.unit, step) });
    told.push({ label, text: value(at.value, v.unit, step), more: [period(at.period), band, at.beyond_back_test ? word('forecast.beyond') : ''].filter(Boolean).join(word('list.semicolon')), strong: true });
  }
  if (f.probability !== null) told.push({ label: word('fact.probability'), text: chance(f.probability), strong: true });
  if (f.crossing) told.push({ label: word('fact.crossing_ahead'), text: crossingAhead(f.crossing) });
  const notes = f.notes.map((note) => ({ label: word('fact.forecast_note'), text: phrase(note) }));
  return [...told, { label: word('fact.model'), text: model(f.model ?? ''), more: tested(v) }, ...notes];
}
function crossingAhead(c: Crossing): string {
  const never = word('crossing.not_within', { years: plain(c.search_years) });
  const expected = c.expected ? period(c.expected) : never;
  if (!c.earliest) return expected;
  return word(c.latest ? 'crossing.ahead' : 'crossing.ahead_open', { expected, earliest: period(c.earliest), latest: c.latest ? period(c.latest) : never });
}
function tested(v: Verdict): string {
  const f = v.forecast;
  if (!f?.coverage || f.coverage.issued === null || f.error_ratio === null) return word('forecast.untested');
  return word('forecast.tested', { error: withUnit(plain(100 * f.error_ratio, 0.1), 'percent'), coverage: share(f.coverage.issued), n: f.coverage.points, origins: f.coverage.origins });
}

/** The sources of figures by name, those with most figures first. */
export function sourcesOf(figures: Figure[], name: (id: string | null) => string): string {
  const count = new Map<string, number>();
  for (const f of figures) if (name(f.source_id)) count.set(name(f.source_id), (count.get(name(f.source_id)) ?? 0) + 1);
  const ordered = [...count.keys()].toSorted((a, b) => (count.get(b) ?? 0) - (count.get(a) ?? 0) || a.localeCompare(b));
  const more = ordered.length > 3 ? ` +${ordered.length - 3}` : '';
  return ordered.slice(0, 3).join(word('list.comma')) + more;
}

/** The newest figure of a verdict speaks of a time long before the day it is judged on. */
export function isStale(v: Verdict): boolean {
  const newest = v.evidence.map((e) => e.period).toSorted().at(-1);
  return v.verdict === 'open' && newest !== undefined && Number(v.known_on.slice(0, 4)) + Number(v.known_on.slice(5, 7)) / 12 - (Number(newest.slice(0, 4)) + Number(newest.slice(5, 7) || 12) / 12) > STALE_YEARS;
}
