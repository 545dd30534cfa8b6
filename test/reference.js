/** The definition of a count, written plainly and apart from src/: the oracle of the tests. */
import * as assert from 'uvu/assert';

/** Column or row coordinates by numpy.linspace rules. @param {number} from @param {number} to @param {number} n */
export function axis(from, to, n, endpoint = true) {
  const step = (to - from) / (endpoint ? n - 1 : n);
  return Array.from({ length: n }, (_, i) => (i === 0 ? from : endpoint && i === n - 1 ? to : from + i * step));
}

/**
 * Counts of a job by the plain f64 loop.
 *
 * @param {import('twolane').Job} job
 */
export function serialCounts({ grid, maxIterations = 512, bailoutRadius = 2 }) {
  const columns = axis(grid.x0, grid.x1, grid.width, grid.endpoint);
  const rows = axis(grid.y0, grid.y1, grid.height, grid.endpoint);
  return serialBand(columns, rows, maxIterations, bailoutRadius ** 2);
}

/**
 * Counts of all pairs of columns and rows by the plain f64 loop.
 *
 * @param {number[]} columns
 * @param {number[]} rows
 * @param {number} maxIterations
 * @param {number} bailout2
 */
export function serialBand(columns, rows, maxIterations, bailout2) {
  const counts = new Float32Array(columns.length * rows.length);
  let i = 0;
  for (const cIm of rows) for (const cRe of columns) counts[i++] = serialCount(cRe, cIm, maxIterations, bailout2);
  return counts;
}

/** @param {number} cRe @param {number} cIm @param {number} maxIterations @param {number} bailout2 */
export function serialCount(cRe, cIm, maxIterations, bailout2) {
  let re = 0;
  let im = 0;
  for (let n = 1; n < maxIterations; n++) {
    [re, im] = [re * re - im * im + cRe, 2 * re * im + cIm];
    if (re * re + im * im > bailout2) return n;
  }
  return maxIterations;
}

/**
 * Fractions of a job by the plain f64 loop, from its counts: m + 1 − log2(log |z_m|² / log bailoutRadius²) − count, 0 inside, where z_m is the
 * first from the count on beyond 256 and bailoutRadius. Orbits that rounding brings back, near −2, are left 64 steps behind their count.
 *
 * @param {import('twolane').Job} job
 * @param {Float32Array} counts
 */
export function serialFractions({ grid, maxIterations = 512, bailoutRadius = 2 }, counts) {
  const columns = axis(grid.x0, grid.x1, grid.width, grid.endpoint);
  const rows = axis(grid.y0, grid.y1, grid.height, grid.endpoint);
  const bailout2 = bailoutRadius ** 2;
  return counts.map((count, i) => {
    if (count === maxIterations) return 0;
    let re = 0;
    let im = 0;
    for (let m = 1; ; m++) {
      [re, im] = [re * re - im * im + columns[i % grid.width], 2 * re * im + rows[Math.floor(i / grid.width)]];
      if (m < count || (re * re + im * im <= Math.max(bailout2, 65536) && m < count + 64)) continue;
      // In units of 2^513, as |z_m|² may be beyond f64.
      const size = (re * 2 ** -513) ** 2 + (im * 2 ** -513) ** 2;
      return m - count + 1 - Math.log2(Math.max(16, Math.log2(size) + 1026) / Math.log2(bailout2));
    }
  });
}

/**
 * Counts of a job by the same loop in f32: every operation rounded once, in the shader's order.
 *
 * @param {import('twolane').Job} job
 */
export function froundCounts({ grid, maxIterations = 512, bailoutRadius = 2 }) {
  const f = Math.fround;
  const xs = axis(grid.x0, grid.x1, grid.width, grid.endpoint).map(f);
  const ys = axis(grid.y0, grid.y1, grid.height, grid.endpoint).map(f);
  // Infinity is above any bailoutRadius.
  const bailout2 = Math.min(f(bailoutRadius * bailoutRadius), (2 - 2 ** -23) * 2 ** 127);
  const counts = new Float32Array(grid.width * grid.height);
  let i = 0;
  for (const cIm of ys) {
    for (const cRe of xs) {
      let zRe = 0;
      let zIm = 0;
      let n = 1;
      for (; n < maxIterations; n++) {
        const re = f(f(f(zRe * zRe) - f(zIm * zIm)) + cRe);
        zIm = f(f(f(2 * zRe) * zIm) + cIm);
        zRe = re;
        if (f(f(zRe * zRe) + f(zIm * zIm)) > bailout2) break;
      }
      counts[i++] = n;
    }
  }
  return counts;
}

/** @param {Float32Array} counts */
export const sum = (counts) => counts.reduce((total, count) => total + count, 0);

/** Number of differing elements. @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
export function differing(a, b) {
  assert.is(a.length, b.length);
  let count = 0;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) count++;
  return count;
}

/**
 * Asserts that two arrays are equal, element for element, and names the first that isn't (uvu's own assert.equal would print
 * both as JSON).
 *
 * @param {ArrayLike<number>} actual
 * @param {ArrayLike<number>} expected
 * @param {string} what
 */
export function sameCounts(actual, expected, what) {
  assert.is(actual.length, expected.length, `${what}: length`);
  for (let i = 0; i < actual.length; i++) {
    if (!Object.is(actual[i], expected[i]))
      assert.unreachable(`${what}: pixel ${i} is ${actual[i]}, not ${expected[i]}`);
  }
}

/** A repeatable source of numbers in [0, 1): mulberry32. @param {number} seed */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const CENTRES = [
  [-0.5, 0],
  [-0.75, 0.01],
  [0.25, 0],
  [0.26, 0],
  [-1.25, 0.02],
  [-2, 0],
  [-1.7548776662466927, 0],
  [-0.7436438870371587, 0.13182590420531198],
  [0.3, 0.5],
  [-0.1592, -1.0317],
];

/** A random job: odd sizes, wide and deep views, any bailoutRadius, few and many iterations. @param {() => number} next */
export function randomJob(next) {
  const pick = (/** @type {any[]} */ list) => list[Math.floor(next() * list.length)];
  const [cRe, cIm] = pick(CENTRES);
  const span = 10 ** (0.5 - 14 * next() ** 2);
  const width = pick([1, 2, 3, 5, 17, 31, 64, 97, 101]);
  const height = pick([1, 2, 3, 5, 17, 29, 61]);
  const flip = next() < 0.2 ? -1 : 1;
  return {
    grid: {
      width,
      height,
      x0: cRe - span * next() * flip,
      x1: cRe + span * (0.1 + next()) * flip,
      y0: cIm - span * next(),
      y1: cIm + span * (0.1 + next()),
      endpoint: next() < 0.5,
    },
    maxIterations: pick([1, 2, 3, 4, 7, 33, 50, 257, 1000, 5000]),
    bailoutRadius: pick([2, 2, 2, 2.5, 4, 10, 1e3, 1e6, 1e150]),
  };
}
