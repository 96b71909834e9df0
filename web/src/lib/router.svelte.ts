// The address is the state: every view is a link.
export const place = $state<{ path: string; query: URLSearchParams }>({
  path: location.pathname,
  query: new URLSearchParams(location.search),
});

function read(): void {
  place.path = location.pathname;
  place.query = new URLSearchParams(location.search);
}
addEventListener('popstate', read);

/** Goes to an address of ours. */
export function go(to: string, replace = false): void {
  history[replace ? 'replaceState' : 'pushState'](null, '', to);
  read();
}

/** The parts of an address as names; one that is written wrongly (`%E0%A4`) stands as it is, and no such thing is found. */
export function steps(path: string): string[] {
  return path.split('/').filter(Boolean).map((part) => { try { return decodeURIComponent(part); } catch { return part; } });
}

/** The address with some of its query changed; an empty value takes the name out. */
export function withQuery(changes: Record<string, string>, path = place.path): string {
  const query = new URLSearchParams(place.query);
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

/** Links of the pages do not load the page again. */
export function follow(event: MouseEvent): void {
  const link = (event.target as Element | null)?.closest?.('a');
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (link.getAttribute('href')?.startsWith('#')) return;  // a place in this page is the browser's to go to
  if (link.target || link.hasAttribute('download') || link.origin !== location.origin || link.pathname.startsWith('/api/')) return;
  event.preventDefault();
  go(link.pathname + link.search + link.hash);
}
