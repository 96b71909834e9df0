// The table beside the map: the same rows as the drawing, and what the drawing cannot show.
import { known, t, words } from './i18n.svelte';
import type { Regions, Summary } from './maprecords';
import type { Column, Row } from './table';

export interface Table { columns: Column[]; rows: Row[]; rest: Row[] }
const name = (r: { name_en: string; name_zh: string; region: string }): string => (words.language === 'zh' ? r.name_zh : r.name_en) || r.region;

export function regionRows(a: Regions | null, b: Regions | null): Table {
  const unit = (d: Regions | null): string => (d ? known('unit', d.unit, d.unit) : '');
  const columns: Column[] = [
    { key: 'name', title: t('map.region') }, { key: 'rank', title: t('map.rank.column'), number: true },
    { key: 'value', title: b ? `${a?.period ?? ''} ${unit(a)}` : `${t('col.value')} ${unit(a)}`, number: true },
    ...(b ? [{ key: 'value2', title: `${b.period} ${unit(b)}`, number: true }, { key: 'difference', title: t('map.difference'), number: true }] : []),
  ];
  const second = new Map((b?.rows ?? []).map((r) => [r.region, r.value]));
  const rows = (a?.rows ?? []).map((r) => {
    const other = second.get(r.region) ?? null;
    const difference = r.value !== null && other !== null && a?.unit === b?.unit ? other - r.value : null;
    return { region: r.region, name: name(r), rank: r.rank, value: r.value ?? t('map.unknown'), value2: other ?? t('map.unknown'), difference, definition: r.evidence?.definition, known_on: r.evidence?.known_on };
  });
  return { columns, rows, rest: [] };
}

export function countRows(a: Summary | null, b: Summary | null): Table {
  const columns: Column[] = [
    { key: 'name', title: t('map.region') }, { key: 'n', title: b ? t('map.left') : t('map.rows.column'), number: true, digits: 9 },
    ...(b ? [{ key: 'n2', title: t('map.right'), number: true, digits: 9 }, { key: 'difference', title: t('map.difference'), number: true, digits: 9 }] : []),
  ];
  if (!a) return { columns, rows: [], rest: [] };
  const second = new Map((b?.regions ?? []).map((r) => [r.region, r.n]));
  const line = (region: string, called: string, n: number, n2: number | undefined): Row => ({ region, name: called, n, n2, difference: b ? (n2 ?? 0) - n : null });
  const special: [string, 'outside' | 'no_coordinates' | 'undated'][] = [['map.outside', 'outside'], ['map.no_coordinates', 'no_coordinates'], ['map.undated', 'undated']];
  const left = special.filter(([, key]) => a[key] || b?.[key]).map(([word, key]) => line('', t(word), a[key], b?.[key]));
  const total = line('', t('map.total'), a.total + a.undated, b ? b.total + b.undated : undefined);
  return { columns, rows: a.regions.map((r) => line(r.region, name(r), r.n, second.get(r.region))), rest: [...left, total] };
}
