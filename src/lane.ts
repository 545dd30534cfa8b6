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
}

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
  readonly precision: 'f64' | 'f32';
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

/** What the shared part hands to an engine for one call. */
export interface Run {
  /** Aborted by the caller or by close(); the engine stops and throws its reason. */
  readonly signal: AbortSignal;
  /** The engine writes here what it measured. */
  readonly timing: { compute: number | null; transfer: number | null };
  /** Whether the caller keeps each tile's array, so that an engine may hand out one of its own; else the tiles make one image. */
  readonly streamed: boolean;
  /** The array that the counts of a tile go into: `width * height` elements. */
  place(tile: Rectangle): Float32Array;
}

/** What differs between lanes. */
export interface Engine extends Pick<Lane, 'name' | 'device' | 'precision' | 'setup' | 'fallbackReason' | 'close'> {
  /** Yields tiles that cover the grid, each pixel once; stops the work when the generator is left. */
  run(work: Work, run: Run): AsyncGenerator<Tile, void, void>;
}

/** Makes a lane of an engine. */
export function makeLane(engine: Engine): Lane {
  const { name, device, precision, setup, fallbackReason } = engine;
  const pending = new Set<AbortController>();
  let closed: LaneUnavailableError | null = null;

  const check = (job: Job, options: RunOptions): Work => {
    if (closed) throw closed;
    const work = checkJob(job);
    checkRunOptions(checkKeys('options', options, ['signal', 'onProgress']));
    options.signal?.throwIfAborted();
    return work;
  };

  async function* stream(
    work: Work,
    { signal, onProgress }: RunOptions,
    run: Omit<Run, 'signal'>,
  ): AsyncGenerator<Tile, void, void> {
    if (closed) throw closed;
    const controller = new AbortController();
    const abort = () => controller.abort(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort);
    pending.add(controller);
    const total = work.grid.width * work.grid.height;
    let done = 0;
    try {
      for await (const tile of engine.run(work, { ...run, signal: controller.signal })) {
        controller.signal.throwIfAborted();
        done += tile.width * tile.height;
        onProgress?.({ done, total });
        yield tile;
      }
    } finally {
      pending.delete(controller);
      signal?.removeEventListener('abort', abort);
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
      const work = check(job, options);
      checkPixels(work);
      const { width, height } = work.grid;
      const counts = new Float32Array(width * height);
      const timing = { compute: null, transfer: null };
      // A tile as wide as the grid is a run of the image: it is computed in place.
      const place: Run['place'] = (tile) =>
        tile.width === width
          ? counts.subarray(tile.row * width, (tile.row + tile.height) * width)
          : new Float32Array(tile.width * tile.height);
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
      };
    },

    tiles(job, options = {}) {
      const work = check(job, options);
      return stream(work, options, {
        timing: { compute: null, transfer: null },
        streamed: true,
        place: ({ width, height }) => new Float32Array(width * height),
      });
    },

    close() {
      if (closed) return;
      closed = new LaneUnavailableError(`the ${name} lane is closed, so it computes nothing: open another one`);
      for (const controller of pending) controller.abort(closed);
      engine.close();
    },
  };
}
