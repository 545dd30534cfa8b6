/** Files of a place at any size, computed band by band, so that memory stays bounded. */
import type { Lane } from 'twolane';
import { checkResolved } from './limits.js';
import { npyHeader } from '../cli/npy.js';
import { lookOf, paint } from './paint.js';
import { iterationsAt, type Place } from './place.js';
import { makePng } from './png.js';
import { gridOf, viewOf } from './view.js';

/** Pixels of a band: painting it keeps the page from answering for a few milliseconds only. */
const BAND = 2 ** 18;

export interface FileOptions {
  format: 'png' | 'npy';
  width: number;
  height: number;
  signal: AbortSignal;
  /** Called with the share that is done, from 0 to 1. */
  onProgress(share: number): void;
}

/** Takes bands from top to bottom, and makes a file of them. */
interface Sink {
  write(counts: Float32Array<ArrayBuffer>, fractions: Float32Array | null): Promise<void>;
  finish(): Promise<Blob>;
  abort(): void;
}

function pngSink(place: Place, maxIterations: number, width: number, height: number): Sink {
  const png = makePng(width, height);
  const look = lookOf(place);
  return {
    async write(counts, fractions) {
      const pixels = new Uint32Array(counts.length);
      paint({ counts, fractions, maxIterations }, look, pixels);
      await png.write(pixels);
    },
    finish: png.finish,
    abort: png.abort,
  };
}

function npySink(width: number, height: number, text: string): Sink {
  // A blob of each band, that the browser may keep on disk.
  const parts: (Blob | Uint8Array<ArrayBuffer>)[] = [npyHeader({ width, height, text })];
  return {
    async write(counts) {
      parts.push(new Blob([counts]));
    },
    finish: async () => new Blob(parts, { type: 'application/octet-stream' }),
    abort() {
      parts.length = 0;
    },
  };
}

/**
 * A file of a place: PNG as on the screen, or its counts. Rejects as the lane does, with the signal's reason on abort, and with
 * RangeError where the lane turns out to be too coarse for the file's pixels.
 */
export async function makeFile(lane: Lane, place: Place, options: FileOptions): Promise<Blob> {
  const { format, width, height, signal, onProgress } = options;
  const maxIterations = iterationsAt(place);
  const view = viewOf(place, width, height);
  const smooth = format === 'png' && place.smooth;
  // Where the counts lie, to the last bit: a comment in the header.
  const text = () => JSON.stringify({ grid: gridOf({ ...view, stride: 1 }), maxIterations, bailoutRadius: 2 });
  const sink = format === 'png' ? pngSink(place, maxIterations, width, height) : npySink(width, height, text());
  const bandRows = Math.max(1, Math.floor(BAND / width));
  try {
    for (let row = 0; row < height; row += bandRows) {
      const band = { ...view, stride: 1, row: view.row + row, height: Math.min(bandRows, height - row) };
      const { counts, fractions, precision } = await lane.escapeTime(
        { grid: gridOf(band), maxIterations, smooth },
        { signal, onProgress: ({ done }) => onProgress((row * width + done) / (width * height)) },
      );
      signal.throwIfAborted();
      checkResolved(lane, precision, band);
      await sink.write(counts as Float32Array<ArrayBuffer>, fractions);
    }
    const blob = await sink.finish();
    signal.throwIfAborted();
    return blob;
  } catch (error) {
    sink.abort();
    throw error;
  }
}

/** Hands a file to the user. */
export function download(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
