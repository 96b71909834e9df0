// One way to the server: the session's token, one error shape.
import type { paths } from './schema';

export interface Failure { code: string; where: string; what: string; allowed: string; hint: string; status: number }
export interface SessionInfo { signed_in: boolean; name: string; organisation: string; role: string | null; csrf: string; demonstration: boolean; oidc: boolean; version: string }

export class ApiError extends Error {
  constructor(readonly failure: Failure) {
    super([failure.where && `${failure.where}:`, failure.what, failure.allowed && `— ${failure.allowed}`, failure.hint && `(${failure.hint})`].filter(Boolean).join(' '));
  }
}

export const session = $state<{ now: SessionInfo | null }>({ now: null });
export type Path = keyof paths & string;

async function failure(response: Response): Promise<ApiError> {
  const empty = { code: 'unreadable', where: response.url, what: response.statusText, allowed: '', hint: '' };
  const body: unknown = await response.json().catch(() => null);
  const given = (body as { error?: Partial<Failure> } | null)?.error ?? {};
  return new ApiError({ ...empty, ...given, status: response.status });
}

/** One request below /api/v1; `body` goes as JSON unless it is a form. Throws ApiError. */
export async function call<T>(path: string, options: { method?: string; body?: unknown; signal?: AbortSignal; keepalive?: boolean } = {}): Promise<T> {
  const method = options.method ?? 'GET';
  const headers: Record<string, string> = { accept: 'application/json' };
  let body: BodyInit | undefined;
  if (options.body instanceof FormData) body = options.body;
  else if (options.body !== undefined) {
    headers['content-type'] = 'application/json';
    body = JSON.stringify(options.body);
  }
  if (method !== 'GET' && session.now) headers['x-csrf-token'] = session.now.csrf;
  const response = await fetch(`/api/v1${path}`, { method, headers, body, signal: options.signal, keepalive: options.keepalive ?? false, credentials: 'same-origin' });
  if (!response.ok) throw await failure(response);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** Who is signed in, from the server. */
export async function loadSession(): Promise<void> {
  session.now = await call<SessionInfo>('/session');
}
