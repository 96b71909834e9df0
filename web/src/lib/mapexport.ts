// The maps as one PNG with their heading, legend and notice in words.
import type { Entry } from './maplegend';
import { token } from './token';

const PAD = 16;
const SIZE = 14;

export async function savePicture(maps: HTMLCanvasElement[], legends: Entry[][], lines: string[], name: string): Promise<void> {
  const scale = devicePixelRatio || 1;
  const width = maps.reduce((sum, m) => sum + m.width, 0);
  const height = Math.max(...maps.map((m) => m.height));
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d')!;
  const font = `${SIZE * scale}px "Noto Sans CJK SC", sans-serif`;
  pen.font = font;
  const wrapped = lines.filter(Boolean).flatMap((line) => wrap(pen, line, width - 2 * PAD * scale));
  const step = SIZE * 1.5 * scale;
  canvas.width = width;
  canvas.height = height + (wrapped.length + legends.length) * step + 2 * PAD * scale;
  pen.font = font;
  pen.fillStyle = token('panel');
  pen.fillRect(0, 0, canvas.width, canvas.height);
  let x = 0;
  for (const map of maps) { pen.drawImage(map, x, 0); x += map.width; }
  pen.fillStyle = token('text');
  legends.forEach((entries, k) => swatches(pen, entries, PAD * scale, height + PAD * scale + step * k, scale));
  wrapped.forEach((line, k) => pen.fillText(line, PAD * scale, height + PAD * scale + step * (legends.length + k + 0.7)));
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
  if (!blob) return;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** The classes in a row: colour (stripes where unknown), words, count. */
function swatches(pen: CanvasRenderingContext2D, entries: Entry[], left: number, top: number, scale: number): void {
  const side = SIZE * scale;
  let x = left;
  for (const entry of entries) {
    pen.fillStyle = entry.colour ?? token('panel');
    pen.fillRect(x, top, side, side);
    pen.strokeStyle = token('muted');
    pen.strokeRect(x, top, side, side);
    if (entry.colour === null) {
      pen.beginPath();
      for (const at of [0.33, 0.67, 1]) { pen.moveTo(x, top + side * at); pen.lineTo(x + side * at, top); }
      pen.stroke();
    }
    const words = `${entry.label}${entry.count ? ` (${entry.count})` : ''}`;
    pen.fillStyle = token('text');
    pen.fillText(words, x + side * 1.4, top + side * 0.85);
    x += side * 2.6 + pen.measureText(words).width;
  }
}

function wrap(pen: CanvasRenderingContext2D, text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const part of text.match(/[^\s]+\s*|\s+/g) ?? []) {
    if (line && pen.measureText(line + part).width > width) { lines.push(line); line = part; } else line += part;
  }
  return [...lines, line];
}
