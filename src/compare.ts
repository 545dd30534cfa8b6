/** Runs jobs on several lanes side by side, interleaved, and reports where the time went, as data. */
import {
  checkFunction,
  checkInteger,
  checkJobs,
  checkKeys,
  checkLanes,
  checkNumber,
  checkNumbers,
  checkRunOptions,
  type NamedWork,
  wrongType,
} from './check.js';
import { describeEnvironment } from './environment.js';
import { reasonOf } from './errors.js';
import type { CompleteGrid } from './grid.js';
import type { Arithmetic, Job, Lane, Timing } from './lane.js';

/** Smallest and median of the timed runs, in milliseconds. */
export interface Spread {
  /** Of the fastest run. */
  min: number;
  /** Of an even number of runs, the mean of the middle two. */
  median: number;
}

/** What one lane did on one job. Times are in milliseconds, and null for what was not measured, never 0. */
export interface LaneResult {
  /** The lane's own, or its key where lanes were given as an object. */
  name: string;
  /** What ran, as the lane says it. `compare` never gives null; results of `npm start` have it, in `precision` and `setup`, too, for a lane that could not be opened. */
  device: string | null;
  /** The arithmetic that ran. */
  precision: Arithmetic | null;
  /** Opening the lane, once. */
  setup: number | null;
  /** Why the lane ran on less than it was made for, or null. */
  fallbackReason: string | null;
  /** 'skipped' by `patience`; 'failed' where a run rejected. Such a lane has no times and no counts. */
  status: 'done' | 'skipped' | 'failed';
  /** Why the lane was skipped or failed; null where it is done. */
  reason: string | null;
  /** Timed runs behind the spreads; 0 unless done. */
  runs: number;
  /** Iterating; null where a run did not measure it. */
  compute: Spread | null;
  /** Moving coordinates in and counts out; null where a run did not measure it. */
  transfer: Spread | null;
  /** Wall time of a call. */
  total: Spread | null;
  /**
   * `total` of the lane's first run of the job; null where `warmup` is 0. It is cold where the lane had not worked before. Where
   * `budget` left no time for another run, it is the timed one, too: `runs` is 1, and `cold` equals `total.median`.
   */
  cold: number | null;
  /** Sum of all counts, in f64. */
  countSum: number | null;
  /** Pixels whose count differs from the reference; null without one. */
  differing: number | null;
  /** The largest difference between a count and the reference's, 0 where none differs; null without a reference. */
  largestDifference: number | null;
}

/** A lane's result where the lane has run. */
export interface LaneDone extends LaneResult {
  device: string;
  precision: Arithmetic;
  setup: number;
  status: 'done';
  reason: null;
  total: Spread;
  countSum: number;
}

/** A job, completed with the defaults, and a result for every lane in the order given. */
export interface JobComparison<Result extends LaneResult = LaneResult> {
  /** The job's size, such as '400 × 400', or its key where jobs were given as an object. */
  name: string;
  /** Grid of the job: a whole one, or a band of one. */
  grid: CompleteGrid;
  /** Limit of iterations of the job. */
  maxIterations: number;
  /** Bailout radius of the job. */
  bailoutRadius: number;
  /** Whether the job asked for fractions, which take time, too. */
  smooth: boolean;
  /** In the order in which the lanes were given. */
  lanes: Result[];
}

/** Results of several jobs, in the order given: plain data, which JSON can hold. */
export interface Comparison {
  /** When it began, in ISO 8601. */
  date: string;
  /** Where it ran: `runtime`, `platform`, `cores`, `crossOriginIsolated`; null for what is not known there. */
  environment: Record<string, string | number | boolean | null>;
  /** In the order in which the jobs were given. */
  jobs: JobComparison[];
}

/** Progress of a comparison, in runs: warm-up and timed ones of all lanes on all jobs; those that are skipped count as done. */
export interface CompareProgress {
  /** Runs that are over. */
  done: number;
  /** All runs: lanes × jobs × (warmup + repeats). */
  total: number;
  /** Name of the lane that has just run, or been skipped. */
  lane: string;
  /** Name of the job that it ran. */
  job: string;
}

