/** From counts to pixels. */
import { makeTable, TABLE } from './palettes.js';
import type { Place } from './place.js';

/** Where the orbit did not escape: black, RGBA bytes read as a number. */
const INSIDE = new Uint32Array(Uint8Array.of(0, 0, 0, 255).buffer)[0];
/** Square roots of counts in one period of a palette: their steps look about equally wide at all depths. */
const PERIOD = 16;

export interface Counts {
  counts: Float32Array;
  /** What smooth colouring adds to the counts, or null. */
  fractions: Float32Array | null;
  maxIterations: number;
}

/** How counts are to look. */
export interface Look {
  readonly table: Uint32Array;
  /** Whether fractions show, where there are any. */
  readonly smooth: boolean;
}

export const lookOf = ({ palette, smooth }: Pick<Place, 'palette' | 'smooth'>): Look => ({
  table: makeTable(palette),
  smooth,
});

/** Writes the colours of counts into `pixels`, one RGBA number each. */
export function paint(patch: Counts, { table, smooth }: Look, pixels: Uint32Array): void {
  const { counts, maxIterations } = patch;
  const fractions = smooth ? patch.fractions : null;
  const scale = TABLE / PERIOD;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i];
    if (count === maxIterations) {
      pixels[i] = INSIDE;
      continue;
    }
    const time = fractions ? Math.max(0, count + fractions[i]) : count;
    pixels[i] = table[(Math.sqrt(time) * scale) & (TABLE - 1)];
  }
}

/** The colour of the first count, as CSS. */
export function outside(look: Look): string {
  const pixel = new Uint32Array(1);
  paint({ counts: Float32Array.of(1), fractions: null, maxIterations: 2 }, look, pixel);
  const [r, g, b] = new Uint8Array(pixel.buffer);
  return `rgb(${r} ${g} ${b})`;
}
