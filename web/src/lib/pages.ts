// The pages by the first part of their address.
import type { Component } from 'svelte';
import MapPage from '../pages/Map.svelte';
import NotFound from '../pages/NotFound.svelte';
import Overview from '../pages/Overview.svelte';

export interface Page { key: string; title: string; component: Component; icon: string; open?: boolean; hidden?: boolean }

/** In the order of the rail. `open`: may be seen without signing in. */
export const PAGES: Record<string, Page> = {
  '': { key: 'overview', title: 'page.overview', component: Overview, icon: 'M4 13h7V4H4zm0 7h7v-5H4zm9 0h7v-9h-7zm0-16v5h7V4z' },
  map: { key: 'map', title: 'page.map', component: MapPage, icon: 'M9 4 3 6.5v13L9 17l6 3 6-2.5v-13L15 7zm0 2.2 6 3v8.6l-6-3zm-4 1.6 2-.8v8.6l-2 .8zm14 8.4-2 .8V8.4l2-.8z' },
};
const NONE: Page = { key: 'none', title: 'page.none', component: NotFound, icon: '', hidden: true };

export function pageOf(path: string): Page {
  return PAGES[path.split('/')[1] ?? ''] ?? NONE;
}
