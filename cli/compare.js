/** `twolane compare`: the lanes that need no browser, side by side on this machine. */
import { compare as compareLanes, openCpu } from 'twolane';
import { openArray, openBasic, openCompiled, openFused } from 'twolane/baselines';
import { reportCsv, reportHtml } from 'twolane/report';
import { orAbort } from './abort.js';
import { UserError } from './command.js';
import { checkOutput, writeOutput } from './output.js';
import { makeProgress } from './progress.js';
import { table } from './table.js';
import { readPreset } from './view.js';

/** @type {Record<string, (threads: { threads?: number }) => Promise<import('twolane').Lane>>} */
const OPENERS = {
  basic: () => openBasic(),
  array: () => openArray(),
  fused: openFused,
  compiled: openCompiled,
  cpu: openCpu,
};

export const laneNames = Object.keys(OPENERS);

/** The report's page is made in a document, which Node has not. @param {import('twolane').Comparison} comparison */
async function html(comparison) {
  const { parseHTML } = await import('linkedom');
  return reportHtml(comparison, { document: parseHTML('<!doctype html><html><body></body></html>').document });
}

/** What a comparison is written as, by the name of the flag. @type {Record<string, (comparison: import('twolane').Comparison) => string | Promise<string>>} */
const WRITERS = {
  json: (comparison) => `${JSON.stringify(comparison, null, 2)}\n`,
  csv: reportCsv,
  report: html,
};

/**
 * @param {object} options as parsed
 * @param {keyof typeof import('twolane').presets} options.preset
 * @param {number[]} options.sizes
 * @param {number} [options.iterations]
 * @param {string[]} options.lanes
 * @param {number} [options.threads]
 * @param {number} options.repeats
 * @param {number} options.patience in seconds
 * @param {string} [options.json]
 * @param {string} [options.csv]
 * @param {string} [options.report]
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>} whether no lane failed
 */
export async function compare(
  { preset, sizes, iterations, lanes, threads, repeats, patience, json, csv, report },
  signal,
) {
  /** @type {{ output: import('./output.js').Output, write: (typeof WRITERS)[string] }[]} */
  const outputs = [];
  for (const [name, out] of Object.entries({ json, csv, report })) {
    if (out !== undefined)
      outputs.push({ output: await checkOutput(out, { flag: `--${name}` }), write: WRITERS[name] });
  }
  for (const [i, { output }] of outputs.entries()) {
    const same = outputs.slice(0, i).find((earlier) => earlier.output.path === output.path);
    const isDevice = output.path !== null && !output.replaces;
    if (!same || isDevice) continue;
    if (output.path === null) throw new UserError('- may be given once only, of --json, --csv and --report');
    throw new UserError(`${same.output.flag} and ${output.flag} must be two files, got '${output.out}'`);
  }
  if (!outputs.some(({ output }) => output.path === null)) {
    outputs.push({ output: await checkOutput('-'), write: ({ jobs }) => `${table(jobs)}\n` });
  }
  // What somebody waits for goes first.
  outputs.sort((a, b) => Number(a.output.path !== null) - Number(b.output.path !== null));

  const jobs = Object.fromEntries(sizes.map((size) => [`${preset} ${size}`, readPreset(preset, size, iterations)]));
  /** @type {Record<string, import('twolane').Lane>} */
  const opened = {};
  const progress = makeProgress(lanes.length * sizes.length * (1 + repeats), 'runs');
  try {
    for (const name of lanes) opened[name] = await orAbort(OPENERS[name](threads ? { threads } : {}), signal);
    const comparison = await compareLanes(opened, jobs, {
      repeats,
      patience: 1000 * patience,
      budget: 1000 * patience,
      signal,
      onProgress: ({ done }) => progress.update(done),
    });
    progress.stop();
    /** @type {unknown[]} */
    const errors = [];
    for (const { output, write } of outputs) {
      try {
        const text = await write(comparison);
        const bytes = async function* () {
          yield Buffer.from(text);
        };
        await writeOutput(output, bytes(), signal);
      } catch (error) {
        // The others can be written all the same: a comparison may have taken hours.
        errors.push(error);
      }
    }
    const other = errors.find((error) => !(error instanceof UserError));
    if (other) throw other;
    if (errors.length > 0) throw new UserError(errors.map((error) => /** @type {Error} */ (error).message).join('; '));
    return !comparison.jobs.some(({ lanes }) => lanes.some(({ status }) => status === 'failed'));
  } finally {
    progress.stop();
    for (const lane of Object.values(opened)) lane.close();
  }
}