/** Options of `compare`. */
export interface CompareOptions {
  /** Runs of each lane on each job that are not timed, an integer from 0, default 1. */
  warmup?: number | undefined;
  /** Timed runs of each lane on each job, an integer from 1, default 5. */
  repeats?: number | undefined;
  /**
   * Milliseconds, from 0, default Infinity. A lane that took longer over its first run of a job is skipped on later jobs that are no
   * smaller, in pixels × maxIterations.
   */
  patience?: number | undefined;
  /**
   * Milliseconds, from 0, default Infinity. A lane gets no further run of a job once its runs of it have used so much: `runs` says
   * how many were timed. Where it is used up in the warm-up, the last of these runs is the timed one.
   */
  budget?: number | undefined;
  /** Counts to compare each lane's with, for a single job only; default those of the first lane in f64, if there is one. */
  reference?: Float32Array | undefined;
  /** Stops the comparison, which then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Called after every run; `done` only grows, and ends at `total`. */
  onProgress?: ((progress: CompareProgress) => void) | undefined;
  /** Called with each job's results as soon as they are complete, so that they outlive an abort. */
  onResult?: ((result: JobComparison) => void) | undefined;
}

/** A lane of the comparison. */
interface Entry {
  name: string;
  lane: Lane;
  /** Size, in pixels × maxIterations, of the smallest job that it took too long over. */
  limit: number;
}

/** What a lane has done on the job at hand. */
interface Row {
  entry: Entry;
  precision: Arithmetic;
  timings: Timing[];
  /** Runs still to do. */
  left: number;
  /** Milliseconds of the runs so far. */
  spent: number;
  status: LaneResult['status'];
  reason: string | null;
  agreement: Agreement | null;
}

type Agreement = Pick<LaneResult, 'countSum' | 'differing' | 'largestDifference'>;

/** Smallest and median; null when a run was not measured. */
function spread(values: (number | null)[]): Spread | null {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  if (sorted.length < values.length) return null;
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { min: sorted[0], median };
}

function holdAgainst(counts: Float32Array, reference: Float32Array | undefined): Agreement {
  let countSum = 0;
  for (let i = 0; i < counts.length; i++) countSum += counts[i];
  if (!reference) return { countSum, differing: null, largestDifference: null };
  let differing = 0;
  let largestDifference = 0;
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] === reference[i]) continue;
    differing++;
    largestDifference = Math.max(largestDifference, Math.abs(counts[i] - reference[i]));
  }
  return { countSum, differing, largestDifference };
}

/** The result of a row whose runs are over. */
function resultOf({ entry, precision, timings, status, reason, agreement }: Row, warmup: number): LaneResult {
  const { name, lane } = entry;
  const { device, setup, fallbackReason } = lane;
  const about = { name, device, precision, setup, fallbackReason, status, reason };
  if (status !== 'done') {
    const none = { compute: null, transfer: null, total: null, cold: null };
    return { ...about, runs: 0, ...none, countSum: null, differing: null, largestDifference: null };
  }
  const timed = timings.slice(Math.min(warmup, timings.length - 1));
  return {
    ...about,
    runs: timed.length,
    compute: spread(timed.map(({ compute }) => compute)),
    transfer: spread(timed.map(({ transfer }) => transfer)),
    total: spread(timed.map(({ total }) => total)),
    cold: warmup > 0 ? timings[0].total : null,
    ...(agreement as Agreement),
  };
}

/** Checks the options of a comparison of one job of so many pixels, or of several (null). */
function checkOptions(options: CompareOptions, pixels: number | null) {
  const keys = ['warmup', 'repeats', 'patience', 'budget', 'reference', 'signal', 'onProgress', 'onResult'] as const;
  const {
    warmup = 1,
    repeats = 5,
    patience = Infinity,
    budget = Infinity,
    reference,
    signal,
    onProgress,
    onResult,
  } = checkRunOptions(checkKeys('options', options, keys));
  if (reference !== undefined) {
    if (pixels === null) throw wrongType('reference', 'left out with several jobs', reference);
    checkNumbers('reference', reference, pixels);
  }
  return {
    warmup: checkInteger('warmup', warmup, 0),
    repeats: checkInteger('repeats', repeats, 1),
    patience: checkNumber('patience', patience, 0),
    budget: checkNumber('budget', budget, 0),
    reference,
    signal,
    onProgress,
    onResult: checkFunction('onResult', onResult),
  };
}

/**
 * Runs a job on every lane: `warmup` runs, then `repeats` timed ones, one lane after the other in each round, so that a busy moment
 * of the machine hits them alike. Lanes in f64 go first in a round: the first that succeeds gives the counts which the others are
 * held against. No more than two arrays of counts are kept at a time.
 *
 * @param lanes open lanes; an object's keys name them in the results, in an array they go by their own names
 * @param job a job; its name in the result is its size, such as '400 × 400'
 * @returns a result for every lane; rejects with TypeError or RangeError on a bad argument, with the signal's reason on abort, and as
 *   a lane rejects
 */
