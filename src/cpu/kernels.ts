/** Runs jobs on kernels of a WebAssembly module: what the cpu lane and its scalar twin share. */
import type { Work } from '../check.js';
import { reasonOf } from '../errors.js';
import { coordinatesOf, partition } from '../grid.js';
import type { Run, Tile } from '../lane.js';
import { bandsOf, type Cut } from '../pool/band.js';
import { type Bands, openBands } from '../pool/index.js';
import { breather, stopwatch } from '../task.js';
import { instantiateKernel, type Kernel } from './kernel.js';
import { NoModule } from './module.js';
import source from './worker.js?script';

/** Rows that the kernel looks at together. */
const STRIP = 8;
/** The size of a tile: at most, so that its counts stay in the second-level cache, and all threads' in bounded memory … */
const MAX_TILE = 2 ** 18;
const MAX_TILES = 2 ** 21;
/** … and at least, if there are enough for all threads, so that it is worth a message, and has rows enough for the kernel's proofs. */
const MIN_TILE = 2 ** 14;
const MIN_ROWS = 2 * STRIP;
/** The same where workers take tiles by themselves, so that there are no messages, but columns to load for each. */
const MAX_TAKEN = 2 ** 20;
const MIN_TAKEN = 2 ** 12;
/** Tiles of very wide grids are cut, so that a kernel's memory stays small. */
const TILE_WIDTH = 2 ** 16;
/** Jobs of at most so many pixels, and iterations, are done before a worker would have got the message. */
const SMALL_PIXELS = 2 ** 14;
const SMALL_ITERATIONS = 2 ** 20;

const cut: Cut = function* ({ grid, smooth }, { streamed, shared }, threads) {
  const { width, height } = grid;
  const pixels = width * height;
  /** Pixels that take a millisecond, as far as the last tile tells. */
  let rate = 0;
  const part = coordinatesOf(grid);
  const [top, bottom] = [0, height - 1].map((row) => part({ column: 0, row, width: 0, height: 1 }).rows[0]);
  // Of a grid that is its own mirror image at the real axis, a tile goes with its image: the kernel finds the rows that are equal.
  const mirrors = !streamed && !smooth && top === -bottom ? 2 : 1;
  const half = Math.floor(height / mirrors);
  // A grid of few rows is cut across, too, so that all threads have some.
  const maxWidth = threads === 1 ? TILE_WIDTH : Math.min(TILE_WIDTH, Math.ceil(pixels / (4 * threads)));
  const tileWidth = Math.min(width, maxWidth);
  const least = Math.min(Math.max(shared ? MIN_TAKEN : MIN_TILE, MIN_ROWS * width), pixels / (4 * threads));
  const most = shared ? MAX_TAKEN : Math.min(MAX_TILE, MAX_TILES / threads);
  /**
   * Pixels of a tile when `left` are left: the fewer, the smaller, so that all threads end together; and small from the start where
   * there are few pixels, as each may take 2^24 iterations.
   */
  const tilePixels = (left: number) => {
    if (threads === 1) return MAX_TILE;
    // Less than a millisecond's work is not worth a message.
    const quick = Math.min(rate, left / (4 * threads));
    return Math.min(most, Math.max(least, quick, left / (8 * threads)));
  };
  const parts = (height: number) =>
    partition(
      { width, height },
      {
        maxWidth,
        pixels(left) {
          const rows = tilePixels(left * mirrors) / (mirrors * tileWidth);
          return tileWidth * (rows < STRIP ? rows : rows - (rows % STRIP));
        },
      },
    );
  for (const tile of parts(half)) {
    const mirrored = { ...tile, row: height - tile.row - tile.height };
    rate = (yield mirrors === 1 ? [tile] : [tile, mirrored]) ?? rate;
  }
  for (const tile of parts(height - mirrors * half)) yield [{ ...tile, row: half }];
};

/** Computes a job at once if it is small; null if it is not. */
function runSmall(kernel: Kernel, work: Work, { timing, place, placeFractions }: Run): Tile | null {
  const { width, height } = work.grid;
  if (width * height > SMALL_PIXELS) return null;
  const tile = { column: 0, row: 0, width, height };
  const lap = stopwatch();
  const { read, refine } = kernel.load(bandsOf(work)([tile]));
  const loading = lap();
  if (!kernel.advance(SMALL_ITERATIONS)) return null;
  const fractions = placeFractions(tile);
  if (fractions) refine(fractions, 0, fractions.length);
  const compute = lap();
  const counts = place(tile);
  read([counts]);
  timing.compute = compute;
  timing.transfer = loading + lap();
  return { ...tile, counts, fractions };
}

/** Starts workers with a kernel each; small jobs stay on the calling thread. Throws NoModule where there is no memory for a kernel. */
export async function openKernels(name: string, module: WebAssembly.Module, threads: number): Promise<Bands> {
  let kernel: Kernel;
  try {
    kernel = instantiateKernel(module);
  } catch (error) {
    throw new NoModule(`WebAssembly has no memory here (${reasonOf(error)})`);
  }
  const open = () => instantiateKernel(module);
  const bands = await openBands({ name, threads, source, data: module, open, cut });
  return {
    ...bands,
    async *run(work, run) {
      await breather(run.signal)();
      const small = runSmall(kernel, work, run);
      if (small) yield small;
      else yield* bands.run(work, run);
    },
  };
}
