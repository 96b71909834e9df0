// News of the server (text/event-stream): followed while the page is in sight, and again after any break.
const AGAIN_MS = 2000, LATEST_MS = 30_000, QUIET_MS = 45_000;  // the server gives a sign each 15 s

export interface Stream { lost: boolean }

/** Calls `news` whenever something is told, and once after each break, as something may have been missed.

 A browser comes back by itself to a stream that breaks, but never to one that was refused: that is news too, as what the
 page shows may be gone, or the session over. It holds few lines to a server open at once, so that pages behind others give
 theirs up. An empty address opens none. Call it while a component is made. */
export function stream(address: () => string, news: () => void): Stream {
  const state = $state<Stream>({ lost: false });
  $effect(() => {
    const at = address();
    if (!at) { state.lost = false; return; }
    let source: EventSource | null = null, timer = 0, watch = 0, first = true, wait = AGAIN_MS;
    const close = (): void => { source?.close(); source = null; clearTimeout(timer); clearTimeout(watch); };
    const lost = (): void => { state.lost = true; first = false; };
    const guard = (): void => { clearTimeout(watch); watch = window.setTimeout(() => { lost(); open(); }, QUIET_MS); };
    const alive = (): void => { state.lost = false; wait = AGAIN_MS; guard(); };
    const open = (): void => {
      close();
      if (document.hidden) return;
      guard();
      source = new EventSource(at);
      source.onmessage = () => { alive(); if (first) first = false; else news(); };
      source.addEventListener('beat', alive);
      source.onerror = () => {
        lost();
        if (source?.readyState !== EventSource.CLOSED) return;
        news();
        clearTimeout(timer);
        timer = window.setTimeout(open, wait);
        wait = Math.min(2 * wait, LATEST_MS);
      };
    };
    const turned = (): void => { if (document.hidden) { close(); first = false; } else open(); };
    const offline = (): void => { close(); lost(); };
    open();
    document.addEventListener('visibilitychange', turned);
    addEventListener('online', turned);
    addEventListener('offline', offline);
    return () => {
      document.removeEventListener('visibilitychange', turned);
      removeEventListener('online', turned); removeEventListener('offline', offline);
      close();
    };
  });
  return state;
}
