/**
 * A PNG that is written row by row, so that a picture of 8192 × 8192 pixels is never in memory as a whole: the libraries for PNG
 * want all pixels at once. The browser's own deflate compresses, off the page's thread.
 *
 * Source: https://www.w3.org/TR/png-3/ (filters in section 9).
 */
import { chunk, endChunk, headerChunk, SIGNATURE } from '../cli/png-chunks.js';

/** Filter type 1: each byte is stored as its difference to the pixel's on the left. */
const SUB = 1;
const CHANNELS = 3;

/** Rows of RGBA numbers as PNG's filtered RGB bytes. */
function filterRows(pixels: Uint32Array, width: number): Uint8Array<ArrayBuffer> {
  const rows = pixels.length / width;
  const source = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  const bytes = new Uint8Array(rows * (1 + CHANNELS * width));
  let to = 0;
  for (let row = 0, from = 0; row < rows; row++) {
    bytes[to++] = SUB;
    for (let column = 0; column < width; column++, from += 4) {
      for (let channel = 0; channel < CHANNELS; channel++) {
        const left = column > 0 ? source[from + channel - 4] : 0;
        bytes[to++] = source[from + channel] - left;
      }
    }
  }
  return bytes;
}

export interface PngWriter {
  /** Adds whole rows, RGBA numbers; resolves when the next ones may come. */
  write(pixels: Uint32Array): Promise<void>;
  /** Resolves with the file. */
  finish(): Promise<Blob>;
  /** Gives up, and frees what there is. */
  abort(): void;
}

/** Throws where the browser has no CompressionStream. */
export function makePng(width: number, height: number): PngWriter {
  if (typeof CompressionStream !== 'function') {
    throw new Error('this browser cannot compress a picture, so take a newer one, or save the counts');
  }
  const parts: Uint8Array<ArrayBuffer>[] = [SIGNATURE, headerChunk(width, height)];
  const { readable, writable } = new CompressionStream('deflate');
  const writer = writable.getWriter();
  const drained = (async () => {
    const reader = readable.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      parts.push(chunk('IDAT', value));
    }
  })();
  // Its failure is told where it is awaited.
  drained.catch(() => {});
  return {
    async write(pixels) {
      await writer.ready;
      await writer.write(filterRows(pixels, width));
    },

    async finish() {
      await writer.close();
      await drained;
      return new Blob([...parts, endChunk()], { type: 'image/png' });
    },

    abort() {
      parts.length = 0;
      writer.abort().catch(() => {});
    },
  };
}
