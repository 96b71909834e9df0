// From a verdict to the lines of its chart: figures by definition, forecast with its band, target at its deadline.
import { token, type Option } from './token';
import type { Evidence, Verdict } from './records';
import { definition, period, shown, source, word } from './told.svelte';
import { crossingText, pointText, superseded, targetText } from './verdicts';

const SHAPES = ['circle', 'rect', 'triangle', 'diamond', 'pin'];

/** A period ("2023", "2023-12", "2023-Q4") as the day on which it ends. */
export function day(text: string): string {
  const quarter = /^(\d{4})-?Q([1-4])$/.exec(text);
  if (quarter) return new Date(Date.UTC(Number(quarter[1]), Number(quarter[2]) * 3, 0)).toISOString().slice(0, 10);
  const [year = '0', month = '12', date] = text.split('-');
  return date ? text : new Date(Date.UTC(Number(year), Number(month), 0)).toISOString().slice(0, 10);
}

/** Figures by definition, those with most figures first, each in the order of time. */
export function byDefinition(evidence: Evidence[]): [string, Evidence[]][] {
  const found = new Map<string, Evidence[]>();
  for (const e of evidence) found.set(e.definition, [...(found.get(e.definition) ?? []), e]);
  const ordered = [...found].toSorted((a, b) => b[1].length - a[1].length);
  return ordered.map(([name, rows]) => [name, rows.toSorted((a, b) => day(a.period).localeCompare(day(b.period)))]);
}

/** What hovering over a figure says: period, value, definition, day known, publications. */
export function tip(e: Evidence, replaced: boolean): string {
  const names = [...new Set(e.figures.map((f) => source(f.source_id)).filter(Boolean))].join(word('list.comma'));
  const told = word('figure.tip', { period: period(e.period), value: pointText(e), definition: definition(e.definition), known_on: e.known_on, sources: names || word('sources.not_named') });
  return replaced ? `${told}\n${word('status.superseded')}` : told;
}

/** The part ` / denominator` that all computed definitions have in common; empty where they differ. */
function sharedTail(names: string[]): string {
  const tails = new Set(names.filter((n) => n.includes(' / ')).map((n) => n.slice(n.indexOf(' / '))));
  return tails.size === 1 ? [...tails][0] ?? '' : '';
}

interface Given { v: Verdict; language: string }
export function targetOption({ v }: Given): Option {
  const path = v.forecast?.made ? v.forecast.path : [];
  const [accent, muted, text] = [token('accent'), token('muted'), token('text')];
  const replaced = superseded(v.evidence);
  const lines = byDefinition(v.evidence);
  const tail = sharedTail(lines.map(([name]) => name));
  const named = (name: string): string => definition(tail && name.endsWith(tail) ? name.slice(0, -tail.length) : name);
  const target = v.target === null ? [] : [{ yAxis: v.target, lineStyle: { color: text, type: 'dashed' }, label: { formatter: targetText(v), position: 'insideStartTop', color: text } }];
  const deadline = [{ xAxis: v.deadline, lineStyle: { color: muted, type: 'dotted' }, label: { formatter: v.deadline, color: muted, position: 'end' } }];
  const crossing = v.crossed_before ? { markArea: { silent: true, itemStyle: { color: accent, opacity: 0.1 }, data: [[{ xAxis: day(v.crossed_after ?? v.crossed_before), name: crossingText(v), label: { show: false } }, { xAxis: day(v.crossed_before) }]] } } : {};
  const figures = lines.map(([name, rows], k) => ({
    type: 'line', name: named(name), symbol: SHAPES[k % SHAPES.length], symbolSize: 7, showSymbol: true, lineStyle: { width: k ? 1 : 2, type: k ? 'dotted' : 'solid' }, color: k ? muted : accent,
    data: rows.map((e) => ({ value: [day(e.period), e.value], name: tip(e, replaced.has(e)), ...(replaced.has(e) || e.weak ? { itemStyle: { color: 'transparent', borderColor: k ? muted : accent, borderWidth: 1.5 } } : {}) })),
    ...(k ? {} : { markLine: { silent: true, symbol: 'none', data: [...target, ...deadline] }, ...crossing }),
  }));
  const band = path.length ? [
    { type: 'line', name: '', stack: 'band', symbol: 'none', silent: true, lineStyle: { opacity: 0 }, data: path.map((p) => [day(p.period), p.low]), tooltip: { show: false } },
    { type: 'line', name: ' ', stack: 'band', symbol: 'none', silent: true, lineStyle: { opacity: 0 }, areaStyle: { color: accent, opacity: 0.18 }, data: path.map((p) => [day(p.period), p.high - p.low]), tooltip: { show: false } },
    { type: 'line', name: word('figure.forecast'), symbol: 'none', lineStyle: { width: 1.5, type: 'dashed' }, color: accent, data: path.map((p) => ({ value: [day(p.period), p.value], name: period(p.period) })) },
  ] : [];
  const days = [...v.evidence.map((e) => day(e.period)), ...path.map((p) => day(p.period)), v.deadline, day(String(Number(v.evidence[0]?.period.slice(0, 4) ?? v.deadline.slice(0, 4)) - 1))].toSorted();
  const extended = v.target !== null && v.target >= Math.max(...v.evidence.map((e) => e.value), ...path.map((p) => p.high));
  return {
    grid: { left: 4, right: 14, top: 34, bottom: 2, containLabel: true },
    legend: { type: 'scroll', top: 0, left: 0, itemWidth: 14, itemHeight: 8, itemGap: 14, textStyle: { color: muted, fontSize: 11 }, pageIconColor: muted, pageIconInactiveColor: token('line'), pageIconSize: 10, pageTextStyle: { color: muted }, data: [...lines.map(([name]) => named(name)), ...(path.length ? [word('figure.forecast')] : [])] },
    tooltip: { trigger: 'item', confine: true, renderMode: 'richText', formatter: (p: { name: string }) => p.name },
    xAxis: { type: 'time', min: days[0], max: days.at(-1), axisLabel: { color: muted, hideOverlap: true, formatter: '{yyyy}' }, minInterval: 365 * 24 * 3600 * 1000, splitLine: { show: false } },
    yAxis: { type: 'value', max: extended && v.target !== null ? v.target * 1.1 : undefined, axisLabel: { color: muted, ...(extended ? { showMaxLabel: false } : {}), formatter: (n: number) => shown(n) }, splitLine: { lineStyle: { color: token('line') } } },
    series: [...figures, ...band],
  };
}
