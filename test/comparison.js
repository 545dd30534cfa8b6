/** Made-up results of a comparison, as a laptop might give them: seven lanes and their threads, on both articles' cases. */
import { emptyRow } from '../bench/page/rows.js';

/** @typedef {import('twolane/report').Comparison} Comparison */
/** @typedef {Comparison['jobs'][0]} JobComparison */
/** @typedef {JobComparison['lanes'][0]} LaneResult */

/** @param {Partial<LaneResult>} result @returns {LaneResult} */
export const lane = (result) => ({
  ...emptyRow('cpu', 'failed', ''),
  device: 'WebAssembly SIMD f64x2, 2 threads',
  precision: 'f64',
  setup: 4.1,
  status: 'done',
  reason: null,
  runs: 5,
  ...result,
});

/** A lane that took a time for a job. @param {string} name @param {number} ms @param {Partial<LaneResult>} [result] */
export const timed = (name, ms, result) =>
  lane({
    name,
    ...(name.startsWith('cpu') ? {} : { device: 'JavaScript, 1 thread' }),
    total: { min: ms * 0.97, median: ms },
    ...result,
  });

/** @param {number} n @param {LaneResult[]} lanes @param {Partial<JobComparison>} [job] @returns {JobComparison} */
export const salon = (n, lanes, job) => ({
  name: `salon ${n}`,
  grid: { width: n, height: n, x0: -2, x1: 1, y0: -1, y1: 1, endpoint: true },
  maxIterations: 512,
  bailoutRadius: 2,
  smooth: false,
  lanes,
  ...job,
});

/** @param {number} n @param {LaneResult[]} lanes @param {Partial<JobComparison>} [job] @returns {JobComparison} */
export const gellert = (n, lanes, job) => ({
  name: `gellert ${n}`,
  grid: { width: n, height: n, x0: -2, x1: 0.5, y0: -1.3, y1: 1.3, endpoint: false },
  maxIterations: 251,
  bailoutRadius: 4,
  smooth: false,
  lanes,
  ...job,
});

/** @param {JobComparison[]} jobs @returns {Comparison} */
export const comparison = (...jobs) => ({
  date: '2026-11-20T15:04:05.678Z',
  environment: {
    twolane: '0.1.0',
    node: 'v20.20.2',
    browser: 'Chrome/142.0.7444.61',
    renderer: 'ANGLE (Example, Example Graphics 7 Xe, OpenGL 4.6)',
    software: false,
    cpu: 'Example CPU 8C @ 3.20 GHz',
    cores: 8,
    crossOriginIsolated: true,
    battery: null,
  },
  jobs,
});

/** What a lane takes: a fixed part, and nanoseconds a pixel of compute and of transfer. */
const COSTS = /** @type {const} */ ([
  ['basic', 'JavaScript', 'f64', 0.01, 0.02, 300, 0],
  ['array', 'JavaScript typed arrays, 1 thread', 'f64', 0.02, 0.4, 6200, 25],
  ['fused', 'JavaScript typed arrays in blocks, 1 thread', 'f64', 0.05, 0.3, 2900, 18],
  ['fused, 2 threads', 'JavaScript typed arrays in blocks, 2 threads', 'f64', 9, 0.6, 1480, 20],
  ['fused, 4 threads', 'JavaScript typed arrays in blocks, 4 threads', 'f64', 16, 0.9, 790, 22],
  ['compiled', 'WebAssembly, 1 thread', 'f64', 3, 0.1, 210, 2],
  ['compiled, 2 threads', 'WebAssembly, 2 threads', 'f64', 7, 0.3, 106, 3],
  ['compiled, 4 threads', 'WebAssembly, 4 threads', 'f64', 12, 0.5, 56, 4],
  ['cpu', 'WebAssembly SIMD f64x2, 8 threads', 'f64', 21, 0.6, 6.1, 1.1],
  ['gpu-array', 'Example Graphics 7 Xe, one draw an operation', 'f32', 88, 60, 95, 9],
  ['gpu', 'Example Graphics 7 Xe', 'f32', 64, 2.4, 1.2, 2.9],
]);

/** Results of every lane for n × n pixels; those beyond `limit` ms are skipped. @param {number} n @param {number} weight of a pixel */
function results(n, weight, limit = 60_000) {
  const pixels = n * n;
  return COSTS.map(([name, device, precision, setup, fixed, compute, transfer], i) => {
    const own = (pixels * compute * weight) / 1e6;
    const moved = (pixels * transfer) / 1e6;
    const total = fixed + own + moved;
    if (total > limit) {
      return lane({
        name,
        device,
        precision,
        setup,
        status: 'skipped',
        reason: 'gellert 5000 took 81.2 s, the patience is 60 s',
      });
    }
    const exact = precision === 'f64';
    // The plain loop does not tell its parts apart.
    const part = (/** @type {number} */ ms) => (name === 'basic' ? null : { min: ms * 0.96, median: ms });
    return lane({
      name,
      device,
      precision,
      setup,
      compute: part(own + fixed * 0.2),
      transfer: part(moved + fixed * 0.1),
      total: { min: total * 0.96, median: total },
      cold: total * (1.2 + i / 10),
      countSum: Math.round(pixels * 134.1484) + (exact ? 0 : Math.round(pixels / 900)),
      differing: exact ? 0 : Math.round(pixels / 420),
      largestDifference: exact ? 0 : 231,
    });
  });
}

/** All lanes on 2 + 5 sizes, with one that fails and several that are skipped. */
export function sweep() {
  const jobs = [
    salon(400, results(400, 1)),
    salon(1600, results(1600, 1)),
    ...[500, 2500, 5000, 10000, 15000].map((n) => gellert(n, results(n, 0.6))),
  ];
  const failing = jobs[4].lanes.findIndex(({ name }) => name === 'gpu-array');
  jobs[4].lanes[failing] = lane({
    name: 'gpu-array',
    device: 'Example Graphics 7 Xe, one draw an operation',
    precision: 'f32',
    setup: 88,
    status: 'failed',
    reason: 'LaneLostError: the gpu-array lane lost its context',
  });
  return comparison(...jobs);
}
