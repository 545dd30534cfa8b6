/** Time on a thread: turns for the event loop, so that a page answers while a lane works, and a stopwatch. */

declare const setImmediate: ((callback: () => void) => void) | undefined;
/** As they are when the library is loaded: test runners' fake timers, which only fire when they are told to, come later. */
let immediate = typeof setImmediate === 'function' ? setImmediate : null;
export const timeout = setTimeout;

/** Milliseconds of work between two turns: half a frame at 60 Hz. */
const WORK = 8;

declare const process: unknown;
declare const Deno: unknown;
/** Whether an open channel keeps no process alive, so that one may stay open for all turns. */
const inBrowser = typeof process !== 'object' && typeof Deno !== 'object';

let channel: MessageChannel | null = null;
/** Those that wait for a message of their own, the first one's first. */
const turns: (() => void)[] = [];

/** Calls back in a later task, where there is no setImmediate some milliseconds later. */
function later(callback: () => void): void {
  try {
    if (immediate) return immediate(callback);
  } catch {
    // Some runtimes have one that only throws.
    immediate = null;
  }
  timeout(callback);
}

/**
 * Resolves in a later task, without the milliseconds that browsers add to nested timers: through setImmediate or else a message
 * channel; where there is neither, a timer.
 */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    if (immediate) return later(resolve);
    try {
      if (!channel) {
        const { port1 } = (channel = new MessageChannel());
        port1.onmessage = () => {
          turns.shift()?.();
          if (turns.length > 0 || inBrowser) return;
          port1.close();
          channel = null;
        };
      }
      channel.port2.postMessage(null);
      turns.push(resolve);
    } catch {
      // There is none, or one that only throws.
      later(resolve);
    }
  });
}

/** When the next turn of the event loop is due, for all calls on this thread together: with a clock each, many would freeze a page. */
let due = 0;
/** How many calls wait for a turn, and the last one's promise: each turn is a task of its own. */
let waiting = 0;
let lastTurn = Promise.resolve();
/** Whether the task in which `due` was set still runs, or did a moment ago: many short calls, one awaited after another, are one task, too. */
let sameTask = false;

/** A function to call between pieces of work: it gives the event loop a turn when one is due, and throws once `signal` is aborted. */
export function breather(signal: AbortSignal): () => Promise<void> {
  if (waiting === 0 && !sameTask) {
    due = performance.now() + WORK;
    sameTask = true;
    later(() => (sameTask = false));
  }
  return async () => {
    if (performance.now() < due) return;
    waiting++;
    await new Promise((resolve) => {
      (lastTurn = lastTurn.then(nextTask)).then(resolve);
      // Whoever is stopped does not wait for the others.
      signal.onabort = resolve;
    });
    waiting--;
    signal.throwIfAborted();
    due = performance.now() + WORK;
  };
}

/** A function that gives the milliseconds since its last call, or since the stopwatch was made. */
export function stopwatch(): () => number {
  let mark = performance.now();
  return () => {
    const now = performance.now();
    const lap = now - mark;
    mark = now;
    return lap;
  };
}
