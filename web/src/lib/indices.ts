// The composite index: what its page says, and the drawings of ranks, changes and sensitivity.
import { t } from './i18n.svelte';
import { token, type Option } from './token';
import type { Board, Change, Factor, RankInterval, Robustness, TreeNode, Unit } from './records';
import { indicator, plain, region, word } from './told.svelte';

const CHOICES = ['printed', 'normalise', 'aggregate', 'weights', 'impute', 'winmax'];
export const choiceName = (choice: string): string => (CHOICES.includes(choice) ? word(`choice.${choice}`) : choice);
export const unitName = (unit: { unit: string; name: string }): string => { const told = region(unit.unit); return told === unit.unit ? unit.name : told; };

/** Name of a node of the tree in the language in use. */
export function nodeName(node: Pick<TreeNode, 'code' | 'name' | 'indicator'>): string {
  if (node.indicator) return indicator(node.code, '', node.name);
  const [group, own] = [word(`group.${node.code}`), t(`index.node.${node.code}`)];
  return group !== `group.${node.code}` ? group : own !== `index.node.${node.code}` ? own : node.name;
}

/** Indicators of the tree, and those among them that at least one unit has a value of. */
export function filled(board: Board): { all: TreeNode[]; held: TreeNode[] } {
  const all = board.nodes.filter((n) => n.indicator);
  return { all, held: all.filter((n) => n.with_value > 0) };
}

/** The answer to "which is last, and is that certain". */
export interface Last { unit: Unit; ranked: number; share: number | null; beside: RankInterval[] }
export function lastOf(board: Board, robust: Robustness | null): Last | null {
  const ranked = board.units.filter((u) => u.rank !== null);
  const unit = ranked.at(-1);
  if (!unit) return null;
  const byMean = (robust?.units ?? []).toSorted((a, b) => (a.mean ?? 0) - (b.mean ?? 0));
  const at = byMean.findIndex((u) => u.unit === unit.unit);
  const of = byMean[at];
  const beside = byMean.filter((u, k) => u.unit !== unit.unit && ((of?.group && u.group === of.group) || (at >= 0 && k > at)));
  return { unit, ranked: ranked.length, share: byMean[at - 1]?.before_next ?? null, beside };
}

// ---- drawings ------------------------------------------------------------------------------------------------------

interface Coordinates { value: (k: number) => number; coord: (of: number[]) => number[] }

/** Ranks as dots with intervals, a row for each unit; groups that cannot be told apart are shaded. */
export function rankOption(board: Board, robust: Robustness | null): Option {
  const rows = board.units.filter((u) => u.rank !== null);
  const of = new Map((robust?.units ?? []).map((u) => [u.unit, u]));
  const [accent, muted, text] = [token('accent'), token('muted'), token('text')];
  const tip = (u: Unit): string => {
    const r = of.get(u.unit);
    const span = r && r.p05 !== null && r.p95 !== null ? word('rank.span', { low: plain(r.p05, 1), high: plain(r.p95, 1) }) : word('none');
    return word('figure.index_tip', { name: unitName(u), rank: u.rank ?? '', score: plain(u.scores[board.top] ?? 0, 0.1), span });
  };
  const size = Object.groupBy(robust?.units ?? [], (u) => String(u.group));
  const groupOf = rows.map((u) => { const g = of.get(u.unit)?.group ?? 0; return (size[String(g)]?.length ?? 0) > 1 ? g : 0; });
  const runs = groupOf.flatMap((g, k) => (g && g !== groupOf[k - 1] ? [[k, k + groupOf.slice(k).findIndex((other) => other !== g)]] : []));
  const shaded = runs.map(([from = 0, to = 0]) => [{ yAxis: from - 0.45 }, { yAxis: (to < from ? rows.length : to) - 0.55 }]);
  const names = rows.map(unitName);
  const intervals = rows.flatMap((u, k) => { const r = of.get(u.unit); return r && r.p05 !== null && r.p95 !== null ? [{ value: [r.p05, k, r.p95], name: tip(u) }] : []; });
  return {
    grid: { left: 4, right: 56, top: 24, bottom: 8, containLabel: true },
    tooltip: { trigger: 'item', confine: true, renderMode: 'richText', formatter: (p: { name: string }) => p.name },
    xAxis: { type: 'value', min: 0, max: rows.length + 1, interval: rows.length > 12 ? 5 : 1, position: 'top', axisLine: { show: false }, axisLabel: { color: muted, formatter: (v: number) => (v > 0 && v <= rows.length ? String(v) : '') }, splitLine: { lineStyle: { color: token('line') } } },
    yAxis: { type: 'value', min: -1, max: rows.length, inverse: true, interval: 1, axisLine: { show: false }, axisTick: { show: false }, splitLine: { show: false }, axisLabel: { color: text, formatter: (v: number) => names[v] ?? '' } },
    series: [
      { type: 'custom', data: intervals, encode: { x: [0, 2], y: 1 }, renderItem: (_: unknown, at: Coordinates) => {
        const [from = [0, 0], to = [0, 0]] = [at.coord([at.value(0), at.value(1)]), at.coord([at.value(2), at.value(1)])];
        const [x1 = 0, y = 0] = from; const [x2 = 0] = to;
        return { type: 'line', shape: { x1, y1: y, x2, y2: y }, style: { stroke: accent, lineWidth: 5, opacity: 0.4 } };
      } },
      { type: 'scatter', symbolSize: 9, color: accent, data: rows.map((u, k) => ({ value: [u.rank, k], name: tip(u) })), markArea: { silent: true, itemStyle: { color: muted, opacity: 0.18 }, data: shaded } },
      { type: 'scatter', symbolSize: 0, silent: true, data: rows.map((u, k) => ({ value: [rows.length + 1, k], name: plain(u.scores[board.top] ?? 0, 0.1) })), label: { show: true, position: 'right', color: muted, formatter: (p: { name: string }) => p.name } },
    ],
  };
}

