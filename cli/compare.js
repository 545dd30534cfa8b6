/** `twolane compare`: the lanes that need no browser, side by side on this machine. */
import { compare as compareLanes, openCpu, presets } from 'twolane';
import { openArray, openBasic, openCompiled, openFused } from 'twolane/baselines';
import { reportCsv, reportHtml } from 'twolane/report';
import { UserError } from './command.js';
import { checkOutput, writeOutput } from './output.js';
import { makeProgress } from './progress.js';
import { table } from './table.js';

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
 * @param {keyof typeof presets} options.preset
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
 */
export async function compare({ preset, sizes, iterations, lanes, threads, repeats, patience, ...files }, signal) {
  const outputs = await Promise.all(
    Object.entries(/** @type {Record<string, string>} */ (files)).map(async ([flag, out]) => ({
      out,
      write: WRITERS[flag],
      replaces: await checkOutput(out, { flag: `--${flag}` }),
    })),
  );
  const toStdout = outputs.filter(({ out }) => out === '-').length;
  if (toStdout > 1) throw new UserError('- may be given once only, of --json, --csv and --report');

  const jobs = Object.fromEntries(sizes.map((size) => [`${preset} ${size}`, presets[preset](size, iterations)]));
  /** @type {Record<string, import('twolane').Lane>} */
  const opened = {};
  const progress = makeProgress(lanes.length * sizes.length * (1 + repeats), 'runs');
  try {
    for (const name of lanes) opened[name] = await OPENERS[name](threads ? { threads } : {});
    const comparison = await compareLanes(opened, jobs, {
      repeats,
      patience: 1000 * patience,
      budget: 1000 * patience,
      signal,
      onProgress: ({ done }) => progress.update(done),
    });
    progress.stop();
    if (toStdout === 0) {
      outputs.push({ out: '-', write: ({ jobs }) => `${table(jobs)}\n`, replaces: false });
    }
    for (const { out, write, replaces } of outputs) {
      const text = await write(comparison);
      const bytes = async function* () {
        yield Buffer.from(text);
      };
      await writeOutput(out, bytes(), { replaces, signal });
    }
  } finally {
    progress.stop();
    for (const lane of Object.values(opened)) lane.close();
  }
}
