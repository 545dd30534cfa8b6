/** Progress of the comparison, with the lane, the case and the time left: a bar on a terminal, plain lines now and then otherwise. */
import { Presets, SingleBar } from 'cli-progress';

/** Milliseconds between plain lines at least. */
const PAUSE = 20_000;

/** @param {number} ms */
function duration(ms) {
  const seconds = Math.round(ms / 1000);
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/**
 * The time that is left, from the rates of the runs so far: a lane's time grows with a case's size, up to patience and budget.
 *
 * @param {object} plan
 * @param {{ name: string, size: number, lanes: string[] }[]} plan.cases
 * @param {number} plan.rounds runs of a lane on a case
 * @param {number} plan.patience ms
 * @param {number} plan.budget ms
 */
export function makeEstimate({ cases, rounds, patience, budget }) {
  /** By lane and case: the runs left, milliseconds of the first and of all runs. */
  const parts = cases.flatMap(({ name, size, lanes }) =>
    lanes.map((lane) => ({ name, size, lane, runs: rounds, first: 0, spent: 0 })),
  );
  /** The latest milliseconds per size, by lane. @type {Map<string, number>} */
  const rates = new Map();
  /** @param {string} name @param {string} lane */
  const find = (name, lane) => parts.find((part) => part.name === name && part.lane === lane);
  const total = parts.length * rounds;
  return {
    total,
    /** A lane has run a case in so many milliseconds. @param {string} name @param {string} lane @param {number} ms */
    ran(name, lane, ms) {
      const part = find(name, lane);
      if (!part) return;
      rates.set(lane, ms / part.size);
      part.first ||= ms;
      part.spent += ms;
      part.runs = part.spent >= budget ? 0 : Math.max(0, part.runs - 1);
    },
    /** A lane runs a case no more; `ms`: what its first run took earlier. @param {string} name @param {string} lane */
    skip(name, lane, ms = 0) {
      const part = find(name, lane);
      if (!part) return;
      part.runs = 0;
      part.first ||= ms;
      if (ms > 0 || !rates.has(lane)) rates.set(lane, ms / part.size);
    },
    /** Runs done, or skipped. */
    done: () => total - parts.reduce((sum, { runs }) => sum + runs, 0),
    /** Milliseconds; null as long as there is a lane that nothing is known of. */
    left() {
      /** @type {Map<string, number>} */
      const limits = new Map();
      let sum = 0;
      for (const { size, lane, runs, first, spent } of parts) {
        const limit = limits.get(lane) ?? Infinity;
        if (first > patience) limits.set(lane, Math.min(size, limit));
        if (runs === 0 || (first === 0 && size >= limit)) continue;
        const rate = rates.get(lane);
        if (rate === undefined) return null;
        const ms = rate * size;
        sum += ms * Math.min(runs, Math.max(1, Math.ceil((budget - spent) / ms)));
        if (ms > patience) limits.set(lane, size);
      }
      return sum;
    },
  };
}

/** @param {Parameters<typeof makeEstimate>[0]} plan */
export function makeProgress(plan) {
  const estimate = makeEstimate(plan);
  let what = '';
  let printed = -Infinity;
  /** When the time left was last known anew. */
  let known = Date.now();
  /** @type {SingleBar | null} */
  let bar = null;
  if (process.stdout.isTTY) {
    bar = new SingleBar(
      { format: '{bar} {value}/{total} {what}{left}', hideCursor: true, gracefulExit: false },
      Presets.shades_classic,
    );
    bar.start(estimate.total, 0, { what, left: '' });
  }
  const ticking = setInterval(() => show(), 1000).unref();
  const left = () => {
    const ms = estimate.left();
    return ms === null ? '' : `, about ${duration(Math.max(0, ms - (Date.now() - known)))} left`;
  };
  function show(now = false) {
    if (!what) return;
    if (bar) return bar.update(estimate.done(), { what, left: left() });
    if (!now && Date.now() - printed < PAUSE) return;
    printed = Date.now();
    console.log(`Running ${what}${left()} …`);
  }
  return {
    /** A case begins. @param {string} name */
    start(name) {
      what = name;
      show(true);
    },
    /** A lane begins a run of a case. @param {string} name @param {string} lane */
    begin(name, lane) {
      what = `${name}, ${lane}`;
      show();
    },
    /** A lane has run a case in so many milliseconds. @param {string} name @param {string} lane @param {number} ms */
    ran(name, lane, ms) {
      estimate.ran(name, lane, ms);
      known = Date.now();
      show();
    },
    /** A lane runs a case no more; `ms`: what its first run took earlier. @param {string} name @param {string} lane @param {number} [ms] */
    skip: (name, lane, ms) => estimate.skip(name, lane, ms),
    stop() {
      clearInterval(ticking);
      bar?.update(estimate.done(), { what: '', left: '' });
      bar?.stop();
    },
  };
}
