// What a page shows of a request: loading, failed, or its data; an older answer never replaces a newer one.
import { ApiError, call, type Failure } from './api.svelte';

export interface Loaded<T> { data: T | null; failure: Failure | null; loading: boolean }

/** Follows an address: asks again whenever it changes. Call it while a component is made. */
export function load<T>(path: () => string | null): Loaded<T> {
  const state = $state<Loaded<T>>({ data: null, failure: null, loading: true });
  $effect(() => {
    const address = path();
    if (address === null) return;
    const stop = new AbortController();
    state.loading = true;
    call<T>(address, { signal: stop.signal })
      .then((data) => { state.data = data; state.failure = null; state.loading = false; })
      .catch((err: unknown) => {
        if (stop.signal.aborted) return;
        state.failure = err instanceof ApiError ? err.failure : { code: 'unreachable', where: address, what: String(err), allowed: '', hint: '', status: 0 };
        state.data = null;
        state.loading = false;
      });
    return () => stop.abort();
  });
  return state;
}
