/** From counts to pixels. */
import { TABLE } from './palettes.js';

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

/** Writes the colours of `counts` into `pixels`, one RGBA number each. */
export function paint({ counts, fractions, maxIterations }: Counts, table: Uint32Array, pixels: Uint32Array): void {
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
export function outside(table: Uint32Array): string {
  const pixel = new Uint32Array(1);
  paint({ counts: Float32Array.of(1), fractions: null, maxIterations: 2 }, table, pixel);
  const [r, g, b] = new Uint8Array(pixel.buffer);
  return `rgb(${r} ${g} ${b})`;
}
