/** Compares the gpu lane with gpu.js and TensorFlow.js in one browser, each on the article's case that it is known for. */
import Table from 'cli-table3';
import { Command, Option } from 'commander';
import { UserError } from '../cli/command.js';
import { findBrowser, namedBrowser, openBrowser, rendererNames } from './browser.js';
import { readCommand, runProgram } from './options.js';
import { PEERS_URL } from './peers/names.js';
import { serve } from './server.js';

const CASES = /** @type {const} */ ([
  { preset: 'salon', size: 400, peer: 'gpu.js', repeats: 15 },
  { preset: 'salon', size: 1600, peer: 'gpu.js', repeats: 7 },
  { preset: 'gellert', size: 500, peer: 'tfjs-wasm', repeats: 5 },
  { preset: 'gellert', size: 500, peer: 'tfjs-webgl', repeats: 5 },
]);

const log = (/** @type {string} */ line) => console.log(line);

/**
 * Compares the gpu lane with one peer. Runs in the page.
 *
 * @param {typeof CASES[number]} options
 * @param {string} url of the peers
 */
async function compareOne({ preset, size, peer, repeats }, url) {
  const { compare, openGpu, presets } = await import('twolane');
  /** @type {typeof import('./peers/lanes.js')} */
  const { peers } = await import(url);
  const job = presets[preset](size);
  const lanes = [await openGpu({ precision: 'f32' }), await peers[peer]()];
  // The warm-up: the first lane's counts are the reference, although they are f32's.
  const { counts: reference } = await lanes[0].escapeTime(job);
  await lanes[1].escapeTime(job);
  const comparison = await compare(lanes, job, { warmup: 0, repeats, reference });
  for (const lane of lanes) lane.close();
  return comparison.lanes;
}

/** @param {{ renderer: typeof rendererNames[number], browser?: string }} options */
async function main({ renderer, browser: path }) {
  const executablePath = namedBrowser(path) || (await findBrowser(log));
  const server = await serve();
  const opened = await openBrowser({ executablePath, renderer, url: server.url, log });
  try {
    if (!opened.renderer) throw new UserError(`The gpu lane does not run here: ${opened.reason}`);
    log(`${await opened.browser.version()}, ${opened.renderer}`);
    const table = new Table({
      head: ['case', 'program', 'min ms', 'median ms', 'times twolane: min', 'median', 'counts differ'],
      colWidths: [null, 44],
      wordWrap: true,
      style: { head: [], border: [], compact: true },
    });
    for (const options of CASES) {
      const page = await opened.browser.newPage();
      await page.goto(server.url);
      const rows = await page.evaluate(compareOne, options, PEERS_URL);
      await page.close();
      for (const { name, device, total, differing } of rows) {
        const ratio = [total.min / rows[0].total.min, total.median / rows[0].total.median];
        table.push([
          `${options.preset} ${options.size}`,
          name === 'gpu' ? 'twolane' : device,
          total.min.toFixed(1),
          total.median.toFixed(1),
          ...ratio.map((value) => `${value.toFixed(1)} ×`),
          differing,
        ]);
      }
    }
    log(table.toString());
    log(
      'From the call to the counts in an array, runs interleaved after one warm-up of each; counts differ: from twolane’s.',
    );
  } finally {
    await opened.browser.close();
    server.close();
  }
}

await runProgram(() => {
  const program = new Command('npm run bench:peers --')
    .description('Compares the gpu lane with gpu.js and TensorFlow.js in a headless browser.')
    .addOption(new Option('--renderer <name>', 'what they run on').default('auto').choices(rendererNames))
    .option('--browser <path>', 'Chrome or Chromium to use');
  return main(readCommand(program, process.argv));
});
