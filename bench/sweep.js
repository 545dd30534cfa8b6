/** Runs the cases of the comparison, each in a page of its own, and goes on where lanes, pages or the browser fail. */
import { presets } from 'twolane';
import { parseLane } from './lanes.js';
import { emptyRow, message } from './page/rows.js';

/** Runs of each lane before the timed ones. */
export const WARMUP = 1;

/** Milliseconds that a page gets to stop its lanes. */
const GRACE = 3000;

/** @typedef {import('./globals.js').LaneSpec} LaneSpec */
/** @typedef {import('twolane').LaneResult} LaneResult */

/** What a case asks of a lane, as far as patience and the estimate of the time left compare it. @param {import('twolane').Preset} job */
export const sizeOf = ({ grid, maxIterations }) => grid.width * grid.height * maxIterations;

/** @param {number} ms */
export const inSeconds = (ms) => `${Number((ms / 1000).toPrecision(2))} s`;

/**
 * Cases with their names, jobs and lanes.
 *
 * @param {{ preset: 'salon' | 'gellert', size: number, lanes: string[] }[]} cases
 */
export const planOf = (cases) =>
  cases.map(({ preset, size, lanes }) => ({
    name: `${preset} ${size}`,
    job: presets[preset](size),
    lanes: lanes
      .map((spec) => /** @type {LaneSpec} */ (parseLane(spec)))
      .filter(({ label }, i, all) => all.findIndex((other) => other.label === label) === i),
  }));

/**
 * Runs a plan, case by case. When it is aborted it hands out the lanes that are done of the case at hand, and rejects with the
 * signal's reason.
 *
 * @param {object} options
 * @param {ReturnType<typeof planOf>} options.plan
 * @param {import('twolane').JobComparison[]} options.kept results of an earlier run: rows of lanes that are done are taken over
 * @param {() => Promise<import('puppeteer').Browser>} options.browser gives the browser, a new one if the last has died
 * @param {string} options.url
 * @param {(lane: LaneSpec) => LaneResult | null} options.refuse a row for a lane that cannot run here
 * @param {number} options.repeats
 * @param {number} options.patience ms
 * @param {number} options.budget ms
 * @param {AbortSignal} options.signal
 * @param {ReturnType<typeof import('./progress.js').makeProgress>} options.progress
 * @param {(result: import('twolane').JobComparison, crossOriginIsolated: boolean | null) => void} options.onResult
 */
