/** The two articles' Mandelbrot cases, and the second one's divergence score. */
import { checkPreset, checkScore } from './check.js';
import type { Grid } from './grid.js';
import type { Job } from './lane.js';

/** A job that leaves nothing but `smooth` to the defaults. */
export interface Preset extends Omit<Job, 'smooth'> {
  maxIterations: number;
  bailoutRadius: number;
}

const square = (n: number, x0: number, x1: number, y0: number, y1: number, endpoint: boolean): Grid => ({
  width: n,
  height: n,
  x0,
  x1,
  y0,
  y1,
  endpoint,
});

/**
 * The jobs of the two articles that twolane grew out of: the seminar (compu-salon, episode 10, high-performance Python) and the post
 * (How To Make Python Code Run on the GPU). They throw TypeError or RangeError on a bad argument.
 */
export const presets = {
  /**
   * The seminar's matrix, n × n: x −2…1 and y −1…1 with both ends, bailoutRadius 2.
   * The counts of the defaults (n 400, maxIterations 512) sum to 21 463 747.
   *
   * @param n columns and rows, an integer from 1 to 2³¹
   * @param maxIterations an integer from 1 to 2²⁴
   */
  salon(n = 400, maxIterations = 512): Preset {
    checkPreset(n, 'maxIterations', maxIterations);
    return {
      grid: square(n, -2, 1, -1, 1, true),
      maxIterations,
      bailoutRadius: 2,
    };
  },

  /**
   * The post's picture, n × n: x −2…0.5 and y −1.3…1.3 without the far ends, bailoutRadius 4, maxIterations = iterations + 1.
   * Its divergence score of a pixel is count − 1; of the defaults (n 500, iterations 250) they sum to 15 900 144.
   *
   * @param n columns and rows, an integer from 1 to 2³¹
   * @param iterations the post's, one less than maxIterations: an integer from 0 to 2²⁴ − 1
   */
  gellert(n = 500, iterations = 250): Preset {
    checkPreset(n, 'iterations', iterations, 1);
    return {
      grid: square(n, -2, 0.5, -1.3, 1.3, false),
      maxIterations: iterations + 1,
      bailoutRadius: 4,
    };
  },
};

/**
 * The post's pixel values: its divergence score, count − 1, scaled to 0…255 where 255 means "did not escape". Throws TypeError or
 * RangeError on a bad argument.
 *
 * @param counts counts of an image or a tile, from 1 to maxIterations: others give what the formula gives
 * @param maxIterations of the job that gave them, from 2
 * @returns Float32Array of the same length: 255 · (count − 1) / (maxIterations − 1)
 */
export function score(counts: Float32Array, maxIterations: number): Float32Array {
  checkScore(counts, maxIterations);
  return counts.map((count) => (255 * (count - 1)) / (maxIterations - 1));
}
