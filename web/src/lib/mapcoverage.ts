// Coverage windows: the server sends whole numbers as pixels, the ramp is applied here.
import type { AddProtocolAction } from 'maplibre-gl';
import type { CoverageLayer } from './maprecords';

export interface Painted { tiles: string; bounds: [number, number, number, number] }
const RAMPS = new Map<string, CoverageLayer>();
const SIDE = 256;

/** The source of a layer of a coverage run; its classes are kept for `paint`. */
export function source(run: string, layer: CoverageLayer, bounds: [number, number, number, number], version: string): Painted {
  const key = `${encodeURIComponent(run)}/${layer.layer}`;
  RAMPS.set(key, layer);
  return { tiles: `coverage://${key}/{z}/{x}/{y}?v=${version}`, bounds };
}

/** One window in its colours; pixels where the raster says nothing stay clear. */
export const paint: AddProtocolAction = async (request, abort) => {
  const path = request.url.slice('coverage://'.length);
  const ramp = RAMPS.get(path.split('/').slice(0, 2).join('/'));
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  if (!ramp || !pen) throw new Error(`no ramp for ${path}`);
  const answer = await fetch(`/api/v1/map/coverage/${path}`, { signal: abort.signal, credentials: 'same-origin' });
  if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
  if (answer.status !== 204) {
    const picture = await createImageBitmap(await answer.blob(), { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
    pen.drawImage(picture, 0, 0);
    const pixels = pen.getImageData(0, 0, SIDE, SIDE);
    recolour(pixels.data, ramp);
    pen.putImageData(pixels, 0, 0);
  }
  return { data: await createImageBitmap(canvas) };
};

export function recolour(data: Uint8ClampedArray, ramp: CoverageLayer): void {
  const classes = ramp.classes.map((c) => ({ low: c.low, rgb: [1, 3, 5].map((at) => parseInt(c.colour.slice(at, at + 2), 16)) })).toSorted((a, b) => b.low - a.low);
  for (let at = 0; at < data.length; at += 4) {
    const known = data[at + 2]! > 127;
    const value = (data[at]! * 256 + data[at + 1]!) * ramp.scale + ramp.offset;
    const found = known ? classes.find((c) => value >= c.low) : undefined;
    data[at + 3] = found ? 255 : 0;
    if (found) [data[at], data[at + 1], data[at + 2]] = found.rgb as [number, number, number];
  }
}