export async function sweep({
  plan,
  kept,
  browser,
  url,
  refuse,
  repeats,
  patience,
  budget,
  signal,
  progress,
  onResult,
}) {
  /** The smallest case that a lane took too long over. @type {Map<string, { size: number, reason: string }>} */
  const limits = new Map();
  /** The last row of each lane. @type {Map<string, LaneResult>} */
  const known = new Map();
  /** @type {boolean | null} */
  let crossOriginIsolated = null;

  /**
   * Compares lanes in a fresh page and browser context, so that every lane starts cold. Rejects if the page dies.
   *
   * @param {ReturnType<typeof planOf>[number]} one
   * @param {LaneSpec[]} lanes
   * @param {import('./globals.js').PageOptions['reference']} reference
   */
  async function runPage({ name, job }, lanes, reference) {
    const context = await (await browser()).createBrowserContext();
    const page = await context.newPage();
    // evaluate() may wait for a dead page forever.
    /** @type {Promise<never>} */
    const death = new Promise((_, reject) => {
      page.once('error', () => reject(new Error('the page has died, as it does when memory runs out')));
      page.once('close', () => reject(new Error('the browser has died')));
    });
    death.catch(() => {});
    const stop = () => {
      page.evaluate(() => globalThis.bench.stop()).catch(() => {});
      setTimeout(() => void context.close().catch(() => {}), GRACE).unref();
    };
    try {
      await page.exposeFunction('reportProgress', (/** @type {import('./globals.js').PageProgress} */ { lane, ms }) =>
        ms === null ? progress.begin(name, lane) : progress.ran(name, lane, ms),
      );
      await page.goto(url);
      await page.waitForFunction('globalThis.bench');
      // Infinity would arrive as null.
      const options = {
        name,
        job,
        lanes,
        reference,
        warmup: WARMUP,
        repeats,
        budget: Math.min(budget, Number.MAX_VALUE),
      };
      signal.throwIfAborted();
      signal.addEventListener('abort', stop);
      const result = await Promise.race([death, page.evaluate((options) => globalThis.bench.run(options), options)]);
      crossOriginIsolated = result.crossOriginIsolated;
      // What has been stopped in mid-run has not failed.
      return signal.aborted ? result.lanes.filter(({ status }) => status === 'done') : result.lanes;
    } finally {
      signal.removeEventListener('abort', stop);
      await context.close().catch(() => {});
    }
  }

  /**
   * A row for each lane; when aborted, for those that are done. Memory and the GPU are shared in a page: if it dies, or if a lane fails
   * in it, such lanes get pages of their own, so that only the guilty one fails.
   *
   * @param {ReturnType<typeof planOf>[number]} one
   * @param {LaneSpec[]} lanes
   * @param {import('./globals.js').PageOptions['reference']} reference
   * @returns {Promise<LaneResult[]>}
   */
  async function runLanes(one, lanes, reference) {
    /** @type {LaneResult[]} */
    let rows;
    try {
      rows = await runPage(one, lanes, reference);
    } catch (error) {
      if (signal.aborted) return [];
      rows = lanes.map(({ label }) => emptyRow(label, 'failed', message(error)));
    }
    if (signal.aborted) return rows;
    if (lanes.length === 1) {
      if (rows[0].status !== 'failed' || reference === 'none') return rows;
      // Memory may suffice for the lane, though not for the counts to hold it against as well.
      return runLanes(one, lanes, 'none');
    }
    const settled = [];
    for (const [i, row] of rows.entries()) {
      if (row.status !== 'failed') settled.push(row);
      else if (!signal.aborted) settled.push(...(await runLanes(one, [lanes[i]], 'cpu')));
    }
    return settled;
  }

  /** The row of a lane that need not or cannot run, else null. @param {string} name of the case @param {LaneSpec} lane */
  const settled = (name, lane) =>
    kept
      .find((result) => result.name === name)
      ?.lanes.find((row) => row.name === lane.label && row.status === 'done') ?? refuse(lane);

  /** How long the first run took, in milliseconds. @param {LaneResult} row */
  const firstRun = ({ cold, total }) => cold ?? total?.min ?? 0;

  for (const { name, lanes } of plan) {
    for (const lane of lanes) {
      const row = settled(name, lane);
      if (row) progress.skip(name, lane.label, firstRun(row));
    }
  }
  for (const one of plan) {
    const { name, job, lanes } = one;
    signal.throwIfAborted();
    /** @type {Map<string, LaneResult>} */
    const rows = new Map();
    for (const lane of lanes) {
      const limit = limits.get(lane.label);
      const row =
        settled(name, lane) ??
        (limit && sizeOf(job) >= limit.size
          ? emptyRow(lane.label, 'skipped', limit.reason, known.get(lane.label))
          : null);
      if (!row) continue;
      rows.set(lane.label, row);
      progress.skip(name, lane.label);
    }
    const left = lanes.filter(({ label }) => !rows.has(label));
    if (left.length > 0) {
      progress.start(name);
      // A lane that joins those of an earlier run may find none in its page to be held against.
      const reference = [...rows.values()].some(({ status }) => status === 'done') ? 'cpu' : 'first';
      for (const row of await runLanes(one, left, reference)) rows.set(row.name, row);
    }
    for (const [label, row] of rows) {
      known.set(label, row);
      progress.skip(name, label);
      const first = firstRun(row);
      if (first <= patience || sizeOf(job) >= (limits.get(label)?.size ?? Infinity)) continue;
      const reason = `${name} took ${inSeconds(first)}, and patience is ${inSeconds(patience)}`;
      limits.set(label, { size: sizeOf(job), reason });
    }
    const { grid, maxIterations, bailoutRadius } = job;
    const { endpoint = true } = grid;
    const inOrder = lanes.flatMap(({ label }) => rows.get(label) ?? []);
    if (signal.aborted && !inOrder.some(({ status }) => status === 'done')) signal.throwIfAborted();
    const result = { name, grid: { ...grid, endpoint }, maxIterations, bailoutRadius, smooth: false, lanes: inOrder };
    onResult(result, crossOriginIsolated);
    signal.throwIfAborted();
  }
}
