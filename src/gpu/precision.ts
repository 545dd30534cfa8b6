/** Which arithmetic a job needs on the GPU, and the coordinates in it. */
import type { Work } from '../check.js';
import type { Axes, Grid, GridBand } from '../grid.js';

/** Arithmetic of the gpu lane: single precision, or double-single of about 48 bits. */
export type GpuArithmetic = 'f32' | 'df64';
/** What `openGpu` may be asked for: an arithmetic, or 'auto', which chooses one for each job. */
export type Precision = GpuArithmetic | 'auto';

/**
 * The pixel step from which f32 will do: 256 times the rounding of an f32 near 2, where orbits live.
 * Under it, that rounding moves a pixel's c by more than 1/256 of the way to its neighbour.
 */
const F32_STEP = 2 ** -15;

/** The largest f32. Squares beyond it are infinite, and infinity must still count as escaped. */
export const MAX_F32 = (2 - 2 ** -23) * 2 ** 127;

/** The smaller pixel step of a grid. An axis of one pixel does not count, unless the grid is a single pixel: then the axes' lengths do. */
function pixelStep({ grid }: Work): number {
  const { width, height, x0, x1, y0, y1, endpoint, rows = height }: Partial<GridBand> & Grid = grid;
  const step = (start: number, stop: number, num: number, others: number) =>
    num === 1 && others > 1 ? Infinity : Math.abs(stop - start) / Math.max(1, endpoint ? num - 1 : num);
  return Math.min(step(x0, x1, width, rows), step(y0, y1, rows, width));
}

/** The smallest pixel step that df64 resolves: the spacing of its numbers at the grid's largest coordinate. */
function df64Limit({ grid: { x0, x1, y0, y1 } }: Work): number {
  const largest = Math.max(...[x0, x1, y0, y1].map(Math.abs));
  return 2 ** (Math.floor(Math.log2(largest)) - 48);
}

/**
 * The arithmetic for a job: what is asked for, and with 'auto' the cheapest whose rounding is small against the pixel step.
 * Throws RangeError where even df64 would give neighbouring pixels the same coordinate.
 */
export function chooseArithmetic(work: Work, precision: Precision): GpuArithmetic {
  if (precision === 'f32') return 'f32';
  const step = pixelStep(work);
  const limit = df64Limit(work);
  if (step < limit) {
    throw new RangeError(
      `the grid's pixel step must be at least ${limit}, the limit of df64 at its coordinates, got ${step}`,
    );
  }
  return precision === 'auto' && step >= F32_STEP ? 'f32' : 'df64';
}

/**
 * The largest coordinates that are drawn: where |c|² is beyond f32, a first step may be NaN to a driver. Whatever lies farther out has the
 * count of these, 1, as it is outside of every bailout radius that the arithmetic has; and their fraction.
 */
const FARTHEST: Readonly<Record<GpuArithmetic, number>> = { f32: MAX_F32, df64: 2 ** 60 };

/** Moves coordinates that are farther out to there. */
export function clamp({ columns, rows }: Axes, arithmetic: GpuArithmetic): Axes {
  const most = FARTHEST[arithmetic];
  for (const numbers of [columns, rows]) {
    for (let i = 0; i < numbers.length; i++) numbers[i] = Math.max(-most, Math.min(most, numbers[i]));
  }
  return { columns, rows };
}

/** Coordinates as texels (high, low): high is the f32 nearest to a number, and high + low holds 48 of its bits. */
export function split(numbers: Float64Array): Float32Array {
  const texels = new Float32Array(2 * numbers.length);
  for (let i = 0; i < numbers.length; i++) {
    const high = Math.fround(numbers[i]);
    texels[2 * i] = high;
    texels[2 * i + 1] = numbers[i] - high;
  }
  return texels;
}
