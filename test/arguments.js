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
  ...[1.9, NaN, Infinity].map(
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

/** @type {[options: any, message: string][]} */
const badOptions = [
  [null, 'options must be an object with the keys signal, onProgress, got null'],
  [{ abort: 1 }, "options must have no keys but signal, onProgress, got 'abort'"],
  [{ signal: {} }, 'signal must be an AbortSignal, got an object'],
  [{ onProgress: 'x' }, "onProgress must be a function, got 'x'"],
];

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
  for (const [options, message] of badOptions) {
    await expect(() => lane.escapeTime(good, options), 'TypeError', message);
    await expect(() => lane.tiles(good, options), 'TypeError', message);
  }
  const { counts } = await lane.escapeTime(good);
  if (counts.join() !== '1,3,50,2,50,50,50,3,1,3,50,2') wrong.push(`the lane does not work on: ${counts.join()}`);
  return wrong;
}
