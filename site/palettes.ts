/** Palettes: colours along an endless scale of counts. */
import { rgb } from 'd3-color';
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

interface Palette {
  label: string;
  /** Whether equal steps along it look equally large. */
  uniform: boolean;
  /** Whether it ends as it begins; the others run forth and back. */
  cyclic: boolean;
  colour: (t: number) => string;
}

const palette = (label: string, colour: Palette['colour'], { uniform = false, cyclic = false } = {}): Palette => ({
  label,
  uniform,
  cyclic,
  colour,
});

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
} satisfies Record<string, Palette>;

export type PaletteName = keyof typeof PALETTES;

export const isPalette = (name: string): name is PaletteName => Object.hasOwn(PALETTES, name);

/** Entries of a table; a power of two, so that a scale without end is a mask. */
export const TABLE = 2 ** 12;

/** The table of a palette: one period of the scale, as RGBA bytes in a Uint32Array. */
export function makeTable(name: PaletteName): Uint32Array {
  const { colour, cyclic } = PALETTES[name] as Palette;
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
