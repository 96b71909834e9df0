// A rollout's board as the server tells it, and how its times are written.
import { t, words } from './i18n.svelte';

export const STATES = ['waiting', 'begun', 'done', 'failed'] as const;
export type TaskState = (typeof STATES)[number];
export interface Task { state: TaskState; by: 'told' | 'plan'; planned: string | null; ended: string | null }
export interface BoardSite {
  site: string; name: string; name_zh: string; latitude_deg: number; longitude_deg: number; crews: string[]; arrive: string | null;
  slack_min: number | null; late_min: number | null; binding: string; again: boolean; dead: boolean; critical: boolean; stages: Record<string, Task>;
}
export interface BoardCrew {
  crew: string; vehicle: string; state: string; place: string; from: string; to: string; share: number | null; until: string | null; aboard: number;
  next: string; next_at: string | null;
}
export interface BoardMilestone { by: string; stage: string; required: number; done: number; expected: number; met: boolean; state: string }
export interface BoardEvent { n: number; at: string; known: string; kind: string; by: string; undone?: boolean; [field: string]: unknown }
export interface Pair { marks?: number | boolean; frames?: number; tone?: boolean; [fact: string]: unknown }
export interface Evidence { sites: Record<string, { at: string | null; passed: boolean | null; failing_step: string; doubt: string; synthetic?: boolean }>; pairs: Record<string, Record<string, Pair>> }
export interface Board {
  rollout: string; name: string; at: string; notice: string; deadline: string; seconds_to_deadline: number; verdict: string; feasible: boolean | 'unknown' | null;
  reason: string; finish: string | null; finish_delivered: string | null; bound_finish: string | null; critical_site: string; lateness_min: number | null;
  planned_at: string | null; counts: Record<string, Record<string, number>>; stages: string[]; sites: BoardSite[]; crews: BoardCrew[]; closed: string[];
  depots?: { depot: string; latitude_deg: number; longitude_deg: number }[]; milestones: BoardMilestone[]; events: BoardEvent[]; last: number;
  unplanned: Record<string, string>; unplanned_events: number[]; evidence: Evidence; torn_bytes: number; may_send?: boolean;
}
export interface RolloutRow {
  organisation: string; rollout: string; name: string; sites: number; accepted: number; deadline: string | null; finish: string | null; verdict: string; error: string;
}
export interface Made { organisation: string; rollout: string; name: string; sites: number; crews: number; assumed: { subject: string; what: string; reason: string }[]; job: number | null }
export interface EventKind { kind: string; needs: string[]; may: string[]; meaning: string }
export interface EventField { field: string; type: string; choices: string[]; default: string; meaning: string }
export interface EventForm { kinds: EventKind[]; fields: EventField[] }
export const addressOf = (organisation: string, rollout: string): string => `/rollouts/${encodeURIComponent(organisation)}/${encodeURIComponent(rollout)}`;

/** The time of day where the rollout is, with the days since its notice: `07:30`, `07:30 +1`. */
export function clock(iso: string | null, notice: string): string {
  if (!iso) return '–';
  const days = Math.round((Date.parse(`${iso.slice(0, 10)}T00:00Z`) - Date.parse(`${notice.slice(0, 10)}T00:00Z`)) / 86_400_000);
  return days ? `${iso.slice(11, 16)} ${days > 0 ? '+' : '−'}${Math.abs(days)}` : iso.slice(11, 16);
}

/** Hours and minutes of a span in the language of the page: `16 h 20 min`. */
export function span(seconds: number): string {
  const minutes = Math.floor(Math.abs(seconds) / 60);
  const [h, m] = [Math.floor(minutes / 60), minutes % 60];
  return h ? t('rollout.span', { h, m: String(m).padStart(2, '0') }) : t('rollout.minutes', { m });
}

/** The name of a site in the language of the page. */
export const nameOf = (s: BoardSite): string => (words.language === 'zh' && s.name_zh ? s.name_zh : s.name);

/** How far a site is: the number of its stages that have ended. */
export const reached = (site: BoardSite): number => Object.values(site.stages).filter((t) => t.state === 'done').length;
