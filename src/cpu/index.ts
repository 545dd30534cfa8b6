/** The CPU lane: the WebAssembly SIMD kernel behind the Lane interface, on a pool of workers or on the calling thread. */
import text from '../../dist/kernel.wasm';
import { checkInteger, checkKeys } from '../check.js';
import { type Engine, type Lane, makeLane } from '../lane.js';
import { countThreads } from '../pool/index.js';
import { coreCount } from '../pool/thread.js';
import { runSerial } from '../serial.js';
import { openKernels } from './kernels.js';
import { compileModule, NoModule } from './module.js';

/** Options of `openCpu`. */
export interface CpuOptions {
  /** Threads that compute: an integer from 1 to 1024, default the machine's cores, at most 1024. With 1 the calling thread computes, in slices of some ms. */
  threads?: number | undefined;
}

/** What `openCpu` found: the part of an engine that depends on it. */
type Found = Pick<Engine, 'device' | 'fallbackReason' | 'run' | 'close'>;

async function find(threads: number): Promise<Found> {
  try {
    const kernels = await openKernels('cpu', await compileModule(text), threads);
    return { device: `WebAssembly SIMD f64x2, ${countThreads(kernels.threads)}`, ...kernels };
  } catch (error) {
    if (!(error instanceof NoModule)) throw error;
    return { device: 'JavaScript, 1 thread', fallbackReason: error.message, run: runSerial, close() {} };
  }
}

/**
 * Opens the CPU lane: escape counts in f64, bit-equal to the plain loop.
 *
 * Beside the baselines it stands for the seminar's Cython with prange, and goes beyond: SIMD, and shortcuts where an orbit is known
 * never to escape. It teaches what a CPU gives to code that is made for it.
 *
 * Where workers are missing or refused it runs on the calling thread, and where WebAssembly or its SIMD is, as the plain JavaScript
 * loop; `device` and `fallbackReason` say so. Rejects with TypeError or RangeError on a bad option. A call rejects with LaneLostError when a
 * worker that serves it dies.
 */
export async function openCpu(options: CpuOptions = {}): Promise<Lane> {
  const start = performance.now();
  const { threads = Math.min(1024, (await coreCount()) ?? 1) } = checkKeys('options', options, ['threads']);
  checkInteger('threads', threads, 1, 1024);
  const found = await find(threads);
  return makeLane({ name: 'cpu', precision: 'f64', smooth: true, ...found, setup: performance.now() - start });
}
