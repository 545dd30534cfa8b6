/** Colours of counts: a colour scale over the logarithm of the count, and black where the orbit did not escape. */
import { rgb } from 'd3-color';
import { PALETTES } from './scales.js';

/**
 * How counts are coloured.
 *
 * @typedef {object} Colours
 * @property {import('./scales.js').PaletteName} palette
 * @property {number} cycles passes through the scale, there and back, from a count of 1 to maxIterations: the more, the finer the
 *   differences that show
 */

/** @type {Colours} */
export const DEFAULT_COLOURS = { palette: 'inferno', cycles: 1 };

export const paletteNames = /** @type {import('./scales.js').PaletteName[]} */ (Object.keys(PALETTES));

/** Colours that a scale is sampled at: more than neighbours differ by in 8 bits. */
const STEPS = 1024;

/**
 * A function that colours counts: it gives 3 bytes, red, green and blue, for each.
 *
 * @param {number} maxIterations of the job that gives the counts
 * @param {Colours} colours
 */
export function makeColours(maxIterations, { palette, cycles } = DEFAULT_COLOURS) {
  const scale = PALETTES[palette].colour;
  const table = new Uint8Array(3 * STEPS);
  for (let i = 0; i < STEPS; i++) {
    // The dark end is left out, so that black stands for one thing only.
    const { r, g, b } = rgb(scale(0.1 + (0.9 * i) / (STEPS - 1)));
    table.set([r, g, b], 3 * i);
  }
  const perLog = cycles / Math.log(Math.max(maxIterations, 2));
  return (/** @type {Float32Array} */ counts) => {
    const bytes = new Uint8Array(3 * counts.length);
    for (let i = 0; i < counts.length; i++) {
      if (counts[i] === maxIterations) continue;
      const phase = (perLog * Math.log(counts[i])) % 2;
      const from = 3 * Math.round((STEPS - 1) * (phase > 1 ? 2 - phase : phase));
      bytes[3 * i] = table[from];
      bytes[3 * i + 1] = table[from + 1];
      bytes[3 * i + 2] = table[from + 2];
    }
    return bytes;
  };
}
