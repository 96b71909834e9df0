// The pages by the first part of their address; but for the overview, each is fetched when it is first asked for.
import type { Component } from 'svelte';
import Overview from '../pages/Overview.svelte';

type Fetch = () => Promise<{ default: Component }>;
export interface Page { key: string; title: string; fetch: Fetch; icon: string; open?: boolean; hidden?: boolean }

/** In the order of the rail. `open`: may be seen without signing in. */
export const PAGES: Record<string, Page> = {
  '': { key: 'overview', title: 'page.overview', fetch: () => Promise.resolve({ default: Overview }), icon: 'M4 13h7V4H4zm0 7h7v-5H4zm9 0h7v-9h-7zm0-16v5h7V4z' },
  map: { key: 'map', title: 'page.map', fetch: () => import('../pages/Map.svelte'), icon: 'M9 4 3 6.5v13L9 17l6 3 6-2.5v-13L15 7zm0 2.2 6 3v8.6l-6-3zm-4 1.6 2-.8v8.6l-2 .8zm14 8.4-2 .8V8.4l2-.8z' },
  index: { key: 'index', title: 'page.index', fetch: () => import('../pages/Index.svelte'), icon: 'M3 3h2v16h16v2H3zm5 9h3v5H8zm5-5h3v10h-3zm5 3h3v7h-3z' },
  sites: { key: 'sites', title: 'page.sites', fetch: () => import('../pages/Sites.svelte'), icon: 'M4 21V5l8-3 8 3v16h-6v-5h-4v5zm4-9h2v-2H8zm6 0h2v-2h-2zM8 8h2V6H8zm6 0h2V6h-2z' },
  conformance: { key: 'conformance', title: 'page.conformance', fetch: () => import('../pages/Conformance.svelte'), icon: 'M12 2 4 5v6c0 5 3.4 9.2 8 11 4.6-1.8 8-6 8-11V5zm-1.2 14L7 12.200l1.500-1.500 2.300 2.300 4.800-4.800L17 9.700z' },
  rollouts: { key: 'rollouts', title: 'page.rollouts', fetch: () => import('../pages/Rollouts.svelte'), icon: 'M3 5h11v10H3zm12 3h4l3 4v3h-7zM7 20a2.500 2.500 0 1 1 0-5 2.500 2.500 0 0 1 0 5zm10 0a2.500 2.500 0 1 1 0-5 2.500 2.500 0 0 1 0 5z' },
  verify: { key: 'verify', title: 'page.verify', fetch: () => import('../pages/Verify.svelte'), icon: 'M5 2h9l5 5v6.300a5 5 0 0 0-7 7V22H5zm8 1.500V8h4.500zM16 14a3 3 0 1 1-.1 6 3 3 0 0 1 .1-6zm2.500 5.200 3 3-1 1-3-3z', open: true },
  data: { key: 'data', title: 'page.data', fetch: () => import('../pages/Data.svelte'), icon: 'M12 3c-4.400 0-8 1.300-8 3v12c0 1.700 3.600 3 8 3s8-1.300 8-3V6c0-1.700-3.600-3-8-3zm6 15c-.5.600-2.700 1.500-6 1.500S6.500 18.600 6 18v-3c1.500.7 3.700 1 6 1s4.500-.3 6-1zm0-5c-.5.600-2.700 1.500-6 1.500S6.500 13.600 6 13v-3c1.500.7 3.700 1 6 1s4.500-.3 6-1zm-6-4.500c-3.300 0-5.500-.9-6-1.500.5-.600 2.700-1.500 6-1.500s5.500.900 6 1.500c-.5.600-2.700 1.500-6 1.500z' },
  administration: { key: 'administration', title: 'page.administration', fetch: () => import('../pages/Administration.svelte'), icon: 'M12 2a5 5 0 0 1 3 9c3.600 1.100 6 4.200 6 8v3H3v-3c0-3.800 2.400-6.900 6-8a5 5 0 0 1 3-9zm0 2a3 3 0 1 0 0 6 3 3 0 0 0 0-6zm0 9c-4 0-7 2.500-7 6v1h14v-1c0-3.500-3-6-7-6z' },
};
const NONE: Page = { key: 'none', title: 'page.none', fetch: () => import('../pages/NotFound.svelte'), icon: '', hidden: true };

export function pageOf(path: string): Page {
  const first = path.split('/')[1] ?? '';
  return (Object.hasOwn(PAGES, first) ? PAGES[first] : undefined) ?? NONE;
}
