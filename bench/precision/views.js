/** Five named views on which the GPU's arithmetic is held against f64. */

/** @typedef {{ name: string, cRe: number, cIm: number, maxIterations: number }} View */

/** @type {View[]} */
export const VIEWS = [
  { name: 'seahorse valley', cRe: -0.7436438870371587, cIm: 0.13182590420531198, maxIterations: 3000 },
  { name: 'dendrite', cRe: 0, cIm: 1, maxIterations: 1000 },
  { name: 'three arms', cRe: -0.1010963638456221, cIm: 0.9562865108091415, maxIterations: 1000 },
  { name: 'band merging', cRe: -1.543689012692076, cIm: 0, maxIterations: 1000 },
  { name: 'antenna', cRe: -1.7693831791955, cIm: 0.0042368479187, maxIterations: 1000 },
];

/** Widths of the table. */
export const WIDTHS = [3, 1e-2, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12];

/**
 * The job of a view: a square of n × n pixels around its centre.
 *
 * @param {View} view @param {number} width @param {number} n @param {number} shift added to c
 */
export function viewJob({ cRe, cIm, maxIterations }, width, n, shift = 0) {
  const [re, im] = [cRe + shift, cIm + shift];
  const [x0, x1, y0, y1] = [re - width / 2, re + width / 2, im - width / 2, im + width / 2];
  return { grid: { width: n, height: n, x0, x1, y0, y1, endpoint: true }, maxIterations, bailoutRadius: 2 };
}

/** Share of elements in which two arrays of counts differ. @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
export function shareOf(a, b) {
  let differing = 0;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) differing++;
  return differing / a.length;
}
