/** The fused baseline: numexpr's program behind the Lane interface, on a pool of workers or on the calling thread. */
import { checkInteger, checkKeys } from '../check.js';
import { type Lane, makeLane } from '../lane.js';
import { countThreads, openBands } from '../pool/index.js';
import { makeBlocks } from './blocks.js';
import { cut } from './program.js';
import source from './worker.js?script';

/** Options of `openFused`. */
export interface FusedOptions {
  /** Threads that compute: an integer from 1 to 1024, default 1, the calling thread. */
  threads?: number | undefined;
}

/**
 * Opens the fused baseline: the seminar's numexpr program. It is the array program with each statement evaluated in one pass, block
 * by block: its operators run over 4096 elements at a time, so that temporaries stay in the cache, where array sends each through
 * memory. Instead of boolean indexing it has where(mask, z² + c, 0), as the original has. Counts are the plain loop's, in f64.
 *
 * It teaches how much of an array program's time is memory traffic, and how little threads add where the rest is. numexpr's threads
 * share the arrays and meet after every statement. Here each has a band of the grid, with arrays of its own, and they meet at the
 * end only, because workers share memory on cross-origin-isolated pages alone: for the same work, a little less waiting.
 *
 * There is no unmasked form: no original has one. `escapeTime` holds its bands in some 100 bytes a pixel; `tiles` works through
 * smaller ones. Where workers are missing or refused it runs on the calling thread, and `fallbackReason` says why.
 *
 * Rejects with TypeError or RangeError on a bad option.
 */
export async function openFused(options: FusedOptions = {}): Promise<Lane> {
  const start = performance.now();
  const { threads = 1 } = checkKeys('options', options, ['threads']);
  checkInteger('threads', threads, 1, 1024);
  const bands = await openBands({ name: 'fused', threads, source, data: null, open: makeBlocks, cut });
  return makeLane({
    name: 'fused',
    device: `JavaScript typed arrays in blocks, ${countThreads(bands.threads)}`,
    precision: 'f64',
    setup: performance.now() - start,
    ...bands,
  });
}
