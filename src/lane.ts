/** What a lane is: its types, and the part that every lane shares (checks, assembly, progress, abort, close). */
import { checkJob, checkKeys, checkOut, checkPixels, checkRunOptions, checkSmooth, isOf, type Work } from './check.js';
import { LaneUnavailableError } from './errors.js';
import type { Grid, GridBand, Rectangle } from './grid.js';

/** What to compute. Keys that are not named here are refused. */
export interface Job {
  /** The rectangle of the complex plane and its size in pixels, or a band of its rows. */
  grid: Grid | GridBand;
  /** Integer from 1 to 2^24, default 512. A count of maxIterations means "did not escape". */
  maxIterations?: number | undefined;
  /**
   * From 2 to 1.34e154, default 2: an orbit has escaped when |z| is above it. Below 2 an orbit may come back, so it is refused. The
   * counts of the GPU lanes are those of at most 1.8e19 (f32) or 2^30 (df64); fractions make up for the difference.
   */
  bailoutRadius?: number | undefined;
  /**
   * Whether to give `fractions`, too (default false), which make the counts continuous. Counts are the same. A lane that gives none
   * refuses it with a RangeError; `openCpu`, `openGpu` and `openBasic` give them.
   */
  smooth?: boolean | undefined;
}

/** Progress of a call, in pixels. */
export interface Progress {
  /** Pixels of finished tiles. */
  done: number;
  /** Pixels of the grid. */
  total: number;
}

