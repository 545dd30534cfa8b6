/** Files that counts are written to: PNG, NumPy's .npy, and CSV. */
import { extname } from 'node:path';
import { UserError } from './command.js';
import { npyHeader } from './npy.js';
import { DEFAULT_COLOURS, makeColours } from './palette.js';
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

/** @param {AsyncIterable<Float32Array>} strips @param {Picture} picture */
async function* encodeNpy(strips, picture) {
  yield npyHeader(picture);
  for await (const { buffer, byteOffset, byteLength } of strips) yield new Uint8Array(buffer, byteOffset, byteLength);
}

/** Characters that are written at once, at least. */
const TEXT = 2 ** 16;

/** @param {AsyncIterable<Float32Array>} strips @param {Picture} picture */
async function* encodeCsv(strips, { width }) {
  for await (const counts of strips) {
    let text = '';
    for (let from = 0; from < counts.length; from += width) {
      text += `${counts.subarray(from, from + width).join(',')}\n`;
      if (text.length < TEXT && from + width < counts.length) continue;
      yield Buffer.from(text);
      text = '';
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

/**
 * The colours of an output, which only a .png has.
 *
 * @param {{ palette?: import('./scales.js').PaletteName | undefined, cycles?: number | undefined }} given by options
 * @param {Format} format
 * @param {import('./palette.js').Colours} [otherwise]
 * @returns {import('./palette.js').Colours}
 */
export function coloursOf({ palette, cycles }, format, otherwise = DEFAULT_COLOURS) {
  if (format !== 'png' && (palette || cycles)) {
    throw new UserError(`--palette and --cycles must be left out with a .${format}: they are for a .png`);
  }
  return { palette: palette ?? otherwise.palette, cycles: cycles ?? otherwise.cycles };
}
