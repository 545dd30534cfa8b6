/**
 * Bad arguments and the error that each must give: [what, change to a good job, error name, message]. Shared by Node's lanes and,
 * as plain data, by the page's gpu lane; hence values that JSON can't hold are made by `value`.
 */
const grid = { width: 4, height: 3, x0: -2, x1: 1, y0: -1, y1: 1 };
export const good = { grid, maxIterations: 50, bailoutRadius: 2 };

const size = 'an integer from 1 to 2147483648';
const iterations = 'an integer from 1 to 16777216';
const radius = 'a number from 2 to 1.3407807929942596e+154';
const keys = 'grid, maxIterations, bailoutRadius, smooth';
const gridKeys = 'width, height, x0, x1, y0, y1, endpoint, row, rows';

/** @type {[job: any, name: string, message: string][]} */
export const badJobs = [
  [undefined, 'TypeError', `job must be an object with the keys ${keys}, got undefined`],
  [null, 'TypeError', `job must be an object with the keys ${keys}, got null`],
  [[], 'TypeError', `job must be an object with the keys ${keys}, got an array`],
  [{ maxIterations: 50 }, 'TypeError', `grid must be an object with the keys ${gridKeys}, got undefined`],
  [{ ...good, maxIter: 50 }, 'TypeError', `job must have no keys but ${keys}, got 'maxIter'`],
  [{ ...good, grid: { ...grid, w: 1 } }, 'TypeError', `grid must have no keys but ${gridKeys}, got 'w'`],
  ...[0, -1, 1.5, NaN, Infinity].map(
    (width) =>
      /** @type {[any, string, string]} */ ([
        { ...good, grid: { ...grid, width } },
        'RangeError',
        `grid.width must be ${size}, got ${width}`,
      ]),
  ),
  [{ ...good, grid: { ...grid, width: '4' } }, 'TypeError', `grid.width must be ${size}, got '4'`],
  [{ ...good, grid: { ...grid, height: 0 } }, 'RangeError', `grid.height must be ${size}, got 0`],
  [{ ...good, grid: { ...grid, height: undefined } }, 'TypeError', `grid.height must be ${size}, got undefined`],
  [{ ...good, grid: { ...grid, x0: NaN } }, 'RangeError', 'grid.x0 must be a finite number, got NaN'],
  [{ ...good, grid: { ...grid, x0: Infinity } }, 'RangeError', 'grid.x0 must be a finite number, got Infinity'],
  [{ ...good, grid: { ...grid, y1: '1' } }, 'TypeError', "grid.y1 must be a finite number, got '1'"],
  [{ ...good, grid: { ...grid, x0: 1 } }, 'RangeError', 'grid.x1 must be different from grid.x0, got 1'],
  [{ ...good, grid: { ...grid, y0: 1 } }, 'RangeError', 'grid.y1 must be different from grid.y0, got 1'],
  [
    { ...good, grid: { ...grid, x0: -1.7e308, x1: 1.7e308 } },
    'RangeError',
    'grid.x1 − grid.x0 must be a finite number, got Infinity',
  ],
  [{ ...good, grid: { ...grid, endpoint: 1 } }, 'TypeError', 'grid.endpoint must be a boolean, got 1'],
  [
    { ...good, grid: { ...grid, row: 1 } },
    'TypeError',
    'grid.rows must be an integer from 4 to 2147483648, got undefined',
  ],
  [
    { ...good, grid: { ...grid, row: -1, rows: 9 } },
    'RangeError',
    'grid.row must be an integer from 0 to 2147483648, got -1',
  ],
  [
    { ...good, grid: { ...grid, row: 2, rows: 4 } },
    'RangeError',
    'grid.rows must be an integer from 5 to 2147483648, got 4',
  ],
  ...[0, 1.5, 2 ** 24 + 1, NaN].map(
    (maxIterations) =>
      /** @type {[any, string, string]} */ ([
        { ...good, maxIterations },
        'RangeError',
        `maxIterations must be ${iterations}, got ${maxIterations}`,
      ]),
  ),
  [{ ...good, maxIterations: '50' }, 'TypeError', `maxIterations must be ${iterations}, got '50'`],
  [{ ...good, maxIterations: 50n }, 'TypeError', `maxIterations must be ${iterations}, got 50n`],
  ...[1.9, 1.35e154, NaN, Infinity].map(
    (bailoutRadius) =>
      /** @type {[any, string, string]} */ ([
        { ...good, bailoutRadius },
        'RangeError',
        `bailoutRadius must be ${radius}, got ${bailoutRadius}`,
      ]),
  ),
  [{ ...good, bailoutRadius: null }, 'TypeError', `bailoutRadius must be ${radius}, got null`],
  [{ ...good, smooth: 1 }, 'TypeError', 'smooth must be a boolean, got 1'],
  [{ ...good, smooth: null }, 'TypeError', 'smooth must be a boolean, got null'],
];

