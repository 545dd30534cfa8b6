/** The plain loop: the definition of a count, as code. Every f64 lane equals it bit for bit. */
import type { Work } from './check.js';
import { coordinatesOf, partition } from './grid.js';
import type { Run, Tile } from './lane.js';
import { makeFraction } from './smooth.js';
import { breather, stopwatch } from './task.js';

/** Iterations between two looks at the clock, about 3 ms. One pixel of 2^24 takes about 50. */
const SLICE = 2 ** 20;
/** Pixels of a tile, at most. */
const TILE_PIXELS = 2 ** 16;

/** The count of a number c; `bailout2` is the square of bailoutRadius. */
export function escapeCount(cRe: number, cIm: number, maxIterations: number, bailout2: number): number {
  let zRe = 0;
  let zIm = 0;
  for (let n = 1; n < maxIterations; n++) {
    const re = zRe * zRe - zIm * zIm + cRe;
    zIm = 2 * zRe * zIm + cIm;
    zRe = re;
    if (zRe * zRe + zIm * zIm > bailout2) return n;
  }
  return maxIterations;
}

/** Computes a job on the calling thread, one pixel after another, with turns for the event loop. An engine's `run`. */
export async function* runSerial(
  { grid, maxIterations, bailoutRadius }: Work,
  { signal, timing, place, placeFractions }: Run,
): AsyncGenerator<Tile, void, void> {
  const bailout2 = bailoutRadius * bailoutRadius;
  const fraction = makeFraction(bailout2);
  const breathe = breather(signal);
  const part = coordinatesOf(grid);
  let compute = 0;
  let iterations = 0;
  for (const tile of partition(grid, { pixels: () => TILE_PIXELS, maxWidth: TILE_PIXELS })) {
    await breathe();
    const { columns, rows } = part(tile);
    const counts = place(tile);
    const fractions = placeFractions(tile);
    const lap = stopwatch();
    for (let row = 0, i = 0; row < tile.height; row++) {
      for (let column = 0; column < tile.width; column++, i++) {
        const count = escapeCount(columns[column], rows[row], maxIterations, bailout2);
        counts[i] = count;
        if (fractions) {
          fractions[i] = count < maxIterations ? fraction(columns[column], rows[row], count) : 0;
          iterations += count;
        }
        iterations += count;
        if (iterations >= SLICE) {
          iterations = 0;
          compute += lap();
          await breathe();
          lap();
        }
      }
    }
    compute += lap();
    timing.compute = compute;
    yield { ...tile, counts, fractions };
  }
}
