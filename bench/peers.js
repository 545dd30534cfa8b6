/** Compares the gpu lane with gpu.js and TensorFlow.js in one browser, each on the article's case that it is known for. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import Table from 'cli-table3';
import { Command, Option } from 'commander';
import { findBrowser, namedBrowser, openBrowser, rendererNames, UserError } from './browser.js';
import { serve } from './server.js';

const CASES = /** @type {const} */ ([
  { preset: 'salon', size: 400, peer: 'gpu.js', repeats: 15 },
  { preset: 'salon', size: 1600, peer: 'gpu.js', repeats: 7 },
  { preset: 'gellert', size: 500, peer: 'tfjs', repeats: 5 },
]);

const log = (/** @type {string} */ line) => console.log(line);

/** The page's program with the peers in it; twolane itself comes from dist/. */
async function bundle() {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('peers/page.js', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    external: ['twolane'],
    logLevel: 'error',
  });
  return outputFiles[0].text;
}

/** @param {{ renderer: typeof rendererNames[number], browser?: string }} options */
async function main({ renderer, browser: path }) {
  const executablePath = namedBrowser(path) || (await findBrowser(log));
  const source = await bundle();
  const server = await serve();
  const opened = await openBrowser({ executablePath, renderer, url: server.url, log });
  try {
    if (!opened.renderer) throw new UserError(`The gpu lane does not run here: ${opened.reason}`);
    log(`${await opened.browser.version()}, ${opened.renderer}`);
    const table = new Table({
      head: ['case', 'program', 'min ms', 'median ms', 'times twolane: min', 'median', 'counts differ'],
      style: { head: [], border: [], compact: true },
    });
    for (const options of CASES) {
      const page = await opened.browser.newPage();
      await page.goto(server.url);
      const rows = await page.evaluate(
        async (source, options) => {
          const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
          const { comparePeers } = await import(url);
          return /** @type {ReturnType<typeof import('./peers/page.js').comparePeers>} */ (comparePeers(options));
        },
        source,
        options,
      );
      await page.close();
      for (const { name, device, min, median, differing } of rows) {
        const ratio = [min / rows[0].min, median / rows[0].median].map((value) => `${value.toFixed(1)} ×`);
        const program = name === 'twolane' ? name : device;
        const title = `${options.preset} ${options.size}`;
        table.push([title, program, min.toFixed(1), median.toFixed(1), ...ratio, differing]);
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

try {
  const program = new Command('npm run bench:peers --')
    .description('Compares the gpu lane with gpu.js and TensorFlow.js in a headless browser.')
    .addOption(new Option('--renderer <name>', 'what they run on').default('auto').choices(rendererNames))
    .option('--browser <path>', 'Chrome or Chromium to use')
    .allowExcessArguments(false);
  await main(program.parse().opts());
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}
