/** The articles' naive loop: one pixel after another, one complex multiplication at a time. */
import { checkKeys, type Work } from '../check.js';
import { coordinates, partition } from '../grid.js';
import { type Lane, makeLane, type Run } from '../lane.js';
import { breather, stopwatch } from '../task.js';

/** Iterations between two looks at the clock, about 3 ms. One pixel of 2^24 takes about 50. */
const SLICE = 2 ** 20;
/** The size of a tile, unless one row is wider. */
const TILE_PIXELS = 2 ** 16;

/** The definition of a count, as code. The reference that other f64 lanes equal bit for bit. */
function escapeCount(cRe: number, cIm: number, maxIterations: number, bailout2: number): number {
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

async function* run({ grid, maxIterations, bailoutRadius }: Work, { signal, timing, place }: Run) {
  const { columns, rows } = coordinates(grid);
  const bailout2 = bailoutRadius * bailoutRadius;
  const breathe = breather(signal);
  let compute = 0;
  let iterations = 0;
  for (const tile of partition(grid, { pixels: TILE_PIXELS })) {
    const counts = place(tile);
    const lap = stopwatch();
    for (let row = 0, i = 0; row < tile.height; row++) {
      for (let column = 0; column < tile.width; column++, i++) {
        const count = escapeCount(columns[column], rows[tile.row + row], maxIterations, bailout2);
        counts[i] = count;
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
    await breathe();
    yield { ...tile, counts };
  }
}

/**
 * Opens the plain JavaScript loop as a lane: both articles' pure Python program and, since JavaScript is JIT-compiled, the
 * seminar's PyPy. It teaches what a fast lane is measured against. Counts are the reference, in f64.
 */
export async function openBasic(options: Record<never, never> = {}): Promise<Lane> {
  const start = performance.now();
  checkKeys('options', options, []);
  return makeLane({
    name: 'basic',
    device: 'JavaScript, 1 thread',
    precision: 'f64',
    setup: performance.now() - start,
    fallbackReason: null,
    run,
    close() {},
  });
}
