/** A PNG that is written while its rows arrive, so that a picture may be larger than memory. fast-png reads it back. */
import { pipeline } from 'node:stream/promises';
import { createDeflate } from 'node:zlib';
import { chunk, endChunk, headerChunk, SIGNATURE } from './png-chunks.js';

/** Bytes of a data chunk. */
const CHUNK = 2 ** 16;
/** Of each row, before its pixels: the difference to the row above is not taken. */
const NO_FILTER = 0;

/**
 * Joins or cuts bytes into pieces of `size`, the last one excepted: then neither zlib nor a reader sees where rows came from.
 *
 * @param {AsyncIterable<Uint8Array>} source
 * @param {number} size
 */
async function* inPieces(source, size) {
  let piece = Buffer.allocUnsafe(size);
  let filled = 0;
  for await (const bytes of source) {
    for (let from = 0; from < bytes.length;) {
      const part = bytes.subarray(from, from + size - filled);
      piece.set(part, filled);
      filled += part.length;
      from += part.length;
      if (filled < size) continue;
      yield piece;
      piece = Buffer.allocUnsafe(size);
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}

/** @param {AsyncIterable<Uint8Array>} strips @param {number} rowBytes */
async function* withFilterBytes(strips, rowBytes) {
  for await (const strip of strips) {
    const rows = strip.length / rowBytes;
    const bytes = new Uint8Array(strip.length + rows);
    for (let row = 0; row < rows; row++) {
      bytes[row * (rowBytes + 1)] = NO_FILTER;
      bytes.set(strip.subarray(row * rowBytes, (row + 1) * rowBytes), row * (rowBytes + 1) + 1);
    }
    yield bytes;
  }
}

/**
 * Encodes a picture. Its bytes depend on the pixels and the text alone, not on the strips that they come in.
 *
 * @param {AsyncIterable<Uint8Array>} strips whole rows, 3 bytes a pixel
 * @param {{ width: number, height: number, text?: string | null }} picture `text`: ASCII, to keep under the keyword `twolane`
 * @returns {AsyncGenerator<Uint8Array>}
 */
export async function* encodePng(strips, { width, height, text }) {
  yield SIGNATURE;
  yield headerChunk(width, height);
  if (text) yield chunk('tEXt', Buffer.from(`twolane\0${text}`, 'latin1'));
  const deflate = createDeflate();
  const feeding = pipeline(inPieces(withFilterBytes(strips, 3 * width), CHUNK), deflate);
  // An error in the strips ends the loop, too, which throws it.
  feeding.catch(() => {});
  for await (const data of inPieces(deflate, CHUNK)) yield chunk('IDAT', data);
  await feeding;
  yield endChunk();
}
