// The drawing of the map: MapLibre without glyphs, sprites or tiles from outside; loaded only with the page of the map.
import { addProtocol, MapLibreMap, NavigationControl, ScaleControl, setWorkerUrl, type ExpressionSpecification, type GeoJSONFeature, type LayerSpecification, type MapGeoJSONFeature, type PointLike, type StyleSpecification } from 'maplibre-gl';
import 'maplibre-gl/dist/maplibre-gl.css';
import worker from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import { paint, type Painted } from './mapcoverage';
import { CELL_KM2, classOf, colours } from './mapramp';
import { HOME, type View } from './mapstate';
import { token } from './token';

setWorkerUrl(worker);
addProtocol('coverage', paint);

/** What one map shows. Addresses are below /api/v1; `values` by region code, null where unknown. */
export interface Content {
  level: string; language: string; theme: string;
  regions: { values: Map<string, number | null>; breaks: number[] } | null;
  cells: { tiles: string; figure: string; breaks: number[] } | null;
  over: { tiles: string } | null;
  coverage: Painted | null;
  pick: string;
}
export interface Picked { kind: 'region' | 'cell'; id: string; lon: number; lat: number; over: boolean }
export interface Seen { cells: number; n: number; classes: number[]; unknown: number; resolution: number | null; points: number }

const FONT = ['Noto Sans CJK SC', 'sans-serif'];
const api = (path: string): string => `${location.origin}/api/v1${path}`;

/** The full H3 id of a cell of a tile. */
export function cellId(short: number, resolution: number): string {
  const shift = BigInt(3 * (15 - resolution));
  return ((1n << 59n) | (BigInt(resolution) << 52n) | (BigInt(short) << shift) | ((1n << shift) - 1n)).toString(16);
}

export class Drawing {
  readonly map: MapLibreMap;
  private content: Content | null = null;

  constructor(element: HTMLElement, first: Content, view: View | null, words: Record<string, string>, private readonly tell: { picked: (p: Picked) => void; moved: (v: View) => void; seen: (s: Seen) => void; failed: (what: string) => void }) {
    this.map = new MapLibreMap({
      container: element, style: style(first), ...(view ? { center: [view.lon, view.lat] as [number, number], zoom: view.zoom } : { bounds: HOME, fitBoundsOptions: { padding: 12 } }), minZoom: 1, maxZoom: 17,
      attributionControl: false, dragRotate: false, pitchWithRotate: false, touchPitch: false, fadeDuration: 0, locale: words,
    });
    this.content = first;
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new NavigationControl({ showCompass: false }), 'top-right');
    this.map.addControl(new ScaleControl({ unit: 'metric' }), 'bottom-right');
    this.map.on('styledata', () => { if (!this.map.hasImage('hatch')) this.map.addImage('hatch', hatch(), { pixelRatio: 2 }); });
    this.map.on('moveend', () => this.tell.moved(this.view()));
    this.map.on('idle', () => this.tell.seen(this.seen()));
    this.map.on('click', (event) => this.pick(event.point.x, event.point.y));
    this.map.on('error', (event) => { if (!/abort/i.test(String(event.error))) this.tell.failed(String(event.error?.message ?? event.error)); });
    this.map.getCanvas().addEventListener('keydown', (event) => { if (event.key === 'Enter') this.pick(this.map.getCanvas().clientWidth / 2, this.map.getCanvas().clientHeight / 2); });
  }

  view(): View {
    const { lng, lat } = this.map.getCenter();
    return { zoom: this.map.getZoom(), lat, lon: lng };
  }

  bounds(): string {
    const b = this.map.getBounds();
    return [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()].map((v) => v.toFixed(4)).join(',');
  }

  move(view: View): void {
    this.map.jumpTo({ center: [view.lon, view.lat], zoom: view.zoom });
  }

  fit(b: [number, number, number, number]): void {
    this.map.fitBounds([[b[0], b[1]], [b[2], b[3]]], { padding: 24, animate: false });
  }

  show(content: Content): void {
    if (content === this.content) return;
    this.content = content;
    this.map.setStyle(style(content), { diff: this.map.isStyleLoaded() === true });
    if (this.map.hasImage('hatch')) this.map.updateImage('hatch', hatch());
  }

  end(): void {
    this.map.remove();
  }

  /** The picture of the map as it stands. */
  picture(): Promise<HTMLCanvasElement> {
    return new Promise((done) => {
      this.map.once('render', () => {
        const [from, to] = [this.map.getCanvas(), document.createElement('canvas')];
        [to.width, to.height] = [from.width, from.height];
        to.getContext('2d')?.drawImage(from, 0, 0);
        done(to);
      });
      this.map.triggerRepaint();
    });
  }

  private pick(x: number, y: number): void {
    const { lng: lon, lat } = this.map.unproject([x, y]);
    const layers = ['over-points', 'points', 'over-cells', 'cells', 'regions', 'regions-unknown'].filter((id) => this.map.getLayer(id));
    const ordered = (at: PointLike | [PointLike, PointLike]): MapGeoJSONFeature[] => this.map.queryRenderedFeatures(at, { layers }).toSorted((a, b) => layers.indexOf(a.layer.id) - layers.indexOf(b.layer.id));
    const near = ordered([[x - 4, y - 4], [x + 4, y + 4]]).find((f) => f.layer.id.endsWith('points'));
    const first = near ?? ordered([x, y])[0];
    if (!first) return;
    const over = first.layer.id.startsWith('over');
    const p = first.properties as Record<string, unknown>;
    if (first.layer.id.startsWith('regions')) this.tell.picked({ kind: 'region', id: String(p['code']), lon, lat, over });
    else this.tell.picked({ kind: 'cell', id: p['h3'] ? String(p['h3']) : cellId(Number(first.id), Number(p['r'])), lon, lat, over });
  }

  private seen(): Seen {
    const told: Seen = { cells: 0, n: 0, classes: [], unknown: 0, resolution: null, points: 0 };
    const shown = this.content?.cells;
    if (!shown || !this.map.getSource('cells')) return told;
    told.classes = Array.from({ length: shown.breaks.length + 1 }, () => 0);
    const once = new Map<unknown, GeoJSONFeature>();
    for (const f of this.map.querySourceFeatures('cells', { sourceLayer: 'cells' })) once.set(`${f.properties?.['r']}/${f.id}`, f);
    const value = (p: Record<string, unknown>): number => (shown.figure === 'n' ? Number(p['n']) / (CELL_KM2[Number(p['r'])] ?? NaN) : Number(p[shown.figure]));
    for (const f of once.values()) {
      const p = f.properties as Record<string, unknown>;
      const v = value(p);
      if (shown.figure !== 'n' && v < 0) told.unknown += 1;
      else told.classes[classOf(v, shown.breaks)]! += 1;
      told.n += Number(p['n']);
      told.resolution = Number(p['r']);
    }
    told.cells = once.size;
    told.points = this.map.querySourceFeatures('cells', { sourceLayer: 'points' }).length;
    return told;
  }
}

