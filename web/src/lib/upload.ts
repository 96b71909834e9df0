// Sends a file as it is, with progress and a way to stop: fetch tells no progress of what is sent.
import { ApiError, session, type Failure } from './api.svelte';

export interface Sent { id: string; name: string; at: string; size: number; lines: number; sha256: string; format: string }

/** The answer to a file posted below /api/v1. Throws ApiError, and AbortError where it was stopped. */
export function post<T>(path: string, file: File, progress: (share: number) => void, stop: AbortSignal): Promise<T> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    const refuse = (failure: Partial<Failure>): void =>
      failed(new ApiError({ code: 'unreachable', where: file.name, what: request.statusText || 'network', allowed: '', hint: '', ...failure, status: request.status }));
    request.open('POST', `/api/v1${path}`);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.setRequestHeader('x-csrf-token', session.now?.csrf ?? '');
    request.upload.onprogress = (event) => { if (event.lengthComputable) progress(event.loaded / event.total); };
    request.onload = () => {
      try {
        const body = JSON.parse(request.responseText) as T & { error?: Partial<Failure> };
        if (request.status === 201) done(body);
        else refuse(body.error ?? {});
      } catch {
        refuse({});
      }
    };
    request.onerror = () => refuse({});
    request.onabort = () => failed(new DOMException('stopped', 'AbortError'));
    stop.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}

export const send = (file: File, progress: (share: number) => void, stop: AbortSignal): Promise<Sent> =>
  post<Sent>(`/data/uploads?name=${encodeURIComponent(file.name.slice(0, 200))}`, file, progress, stop);
