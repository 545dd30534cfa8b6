/** Palettes: colours along an endless scale of counts. */
import { rgb } from 'd3-color';
import { PALETTES } from '../cli/scales.js';

export { PALETTES };

export type PaletteName = keyof typeof PALETTES;

export const isPalette = (name: string): name is PaletteName => Object.hasOwn(PALETTES, name);

/** Entries of a table; a power of two, so that a scale without end is a mask. */
export const TABLE = 2 ** 12;

/** The table of a palette: one period of the scale, as RGBA bytes in a Uint32Array. */
export function makeTable(name: PaletteName): Uint32Array {
  const { colour, cyclic } = PALETTES[name];
  const bytes = new Uint8ClampedArray(4 * TABLE);
  for (let i = 0; i < TABLE; i++) {
    const t = i / TABLE;
    const { r, g, b } = rgb(colour(cyclic ? t : 1 - Math.abs(1 - 2 * t)));
    bytes.set([r, g, b, 255], 4 * i);
  }
  return new Uint32Array(bytes.buffer);
}

/** A palette as a CSS gradient. */
export function gradient(name: PaletteName): string {
  const { colour } = PALETTES[name];
  return `linear-gradient(90deg, ${Array.from({ length: 9 }, (_, i) => colour(i / 8)).join(', ')})`;
}