function style(c: Content): StyleSpecification {
  const line = token('line');
  const name = c.language === 'zh' ? 'name_zh' : 'name_en';
  const sources: StyleSpecification['sources'] = {
    land: { type: 'vector', tiles: [api('/map/boundaries/province/{z}/{x}/{y}')], maxzoom: 10 },
    ...(c.level === 'prefecture' ? { areas: { type: 'vector', tiles: [api('/map/boundaries/prefecture/{z}/{x}/{y}')], maxzoom: 10 } } : {}),
    ...(c.cells ? { cells: { type: 'vector', tiles: [api(c.cells.tiles)], minzoom: 2, maxzoom: 14 } } : {}),
    ...(c.over ? { over: { type: 'vector', tiles: [api(c.over.tiles)], minzoom: 2, maxzoom: 14 } } : {}),
    ...(c.coverage ? { coverage: { type: 'raster', tiles: [c.coverage.tiles], tileSize: 256, maxzoom: 16, bounds: c.coverage.bounds } } : {}),
  };
  const area = c.level === 'prefecture' ? 'areas' : 'land';
  const layers: LayerSpecification[] = [
    { id: 'ground', type: 'background', paint: { 'background-color': token('sunken') } },
    { id: 'land', type: 'fill', source: 'land', 'source-layer': 'regions', paint: { 'fill-color': token('panel') } },
  ];
  if (c.regions) layers.push(...regionLayers(c.regions, area));
  if (c.cells) {
    layers.push({ id: 'cells', type: 'fill', source: 'cells', 'source-layer': 'cells', paint: { 'fill-color': cellColour(c.cells.figure, c.cells.breaks), 'fill-opacity': ['interpolate', ['linear'], ['zoom'], 11, 0.92, 13, 0.55], 'fill-outline-color': 'rgba(0,0,0,0)' } });
    if (c.cells.figure !== 'n') layers.push({ id: 'cells-unknown', type: 'fill', source: 'cells', 'source-layer': 'cells', filter: ['<', ['get', c.cells.figure], 0], paint: { 'fill-pattern': 'hatch' } });
  }
  if (c.coverage) layers.push({ id: 'coverage', type: 'raster', source: 'coverage', paint: { 'raster-opacity': 0.8, 'raster-resampling': 'nearest', 'raster-fade-duration': 0 } });
  if (c.level === 'prefecture') layers.push({ id: 'area-lines', type: 'line', source: 'areas', 'source-layer': 'regions', paint: { 'line-color': line, 'line-width': ['interpolate', ['linear'], ['zoom'], 3, 0.3, 8, 1] } });
  layers.push(
    { id: 'land-lines', type: 'line', source: 'land', 'source-layer': 'regions', paint: { 'line-color': token('muted'), 'line-opacity': 0.55, 'line-width': ['interpolate', ['linear'], ['zoom'], 3, 0.6, 8, 1.6] } },
  );
  if (/^\d{6}$/.test(c.pick)) layers.push({ id: 'picked', type: 'line', source: area, 'source-layer': 'regions', filter: ['==', ['get', 'code'], c.pick], paint: { 'line-color': token('accent'), 'line-width': 3 } });
  if (c.cells) {
    layers.push({ id: 'points', type: 'circle', source: 'cells', 'source-layer': 'points', paint: point(token('accent'), 2.5) });
    if (/^8[0-9a-f]{14}$/.test(c.pick)) layers.push({ id: 'picked-cell', type: 'line', source: 'cells', 'source-layer': 'cells', filter: pickedCell(c.pick), paint: { 'line-color': token('bad'), 'line-width': 3 } });
  }
  if (c.over) layers.push({ id: 'over-points', type: 'circle', source: 'over', 'source-layer': 'points', paint: point(token('bad'), 4) });
  layers.push({
    id: 'names', type: 'symbol', source: c.level === 'prefecture' ? 'areas' : 'land', 'source-layer': 'labels', minzoom: c.level === 'prefecture' ? 5 : 2.5,
    layout: { 'text-field': ['get', name], 'text-font': FONT, 'text-size': 12, 'text-max-width': 6 },
    paint: { 'text-color': token('text'), 'text-halo-color': token('panel'), 'text-halo-width': 1.4 },
  });
  return { version: 8, sources, layers };
}