/** The change of every score in its three parts, as bars from zero. */
export function changeOption(changes: Change[]): Option {
  const shown = changes.toSorted((a, b) => a.rank_after - b.rank_after);
  const muted = token('muted');
  const part = (name: string, key: 'score_by_restatement' | 'score_by_data' | 'score_by_method', color: string, hatch: boolean): object => ({
    type: 'bar', stack: 'why', name, barWidth: '60%', itemStyle: { color, ...(hatch ? { decal: { symbol: 'rect', dashArrayX: [1, 0], dashArrayY: [2, 3], rotation: 0.8 } } : {}) },
    data: shown.map((c) => ({ value: c[key], name: `${unitName(c)}\n${name}: ${plain(c[key], 0.01)}` })),
  });
  return {
    grid: { left: 4, right: 16, top: 52, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0, textStyle: { color: muted, fontSize: 12 } },
    tooltip: { trigger: 'item', confine: true, renderMode: 'richText', formatter: (p: { name: string }) => p.name },
    xAxis: { type: 'value', position: 'top', axisLabel: { color: muted }, splitLine: { lineStyle: { color: token('line') } } },
    yAxis: { type: 'category', inverse: true, data: shown.map(unitName), axisLabel: { color: token('text'), interval: 0 }, axisTick: { show: false } },
    series: [part(t('index.by_data'), 'score_by_data', token('accent'), false), part(t('index.by_restatement'), 'score_by_restatement', token('weak'), true), part(t('index.by_method'), 'score_by_method', token('none'), true)],
  };
}

/** First and total order of each choice as two dots with intervals. */
export function sensitivityOption(factors: Factor[]): Option {
  const [accent, muted] = [token('accent'), token('muted')];
  const line = (color: string, shift: number, of: (f: Factor) => number[]): object => ({
    type: 'custom', data: factors.map((f, k) => [...of(f), k + shift]), encode: { x: [0, 1], y: 2 },
    renderItem: (_: unknown, at: Coordinates) => {
      const [x1 = 0, y1 = 0] = at.coord([at.value(0), at.value(2)]); const [x2 = 0] = at.coord([at.value(1), at.value(2)]);
      return { type: 'line', shape: { x1, y1, x2, y2: y1 }, style: { stroke: color, lineWidth: 4, opacity: 0.4 } };
    },
  });
  const dots = (name: string, symbol: string, color: string, shift: number, key: 'first' | 'total'): object => ({
    type: 'scatter', name, symbol, symbolSize: 10, color, data: factors.map((f, k) => ({ value: [f[key], k + shift], name: `${choiceName(f.choice)}\n${name}: ${plain(f[key], 0.01)}` })),
  });
  return {
    grid: { left: 4, right: 24, top: 52, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, data: [t('index.first'), t('index.total')], textStyle: { color: muted, fontSize: 12 } },
    tooltip: { trigger: 'item', confine: true, renderMode: 'richText', formatter: (p: { name: string }) => p.name },
    xAxis: { type: 'value', min: 0, max: (of: { max: number }) => Math.max(1, of.max), position: 'top', axisLine: { show: false }, axisLabel: { color: muted }, splitLine: { lineStyle: { color: token('line') } } },
    yAxis: { type: 'value', inverse: true, min: -1, max: factors.length, interval: 1, axisLine: { show: false }, axisTick: { show: false }, splitLine: { show: false }, axisLabel: { color: token('text'), formatter: (v: number) => choiceName(factors[v]?.choice ?? '') } },
    series: [
      line(accent, -0.12, (f) => [f.first_p05, f.first_p95]), line(muted, 0.12, (f) => [f.total_p05, f.total_p95]),
      dots(t('index.first'), 'circle', accent, -0.12, 'first'), dots(t('index.total'), 'diamond', muted, 0.12, 'total'),
    ],
  };
}