/** Options of every call that computes. */
export interface RunOptions {
  /** Stops the work; the call then rejects with the signal's reason, and the lane is ready for the next one. */
  signal?: AbortSignal | undefined;
  /** Called after every finished tile (with an `out` in shared memory up to 50 ms later); `done` only grows, and ends at `total`. */
  onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * Where the time of one call went, in milliseconds; with several threads, `compute` and `transfer` are those of the busiest one. `null` stands
 * for what was not measured, never 0: a 0 is a time too short for the clock, which in a page without cross-origin isolation tells tenths of
 * a millisecond.
 */
export interface Timing {
  /** Iterating: time in the kernel, or from the first draw until the GPU has finished. */
  compute: number | null;
  /** Moving coordinates in and counts out. */
  transfer: number | null;
  /** Wall time from the call to the resolved promise. */
  total: number;
  /**
   * On the lanes of the GPU, the clock that gave `compute`: the GPU's own (EXT_disjoint_timer_query_webgl2), or the page's from the first
   * draw to the fence behind the last; null where `compute` is.
   */
  computeFrom?: 'timer-query' | 'fence' | null;
}

/** Arithmetic: f64 and f32 as in IEEE 754; df64 is the sum of two f32, about 48 bits. */
export type Arithmetic = 'f64' | 'f32' | 'df64';

/** Escape counts of a whole grid. */
export interface Image {
  /**
   * Row-major: `counts[row * width + column]`. A count is the smallest n with 1 ≤ n < maxIterations and
   * |zₙ| > bailoutRadius, else maxIterations.
   */
  counts: Float32Array;
  /**
   * Null without `smooth`. With it, a number for each pixel, laid out as `counts`: `counts[i] + fractions[i]` is continuous from pixel to
   * pixel, where counts jump. 0 where the pixel did not escape.
   *
   * The sum is ν = m + 1 − log₂(log |zₘ| / log bailoutRadius), m being the first from the count on with |zₘ| > max(256, bailoutRadius). It
   * is off its limit for large m by less than 5e-6 where |c| ≤ 2, and by less than 6e-4 everywhere. Fractions go from 0 to 1, to that error, where
   * bailoutRadius is large (on the GPU lanes beyond 1, where it is larger than theirs); with 2, nearly all lie in −0.35…2.3 (the largest near c = −2; less where |c| is far above bailoutRadius).
   * Source: https://en.wikipedia.org/wiki/Plotting_algorithms_for_the_Mandelbrot_set#Continuous_(smooth)_coloring
   */
  fractions: Float32Array | null;
  /** Of the grid, in pixels. */
  width: number;
  /** Of the grid, in pixels. */
  height: number;
  /** Where the call's time went. */
  timing: Timing;
  /** The arithmetic that gave the counts. */
  precision: Arithmetic;
}

/** Options of `escapeTime`. */
export interface ImageOptions extends RunOptions {
  /**
   * An image that is no longer needed, of as many pixels: its `counts` are written over and become the new image's, and with `smooth`
   * its `fractions`. Calls that repeat are faster with it, as no memory is taken: the system hands it out page by page, which can take
   * longer than counting. Default: new arrays. A call that rejects leaves them in part written. Calls that overlap need one each; `counts` and
   * `fractions`, which `smooth` needs, must not share memory. In shared memory (arrays on a SharedArrayBuffer, which Node and cross-origin-isolated pages have)
   * the threads of a lane write there by themselves, which is faster. They may still do so for a moment after close().
   */
  out?: (Pick<Image, 'counts'> & Partial<Pick<Image, 'fractions'>>) | undefined;
}

/** Escape counts of a part of a grid: `counts[r * width + c]` belongs to pixel (column + c, row + r). */
export interface Tile extends Rectangle {
  /** Row-major, `width * height` of them, each as in `Image`. */
  counts: Float32Array;
  /** As in `Image`: with `smooth`, in the layout of `counts`; else null. */
  fractions: Float32Array | null;
}

/** A tile as an engine yields it: one that never gives fractions need not say so. */
export type EngineTile = Omit<Tile, 'fractions'> & { fractions?: Float32Array | null };

/** One way of computing escape counts. Opened by `openCpu`, `openGpu` or one of twolane/baselines; all behave alike. */
export interface Lane {
  /** Short name of the approach: 'cpu', 'gpu', 'basic', 'array', 'fused', 'compiled' or 'gpu-array', whatever its options. */
  readonly name: string;
  /** What really runs, with "(software)" behind a software renderer. */
  readonly device: string;
  /** The lane's arithmetic. A gpu lane of 'auto' says 'f32' here, though it may run a job in df64: `Image.precision` says what ran. */
  readonly precision: Arithmetic;
  /** Milliseconds that opening took: compile, instantiate, start and warm the threads; on the GPU compile, link and measure. */
  readonly setup: number;
  /** Why the lane runs on less than it was made for, or null. */
  readonly fallbackReason: string | null;
  /**
   * Counts of the whole grid. Rejects with TypeError or RangeError on a bad argument, with RangeError when there is no memory for the counts,
   * with the signal's reason on abort, with LaneLostError when the device dies or a worker fails, with LaneUnavailableError when the lane is
   * closed or the GPU has no memory.
   */
  escapeTime(job: Job, options?: ImageOptions): Promise<Image>;
  /**
   * The same counts as tiles, in the order in which they are finished; memory stays bounded, and leaving the loop stops the work.
   * Throws at once on a bad argument, a closed lane and an aborted signal; in the loop as `escapeTime` rejects.
   */
  tiles(job: Job, options?: RunOptions): AsyncGenerator<Tile, void, void>;
  /** Frees what the lane holds. Calls at work and later calls fail with LaneUnavailableError. */
  close(): void;
}

/** What an engine measures of a call. */
export type Measured = Omit<Timing, 'total'>;

/** What the shared part hands to an engine for one call. */
export interface Run {
  /** Aborted by the caller or by close(); the engine stops and throws its reason. */
  readonly signal: AbortSignal;
  /** The engine writes here what it measured. */
  readonly timing: Measured;
  /** Whether the caller keeps each tile's array, so that an engine may hand out one of its own; else the tiles make one image. */
  readonly streamed: boolean;
  /** Whether the arrays below are in shared memory, so that an engine's threads may write there. */
  readonly shared: boolean;
  /** The array that the counts of a tile go into: `width * height` elements. */
  place(tile: Rectangle): Float32Array;
  /** The array that its fractions go into; null without `smooth`. */
  placeFractions(tile: Rectangle): Float32Array | null;
}

/** What differs between lanes. */
export interface Engine extends Pick<Lane, 'name' | 'device' | 'precision' | 'setup' | 'fallbackReason' | 'close'> {
  /** The arithmetic for a job, if not always the lane's own. Throws RangeError on a job beyond the lane's reach. */
  choose?(work: Work): Arithmetic;
  /** Whether it gives fractions; a job with `smooth` never reaches one that does not. */
  readonly smooth?: boolean;
  /** Yields tiles that cover the grid, each pixel once; stops the work when the generator is left. */
  run(work: Work, run: Run): AsyncGenerator<EngineTile, void, void>;
}

/** What every call of a lane passes, on its way in and out. */
export interface Door {
  /**
   * Checks a call's arguments; `more` are the keys of its options besides those of all calls. Throws TypeError, RangeError, the signal's
   * reason, or LaneUnavailableError if the lane is closed.
   */
  check<Options extends RunOptions>(job: Job, options: Options, more?: (keyof Options & string)[]): Work;
  /** Lets a call in: its signal is aborted by the caller's, by close() and by `abort`. `leave` must be called in the end. */
  enter(signal: AbortSignal | undefined): { signal: AbortSignal; abort(reason: unknown): void; leave(): void };
  /** Fails the calls at work and all later ones; false if that is done. */
  close(): boolean;
}

/** Makes the door of a lane. */
export function makeDoor({ name, choose, smooth }: Pick<Engine, 'name' | 'choose' | 'smooth'>): Door {
  /** Calls at work, and their callers' signals. */
  const pending = new Map<AbortController, AbortSignal | undefined>();
  let closed: LaneUnavailableError | null = null;
  /** One listener for all: Node warns of a signal with more than ten. */
  const onAbort = ({ target }: Pick<Event, 'target'>) => {
    for (const [controller, signal] of pending) if (signal === target) controller.abort(signal?.reason);
  };
  return {
    check(job, options, more = []) {
      if (closed) throw closed;
      const work = checkJob(job);
      checkRunOptions(checkKeys('options', options, ['signal', 'onProgress', ...more]));
      if (!smooth) checkSmooth(work, name);
      choose?.(work);
      options.signal?.throwIfAborted();
      return work;
    },

    enter(signal) {
      if (closed) throw closed;
      const controller = new AbortController();
      pending.set(controller, signal);
      if (signal?.aborted) controller.abort(signal.reason);
      signal?.addEventListener('abort', onAbort);
      return {
        signal: controller.signal,
        abort: (reason) => controller.abort(reason),
        leave() {
          pending.delete(controller);
          if (![...pending.values()].includes(signal)) signal?.removeEventListener('abort', onAbort);
        },
      };
    },

    close() {
      if (closed) return false;
      closed = new LaneUnavailableError(`the ${name} lane is closed, so it computes nothing: open another one`);
      for (const controller of pending.keys()) controller.abort(closed);
      return true;
    },
  };
}

/** What stops a call whose consumer has left. */
const LEFT = Symbol('left');

/** Whether an array's memory may be sent to threads: a page that is not isolated has none of that name. */
const isShared = (array: Float32Array | null) =>
  typeof SharedArrayBuffer === 'function' && isOf(array?.buffer, 'SharedArrayBuffer');

/** A new array for the numbers of a tile, or of a grid. */
const allocate = ({ width, height }: Pick<Rectangle, 'width' | 'height'>) => new Float32Array(width * height);

/** Makes a lane of an engine. */
export function makeLane(engine: Engine, door = makeDoor(engine)): Lane {
  const { name, device, precision, setup, fallbackReason } = engine;

  function stream(
    work: Work,
    { signal, onProgress }: RunOptions,
    run: Omit<Run, 'signal'>,
  ): AsyncGenerator<Tile, void, void> {
    let call: ReturnType<Door['enter']> | null = null;
    async function* generate(): AsyncGenerator<Tile, void, void> {
      const { signal: stopped, leave } = (call = door.enter(signal));
      const total = work.grid.width * work.grid.height;
      let done = 0;
      try {
        for await (const tile of engine.run(work, { ...run, signal: stopped })) {
          stopped.throwIfAborted();
          done += tile.width * tile.height;
          onProgress?.({ done, total });
          yield { ...tile, fractions: tile.fractions ?? null };
        }
        stopped.throwIfAborted();
      } catch (error) {
        if (error !== LEFT) throw error;
      } finally {
        leave();
      }
    }
    const tiles = generate();
    // By itself it would wait for a next() that is at work, and so for what it is to stop.
    const end = tiles.return.bind(tiles);
    // Not by assignment, which fails where intrinsics are frozen.
    Object.defineProperty(tiles, 'return', {
      value: (value: undefined) => {
        call?.abort(LEFT);
        return end(value);
      },
    });
    return tiles;
  }

  return {
    name,
    device,
    precision,
    setup,
    fallbackReason,

    async escapeTime(job, options = {}) {
      const start = performance.now();
      const work = door.check(job, options, ['out']);
      checkPixels(work);
      const { width, height } = work.grid;
      // New ones are made when the first tile is there: workers need not wait for so much memory.
      let { counts, fractions } = checkOut(options.out, work);
      const timing: Measured = { compute: null, transfer: null };
      const shared = isShared(counts) && (!work.smooth || isShared(fractions));
      // A tile as wide as the grid is a run of the image: it is computed in place.
      const placeIn = (whole: Float32Array, tile: Rectangle) =>
        tile.width < width ? allocate(tile) : whole.subarray(tile.row * width, (tile.row + tile.height) * width);
      const run: Omit<Run, 'signal'> = {
        timing,
        streamed: false,
        shared,
        place(tile) {
          return placeIn((counts ??= allocate(work.grid)), tile);
        },
        placeFractions(tile) {
          if (!work.smooth) return null;
          return placeIn((fractions ??= allocate(work.grid)), tile);
        },
      };
      const copy = (whole: Float32Array | null, part: Float32Array | null, tile: Rectangle) => {
        for (let row = 0; row < tile.height; row++) {
          const from = row * tile.width;
          if (part) whole?.set(part.subarray(from, from + tile.width), (tile.row + row) * width + tile.column);
        }
      };
      for await (const tile of stream(work, options, run)) {
        if (tile.width === width) continue;
        copy(counts, tile.counts, tile);
        copy(fractions, tile.fractions, tile);
      }
      return {
        counts: counts as Float32Array,
        fractions,
        width,
        height,
        timing: { ...timing, total: performance.now() - start },
        precision: engine.choose?.(work) ?? precision,
      };
    },

    tiles(job, options = {}) {
      const work = door.check(job, options);
      return stream(work, options, {
        timing: { compute: null, transfer: null },
        streamed: true,
        shared: false,
        place: allocate,
        placeFractions: (tile) => (work.smooth ? allocate(tile) : null),
      });
    },

    close() {
      if (door.close()) engine.close();
    },
  };
}
