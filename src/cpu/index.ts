/** The CPU lane: the WebAssembly SIMD kernel behind the Lane interface, on a pool of workers or on the calling thread. */
import { checkInteger, checkKeys, type Work } from '../check.js';
import { coordinates, partition, type Rectangle } from '../grid.js';
import { type Engine, type Lane, makeLane, type Run, type Tile } from '../lane.js';
import { runSerial } from '../serial.js';
import { breather } from '../task.js';
import { type Band, instantiateKernel, type Kernel } from './kernel.js';
import { compileModule, NoModule } from './module.js';
import { openPool } from './pool.js';
import { coreCount } from './thread.js';

/** The size of a tile: at most, so that its counts stay in the second-level cache … */
const MAX_TILE = 2 ** 18;
/** … and at least, if there are enough for all threads, so that it is worth a message. */
const MIN_TILE = 2 ** 14;
/** Tiles of very wide grids are cut, so that a kernel's memory stays small. */
const TILE_WIDTH = 2 ** 16;
/** Jobs of at most so many pixels, and iterations, are done before a worker would have got the message. */
const SMALL_PIXELS = 2 ** 14;
const SMALL_ITERATIONS = 2 ** 20;

export interface CpuOptions {
  /** Threads that compute: an integer from 1 to 1024, default the machine's cores. With 1 it is the calling thread, in short slices. */
  threads?: number;
}

/**
 * Pixels of a tile when `left` are left: the fewer, the smaller, so that all threads end together; and small from the start where
 * there are few pixels, as each may take 2^24 iterations.
 */
function tilePixels(left: number, pixels: number, threads: number): number {
  if (threads === 1) return MAX_TILE;
  const least = Math.min(MIN_TILE, pixels / (4 * threads));
  return Math.min(MAX_TILE, Math.max(least, left / (8 * threads)));
}

/** The tiles of a job, and what a kernel needs for each. */
function cut({ grid, maxIterations, bailoutRadius }: Work, threads: number) {
  const { columns, rows } = coordinates(grid);
  const bailout2 = bailoutRadius * bailoutRadius;
  const toBand = ({ column, row, width, height }: Rectangle): Band => ({
    columns: columns.slice(column, column + width),
    rows: rows.slice(row, row + height),
    maxIterations,
    bailout2,
  });
  const pixels = (left: number) => tilePixels(left, grid.width * grid.height, threads);
  return { tiles: partition(grid, { pixels, maxWidth: TILE_WIDTH }), toBand };
}

/** Kernels for calls on the calling thread: one for each that is at work, as a kernel works on one band at a time. */
function makeKernels(module: WebAssembly.Module) {
  const idle: Kernel[] = [instantiateKernel(module)];

  /** Computes a job on the calling thread, with turns for the event loop. */
  async function* run(work: Work, { signal, timing, place }: Run): AsyncGenerator<Tile, void, void> {
    const { tiles, toBand } = cut(work, 1);
    const kernel = idle.pop() ?? instantiateKernel(module);
    const breathe = breather(signal);
    let compute = 0;
    let transfer = 0;
    try {
      for (const tile of tiles) {
        const counts = place(tile);
        const took = await kernel.run(toBand(tile), counts, breathe);
        timing.compute = compute += took.compute;
        timing.transfer = transfer += took.transfer;
        await breathe();
        yield { ...tile, counts };
      }
    } finally {
      idle.push(kernel);
    }
  }

  /** Computes a job at once if it is small; null if it is not. */
  function runSmall({ grid, ...rest }: Work, { timing, place }: Run): Tile | null {
    const { width, height } = grid;
    if (width * height > SMALL_PIXELS) return null;
    const tile = { column: 0, row: 0, width, height };
    const kernel = idle[0];
    const counts = place(tile);
    const took = kernel.tryRun(cut({ grid, ...rest }, 1).toBand(tile), counts, SMALL_ITERATIONS);
    if (!took) return null;
    Object.assign(timing, took);
    return { ...tile, counts };
  }

  return { run, runSmall };
}

/** What `openCpu` found: the part of an engine that depends on it. */
type Found = Pick<Engine, 'device' | 'fallbackReason' | 'run' | 'close'>;

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

async function find(threads: number): Promise<Found> {
  let module: WebAssembly.Module;
  try {
    module = await compileModule();
  } catch (error) {
    if (!(error instanceof NoModule)) throw error;
    return { device: 'JavaScript, 1 thread', fallbackReason: error.message, run: runSerial, close() {} };
  }
  const device = (count: number) => `WebAssembly SIMD f64x2, ${count} thread${count === 1 ? '' : 's'}`;
  const here = makeKernels(module);
  if (threads === 1) return { device: device(1), fallbackReason: null, run: here.run, close() {} };
  try {
    const pool = await openPool(module, threads);
    return {
      device: device(threads),
      fallbackReason: null,
      async *run(work, run) {
        const small = here.runSmall(work, run);
        if (small) {
          yield small;
          return;
        }
        const { tiles, toBand } = cut(work, threads);
        yield* pool.run(tiles, toBand, run);
      },
      close: pool.close,
    };
  } catch (error) {
    const fallbackReason = `workers are missing or refused here (${reasonOf(error)})`;
    return { device: device(1), fallbackReason, run: here.run, close() {} };
  }
}

/**
 * Opens the CPU lane: escape counts in f64, bit-equal to the plain loop.
 *
 * Where workers are missing or refused it runs on the calling thread, and where WebAssembly or its SIMD is, as the plain JavaScript
 * loop; `device` and `fallbackReason` say so. A call rejects with LaneLostError when a worker that serves it dies.
 */
export async function openCpu(options: CpuOptions = {}): Promise<Lane> {
  const start = performance.now();
  const { threads = await coreCount() } = checkKeys('options', options, ['threads']);
  checkInteger('threads', threads, 1, 1024);
  const found = await find(threads);
  return makeLane({ name: 'cpu', precision: 'f64', setup: performance.now() - start, ...found });
}
