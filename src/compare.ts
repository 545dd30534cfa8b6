/** Runs one job on several lanes side by side, interleaved, and reports where the time went. */
import { checkInteger, checkJob, checkKeys, checkLanes, checkRunOptions, wrongType } from './check.js';
import type { Grid } from './grid.js';
import type { Arithmetic, Job, Lane, Timing } from './lane.js';

/** Smallest and median of the timed runs, in milliseconds. */
export interface Spread {
  min: number;
  median: number;
}

/** What one lane did. Times in milliseconds, null for what was not measured. */
export interface LaneResult {
  name: string;
  device: string;
  /** The arithmetic that ran. */
  precision: Arithmetic;
  /** Opening the lane, once. */
  setup: number;
  compute: Spread | null;
  transfer: Spread | null;
  total: Spread;
  /** `total` of the first warm-up run; null without warm-up. It is cold where the lane had not worked before. */
  cold: number | null;
  /** Sum of all counts, in f64. */
  countSum: number;
  /** Pixels whose count differs from the reference; null without one. */
  differing: number | null;
  fallbackReason: string | null;
}

/** A job, completed with the defaults, and a result for every lane in the order given. */
export interface Comparison {
  grid: Required<Grid>;
  maxIterations: number;
  bailoutRadius: number;
  lanes: LaneResult[];
}

/** Progress of a comparison, in runs: warm-up and timed ones of all lanes. */
export interface CompareProgress {
  done: number;
  total: number;
  /** Name of the lane that has just run. */
  lane: string;
}

export interface CompareOptions {
  /** Runs of each lane that are not timed, default 1. */
  warmup?: number;
  /** Timed runs of each lane, from 1, default 5. */
  repeats?: number;
  /** Counts to hold the lanes against; default those of the first lane in f64, if there is one. */
  reference?: Float32Array;
  signal?: AbortSignal;
  onProgress?: (progress: CompareProgress) => void;
}

/** Smallest and median; null when a run was not measured. */
function spread(values: (number | null)[]): Spread | null {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  if (sorted.length < values.length) return null;
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { min: sorted[0], median };
}

function countDiffering(counts: Float32Array, reference: Float32Array): number {
  let differing = 0;
  for (let i = 0; i < counts.length; i++) if (counts[i] !== reference[i]) differing++;
  return differing;
}

/**
 * Runs `job` on every lane: `warmup` runs, then `repeats` timed ones, one lane after the other in each round, so that a busy
 * moment of the machine hits them alike.
 *
 * Rejects with TypeError or RangeError on a bad argument, with the signal's reason on abort, and as a lane rejects.
 */
export async function compare(lanes: readonly Lane[], job: Job, options: CompareOptions = {}): Promise<Comparison> {
  const { signal, onProgress } = checkRunOptions(
    checkKeys('options', options, ['warmup', 'repeats', 'reference', 'signal', 'onProgress']),
  );
  const warmup = checkInteger('warmup', options.warmup ?? 1, 0);
  const repeats = checkInteger('repeats', options.repeats ?? 5, 1);
  const work = checkJob(job);
  const pixels = work.grid.width * work.grid.height;
  let { reference } = options;
  if (reference !== undefined && !(reference instanceof Float32Array && reference.length === pixels)) {
    throw wrongType('reference', `a Float32Array of ${pixels} counts`, reference);
  }
  checkLanes(lanes);

  const results = lanes.map((lane) => ({
    lane,
    timings: [] as Timing[],
    countSum: 0,
    differing: null as number | null,
    precision: lane.precision,
  }));
  // The lane that gives the reference goes first in a round, so that the others can be held against it.
  const first = reference ? -1 : results.findIndex(({ lane }) => lane.precision === 'f64');
  const round = first < 0 ? results : [results[first], ...results.filter((_, i) => i !== first)];
  const rounds = warmup + repeats;
  let done = 0;
  for (let i = 0; i < rounds; i++) {
    for (const result of round) {
      const { counts, timing, precision } = await result.lane.escapeTime(job, { signal });
      result.precision = precision;
      result.timings.push(timing);
      if (i === rounds - 1) {
        if (first >= 0) reference ??= counts;
        result.countSum = counts.reduce((sum, count) => sum + count, 0);
        result.differing = reference ? countDiffering(counts, reference) : null;
      }
      onProgress?.({
        done: ++done,
        total: rounds * lanes.length,
        lane: result.lane.name,
      });
    }
  }

  return {
    ...work,
    lanes: results.map(({ lane, timings, countSum, differing, precision }) => {
      const timed = timings.slice(warmup);
      return {
        name: lane.name,
        device: lane.device,
        precision,
        setup: lane.setup,
        compute: spread(timed.map(({ compute }) => compute)),
        transfer: spread(timed.map(({ transfer }) => transfer)),
        total: spread(timed.map(({ total }) => total)) as Spread,
        cold: warmup > 0 ? timings[0].total : null,
        countSum,
        differing,
        fallbackReason: lane.fallbackReason,
      };
    }),
  };
}
