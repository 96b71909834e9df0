// A table of sites is sent as it is, with progress and a way to stop.
import { post } from './upload';
import type { Made } from './rollout';

export const TABLE_BYTES = 8 * 1024 * 1024;

/** False where the file was changed or removed since it was chosen: the browser gives it no more. */
export const readable = (file: File): Promise<boolean> => file.slice(0, 1).arrayBuffer().then(() => true, () => false);

/** A time typed in the browser's own zone with its offset from UTC; empty for none. */
export function zoned(local: string): string {
  const at = new Date(local);
  if (!local || Number.isNaN(at.getTime())) return '';
  const minutes = -at.getTimezoneOffset(), size = Math.abs(minutes);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${local.slice(0, 16)}${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

export const sendTable = (file: File, said: Record<string, string>, progress: (share: number) => void, stop: AbortSignal): Promise<Made> =>
  post<Made>(`/rollouts/of-table?${new URLSearchParams({ ...said, file: file.name.slice(-200) })}`, file, progress, stop);
