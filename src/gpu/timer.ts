/** The GPU's own clock: EXT_disjoint_timer_query_webgl2, where it works. */
import type { Timing } from '../lane.js';
import { nextTask } from '../task.js';
import type { Base } from './device.js';

/** Milliseconds to wait for results that are late. */
const PATIENCE = 20;

export interface GpuTimer {
  /** Runs draws, and times them if a query can be had. To be called on borrowed state. */
  time(draws: () => void): void;
  /** Milliseconds of all draws timed, once the GPU has finished them; null if they can't be told. */
  result(): Promise<number | null>;
  delete(): void;
}

export function makeTimer({ gl, timer, isLost }: Base): GpuTimer {
  let pending: WebGLQuery[] = [];
  const free: WebGLQuery[] = [];
  let milliseconds = 0;
  let works = timer !== null;

  const collect = () => {
    pending = pending.filter((query) => {
      if (!gl.getQueryParameter(query, gl.QUERY_RESULT_AVAILABLE)) return true;
      milliseconds += gl.getQueryParameter(query, gl.QUERY_RESULT) / 1e6;
      free.push(query);
      return false;
    });
  };

  return {
    time(draws) {
      // The context's owner may have a query of this kind at work.
      if (!timer || !works || gl.getQuery(timer.TIME_ELAPSED_EXT, gl.CURRENT_QUERY)) {
        works = false;
        draws();
        return;
      }
      collect();
      const query = free.pop() ?? gl.createQuery();
      gl.beginQuery(timer.TIME_ELAPSED_EXT, query);
      pending.push(query);
      try {
        draws();
      } finally {
        gl.endQuery(timer.TIME_ELAPSED_EXT);
      }
    },

    async result() {
      if (!timer || !works) return null;
      const late = performance.now() + PATIENCE;
      collect();
      while (pending.length > 0 && performance.now() < late) {
        await nextTask();
        collect();
      }
      const disjoint = gl.getParameter(timer.GPU_DISJOINT_EXT);
      return disjoint || pending.length > 0 || milliseconds === 0 ? null : milliseconds;
    },

    delete() {
      if (isLost()) return;
      for (const query of [...pending, ...free]) gl.deleteQuery(query);
    },
  };
}

/**
 * What a call tells of its time: the GPU's own clock, unless that shows far less than a wait for the GPU of more than `long` milliseconds,
 * and so has seen nothing but queueing, or more, and so others' work; else the wait, where it is known.
 */
export function decide(timed: number | null, fenced: number | null, long = 0): Pick<Timing, 'compute' | 'computeFrom'> {
  const least = fenced !== null && fenced > long ? fenced / 3 : 0;
  if (timed !== null && timed >= least && timed <= (fenced ?? Infinity))
    return { compute: timed, computeFrom: 'timer-query' };
  return { compute: fenced, computeFrom: fenced === null ? null : 'fence' };
}
