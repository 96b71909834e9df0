// Background work: what the server tells of a job, followed until it has ended.
import { call } from './api.svelte';

export interface Job {
  id: number; task: string; actor: string; state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled'; progress: number; told: string;
  cancel_asked: boolean; attempts: number; queued_at: string; ended_at: string | null; arguments: Record<string, unknown>; result: unknown;
}

export const ended = (job: Job): boolean => job.state !== 'queued' && job.state !== 'running';

/** Tells each change of a job; gives back how to stop listening. The browser asks again where the line breaks. */
export function follow(id: number, told: (job: Job) => void): () => void {
  const source = new EventSource(`/api/v1/jobs/${id}/events`);
  source.onmessage = (event: MessageEvent<string>) => {
    const job = JSON.parse(event.data) as Job;
    told(job);
    if (ended(job)) source.close();
  };
  return () => source.close();
}

export const cancel = (id: number): Promise<Job> => call<Job>(`/jobs/${id}`, { method: 'DELETE' });