export function compare(
  lanes: readonly Lane[] | Readonly<Record<string, Lane>>,
  job: Job,
  options?: CompareOptions,
): Promise<JobComparison<LaneDone>>;
/**
 * Runs several jobs on every lane, one job after the other, as with a single one; but a lane that fails becomes a row that says why,
 * and the others go on.
 *
 * @param lanes open lanes; an object's keys name them in the results, in an array they go by their own names
 * @param jobs an object's keys name the jobs in the results (no name is 'grid': that makes a job), in an array they go by their sizes,
 *   such as '400 × 400'
 * @returns the results of every job; rejects with TypeError or RangeError on a bad argument, and with the signal's reason on abort
 */
export function compare(
  lanes: readonly Lane[] | Readonly<Record<string, Lane>>,
  jobs: readonly Job[] | Readonly<Record<string, Job>>,
  options?: CompareOptions,
): Promise<Comparison>;
export async function compare(
  lanes: readonly Lane[] | Readonly<Record<string, Lane>>,
  jobs: Job | readonly Job[] | Readonly<Record<string, Job>>,
  options: CompareOptions = {},
): Promise<JobComparison | Comparison> {
  const date = new Date().toISOString();
  const { single, jobs: works } = checkJobs(jobs);
  const pixels = single ? works[0].work.grid.width * works[0].work.grid.height : null;
  const { warmup, repeats, patience, budget, signal, onProgress, onResult, ...given } = checkOptions(options, pixels);
  const entries = checkLanes(lanes).map(([name, lane]): Entry => ({ name, lane, limit: Infinity }));
  const rounds = warmup + repeats;
  const total = works.length * entries.length * rounds;
  let done = 0;

  async function compareJob({ name: job, work }: NamedWork): Promise<JobComparison> {
    const { grid, maxIterations, bailoutRadius, smooth } = work;
    const size = grid.width * grid.height * maxIterations;
    let { reference } = given;

    const leave = (row: Row, status: Row['status'], reason: string) => Object.assign(row, { status, reason, left: 0 });

    /** One run: a function of its own, so that its counts can be collected before the next run's are made. */
    async function run(row: Row) {
      const { entry } = row;
      const { counts, timing, precision } = await entry.lane.escapeTime(work, { signal });
      row.precision = precision;
      row.timings.push(timing);
      row.spent += timing.total;
      row.left = row.spent >= budget ? 0 : row.left - 1;
      if (row.timings.length === 1 && timing.total > patience) entry.limit = size;
      if (entry.lane.precision === 'f64') reference ??= counts;
      if (row.left === 0) row.agreement = holdAgainst(counts, reference);
    }

    /** Reports that a row, which had `before` runs to do, has `row.left` now. */
    function report(row: Row, before: number) {
      done += before - row.left;
      onProgress?.({ done, total, lane: row.entry.name, job });
    }

    const rows = entries.map((entry): Row => ({
      entry,
      precision: entry.lane.precision,
      timings: [],
      left: rounds,
      spent: 0,
      status: 'done',
      reason: null,
      agreement: null,
    }));
    const mayRefer = ({ entry }: Row) => !given.reference && entry.lane.precision === 'f64';
    const order = [...rows.filter(mayRefer), ...rows.filter((row) => !mayRefer(row))];
    for (const row of order) {
      if (size < row.entry.limit) continue;
      leave(row, 'skipped', `a job no larger took longer than ${patience} ms`);
      report(row, rounds);
    }
    for (let round = 0; round < rounds; round++) {
      for (const row of order) {
        if (row.left === 0) continue;
        signal?.throwIfAborted();
        const before = row.left;
        try {
          await run(row);
        } catch (error) {
          signal?.throwIfAborted();
          if (single) throw error;
          leave(row, 'failed', reasonOf(error));
        }
        report(row, before);
      }
    }
    return { name: job, grid, maxIterations, bailoutRadius, smooth, lanes: rows.map((row) => resultOf(row, warmup)) };
  }

  const results: JobComparison[] = [];
  for (const work of works) {
    signal?.throwIfAborted();
    const result = await compareJob(work);
    results.push(result);
    onResult?.(result);
  }
  signal?.throwIfAborted();
  return single ? results[0] : { date, environment: await describeEnvironment(), jobs: results };
}
