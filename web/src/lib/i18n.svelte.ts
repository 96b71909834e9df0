// Words of the pages: two catalogues with the same keys, switched at run time.
import en from '../locale/en.json';
import zh from '../locale/zh.json';

export type Language = 'en' | 'zh';
export type Key = keyof typeof en;
const CATALOGUES: Record<Language, Record<string, string>> = { en, zh };

function first(): Language {
  const kept = localStorage.getItem('language');
  if (kept === 'en' || kept === 'zh') return kept;
  return navigator.language.startsWith('zh') ? 'zh' : 'en';
}

export const words = $state<{ language: Language }>({ language: first() });

export function setLanguage(language: Language): void {
  words.language = language;
  localStorage.setItem('language', language);
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
}

/** The words of a key, with `{name}` replaced by the values given; the key itself where there are none. */
export function t(key: Key | string, values: Record<string, string | number> = {}): string {
  const text = CATALOGUES[words.language][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The words of a key of data (a verdict, a unit ...), or `fallback` where the catalogue has none. */
export function known(prefix: string, name: string, fallback = name): string {
  return CATALOGUES[words.language][`${prefix}.${name}`] ?? fallback;
}
