/** PNGs that are written while their rows arrive, and read row by row again, so that a picture may be larger than memory. */
import { pipeline } from 'node:stream/promises';
import { createDeflate, createInflate } from 'node:zlib';
import { chunk, crc32, endChunk, headerChunk, SIGNATURE } from './png-chunks.js';

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

/**
 * Reads bytes of a file, in a buffer of their own. Throws where it has fewer.
 *
 * @param {import('node:fs/promises').FileHandle} file
 * @param {number} position
 * @param {number} length
 */
export async function bytesAt(file, position, length) {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, position);
  if (bytesRead < length) throw new Error('it ends too early');
  return bytes;
}

/** The compressed pixels of a PNG, chunk by chunk. @param {import('node:fs/promises').FileHandle} file */
async function* dataOf(file) {
  const { size } = await file.stat();
  for (let position = SIGNATURE.length, type = ''; type !== 'IEND';) {
    const length = (await bytesAt(file, position, 4)).readUInt32BE();
    // Behind the length come 4 bytes of type, the data and 4 of their checksum. A damaged length is not worth an attempt.
    const end = position + 12 + length;
    if (end > size) throw new Error('it ends too early');
    const bytes = await bytesAt(file, position + 4, 8 + length);
    const content = bytes.subarray(0, -4);
    if (crc32(content) !== bytes.readUInt32BE(4 + length)) throw new Error('a checksum differs');
    type = content.toString('latin1', 0, 4);
    if (type === 'IDAT') yield content.subarray(4);
    position = end;
  }
}

/** @param {Uint8Array} bytes @param {number} rowBytes */
function withoutFilterBytes(bytes, rowBytes) {
  const rows = bytes.length / (rowBytes + 1);
  const strip = new Uint8Array(rows * rowBytes);
  for (let row = 0; row < rows; row++) {
    const begin = row * (rowBytes + 1);
    if (bytes[begin] !== NO_FILTER) throw new Error('its rows are filtered');
    strip.set(bytes.subarray(begin + 1, begin + 1 + rowBytes), row * rowBytes);
  }
  return strip;
}

/**
 * Decodes what `encodePng` wrote. Throws where it is damaged, or has been written anew by another program.
 *
 * @param {import('node:fs/promises').FileHandle} file
 * @param {{ width: number, height: number }} picture
 * @param {number} rows of a strip, at most
 */
export async function* decodePng(file, { width, height }, rows) {
  const rowBytes = 3 * width;
  const inflate = createInflate();
  const feeding = pipeline(dataOf(file), inflate);
  feeding.catch(() => {});
  let left = height * (rowBytes + 1);
  for await (const bytes of inPieces(inflate, rows * (rowBytes + 1))) {
    left -= bytes.length;
    if (left < 0 || bytes.length % (rowBytes + 1) > 0) break;
    yield withoutFilterBytes(bytes, rowBytes);
  }
  if (left !== 0) throw new Error(`it does not have ${height} rows`);
  await feeding;
}
