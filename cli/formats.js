/** Files that counts are written to: PNG, NumPy's .npy, and CSV. */
import { extname } from 'node:path';
import { UserError } from './command.js';
import { makeColours } from './palette.js';
import { encodePng } from './png.js';

/**
 * What is written: counts as strips of whole rows, from top to bottom.
 *
 * @typedef {object} Picture
 * @property {number} width
 * @property {number} height
 * @property {number} maxIterations
 * @property {import('./palette.js').Colours} colours
 * @property {string | null} text what a shard says of itself, in ASCII on one line
 */

/**
 * The header of an array of f32, shape (height, width). What a shard says of itself is a comment behind the dictionary, which
 * is Python: numpy.load reads over it.
 * Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * @param {Pick<Picture, 'width' | 'height' | 'text'>} picture
 */
export function npyHeader({ width, height, text }) {
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${height}, ${width}), }`;
  const line = text ? `${dictionary} # ${text}` : dictionary;
  // Magic, version and length are 10 bytes; data begin at a multiple of 64.
  const length = Math.ceil((10 + line.length + 1) / 64) * 64 - 10;
  const header = Buffer.from(`\x93NUMPY\x01\0\0\0${line.padEnd(length - 1)}\n`, 'latin1');
  header.writeUInt16LE(length, 8);
  return header;
}

/** @param {AsyncIterable<Float32Array>} strips @param {Picture} picture */
async function* encodeNpy(strips, picture) {
  yield npyHeader(picture);
  for await (const { buffer, byteOffset, byteLength } of strips) yield new Uint8Array(buffer, byteOffset, byteLength);
}

/** @param {AsyncIterable<Float32Array>} strips @param {Picture} picture */
async function* encodeCsv(strips, { width }) {
  for await (const counts of strips) {
    for (let from = 0; from < counts.length; from += width) {
      yield Buffer.from(`${counts.subarray(from, from + width).join(',')}\n`);
    }
  }
}

/** @param {AsyncIterable<Float32Array>} strips @param {Picture} picture */
async function* paint(strips, { maxIterations, colours }) {
  const colour = makeColours(maxIterations, colours);
  for await (const counts of strips) yield colour(counts);
}

/** @type {Record<'png' | 'npy' | 'csv', (strips: AsyncIterable<Float32Array>, picture: Picture) => AsyncIterable<Uint8Array>>} */
export const encoders = {
  png: (strips, picture) => encodePng(paint(strips, picture), picture),
  npy: encodeNpy,
  csv: encodeCsv,
};

/** @typedef {keyof typeof encoders} Format */
export const formatNames = /** @type {Format[]} */ (Object.keys(encoders));

/**
 * The format of an output: what --format says, or the file's ending, or PNG on stdout.
 *
 * @param {{ out: string, format?: Format | undefined }} options
 */
export function formatOf({ out, format }) {
  if (format) return format;
  if (out === '-') return 'png';
  const ending = extname(out).slice(1).toLowerCase();
  const named = formatNames.find((name) => name === ending);
  if (!named) throw new UserError(`--out must end with .${formatNames.join(', .')}, or take --format, got '${out}'`);
  return named;
}
