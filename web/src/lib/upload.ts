// Sends a file as it is, with progress and a way to stop: fetch tells no progress of what is sent.
import { ApiError, session, type Failure } from './api.svelte';

export interface Sent { id: string; name: string; at: string; size: number; lines: number; sha256: string; format: string }

export function send(file: File, progress: (share: number) => void, stop: AbortSignal): Promise<Sent> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    const refuse = (failure: Partial<Failure>): void =>
      failed(new ApiError({ code: 'unreachable', where: file.name, what: request.statusText, allowed: '', hint: '', ...failure, status: request.status }));
    request.open('POST', `/api/v1/data/uploads?name=${encodeURIComponent(file.name.slice(0, 200))}`);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.setRequestHeader('x-csrf-token', session.now?.csrf ?? '');
    request.upload.onprogress = (event) => { if (event.lengthComputable) progress(event.loaded / event.total); };
    request.onload = () => {
      try {
        const body = JSON.parse(request.responseText) as Sent & { error?: Partial<Failure> };
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
