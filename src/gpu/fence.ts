/** Waiting for the GPU without blocking the thread. */
import { LaneLostError } from '../errors.js';
import { nextTask } from '../task.js';

/** Milliseconds of fast polling; then a timer, whose few milliseconds no longer count, spares the thread. */
const FAST = 20;

/** Throws LaneLostError if the context is lost. */
export function checkContext(gl: WebGL2RenderingContext): void {
  if (gl.isContextLost()) throw new LaneLostError('the WebGL context of the gpu lane is lost: open another lane');
}

/**
 * Resolves once the GPU has finished all commands issued so far. Throws LaneLostError if the context is lost meanwhile, and
 * the signal's reason on abort.
 */
export async function finished(gl: WebGL2RenderingContext, signal: AbortSignal): Promise<void> {
  checkContext(gl);
  const sync = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0) as WebGLSync;
  gl.flush();
  const slow = performance.now() + FAST;
  try {
    for (;;) {
      // A sync object's state is only renewed between tasks, so there is no point in asking at once.
      await (performance.now() < slow ? nextTask() : new Promise((resolve) => setTimeout(resolve)));
      signal.throwIfAborted();
      checkContext(gl);
      const status = gl.clientWaitSync(sync, 0, 0);
      if (status === gl.ALREADY_SIGNALED || status === gl.CONDITION_SATISFIED) return;
      if (status === gl.WAIT_FAILED)
        throw new LaneLostError('the WebGL context of the gpu lane failed: open another lane');
    }
  } finally {
    gl.deleteSync(sync);
  }
}
