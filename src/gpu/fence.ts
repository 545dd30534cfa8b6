/** Waiting for the GPU without blocking the thread. */
import { LaneLostError } from '../errors.js';
import { nextTask, timeout } from '../task.js';
import type { Base } from './device.js';

/**
 * Milliseconds of fast polling at first, and on either side of the expected end. In between, naps spare the thread: a software
 * renderer works on the same processor, and polling without them made it 30 to 40 % slower on two cores; a whole millisecond at
 * first, 10 %.
 */
const FIRST = 0.2;
const AROUND = 1;

/**
 * A millisecond's sleep. Browsers add milliseconds to timers that timers start, so that it begins in a task of another kind; and seconds to
 * those of hidden pages, where it is no sleep.
 */
async function nap(): Promise<void> {
  await nextTask();
  if (!globalThis.document?.hidden) await new Promise<void>((resolve) => timeout(resolve, 1));
}

/** A mark in the GPU's commands. */
export interface Fence {
  /**
   * Resolves once the GPU has finished all commands before the mark: with true, or with false where no fence can be had, so that
   * nobody knows. Throws LaneLostError if the context is lost meanwhile, and the signal's reason on abort.
   */
  passed(signal: AbortSignal): Promise<boolean>;
  delete(): void;
}

/** Resolves once the GPU has finished all commands issued so far; as the passing of a fence does. */
export async function finished(device: Base, signal: AbortSignal): Promise<boolean> {
  const fence = setFence(device);
  try {
    return await fence.passed(signal);
  } finally {
    fence.delete();
  }
}

/** @param expected milliseconds that the commands before the mark are thought to take */
export function setFence(device: Base, expected = 0): Fence {
  const { gl } = device;
  device.check();
  const sync: WebGLSync | null = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
  gl.flush();
  const start = performance.now();
  return {
    async passed(signal) {
      if (!sync) {
        device.check();
        return false;
      }
      const called = performance.now();
      for (;;) {
        // A sync object's state is only renewed between tasks, so there is no point in asking at once.
        const now = performance.now();
        await (now - called < FIRST || Math.abs(now - start - expected) < AROUND ? nextTask() : nap());
        signal.throwIfAborted();
        device.check();
        const status = gl.clientWaitSync(sync, 0, 0);
        if (status === gl.ALREADY_SIGNALED || status === gl.CONDITION_SATISFIED) return true;
        if (status === gl.WAIT_FAILED) {
          device.check();
          throw new LaneLostError(`the WebGL context of the ${device.lane} lane failed: open another lane`);
        }
      }
    },
    delete() {
      if (!device.isLost()) gl.deleteSync(sync);
    },
  };
}
