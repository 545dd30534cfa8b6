/** The main job: compares the lanes on the two articles' cases in a headless browser, prints a table, writes results. */
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { presets } from 'twolane';
import { findBrowser, namedBrowser, openBrowser, UserError } from './browser.js';
import { readOptions } from './options.js';
import { picture } from './picture.js';
import { makeProgress } from './progress.js';
import { serve } from './server.js';
import { table } from './table.js';

/** Runs of each lane before the timed ones. */
const WARMUP = 1;

const log = (/** @type {string} */ line) => console.log(line);

/** @param {string} folder */
function makeFolder(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new UserError(
      `--out must be a folder that can be written, got '${folder}' (${/** @type {Error} */ (error).message})`,
      { exitCode: 2 },
    );
  }
}

/**
 * A lane that could not be opened, as a row of the results.
 *
 * @param {string} name
 * @param {string} reason
 * @returns {import('./globals.js').LaneRow}
 */
const missingLane = (name, reason) => ({
  name,
  device: null,
  precision: null,
  setup: null,
  compute: null,
  transfer: null,
  total: null,
  cold: null,
  countSum: null,
  differing: null,
  fallbackReason: reason,
});

/**
 * Compares lanes on one case, in a page and browser context of its own, so that every lane starts cold.
 *
 * @param {import('puppeteer').Browser} browser
 * @param {string} url
 * @param {import('./globals.js').CaseOptions} options
 * @param {(lane: string) => void} onRun
 */
async function runCase(browser, url, options, onRun) {
  const context = await browser.createBrowserContext();
  try {
    const page = await context.newPage();
    await page.exposeFunction('reportProgress', onRun);
    await page.goto(url);
    await page.waitForFunction('globalThis.bench');
    return await page.evaluate((options) => globalThis.bench.run(options), options);
  } finally {
    await context.close();
  }
}

/** @param {ReturnType<typeof readOptions>} options */
async function main({ out, cases, lanes, repeats, renderer, browser: path }) {
  const named = namedBrowser(path);
  makeFolder(out);
  const executablePath = named || (await findBrowser(log));
  const server = await serve();
  const { browser, renderer: device, reason } = await openBrowser({ executablePath, renderer, url: server.url, log });
  try {
    const version = await browser.version();
    log(`${version}, ${device ?? `no gpu lane: ${reason}`}`);
    const available = lanes.filter((name) => name !== 'gpu' || device);
    const progress = makeProgress(cases.length * available.length * (WARMUP + repeats));
    /** @type {import('./globals.js').CaseResult[]} */
    const results = [];
    let isolated = true;
    for (const { preset, size } of cases) {
      progress.start(`${preset} ${size}`);
      const options = { preset, size, lanes: available, warmup: WARMUP, repeats };
      const { comparison, missing, crossOriginIsolated } = await runCase(browser, server.url, options, (lane) =>
        progress.step(`${preset} ${size} ${lane}`),
      );
      isolated &&= crossOriginIsolated;
      const rows = lanes.map((name) => {
        const row = comparison.lanes.find((lane) => lane.name === name);
        return row ?? missingLane(name, missing[name] ?? String(reason));
      });
      results.push({ preset, ...comparison, lanes: rows });
    }
    progress.stop();

    log(table(results));
    const environment = {
      node: process.version,
      browser: version,
      renderer: device,
      software: device === null ? null : device.endsWith('(software)'),
      cpu: cpus()[0]?.model ?? null,
      cores: availableParallelism(),
      crossOriginIsolated: isolated,
    };
    const report = { date: new Date().toISOString(), environment, cases: results };
    writeFileSync(join(out, 'results.json'), `${JSON.stringify(report, null, 2)}\n`);
    const written = ['results.json'];
    for (const preset of new Set(cases.map(({ preset }) => preset))) {
      const size = Math.max(...cases.filter((one) => one.preset === preset).map((one) => one.size));
      writeFileSync(join(out, `${preset}.png`), await picture(presets[preset](size)));
      written.push(`${preset}.png`);
    }
    log(`Wrote ${written.map((name) => join(out, name)).join(', ')}.`);
  } finally {
    await browser.close();
    server.close();
  }
}

try {
  await main(readOptions(process.argv));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}
