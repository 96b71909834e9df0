// The drawing of a floor: rooms, walls, openings in metres (x east, y north), and the geometry that an editor needs.
export type Point = [number, number];
export interface Room { room: string; name: string; function: string; area_m2: number; indoor: boolean; outline: Point[]; rest: Record<string, unknown> }
export interface Wall { wall: string; wall_class: string; start: Point; end: Point; rest: Record<string, unknown> }
export interface Opening { opening: string; kind: string; wall: string; opening_class: string; start: Point; end: Point; rest: Record<string, unknown> }
export interface Drawing { mark: Record<string, string>; rooms: Room[]; walls: Wall[]; openings: Opening[] }
interface Feature { type: string; properties: Record<string, unknown>; geometry: { type: string; coordinates: unknown } }
export interface Collection { type: string; setsail: Record<string, string>; features: Feature[] }

const text = (v: unknown): string => (typeof v === 'string' ? v : '');

export function drawingOf(of: Collection): Drawing {
  const made: Drawing = { mark: of.setsail, rooms: [], walls: [], openings: [] };
  for (const { properties: p, geometry } of of.features) {
    if (p['part'] === 'room') {
      const ring = (geometry.coordinates as Point[][])[0] ?? [];
      made.rooms.push({ room: text(p['room']), name: text(p['name']), function: text(p['function']), area_m2: Number(p['area_m2'] ?? 0), indoor: p['indoor'] !== false, outline: ring.slice(0, -1), rest: p });
      continue;
    }
    const [start, end] = geometry.coordinates as [Point, Point];
    if (p['part'] === 'wall') made.walls.push({ wall: text(p['wall']), wall_class: text(p['wall_class']), start, end, rest: p });
    else made.openings.push({ opening: text(p['opening']), kind: text(p['kind']), wall: text(p['wall']), opening_class: text(p['opening_class']), start, end, rest: p });
  }
  return made;
}

export function collectionOf(of: Drawing): Collection {
  const line = (start: Point, end: Point): Feature['geometry'] => ({ type: 'LineString', coordinates: [start, end] });
  return {
    type: 'FeatureCollection', setsail: of.mark,
    features: [
      ...of.rooms.map((r) => ({ type: 'Feature', properties: { ...r.rest, part: 'room', room: r.room, name: r.name, function: r.function, area_m2: r.area_m2 }, geometry: { type: 'Polygon', coordinates: [[...r.outline, r.outline[0]]] } })),
      ...of.walls.map((w) => ({ type: 'Feature', properties: { ...w.rest, part: 'wall', wall: w.wall, wall_class: w.wall_class }, geometry: line(w.start, w.end) })),
      ...of.openings.map((o) => ({ type: 'Feature', properties: { ...o.rest, part: 'opening', opening: o.opening, wall: o.wall }, geometry: line(o.start, o.end) })),
    ],
  };
}

export interface Box { west: number; south: number; east: number; north: number }

export function boxOf(points: Point[], margin = 2): Box {
  const xs = points.map((p) => p[0]), ys = points.map((p) => p[1]);
  const [west, east] = xs.length ? [Math.min(...xs), Math.max(...xs)] : [0, 20];
  const [south, north] = ys.length ? [Math.min(...ys), Math.max(...ys)] : [0, 12];
  return { west: west - margin, south: south - margin, east: east + margin, north: north + margin };
}

export function middle(outline: Point[]): Point {
  const box = boxOf(outline, 0);
  return [(box.west + box.east) / 2, (box.south + box.north) / 2];
}

export function areaOf(outline: Point[]): number {
  let twice = 0;
  outline.forEach(([x, y], i) => { const [a, b] = outline[(i + 1) % outline.length] ?? [0, 0]; twice += x * b - a * y; });
  return Math.abs(twice) / 2;
}

export function inside(outline: Point[], [x, y]: Point): boolean {
  let found = false;
  outline.forEach(([ax, ay], i) => {
    const [bx, by] = outline[(i + 1) % outline.length] ?? [0, 0];
    if (ay > y !== by > y && x < ax + ((y - ay) * (bx - ax)) / (by - ay)) found = !found;
  });
  return found;
}

export interface Snap { at: Point; x: number | null; y: number | null }
export const STEP_M = 0.25;

/** The nearest lines of what stands there within `reach`, in each direction by itself; else the step of the grid. */
export function snapped(at: Point, points: Point[], reach: number, step = 0.05): Snap {
  const near = (k: 0 | 1): number | null => {
    let best: number | null = null;
    for (const p of points) if (Math.abs(p[k] - at[k]) <= reach && (best === null || Math.abs(p[k] - at[k]) < Math.abs(best - at[k]))) best = p[k];
    return best;
  };
  const [x, y] = [near(0), near(1)];
  const grid = (v: number): number => Math.round(Math.round(v / step) * step * 1000) / 1000;
  return { at: [x ?? grid(at[0]), y ?? grid(at[1])], x, y };
}

export const moved = ([x, y]: Point, [dx, dy]: Point): Point => [Math.round((x + dx) * 1000) / 1000, Math.round((y + dy) * 1000) / 1000];

/** An opening kept in its wall while the wall goes from one line to another: at the same shares of its length. */
export function carried(opening: Opening, was: Wall, now: Wall): Opening {
  const [dx, dy] = [was.end[0] - was.start[0], was.end[1] - was.start[1]];
  const square = dx * dx + dy * dy || 1;
  const length = Math.hypot(now.end[0] - now.start[0], now.end[1] - now.start[1]) || 1;
  const share = (p: Point): number => ((p[0] - was.start[0]) * dx + (p[1] - was.start[1]) * dy) / square;
  const wide = Math.min(Math.hypot(opening.end[0] - opening.start[0], opening.end[1] - opening.start[1]), 0.95 * length) / length;
  const mid = Math.min(Math.max((share(opening.start) + share(opening.end)) / 2, wide / 2), 1 - wide / 2);
  const turned = share(opening.end) < share(opening.start) ? -1 : 1;
  const at = (s: number): Point => moved(now.start, [(now.end[0] - now.start[0]) * s, (now.end[1] - now.start[1]) * s]);
  return { ...opening, start: at(mid - (turned * wide) / 2), end: at(mid + (turned * wide) / 2) };
}