/** Too large for one array of counts, though not for tiles. */
const tooLarge = { ...good, grid: { ...grid, width: 2 ** 20, height: 2 ** 20 } };
const tooLargeMessage =
  'grid.width × grid.height must be at most 2147483648, what a typed array holds, got 1099511627776';

/** @type {(keys: string) => [options: any, message: string][]} */
const badOptions = (keys) => [
  [null, `options must be an object with the keys ${keys}, got null`],
  [{ abort: 1 }, `options must have no keys but ${keys}, got 'abort'`],
  [{ signal: {} }, 'signal must be an AbortSignal, got an object'],
  // As of a library from before `throwIfAborted`.
  [{ signal: { [Symbol.toStringTag]: 'AbortSignal' } }, 'signal must be an AbortSignal, got an object'],
  [{ onProgress: 'x' }, "onProgress must be a function, got 'x'"],
];

/** @type {[out: () => any, name: string, message: string][]} */
const badOuts = [
  [() => null, 'TypeError', 'out must be an object with the key counts, got null'],
  [() => 5, 'TypeError', 'out must be an object with the key counts, got 5'],
  [() => ({}), 'TypeError', 'out.counts must be a Float32Array of 12 numbers, got undefined'],
  [() => new Float32Array(12), 'TypeError', 'out.counts must be a Float32Array of 12 numbers, got undefined'],
  [() => ({ counts: [1, 2] }), 'TypeError', 'out.counts must be a Float32Array of 12 numbers, got an array'],
  [
    () => ({ counts: new Float64Array(12) }),
    'TypeError',
    'out.counts must be a Float32Array of 12 numbers, got an object',
  ],
  [
    () => ({ counts: new Float32Array(13) }),
    'RangeError',
    'out.counts must be a Float32Array of 12 numbers, got one of 13',
  ],
];

/** Jobs of one tile, of several, and of tiles that are not as wide as the grid. */
const outJobs = [
  good,
  { grid: { width: 301, height: 203, x0: -2, x1: 1, y0: -1, y1: 1 }, maxIterations: 40 },
  { grid: { width: 70001, height: 3, x0: -2, x1: 0.5, y0: -1, y1: 1 }, maxIterations: 20 },
];

/** Lanes that give fractions. */
const SMOOTH = ['cpu', 'gpu', 'basic'];

/**
 * Tries every bad argument on a lane, then a good one. Runs in Node and in the page.
 *
 * @param {import('twolane').Lane} lane
 * @returns {Promise<string[]>} what is wrong; empty if all is well
 */
