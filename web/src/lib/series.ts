// From a verdict to the lines of its chart: figures by definition, forecast with its band, target at its deadline.
import { token, type Option } from './token';
import type { Evidence, Verdict } from './records';

const SHAPES = ['circle', 'rect', 'triangle', 'diamond', 'pin'];

/** A period ("2023", "2023-12", "2023-Q4") as the day on which it ends. */
export function day(period: string): string {
  const quarter = /^(\d{4})-?Q([1-4])$/.exec(period);
  if (quarter) return new Date(Date.UTC(Number(quarter[1]), Number(quarter[2]) * 3, 0)).toISOString().slice(0, 10);
  const [year = '0', month = '12', date] = period.split('-');
  return date ? period : new Date(Date.UTC(Number(year), Number(month), 0)).toISOString().slice(0, 10);
}

/** Figures by definition, each definition in the order of time. */
export function byDefinition(evidence: Evidence[]): [string, Evidence[]][] {
  const found = new Map<string, Evidence[]>();
  for (const e of evidence) found.set(e.definition, [...(found.get(e.definition) ?? []), e]);
  return [...found].map(([name, rows]) => [name, rows.toSorted((a, b) => day(a.period).localeCompare(day(b.period)))]);
}

export function hasSeries(v: Verdict): boolean {
  return v.evidence.length > 0;
}

export function targetOption(v: Verdict, words: { target: string; forecast: string; unit: string }): Option {
  const path = v.forecast?.made ? v.forecast.path : [];
  const accent = token('accent');
  const figures = byDefinition(v.evidence).map(([name, rows], k) => ({
    type: 'line', name, symbol: SHAPES[k % SHAPES.length], symbolSize: 6, showSymbol: true, lineStyle: { width: k ? 1 : 2, type: k ? 'dotted' : 'solid' },
    color: k ? token('muted') : accent,
    data: rows.map((e) => ({ value: [day(e.period), e.value], name: `${e.period} · ${e.figures[0]?.source_id ?? ''}` })),
    ...(k ? {} : { markLine: { silent: true, symbol: 'none', data: [{ yAxis: v.target, name: words.target, lineStyle: { color: token('text'), type: 'dashed' }, label: { formatter: words.target, position: 'insideEndTop', color: token('text') } }, { xAxis: v.deadline, lineStyle: { color: token('muted'), type: 'dotted' }, label: { show: true, formatter: v.deadline, color: token('muted') } }] } }),
  }));
  const band = path.length ? [
    { type: 'line', name: 'low', stack: 'band', symbol: 'none', silent: true, lineStyle: { opacity: 0 }, data: path.map((p) => [day(p.period), p.low]), tooltip: { show: false } },
    { type: 'line', name: 'band', stack: 'band', symbol: 'none', silent: true, lineStyle: { opacity: 0 }, areaStyle: { color: accent, opacity: 0.18 }, data: path.map((p) => [day(p.period), p.high - p.low]), tooltip: { show: false } },
    { type: 'line', name: words.forecast, symbol: 'none', lineStyle: { width: 1.5, type: 'dashed' }, color: accent, data: path.map((p) => [day(p.period), p.value]) },
  ] : [];
  return {
    grid: { left: 8, right: 12, top: 20, bottom: 4, containLabel: true },
    tooltip: { trigger: 'item', confine: true },
    xAxis: { type: 'time', axisLabel: { color: token('muted'), hideOverlap: true }, splitLine: { show: false } },
    yAxis: { type: 'value', axisLabel: { color: token('muted') }, splitLine: { lineStyle: { color: token('line') } } },
    series: [...figures, ...band],
  };
}
