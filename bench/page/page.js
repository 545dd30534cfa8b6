/** The part of the headless comparison that runs in the page: it opens the lanes and compares them. */
import { compare, openCpu, openGpu } from 'twolane';
import { emptyRow, message } from './rows.js';

/** Name of the lane that is there for its counts only. */
const REFERENCE = 'reference';

const stopping = new AbortController();

/** The gpu lane's device, or why there is none. */
async function probe() {
  try {
    const lane = await openGpu();
    lane.close();
    return { device: lane.device, reason: null };
  } catch (error) {
    return {
      device: null,
      reason: message(error),
    };
  }
}

/** @param {import('../globals.js').LaneSpec} spec @returns {Promise<import('twolane').Lane>} */
async function open({ module, opener, options }) {
  const { peers, [opener]: open = peers[opener] } = await import(module);
  return open(options);
}

/**
 * A lane that tells the driving script when it begins and ends a run, and fails when it is stopped.
 *
 * @param {string} label
 * @param {import('twolane').Lane} lane
 * @returns {import('twolane').Lane}
 */
const observed = (label, lane) =>
  Object.assign(Object.create(lane), {
    /** @type {import('twolane').Lane['escapeTime']} */
    async escapeTime(job) {
      stopping.signal.throwIfAborted();
      globalThis.reportProgress({ lane: label, ms: null });
      const image = await lane.escapeTime(job, { signal: stopping.signal });
      globalThis.reportProgress({ lane: label, ms: image.timing.total });
      return image;
    },
  });

/**
 * The CPU lane's counts as a lane that costs nothing to run.
 *
 * @param {import('twolane').Job} job
 * @returns {Promise<import('twolane').Lane>}
 */
async function openReference(job) {
  const cpu = await openCpu();
  const image = await cpu.escapeTime(job);
  cpu.close();
  return { ...cpu, escapeTime: async () => image };
}

/**
 * Compares lanes on one case. A lane that can't be opened becomes a row that says why.
 *
 * @param {import('../globals.js').PageOptions} options
 * @returns {Promise<import('../globals.js').PageResult>}
 */
async function run({ name, job, lanes: specs, reference, warmup, repeats, budget }) {
  /** @type {Record<string, import('twolane').Lane>} */
  const lanes = {};
  /** @type {import('twolane').LaneResult[]} */
  const failed = [];
  for (const spec of specs) {
    try {
      lanes[spec.label] = await open(spec);
    } catch (error) {
      failed.push(emptyRow(spec.label, 'failed', message(error)));
    }
  }
  if (failed.length === specs.length) return { lanes: failed, crossOriginIsolated: globalThis.crossOriginIsolated };
  const inF64 = Object.values(lanes).some(({ precision }) => precision === 'f64');
  const needed = reference === 'cpu' || (reference === 'first' && !inF64);
  const compared = Object.fromEntries(Object.entries(lanes).map(([label, lane]) => [label, observed(label, lane)]));
  const comparison = await compare(
    needed ? { [REFERENCE]: await openReference(job), ...compared } : compared,
    { [name]: job },
    { warmup, repeats, budget },
  );
  for (const lane of Object.values(lanes)) lane.close();
  const rows = [...comparison.jobs[0].lanes, ...failed];
  return {
    lanes: specs.flatMap(({ label }) => rows.filter(({ name }) => name === label)),
    crossOriginIsolated: globalThis.crossOriginIsolated,
  };
}

globalThis.bench = { probe, run, stop: () => stopping.abort() };
