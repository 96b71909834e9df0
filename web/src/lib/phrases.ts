// Sentences of the server in the language of the page: `{}` stands for a part, which is told likewise; `{0}` for the first.
import table from '../locale/phrases.json';
import { words } from './i18n.svelte';

interface Phrase { pattern: RegExp; told: string; weight: number }
const ANY = '(.+?)', ONE = `('.*'|".*"|\\S+)`;
const WEAK = 6, DEEPEST = 6;  // a phrase of few words of its own takes only parts without blanks, or quoted ones

function made([english, told]: [string, string]): Phrase {
  const literal = english.split('{}');
  const weight = literal.join('').replace(/[^a-z]/gi, '').length;
  const pattern = literal.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join(weight < WEAK ? ONE : ANY);
  return { pattern: new RegExp(`^${pattern}$`, 's'), told, weight };
}

let phrases: Phrase[] | null = null;

/** The text in Chinese where the page is: the phrase with the most words of its own wins; sentences joined by "; " one by one; else as it is. */
export function phrase(english: string, depth = 0): string {
  if (words.language !== 'zh' || depth > DEEPEST || !/[a-z]/i.test(english)) return english;
  phrases ??= (Object.entries(table) as [string, string][]).map(made).sort((a, b) => b.weight - a.weight);
  for (const { pattern, told } of phrases) {
    const parts = pattern.exec(english)?.slice(1);
    if (parts) return told.replace(/\{(\d)\}/g, (_, n: string) => phrase(parts[Number(n)] ?? '', depth + 1));
  }
  return english.includes('; ') ? english.split('; ').map((part) => phrase(part, depth + 1)).join('；') : english;
}