export async function tryBadArguments(lane) {
  /** @type {string[]} */
  const wrong = [];
  /** @param {() => any} call @param {string} name @param {string} message */
  const expect = async (call, name, message) => {
    try {
      await call();
      wrong.push(`no error: ${message}`);
    } catch (error) {
      const got = `${/** @type {Error} */ (error).name}: ${/** @type {Error} */ (error).message}`;
      if (got !== `${name}: ${message}`) wrong.push(`${got}, not ${name}: ${message}`);
    }
  };
  for (const [job, name, message] of badJobs) {
    await expect(() => lane.escapeTime(job), name, message);
    await expect(() => lane.tiles(job), name, message);
  }
  await expect(() => lane.escapeTime(tooLarge), 'RangeError', tooLargeMessage);
  for (const [options, message] of badOptions('signal, onProgress, out')) {
    await expect(() => lane.escapeTime(good, options), 'TypeError', message);
  }
  for (const [options, message] of badOptions('signal, onProgress')) {
    await expect(() => lane.tiles(good, options), 'TypeError', message);
  }
  for (const [out, name, message] of badOuts) {
    await expect(() => lane.escapeTime(good, { out: out() }), name, message);
  }
  const [counts, few] = [new Float32Array(12), new Float32Array(11)];
  if (SMOOTH.includes(lane.name)) {
    const smooth = { ...good, smooth: true };
    const rule = 'out.fractions must be a Float32Array of 12 numbers';
    const call = (/** @type {any} */ out) => () => lane.escapeTime(smooth, { out });
    await expect(call({ counts }), 'TypeError', `${rule}, got undefined`);
    await expect(call({ counts, fractions: null }), 'TypeError', `${rule}, got null`);
    await expect(call({ counts, fractions: few }), 'RangeError', `${rule}, got one of 11`);
    const shared = 'out.fractions must share no memory with out.counts, got two that overlap';
    const both = new Float32Array(24);
    await expect(call({ counts, fractions: counts }), 'RangeError', shared);
    await expect(call({ counts: both.subarray(11, 23), fractions: both.subarray(0, 12) }), 'RangeError', shared);
    await lane.escapeTime(smooth, { out: { counts: both.subarray(0, 12), fractions: both.subarray(12) } });
    await lane.escapeTime(smooth, { out: { counts: both.subarray(12), fractions: both.subarray(0, 12) } });
    await lane.escapeTime(good, { out: { counts, fractions: counts } });
    counts.fill(0);
  }
  if (counts.some((count) => count !== 0)) wrong.push('an array is written to although the call is refused');
  const text = (await lane.escapeTime(good)).counts.join();
  if (text !== '1,3,50,2,50,50,50,3,1,3,50,2') wrong.push(`the lane does not work on: ${text}`);
  return wrong;
}

/** Memory whose size may change. */
class Resizable extends ArrayBuffer {
  constructor(/** @type {number} */ bytes) {
    super(.../** @type {[number]} */ (/** @type {unknown} */ ([bytes, { maxByteLength: 2 * bytes }])));
  }
}
class Growable extends SharedArrayBuffer {
  constructor(/** @type {number} */ bytes) {
    super(.../** @type {[number]} */ (/** @type {unknown} */ ([bytes, { maxByteLength: 2 * bytes }])));
  }
}

/**
 * Tries `out` on a lane. Runs in Node and in the page.
 *
 * @param {import('twolane').Lane} lane
 * @returns {Promise<string[]>} what is wrong; empty if all is well
 */
export async function tryOut(lane) {
  /** @type {string[]} */
  const wrong = [];
  const memories = [
    [ArrayBuffer, ArrayBuffer],
    [SharedArrayBuffer, SharedArrayBuffer],
    [SharedArrayBuffer, ArrayBuffer],
    [Resizable, ArrayBuffer],
    [Growable, Growable],
  ];
  for (const [i, job] of outJobs.entries()) {
    for (const smooth of SMOOTH.includes(lane.name) ? [false, true] : [false]) {
      const fresh = await lane.escapeTime({ ...job, smooth });
      for (const kinds of memories) {
        const [counts, fractions] = kinds.map((Memory) =>
          new Float32Array(new Memory(4 * fresh.counts.length)).fill(NaN),
        );
        const image = await lane.escapeTime({ ...job, smooth }, { out: { counts, fractions } });
        const expect = (/** @type {boolean} */ holds, /** @type {string} */ what) => {
          if (!holds) wrong.push(`job ${i}${smooth ? ', smooth' : ''}, ${kinds.map(({ name }) => name)}: ${what}`);
        };
        expect(image.counts === counts, 'other counts');
        expect(
          counts.every((count, k) => count === fresh.counts[k]),
          'wrong counts',
        );
        expect(image.fractions === (smooth ? fractions : null), 'other fractions');
        expect(
          fractions.every((fraction, k) => Object.is(fraction, fresh.fractions ? fresh.fractions[k] : NaN)),
          'wrong fractions',
        );
      }
    }
  }
  return wrong;
}
