// The pages by the first part of their address.
import type { Component } from 'svelte';
import NotFound from '../pages/NotFound.svelte';
import Overview from '../pages/Overview.svelte';

export interface Page { key: string; title: string; component: Component; icon: string; open?: boolean; hidden?: boolean }

/** In the order of the rail. `open`: may be seen without signing in. */
export const PAGES: Record<string, Page> = {
  '': { key: 'overview', title: 'page.overview', component: Overview, icon: 'M4 13h7V4H4zm0 7h7v-5H4zm9 0h7v-9h-7zm0-16v5h7V4z' },
};
const NONE: Page = { key: 'none', title: 'page.none', component: NotFound, icon: '', hidden: true };

export function pageOf(path: string): Page {
  return PAGES[path.split('/')[1] ?? ''] ?? NONE;
}
