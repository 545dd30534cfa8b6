/** What a lane is: its types, and the part that every lane shares (checks, assembly, progress, abort, close). */
import { checkJob, checkKeys, checkPixels, checkRunOptions, type Work } from './check.js';
import { LaneUnavailableError } from './errors.js';
import type { Grid, Rectangle } from './grid.js';

/** What to compute. */
export interface Job {
  /** The rectangle of the complex plane, and its size in pixels. */
  grid: Grid;
  /** Integer from 1 to 2^24, default 512. A count of maxIterations means "did not escape". */
  maxIterations?: number;
  /** From 2, default 2: an orbit has escaped when |z| is above it. Below 2 an orbit may come back, so it is refused. */
  bailoutRadius?: number;
}

/** Progress of a call, in pixels. */
export interface Progress {
  done: number;
  total: number;
}

export interface RunOptions {
  /** Stops the work; the call then rejects with the signal's reason, and the lane is ready for the next one. */
  signal?: AbortSignal | undefined;
  /** Called after every finished tile; `done` only grows, and ends at `total`. */
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** Where the time of one call went, in milliseconds. `null` stands for what was not measured, never 0. */
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
  width: number;
  height: number;
  timing: Timing;
  /** The arithmetic that gave the counts. */
  precision: Arithmetic;
}

/** Escape counts of a part of a grid: `counts[r * width + c]` belongs to pixel (column + c, row + r). */
export interface Tile extends Rectangle {
  counts: Float32Array;
}

/** One way of computing escape counts. Opened by `openCpu`, `openGpu` or `openBasic`; all behave alike. */
export interface Lane {
  readonly name: string;
  /** What really runs, with "(software)" behind a software renderer. */
  readonly device: string;
  /** The lane's arithmetic; where a job may take more of it (gpu, 'auto'), the least, and the image says what ran. */
  readonly precision: Arithmetic;
  /** Milliseconds that opening took (compile, instantiate, link). */
  readonly setup: number;
  /** Why the lane runs on less than it was made for, or null. */
  readonly fallbackReason: string | null;
  /**
   * Counts of the whole grid. Rejects with TypeError or RangeError on a bad argument, with the signal's reason on abort, with
   * LaneLostError when the device dies, with LaneUnavailableError when the lane is closed.
   */
  escapeTime(job: Job, options?: RunOptions): Promise<Image>;
  /**
   * The same counts as tiles, in the order in which they are finished; memory stays bounded, and leaving the loop stops the work.
   * Throws on a bad argument, and in the loop as `escapeTime` rejects.
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
  /** The array that the counts of a tile go into: `width * height` elements. */
  place(tile: Rectangle): Float32Array;
}

/** What differs between lanes. */
export interface Engine extends Pick<Lane, 'name' | 'device' | 'precision' | 'setup' | 'fallbackReason' | 'close'> {
  /** The arithmetic for a job, if not always the lane's own. Throws RangeError on a job beyond the lane's reach. */
  choose?(work: Work): Arithmetic;
  /** Yields tiles that cover the grid, each pixel once; stops the work when the generator is left. */
  run(work: Work, run: Run): AsyncGenerator<Tile, void, void>;
}

/** What every call of a lane passes, on its way in and out. */
export interface Door {
  /** Checks a call's arguments. Throws TypeError, RangeError, the signal's reason, or LaneUnavailableError if the lane is closed. */
  check(job: Job, options: RunOptions): Work;
  /** Lets a call in: its signal is aborted by the caller's and by close(). `leave` must be called in the end. */
  enter(signal: AbortSignal | undefined): { signal: AbortSignal; leave(): void };
  /** Fails the calls at work and all later ones; false if that is done. */
  close(): boolean;
}

/** Makes the door of a lane. */
export function makeDoor({ name, choose }: Pick<Engine, 'name' | 'choose'>): Door {
  const pending = new Set<AbortController>();
  let closed: LaneUnavailableError | null = null;
  return {
    check(job, options) {
      if (closed) throw closed;
      const work = checkJob(job);
      checkRunOptions(checkKeys('options', options, ['signal', 'onProgress']));
      choose?.(work);
      options.signal?.throwIfAborted();
      return work;
    },

    enter(signal) {
      if (closed) throw closed;
      const controller = new AbortController();
      const abort = () => controller.abort(signal?.reason);
      if (signal?.aborted) abort();
      signal?.addEventListener('abort', abort);
      pending.add(controller);
      return {
        signal: controller.signal,
        leave() {
          pending.delete(controller);
          signal?.removeEventListener('abort', abort);
        },
      };
    },

    close() {
      if (closed) return false;
      closed = new LaneUnavailableError(`the ${name} lane is closed, so it computes nothing: open another one`);
      for (const controller of pending) controller.abort(closed);
      return true;
    },
  };
}

/** Makes a lane of an engine. */
export function makeLane(engine: Engine, door = makeDoor(engine)): Lane {
  const { name, device, precision, setup, fallbackReason } = engine;

  async function* stream(
    work: Work,
    { signal, onProgress }: RunOptions,
    run: Omit<Run, 'signal'>,
  ): AsyncGenerator<Tile, void, void> {
    const call = door.enter(signal);
    const total = work.grid.width * work.grid.height;
    let done = 0;
    try {
      for await (const tile of engine.run(work, { ...run, signal: call.signal })) {
        call.signal.throwIfAborted();
        done += tile.width * tile.height;
        onProgress?.({ done, total });
        yield tile;
      }
    } finally {
      call.leave();
    }
  }

  return {
    name,
    device,
    precision,
    setup,
    fallbackReason,

    async escapeTime(job, options = {}) {
      const start = performance.now();
      const work = door.check(job, options);
      checkPixels(work);
      const { width, height } = work.grid;
      // Made when the first tile is there: workers need not wait for so much memory.
      let counts = new Float32Array(0);
      const timing: Measured = { compute: null, transfer: null };
      // A tile as wide as the grid is a run of the image: it is computed in place.
      const place: Run['place'] = (tile) => {
        if (counts.length === 0) counts = new Float32Array(width * height);
        if (tile.width < width) return new Float32Array(tile.width * tile.height);
        return counts.subarray(tile.row * width, (tile.row + tile.height) * width);
      };
      for await (const tile of stream(work, options, { timing, streamed: false, place })) {
        if (tile.width === width) continue;
        for (let row = 0; row < tile.height; row++) {
          const from = row * tile.width;
          counts.set(tile.counts.subarray(from, from + tile.width), (tile.row + row) * width + tile.column);
        }
      }
      return {
        counts,
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
        place: ({ width, height }) => new Float32Array(width * height),
      });
    },

    close() {
      if (door.close()) engine.close();
    },
  };
}
