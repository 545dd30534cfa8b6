/**
 * How much work a draw may hold: draws aim at 10 to 20 ms, so that the page and other users of the GPU get their turns, and some
 * systems reset a GPU that draws for seconds.
 *
 * Work is counted in pixel-steps. The rate of pixels that never escape is measured once, and bounds what any draw takes. Most draws
 * take far less, so a job that needs many is surveyed first (survey.ts), and the survey tells what its rows will take. Jobs of many
 * iterations are cut by iterations instead: a draw that takes up where another ended has no more pixels left than that one had, so
 * the time of the one bounds the time of the other.
 */

/** Milliseconds that a draw aims at. */
const TARGET = 18;
/** Milliseconds that a draw takes if no pixel of it escapes and nobody has looked at them before. */
const WORST = 60;
/** Milliseconds that a tile takes, about: progress is told after each. */
const TILE = 400;
/** Pixels of a tile, at most: 16 MiB of counts, which are read back in a few milliseconds. */
const TILE_PIXELS = 2 ** 22;
/** Draws of a job that are not worth a survey. */
const FEW = 6;
/**
 * Rows that take about as long as one: a single one fills half of each of a GPU's 2 × 2 pixels, and keeps one of a software renderer's
 * threads busy.
 */
const THIN = 4;
/** Iterations up to which a job is cut by rows. Few pixels that go on for longer keep few of the GPU's processors busy. */
const MAX_STEPS = 2 ** 12;
/** Pixels across a tile of the longest jobs, and in it, at least. */
const NARROW = 256;
/** Steps that a pixel gets in a tile's first draw, at least. */
const MIN_STEPS = 64;

export interface Pace {
  /** How a job is cut: by rows as they come, by rows after a survey, or by iterations. */
  cut(width: number, height: number, maxIterations: number): 'rows' | 'survey' | 'iterations';
  /** How a surveyed job is cut after all: by iterations where its dearest row, which holds so much work, is too much for a draw. */
  recut(dearest: number): 'survey' | 'iterations';
  /** Pixels across a tile of a job that is cut by iterations, at most. */
  tileWidth(maxIterations: number): number;
  /** Pixels of a survey. */
  surveyPixels(maxIterations: number): number;
  /** Rows of a tile, of `width` pixels, from 1 on. `work` is what a row of it is thought to hold. */
  tileRows(width: number, work: number): number;
  /** Rows of a tile that is cut by iterations: of the next one, and the most that may come. */
  iteratedRows(width: number): { next: number; most: number };
  /** Takes note of how long a tile took that is cut by iterations. */
  learnTile(ms: number): void;
  /** Rows of the next draw of `left`, from 1 on; `work(i)` is what row i of them is thought to hold. */
  bandRows(left: number, work: (row: number) => number, surveyed: boolean): number;
  /** Milliseconds that surveyed work is thought to take. */
  expected(work: number): number;
  /** Steps of a tile's first draw. */
  firstSteps(pixels: number): number;
  /** Takes note of how long a tile's first draw took. */
  learnFirst(pixels: number, steps: number, ms: number): void;
  /** Steps of a draw on pixels that took `ms` for the `steps` before. */
  nextSteps(pixels: number, steps: number, ms: number): number;
  /** Takes note of how long surveyed work took. */
  learn(work: number, ms: number): void;
  /** How long work that nobody has surveyed is thought to take: as the last of its kind did. Takes note of it in the end. */
  guess(work: number): { ms: number; note(ms: number): void };
}

/** @param rate pixel-steps per millisecond where no pixel escapes */
export function makePace(rate: number): Pace {
  // What surveyed work really takes, as a multiple of work / rate: neighbours wait for each other, and draws have a cost of their own.
  let factor = 1;
  let last = 0;
  // Pixels of a tile that is cut by iterations: a tile's first draw must be short even at the fewest steps.
  const mostIterated = Math.min(TILE_PIXELS, (WORST * rate) / MIN_STEPS);
  let iterated = mostIterated / 32;
  // Pixel-steps per millisecond in the first draw of the last such tile.
  let firstRate = Infinity;
  const affordable = (pixels: number) => Math.floor((WORST * rate) / pixels);
  const expected = (work: number) => (work * factor) / rate;
  return {
    cut(width, height, maxIterations) {
      if (maxIterations > MAX_STEPS || width * maxIterations > WORST * rate) return 'iterations';
      return width * height * maxIterations <= FEW * WORST * rate ? 'rows' : 'survey';
    },

    recut: (dearest) => (expected(THIN * dearest) > TARGET ? 'iterations' : 'survey'),

    tileWidth: (maxIterations) => Math.max(NARROW, Math.floor((50 * TILE * rate) / maxIterations)),

    surveyPixels: (maxIterations) => Math.max(2 ** 10, Math.min(2 ** 14, affordable(maxIterations))),

    tileRows: (width, work) => Math.max(1, Math.floor(Math.min(TILE_PIXELS / width, TILE / expected(work)))),

    iteratedRows(width) {
      const most = Math.max(1, Math.floor(mostIterated / width));
      return { most, next: Math.min(most, Math.max(1, Math.floor(iterated / width))) };
    },

    learnTile(ms) {
      if (ms < TILE / 4) iterated = Math.min(mostIterated, 2 * iterated);
      else if (ms > TILE) iterated = Math.max(NARROW, iterated / 2);
    },

    bandRows(left, work, surveyed) {
      let ms = 0;
      let rows = 0;
      while (rows < left) {
        ms += surveyed ? expected(work(rows)) : work(rows) / rate;
        if (ms > (surveyed ? TARGET : WORST)) break;
        rows++;
      }
      return Math.max(1, rows);
    },

    expected,

    guess: (work) => ({
      ms: work * last,
      note(ms) {
        last = ms / work;
      },
    }),

    firstSteps(pixels) {
      const wanted = Math.min(affordable(pixels), Math.floor((TARGET * firstRate) / pixels));
      return Math.min(MAX_STEPS, Math.max(MIN_STEPS, wanted));
    },

    learnFirst(pixels, steps, ms) {
      firstRate = (pixels * steps) / ms;
    },

    nextSteps(pixels, steps, ms) {
      // Where a draw has taken longer than thought, only what it took counts.
      const bounded = ms > TARGET ? 0 : Math.min(affordable(pixels), 2 * steps);
      return Math.max(MIN_STEPS / 2, bounded, Math.floor(steps * Math.min(8, TARGET / ms)));
    },

    learn(work, ms) {
      // Up faster than down.
      const seen = (ms * rate) / work;
      factor += (Math.min(seen, 4 * factor) - factor) / (seen > factor ? 2 : 4);
    },
  };
}
