/** The articles' naive loop: one pixel after another, one complex multiplication at a time. */
import { checkKeys } from '../check.js';
import { type Lane, makeLane } from '../lane.js';
import { runSerial } from '../serial.js';

/**
 * Opens the plain JavaScript loop as a lane: both articles' pure Python program and, since JavaScript is JIT-compiled, the
 * seminar's PyPy. It teaches what a fast lane is measured against. Counts are the reference, in f64.
 * Rejects with TypeError on a bad option.
 */
export async function openBasic(options: Record<never, never> = {}): Promise<Lane> {
  const start = performance.now();
  checkKeys('options', options, []);
  return makeLane({
    name: 'basic',
    device: 'JavaScript, 1 thread',
    precision: 'f64',
    smooth: true,
    setup: performance.now() - start,
    fallbackReason: null,
    run: runSerial,
    close() {},
  });
}
