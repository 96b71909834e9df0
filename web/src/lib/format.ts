// Numbers as the pages write them: grouped by locale, a thin space before the unit, never more digits than they deserve.
import { words } from './i18n.svelte';

const THIN = '\u2009';

export function number(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const locale = words.language === 'zh' ? 'zh-CN' : 'en-GB';
  const large = Math.abs(value) >= 10 ** digits;
  return new Intl.NumberFormat(locale, large ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: digits }).format(value);
}

export function quantity(value: number | null | undefined, unit: string, digits = 4): string {
  if (value === null || value === undefined) return '–';
  const sign = unit === 'percent' || unit === '%' ? '%' : unit;
  return `${number(value, digits)}${THIN}${sign}`;
}
