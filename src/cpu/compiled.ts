/** The seminar's Cython program: the scalar twin of the cpu lane's kernel, compiled from assembly/compiled.ts. */
import text from '../../dist/compiled.wasm';
import { checkInteger, checkKeys } from '../check.js';
import { LaneUnavailableError } from '../errors.js';
import { type Lane, makeLane } from '../lane.js';
import { countThreads } from '../pool/index.js';
import { openKernels } from './kernels.js';
import { compileModule, NoModule } from './module.js';

/** Options of `openCompiled`. */
export interface CompiledOptions {
  /** Threads that compute: an integer from 1 to 1024, default 1, the calling thread. */
  threads?: number | undefined;
}

/**
 * Opens the compiled baseline: the seminar's Cython, a typed loop over one pixel after another, compiled ahead of time (here
 * AssemblyScript to WebAssembly) without SIMD and without any shortcut; with `threads`, its prange. Counts are the plain loop's, in
 * f64.
 *
 * It teaches what a compiler alone gives. Beside basic it shows how close a JIT compiler comes; beside cpu, which has the same
 * memory, workers and tiles, what SIMD, chains and interior tests add.
 *
 * Rejects with TypeError or RangeError on a bad option, and with LaneUnavailableError where WebAssembly is missing or refused. Where
 * only workers are, it runs on the calling thread, and `fallbackReason` says so.
 */
export async function openCompiled(options: CompiledOptions = {}): Promise<Lane> {
  const start = performance.now();
  const { threads = 1 } = checkKeys('options', options, ['threads']);
  checkInteger('threads', threads, 1, 1024);
  const kernels = await compileModule(text)
    .then((module) => openKernels('compiled', module, threads))
    .catch((error) => {
      if (!(error instanceof NoModule)) throw error;
      throw new LaneUnavailableError(`${error.message}, so the compiled lane cannot run`);
    });
  return makeLane({
    name: 'compiled',
    device: `WebAssembly f64, scalar, ${countThreads(kernels.threads)}`,
    precision: 'f64',
    setup: performance.now() - start,
    ...kernels,
  });
}
