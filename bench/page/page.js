/** The part of the headless comparison that runs in the page: it opens the lanes and compares them. */
import { compare, openBasic, openCpu, openGpu, presets } from 'twolane';

/** @type {Record<string, () => Promise<import('twolane').Lane>>} */
const openers = { basic: openBasic, cpu: openCpu, gpu: openGpu };

/** @param {unknown} error */
const message = (error) => (error instanceof Error ? error.message : String(error));

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

/**
 * Compares lanes on one case. A lane that can't be opened is left out, and named in `missing`.
 *
 * @param {import('../globals.js').CaseOptions} options
 * @returns {Promise<import('../globals.js').PageResult>}
 */
async function run({ preset, size, lanes: names, warmup, repeats }) {
  const job = presets[preset](size);
  const lanes = [];
  /** @type {Record<string, string>} */
  const missing = {};
  for (const name of names) {
    try {
      lanes.push(await openers[name]());
    } catch (error) {
      missing[name] = message(error);
    }
  }
  /** @type {import('twolane').CompareOptions} */
  const options = { warmup, repeats, onProgress: ({ lane }) => globalThis.reportProgress(lane) };
  if (!lanes.some(({ precision }) => precision === 'f64')) {
    const basic = await openBasic();
    options.reference = (await basic.escapeTime(job)).counts;
  }
  const comparison = await compare(lanes, job, options);
  for (const lane of lanes) lane.close();
  return { comparison, missing, crossOriginIsolated: globalThis.crossOriginIsolated };
}

globalThis.bench = { probe, run };
