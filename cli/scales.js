/** Palettes: colour scales, for the command line and the explorer. */
import {
  interpolateCividis,
  interpolateGreys,
  interpolateInferno,
  interpolateMagma,
  interpolatePlasma,
  interpolateSinebow,
  interpolateTurbo,
  interpolateViridis,
} from 'd3-scale-chromatic';

/**
 * @typedef {object} Palette
 * @property {string} label
 * @property {boolean} uniform whether equal steps along it look equally large
 * @property {boolean} cyclic whether it ends as it begins; the others run forth and back
 * @property {(t: number) => string} colour of a number from 0 to 1, as CSS
 */

/**
 * @param {string} label
 * @param {Palette['colour']} colour
 * @param {Partial<Pick<Palette, 'uniform' | 'cyclic'>>} [kind]
 * @returns {Palette}
 */
const palette = (label, colour, { uniform = false, cyclic = false } = {}) => ({ label, uniform, cyclic, colour });

const uniform = { uniform: true };

export const PALETTES = {
  inferno: palette('Inferno', interpolateInferno, uniform),
  magma: palette('Magma', interpolateMagma, uniform),
  plasma: palette('Plasma', interpolatePlasma, uniform),
  viridis: palette('Viridis', interpolateViridis, uniform),
  cividis: palette('Cividis', interpolateCividis, uniform),
  grey: palette('Grey', (t) => interpolateGreys(1 - t)),
  turbo: palette('Turbo', interpolateTurbo),
  sinebow: palette('Sinebow', interpolateSinebow, { cyclic: true }),
};

/** @typedef {keyof typeof PALETTES} PaletteName */
