/** Double-single arithmetic by Math.fround, in the shader's operation order: the oracle of df64 counts. */
import { axis } from './reference.js';

const f = Math.fround;
/** @typedef {[high: number, low: number]} Pair */

/** @param {number} value @returns {Pair} */
function pair(value) {
  const high = f(value);
  return [high, f(value - high)];
}

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);
/** The high 12 bits. @param {number} value */
function half12(value) {
  float[0] = value;
  bits[0] &= 0xfffff000;
  return float[0];
}

/** @param {number} a @param {number} b @returns {Pair} */
function quickSum(a, b) {
  const sum = f(a + b);
  return [sum, f(b - f(sum - a))];
}

/** @param {number} a @param {number} b @returns {Pair} */
function exactSum(a, b) {
  const sum = f(a + b);
  const part = f(sum - a);
  return [sum, f(f(a - f(sum - part)) + f(b - part))];
}

/** @param {number} a @param {number} b @returns {Pair} */
function exactProduct(a, b) {
  const product = f(a * b);
  const aHigh = half12(a);
  const bHigh = half12(b);
  const aLow = f(a - aHigh);
  const bLow = f(b - bHigh);
  return [product, f(f(f(f(f(aHigh * bHigh) - product) + f(aHigh * bLow)) + f(aLow * bHigh)) + f(aLow * bLow))];
}

/** @param {Pair} a @param {Pair} b @returns {Pair} */
function add(a, b) {
  const high = exactSum(a[0], b[0]);
  const low = exactSum(a[1], b[1]);
  const sum = quickSum(high[0], f(high[1] + low[0]));
  return quickSum(sum[0], f(sum[1] + low[1]));
}

/** @param {Pair} a @param {Pair} b @returns {Pair} */
function multiply(a, b) {
  const product = exactProduct(a[0], b[0]);
  return quickSum(product[0], f(product[1] + f(f(a[0] * b[1]) + f(a[1] * b[0]))));
}

/** @param {Pair} a @returns {Pair} */
function square(a) {
  const product = exactProduct(a[0], a[0]);
  return quickSum(product[0], f(product[1] + f(2 * f(a[0] * a[1]))));
}

/** The count of c. @param {Pair} cRe @param {Pair} cIm @param {number} maxIterations @param {Pair} bailout2 */
function df64Count(cRe, cIm, maxIterations, bailout2) {
  /** @type {Pair} */
  let re = [0, 0];
  /** @type {Pair} */
  let im = [0, 0];
  /** @type {Pair} */
  let re2 = [0, 0];
  /** @type {Pair} */
  let im2 = [0, 0];
  // Brent's cycle detection: in finite arithmetic a state that comes back comes back for ever.
  let kept = [NaN, 0, 0, 0];
  let renewal = 1;
  for (let n = 1; n < maxIterations; n++) {
    const next = add(add(re2, [-im2[0], -im2[1]]), cRe);
    im = add(multiply([2 * re[0], 2 * re[1]], im), cIm);
    re = next;
    re2 = square(re);
    im2 = square(im);
    const sum = add(re2, im2);
    if (!(sum[0] < bailout2[0] || (sum[0] === bailout2[0] && sum[1] <= bailout2[1]))) return n;
    if (re[0] === kept[0] && re[1] === kept[1] && im[0] === kept[2] && im[1] === kept[3]) return maxIterations;
    if (n === renewal) {
      kept = [...re, ...im];
      renewal *= 2;
    }
  }
  return maxIterations;
}

/** Counts of a job in df64. @param {import('twolane').Job} job */
export function df64Counts({ grid, maxIterations = 512, bailoutRadius = 2 }) {
  const xs = axis(grid.x0, grid.x1, grid.width, grid.endpoint).map(pair);
  const ys = axis(grid.y0, grid.y1, grid.height, grid.endpoint).map(pair);
  const bailout2 = pair(Math.min(bailoutRadius * bailoutRadius, 2 ** 60));
  const counts = new Float32Array(grid.width * grid.height);
  let i = 0;
  for (const cIm of ys) for (const cRe of xs) counts[i++] = df64Count(cRe, cIm, maxIterations, bailout2);
  return counts;
}
