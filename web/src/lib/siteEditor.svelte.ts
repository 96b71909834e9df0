// A design under edit: every change can be undone and redone; nothing is saved until it is asked for.
import { ApiError, call, type Failure } from './api.svelte';
import { words } from './i18n.svelte';
import { collectionOf, drawingOf, type Collection, type Drawing } from './siteShapes';
import type { Changes, Design, Head } from './sites';

interface Step { heads: Head[]; floors: Record<string, Drawing> }
export type Selected = { kind: 'head' | 'wall' | 'room'; id: string } | null;

export class Editor {
  now = $state.raw<Step>({ heads: [], floors: {} });
  selected = $state<Selected>(null);
  changes = $state.raw<Changes | null>(null);
  failure = $state<Failure | null>(null);
  busy = $state(false);
  took = $state(0);
  revision = $state('');
  private base: Step = { heads: [], floors: {} };
  private past = $state.raw<Step[]>([]);
  private future = $state.raw<Step[]>([]);
  private again = false;

  constructor(readonly site: string) {}

  get edited(): boolean { return this.past.length > 0; }
  get canRedo(): boolean { return this.future.length > 0; }

  /** Begins from a saved design. */
  begin(design: Design): void {
    this.now = { heads: design.heads, floors: this.now.floors };
    this.base = { heads: design.heads, floors: {} };
    this.past = [];
    this.future = [];
    this.changes = null;
    this.failure = null;
    this.revision = design.revision;
  }

  /** The drawing of a floor, from the server where it is not here yet. */
  async floor(name: string): Promise<void> {
    if (this.now.floors[name]) return;
    const made = drawingOf(await call<Collection>(`${this.site}/floors/${encodeURIComponent(name)}`));
    this.base = { ...this.base, floors: { ...this.base.floors, [name]: made } };
    const add = (step: Step): Step => (step.floors[name] ? step : { ...step, floors: { ...step.floors, [name]: made } });
    this.now = add(this.now);
    this.past = this.past.map(add);
    this.future = this.future.map(add);
  }

  /** One change; `apart` false joins it to the one before, as while a thing is dragged. */
  change(step: Partial<Step>, apart = true): void {
    if (apart) this.past = [...this.past.slice(-199), this.now];
    this.future = [];
    this.now = { ...this.now, ...step };
  }
  draw(floor: string, drawing: Drawing, apart = true): void {
    this.change({ floors: { ...this.now.floors, [floor]: drawing } }, apart);
  }
  undo(): void {
    const was = this.past.at(-1);
    if (!was) return;
    this.future = [this.now, ...this.future];
    this.past = this.past.slice(0, -1);
    this.now = was;
    void this.judge();
  }
  redo(): void {
    const next = this.future[0];
    if (!next) return;
    this.past = [...this.past, this.now];
    this.future = this.future.slice(1);
    this.now = next;
    void this.judge();
  }

  private body(): object {
    const floors = Object.fromEntries(Object.entries(this.now.floors).filter(([name, d]) => d !== this.base.floors[name]).map(([name, d]) => [name, collectionOf(d)]));
    return { revision: this.revision, heads: this.now.heads, floors };
  }

  /** Asks what the edit gives; while an answer is under way only the last change is asked for. */
  async judge(): Promise<void> {
    if (this.busy) { this.again = true; return; }
    this.busy = true;
    const begun = performance.now();
    try {
      do {
        this.again = false;
        this.changes = this.edited ? await call<Changes>(`${this.site}/what-if?lang=${words.language}`, { method: 'POST', body: this.body() }) : null;
        this.failure = null;
      } while (this.again);
    } catch (err) {
      this.failure = err instanceof ApiError ? err.failure : { code: 'unreachable', where: '', what: String(err), allowed: '', hint: '', status: 0 };
    } finally {
      this.busy = false;
      this.took = performance.now() - begun;
    }
  }

  /** Saves the edit as the design of the site. Throws ApiError. */
  async save(): Promise<void> {
    await call(`${this.site}/design`, { method: 'PUT', body: this.body() });
  }
}
