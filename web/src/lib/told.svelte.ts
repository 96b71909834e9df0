// The words of studies and reports, from the server's one catalogue: units, definitions, phrases, names by id.
import { call } from './api.svelte';
import { words, type Language } from './i18n.svelte';

type Entries = Record<string, string>;
interface Vocabulary { words: Entries; units: Entries; definitions: Entries; phrases: Entries; indicators: Entries; targets: Entries; regions: Entries; sources: Entries }
type Parts = Record<string, string | number>;

const NARROW = '\u202f';
const MINUS = '\u2212';
const kept = $state<Record<Language, Vocabulary | null>>({ en: null, zh: null });
const asked: Partial<Record<Language, Promise<void>>> = {};

/** Fetches the words of a language once; asked again after a failure. */
export function fetchWords(language: Language): Promise<void> {
  asked[language] ??= call<Vocabulary>(`/words/${language}`).then(
    (found) => { kept[language] = found; },
    (err: unknown) => { delete asked[language]; throw err; },
  );
  return asked[language];
}

/** True once names and phrases can be told in the language in use. */
export function canTell(): boolean {
  return kept[words.language] !== null;
}

function entries(kind: keyof Vocabulary): Entries {
  return kept[words.language]?.[kind] ?? {};
}
const fill = (text: string, parts: Parts): string => text.replace(/\{(\w+)\}/g, (whole, name: string) => String(parts[name] ?? whole));

/** A catalogue entry of the report; with `n` of 0 or 1 its `.none` or `.one` form where there is one. */
export function word(key: string, parts: Parts = {}): string {
  const of = entries('words');
  const few = parts['n'] === 0 ? `${key}.none` : parts['n'] === 1 ? `${key}.one` : key;
  return fill(of[few] ?? of[key] ?? key, parts);
}

const patterns: Partial<Record<Language, [RegExp, string][]>> = {};
function phrasePatterns(): [RegExp, string][] {
  const language = words.language;
  if (!kept[language]) return [];
  patterns[language] ??= Object.entries(entries('phrases')).map(([english, told]) => {
    const pattern = english.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{(\w+)\}/g, '(?<$1>.+)');
    return [new RegExp(`^${pattern}$`, 's'), told];
  });
  return patterns[language] ?? [];
}

/** A sentence that a study says in English, in the language in use; unchanged where it is not known. */
export function phrase(english: string): string {
  for (const [pattern, told] of phrasePatterns()) {
    const match = pattern.exec(english);
    if (match) return fill(told, Object.fromEntries(Object.entries(match.groups ?? {}).map(([k, v]) => [k, partOf(v)])));
  }
  return english;
}
function partOf(text: string): string {
  const pieces = text.split(', ').map((piece) => {
    const match = /^(.+?)( [\d.]+%)?$/s.exec(piece);
    return match ? phrase(match[1] ?? '') + (match[2] ?? '') : '';
  });
  return pieces.join(', ').replace(/\(([^()]+)\)/g, (_, name: string) => `(${definition(name)})`);
}

/** Name of a model, part by part. */
export const model = (name: string): string => name.split(', ').map(phrase).join(word('list.comma'));

/** Label of a definition, or of `numerator / denominator` definitions. */
export function definition(name: string): string {
  return name ? name.split(' / ').map((part) => entries('definitions')[part] ?? part).join(' / ') : word('definition.none');
}
export const region = (code: string): string => entries('regions')[code] ?? code;
export const source = (id: string | null): string => (id ? entries('sources')[id] ?? id : '');
export function indicator(id: string, plan = '', fallback = id): string {
  const name = entries('targets')[`${plan} ${id}`] ?? entries('indicators')[id] ?? fallback;
  return name.charAt(0).toUpperCase() + name.slice(1);
}

// ---- numbers -------------------------------------------------------------------------------------------------------

/** The place to which a figure is worth writing: about the width of its band; 0 where nothing is known of it. */
export function stepOf(low: number | null | undefined, high: number | null | undefined): number {
  return typeof low === 'number' && typeof high === 'number' && high > low ? 10 ** Math.round(Math.log10(high - low)) : 0;
}

function decimals(value: number, step: number): number {
  if (step > 0) return Math.min(8, Math.max(0, -Math.round(Math.log10(step))));
  return Number.isInteger(value) || value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
}

/** A number to the place of `step`, thousands grouped. */
export function plain(value: number, step = 0): string {
  const rounded = step >= 1 ? Math.round(value / step) * step : value;
  const places = decimals(value, step);
  const text = new Intl.NumberFormat('en-GB', { minimumFractionDigits: places, maximumFractionDigits: places }).format(rounded);
  return /^-[0.,]+$/.test(text) ? text.slice(1) : text.replace('-', MINUS);
}

const SIZES: [number, string][] = [[1e12, '万亿'], [1e8, '亿'], [1e4, '万']];
function shortened(value: number, step: number): string {
  for (const [size, name] of SIZES) {
    if (Math.abs(value) < size) continue;
    const places = step ? Math.min(4, decimals(value / size, step / size)) : 4;
    const text = new Intl.NumberFormat('en-GB', { maximumFractionDigits: places, minimumFractionDigits: step ? places : 0 }).format(value / size);
    return text.replace('-', MINUS) + name;
  }
  return plain(value, step);
}

/** A number as the language writes it: in 万 and 亿 in Chinese, in full in English. */
export const shown = (value: number, step = 0): string => (words.language === 'zh' ? shortened(value, step) : plain(value, step));

/** Text of a number with its unit. */
export const withUnit = (text: string, unit: string): string => fill(entries('units')[unit] ?? `{n}${NARROW}${unit}`, { n: text });

/** A number with its unit; a dash where it is not known. */
export function value(of: number | null | undefined, unit: string, step = 0): string {
  return of === null || of === undefined ? '–' : withUnit(shown(of, step), unit);
}

/** Name of a unit as it stands alone. */
export const unitName = (unit: string): string => withUnit('', unit).trim();

/** A unit that a framework of an index writes in words. */
export const writtenUnit = (text: string): string => unitName({ 'per 10,000 persons': 'per_10k_persons' }[text] ?? text.replaceAll(' ', '_'));

/** The unit of a difference: percentage points for shares. */
export const pointsUnit = (unit: string): string => (unit === 'percent' || unit === 'percent_per_year' ? 'percentage_points' : unit);

// ---- time ----------------------------------------------------------------------------------------------------------

/** A period as it is read: `2023-12` as December 2023 or 2023年12月. */
export function period(text: string | null): string {
  const match = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?|-?Q(\d))?$/.exec(text ?? '');
  if (!match) return text ?? '';
  const [, year = '', month, day, quarter] = match;
  if (quarter) return word('period.quarter', { year, quarter });
  const name = month ? word(`month.${Number(month)}`) : '';
  if (day) return word('period.day', { year, month: name, day: Number(day) });
  return month ? word('period.month', { year, month: name }) : word('period.year', { year });
}
