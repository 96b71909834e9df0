// News of the server (text/event-stream): followed while the page is in sight, and again after any break.
const AGAIN_MS = 2000;

export interface Stream { lost: boolean }

/** Calls `news` whenever something is told, and once after each break, as something may have been missed.

 A browser comes back by itself to a stream that breaks, but never to one that was refused; and it holds few lines to a
 server open at once, so that pages behind others give theirs up. Call it while a component is made. */
export function stream(address: () => string, news: () => void): Stream {
  const state = $state<Stream>({ lost: false });
  $effect(() => {
    const at = address();
    let source: EventSource | null = null, timer = 0, first = true;
    const close = (): void => { source?.close(); source = null; clearTimeout(timer); };
    const open = (): void => {
      close();
      if (document.hidden) return;
      source = new EventSource(at);
      source.onmessage = () => { state.lost = false; if (first) first = false; else news(); };
      source.onerror = () => {
        state.lost = true; first = false;
        if (source?.readyState === EventSource.CLOSED) { clearTimeout(timer); timer = window.setTimeout(open, AGAIN_MS); }
      };
    };
    const turned = (): void => { if (document.hidden) { close(); first = false; } else open(); };
    open();
    document.addEventListener('visibilitychange', turned);
    return () => { document.removeEventListener('visibilitychange', turned); close(); };
  });
  return state;
}
