/** A program of draws, cut into batches that leave the page and other users of the GPU their turns. */
import { breather, stopwatch } from '../../task.js';
import { type Fence, setFence } from '../fence.js';
import type { GpuTimer } from '../timer.js';
import type { GpuArray } from './arrays.js';
import type { ArrayDevice } from './device.js';

/** Milliseconds that a batch of draws aims at; two are in flight. */
const TARGET = 15;
/** Draws of a batch, at most: queueing them takes the page's thread some milliseconds. */
const MOST_DRAWS = 2 ** 10;

/**
 * Runs a program of draws in batches, two in flight; resolves once the GPU has finished, with the program's array, and whether that is
 * known: it isn't where no fence can be had.
 */
export async function runInBatches(
  device: ArrayDevice,
  timer: GpuTimer,
  program: Generator<void, GpuArray, void>,
  signal: AbortSignal,
): Promise<{ result: GpuArray; known: boolean }> {
  const inFlight: { fence: Fence; draws: number }[] = [];
  const breathe = breather(signal);
  const lap = stopwatch();
  let known = true;
  let batch = 1;
  let perDraw = 0;
  const wait = async () => {
    const [{ fence, draws }] = inFlight;
    known = await fence.passed(signal);
    const ms = lap() / draws;
    perDraw = perDraw === 0 ? ms : perDraw + (ms - perDraw) / 4;
    batch = Math.max(1, Math.min(MOST_DRAWS, 8 * draws, Math.floor(TARGET / perDraw)));
    fence.delete();
    inFlight.shift();
  };
  const advance = () => {
    for (let draws = 1; draws <= batch; draws++) {
      const { done, value } = program.next();
      if (done) return { draws, result: value };
    }
    return { draws: batch, result: null };
  };
  try {
    for (;;) {
      let step: { draws: number; result: GpuArray | null } = { draws: 0, result: null };
      device.borrow(() =>
        timer.time(() => {
          step = advance();
        }),
      );
      inFlight.push({ fence: setFence(device), draws: step.draws });
      if (step.result) {
        while (inFlight.length > 0) await wait();
        return { result: step.result, known };
      }
      if (inFlight.length > 1) await wait();
      // Waiting gives the page no turn where there is no fence.
      await breathe();
    }
  } finally {
    for (const { fence } of inFlight) fence.delete();
  }
}
