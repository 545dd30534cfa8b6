/** Asks a lane for what a picture lacks, coarse to fine and nearest first, and stops what is no longer wanted. */
import type { Arithmetic, Lane } from 'twolane';
import { checkResolved } from './limits.js';
import { type Patch, type Picture, serves, type Settings } from './picture.js';
import { cellsIn, gridOf, inSight, type Samples, type View } from './view.js';

/** The stride of the first layer where nothing of the view is there: the next one can take long. */
const BLURRED = 64;
/** Strides of the coarse layers, and how much of the view they reach beyond it on each side. */
const COARSE = [
  { stride: BLURRED, margin: 0 },
  { stride: 16, margin: 0.5 },
  { stride: 4, margin: 0 },
] as const;
/** The second coarse layer pays where less of the view than this is finished. */
const SHARE = 0.6;
/** Tiles of a call, and milliseconds that it shall take: long enough to be worth a call, short enough to show something soon. */
const MOST_TILES = 32;
const SHORT = 30;
const LONG = 120;
/** A coarse layer that is nearly there is worth more than a fresh start, so it is given so many milliseconds. */
const PATIENCE = 500;

/**
 * What a picture took, from the last change on, or the first of moves that did not wait for it; times in ms, null where one could not be
 * measured.
 */
export interface Effort {
  /** Wall time until now, or until the picture was complete. */
  elapsed: number;
  compute: number | null;
  transfer: number | null;
  pixels: number;
  /** Sum of the counts of pixels that escaped. */
  iterations: number;
  /** Whether others took iterations, too: how many is not known, as a lane leaves an orbit that it sees repeat. */
  more: boolean;
  /** The arithmetic of the view's own pixels; null before there are any. */
  precision: Arithmetic | null;
}

export interface Wish {
  view: View;
  settings: Settings;
  /** Where the user looks, in pixels. */
  x: number;
  y: number;
}

export interface Refiner {
  /** Wants another picture, and stops what that has no use for. */
  want(wish: Wish): void;
  /** Stops, for good or until the next wish. */
  stop(): void;
  readonly busy: boolean;
  readonly effort: Readonly<Effort>;
}

export interface RefinerHandlers {
  /** Whether all of a view's own pixels are shown already, as another lane has them: coarse layers would be in vain. */
  isShown(view: View, settings: Settings): boolean;
  /** Something arrived. */
  onArrival(): void;
  /** All that was wanted is there. */
  onDone(): void;
  onError(error: unknown): void;
}

/** Why work is stopped. */
const STALE = new DOMException('the picture is no longer wanted', 'AbortError');

export const fresh = (): Effort => ({
  elapsed: 0,
  compute: 0,
  transfer: 0,
  pixels: 0,
  iterations: 0,
  more: false,
  precision: null,
});

/** The whole set and its surroundings, wherever the view is: no direction is blank. */
const SURVEY: Samples = { step: 2 ** -5, stride: 1, column: -256, row: -256, width: 512, height: 512 };
const SURVEY_ITERATIONS = 256;

/** The samples of a coarse layer for a view. */
function coarseSamples({ step, column, row, width, height }: View, stride: number, margin: number): Samples {
  // A sample more on each side, as a layer's edge lies in the middle of its last cell.
  const from = (start: number, size: number) => Math.floor((start - margin * size) / stride) - 1;
  const to = (start: number, size: number) => Math.ceil((start + size + margin * size) / stride) + 1;
  const first = { column: from(column, width), row: from(row, height) };
  return {
    step,
    stride,
    column: first.column * stride,
    row: first.row * stride,
    width: to(column, width) - first.column + 1,
    height: to(row, height) - first.row + 1,
  };
}

/** The widest margin that a lane leaves to the formula's rounding: it iterates what is within. */
const MARGIN = 1e-5;

/** Whether c lies in the main cardioid or the disc to its left, whose pixels both lanes fill without iterating. */
function isSpared(re: number, im: number): boolean {
  const u = re - 0.25;
  const q = u * u + im * im;
  return q * (q + u) < 0.25 * im * im - MARGIN || (re + 1) ** 2 + im * im < 0.0625 - MARGIN;
}

/** The iterations behind a patch, as far as they are known, and whether there are more. */
function iterationsIn({ counts, maxIterations, step, stride, column, row, width }: Patch) {
  let iterations = 0;
  let more = false;
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] < maxIterations) {
      iterations += counts[i];
    } else if (!more) {
      const re = (column + (i % width) * stride) * step;
      const im = (row + Math.floor(i / width) * stride) * step;
      more = !isSpared(re, im);
    }
  }
  return { iterations, more };
}

