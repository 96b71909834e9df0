// Sentences of the server in the language of the page: patterns with {parts}, whose parts are told likewise.
import table from '../locale/phrases.json';
import { words } from './i18n.svelte';

interface Phrase { pattern: RegExp; parts: string[]; told: string; weight: number }
const PART = /\{(\w+)\}/g;
const DEEPEST = 6;

function made([english, told]: [string, string]): Phrase {
  const parts = [...english.matchAll(PART)].map((m) => m[1] ?? '');
  const literal = english.split(PART).filter((_, i) => i % 2 === 0);
  const pattern = new RegExp(`^${literal.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('(.+?)')}$`, 's');
  return { pattern, parts, told, weight: literal.join('').length };
}

let phrases: Phrase[] | null = null;

/** The text in Chinese where the page is: the phrase with the most words of its own wins; sentences joined by "; " one by one; else as it is. */
export function phrase(english: string, depth = 0): string {
  if (words.language !== 'zh' || depth > DEEPEST || !/[a-z]/i.test(english)) return english;
  phrases ??= (Object.entries(table) as [string, string][]).map(made).sort((a, b) => b.weight - a.weight);
  for (const { pattern, parts, told } of phrases) {
    const met = pattern.exec(english);
    if (!met) continue;
    const values = Object.fromEntries(parts.map((name, i) => [name, phrase(met[i + 1] ?? '', depth + 1)]));
    return told.replace(PART, (whole, name: string) => values[name] ?? whole);
  }
  return english.includes('; ') ? english.split('; ').map((part) => phrase(part, depth + 1)).join('；') : english;
}