function regionLayers(r: NonNullable<Content['regions']>, source: string): LayerSpecification[] {
  const ramp = colours(r.breaks);
  const known = [...r.values].filter((pair): pair is [string, number] => pair[1] !== null);
  const codes = known.map(([code]) => code);
  const pairs = known.flatMap(([code, value]) => [code, ramp[classOf(value, r.breaks)] ?? '#888']);
  const fill = (pairs.length ? ['match', ['get', 'code'], ...pairs, 'rgba(0,0,0,0)'] : 'rgba(0,0,0,0)') as unknown as ExpressionSpecification;
  const isKnown: ExpressionSpecification = ['in', ['get', 'code'], ['literal', codes]];
  return [
    { id: 'regions', type: 'fill', source, 'source-layer': 'regions', filter: isKnown, paint: { 'fill-color': fill, 'fill-opacity': 0.9 } },
    { id: 'regions-unknown', type: 'fill', source, 'source-layer': 'regions', filter: ['!', isKnown], paint: { 'fill-pattern': 'hatch' } },
  ];
}

function cellColour(figure: string, breaks: number[]): ExpressionSpecification {
  const ramp = colours(breaks);
  const area = ['match', ['get', 'r'], ...Object.entries(CELL_KM2).flatMap(([r, km2]) => [Number(r), km2]), 1];
  const value = figure === 'n' ? ['/', ['get', 'n'], area] : ['get', figure];
  const steps = ['step', value, ramp[0], ...breaks.flatMap((b, k) => [b, ramp[k + 1]])];
  return (figure === 'n' ? steps : ['case', ['<', ['get', figure], 0], 'rgba(0,0,0,0)', steps]) as unknown as ExpressionSpecification;
}

function pickedCell(id: string): ExpressionSpecification {
  const h = BigInt(`0x${id}`);
  const resolution = Number((h >> 52n) & 15n);
  const short = Number((h >> BigInt(3 * (15 - resolution))) & ((1n << BigInt(7 + 3 * resolution)) - 1n));
  return ['all', ['==', ['id'], short], ['==', ['get', 'r'], resolution]];
}

function point(colour: string, radius: number): Record<string, unknown> {
  return { 'circle-color': colour, 'circle-radius': ['interpolate', ['linear'], ['zoom'], 4, radius, 15, radius * 2], 'circle-stroke-color': token('panel'), 'circle-stroke-width': 1 };
}

/** Stripes in the colour of the hatch: unknown, never zero. */
function hatch(): ImageData {
  const side = 16;
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = side;
  const pen = canvas.getContext('2d')!;
  pen.strokeStyle = token('muted');
  pen.globalAlpha = 0.65;
  pen.lineWidth = 2;
  pen.beginPath();
  for (const at of [-side, 0, side]) { pen.moveTo(at - 2, side + 2); pen.lineTo(at + side + 2, -2); }
  pen.stroke();
  return pen.getImageData(0, 0, side, side);
}