/** @param precision of the pixels that the picture has, if there are any */
export function makeRefiner(
  lane: Lane,
  picture: Picture,
  { isShown, onArrival, onDone, onError }: RefinerHandlers,
  precision: Arithmetic | null = null,
): Refiner {
  let wish: Wish | null = null;
  let running = false;
  let effort: Effort = { ...fresh(), precision };
  let start = 0;
  /** Tiles of the next call. */
  let block = 4;
  /** When the last change was, if what comes next begins a new effort for it; else null. */
  let changed: number | null = null;
  /** The view that the effort was for; null before one was complete. */
  let complete: View | null = null;
  /** What was stopped before it was complete, and when: if it is wanted again, its effort goes on. */
  let stopped: { wish: Wish; at: number } | null = null;
  let current: { samples: Samples; settings: Settings; controller: AbortController; since: number } | null = null;

  /** What comes next: null if nothing is missing. */
  function next(): { samples: Samples; isSurvey: boolean } | null {
    if (!wish) return null;
    const { view, settings, x, y } = wish;
    const task = (samples: Samples) => ({ samples, isSurvey: false });
    const missing = picture.missing(view, x, y, block);
    if (missing) {
      for (const { stride, margin } of isShown(view, settings) ? [] : COARSE) {
        if (stride === BLURRED && picture.shows(view)) continue;
        if (picture.covered(view, stride) || (stride === 4 && picture.share(view) > SHARE)) continue;
        return task(coarseSamples(view, stride, margin));
      }
      return task(missing);
    }
    return picture.surveyed ? null : { samples: SURVEY, isSurvey: true };
  }

  async function compute(
    { samples, isSurvey }: { samples: Samples; isSurvey: boolean },
    settings: Settings,
  ): Promise<void> {
    const { smooth } = settings;
    const maxIterations = isSurvey ? SURVEY_ITERATIONS : settings.maxIterations;
    if (changed !== null && !isSurvey) {
      effort = fresh();
      start = changed;
      changed = null;
    }
    const controller = new AbortController();
    current = { samples, settings, controller, since: performance.now() };
    const job = { grid: gridOf(samples), maxIterations, smooth };
    const { counts, fractions, timing, precision } = await lane.escapeTime(job, { signal: controller.signal });
    const patch: Patch = { ...samples, counts, fractions, maxIterations };
    if (isSurvey) {
      picture.putSurvey(patch);
      return;
    }
    checkResolved(lane, precision, samples);
    picture.put(patch);
    effort.compute = add(effort.compute, timing.compute);
    effort.transfer = add(effort.transfer, timing.transfer);
    effort.pixels += counts.length;
    const { iterations, more } = iterationsIn(patch);
    effort.iterations += iterations;
    effort.more ||= more;
    effort.elapsed = performance.now() - start;
    if (samples.stride > 1) return;
    effort.precision = precision;
    if (timing.total < SHORT) block = Math.min(MOST_TILES, 2 * block);
    else if (timing.total > LONG) block = Math.max(1, block / 2);
  }

  async function run(): Promise<void> {
    if (running) return;
    running = true;
    try {
      for (let task = next(); task && wish; task = next()) {
        try {
          await compute(task, wish.settings);
        } catch (error) {
          // The lane rejects with the signal's reason, if the signal is why.
          if (error !== STALE) throw error;
          continue;
        } finally {
          current = null;
        }
        onArrival();
      }
      running = false;
      if (!wish) return;
      // All pixels of the new view were there already: nothing was computed for it.
      if (changed !== null && !sameView(complete, wish.view)) effort = { ...fresh(), precision: effort.precision };
      complete = wish.view;
      onDone();
    } catch (error) {
      running = false;
      wish = null;
      onError(error);
    }
  }

  /** Whether what is at work helps with a wish. */
  function helps({ view, settings }: Wish): boolean {
    if (!current) return true;
    const { samples, since } = current;
    if (samples === SURVEY || current.settings.maxIterations > settings.maxIterations) return false;
    const { x, y, side } = cellsIn(view, samples);
    const seen = inSight(view, x, y, x + side * samples.width, y + side * samples.height);
    if (samples.stride === 1) return seen && samples.step === view.step && serves(current.settings, settings);
    return seen && side <= BLURRED && performance.now() - since < PATIENCE;
  }

  /** Lets a layer that is for another picture go on, but no longer than it is worth. */
  function giveTime({ controller, since }: { controller: AbortController; since: number }): void {
    setTimeout(() => controller.abort(STALE), since + PATIENCE - performance.now());
  }

  return {
    want(wanted) {
      const now = performance.now();
      const moved = wish?.view.step === wanted.view.step && serves(wish.settings, wanted.settings);
      if (stopped && sameView(stopped.wish.view, wanted.view) && serves(stopped.wish.settings, wanted.settings)) {
        start += now - stopped.at;
        if (changed !== null) changed += now - stopped.at;
      } else if (!running || !moved) {
        changed = now;
      }
      stopped = null;
      wish = wanted;
      picture.turnTo(wanted.view, wanted.settings);
      if (!helps(wanted)) current?.controller.abort(STALE);
      else if (current && !moved) giveTime(current);
      void run();
    },

    stop() {
      if (running && wish) stopped = { wish, at: performance.now() };
      wish = null;
      current?.controller.abort(STALE);
    },

    get busy() {
      return running && wish !== null;
    },
    get effort() {
      return effort;
    },
  };
}

const sameView = (a: View | null, b: View) =>
  (['step', 'column', 'row', 'width', 'height'] as const).every((key) => a?.[key] === b[key]);

const add = (sum: number | null, more: number | null) => (sum === null || more === null ? null : sum + more);
