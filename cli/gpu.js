/** The gpu lane outside a browser: in a page that the user's own Puppeteer opens. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { orAbort } from './abort.js';
import {
  answerOf,
  cachedBrowser,
  firstLine,
  HARDWARE,
  HARDWARE_PATIENCE,
  installedBrowser,
  isExecutable,
  launch,
  reachGpu,
  SWIFTSHADER,
} from './browser.js';
import { UserError } from './command.js';

/** Where the page's files seem to come from; nothing is asked of the network. */
const ORIGIN = 'http://twolane.localhost';
/** The package's entry, which lies beside its chunks. */
const LIBRARY = pathToFileURL(createRequire(import.meta.url).resolve('twolane'));
const PAGE = '<!doctype html><script type="importmap">{ "imports": { "twolane": "/index.js" } }</script>';
/** Ways to start the browser, a real GPU first, software last. */
const STARTS = [...HARDWARE, SWIFTSHADER];

/** Puppeteer as it is installed where the user is, or beside this package. @returns {Promise<import('puppeteer')>} */
async function loadPuppeteer() {
  const here = createRequire(join(process.cwd(), 'package.json'));
  for (const name of ['puppeteer', 'puppeteer-core']) {
    for (const find of [() => pathToFileURL(here.resolve(name)).href, () => name]) {
      try {
        return await import(find());
      } catch {
        // Not there: the next place.
      }
    }
  }
  throw new UserError('--lane gpu needs Puppeteer, which opens a browser: npm install puppeteer');
}

/**
 * Opens the package in a blank page.
 *
 * @param {import('puppeteer').Browser} browser
 */
async function openPage(browser) {
  const page = await browser.newPage();
  await page.setRequestInterception(true);
  page.on('request', async (request) => {
    const path = new URL(request.url()).pathname.slice(1);
    if (!path.endsWith('.js')) return request.respond({ contentType: 'text/html', body: PAGE });
    const body = await readFile(fileURLToPath(new URL(`./${path}`, LIBRARY)), 'utf8');
    return request.respond({ contentType: 'text/javascript', body });
  });
  await page.goto(ORIGIN);
  return page;
}

/**
 * The browser that is named, or else Puppeteer's, or else the system's.
 *
 * @param {import('./browser.js').Puppeteer} puppeteer
 * @param {string | undefined} path what --browser says
 */
async function findBrowser(puppeteer, path) {
  const named = path ?? (process.env.PUPPETEER_EXECUTABLE_PATH || undefined);
  if (named !== undefined) {
    if (isExecutable(named)) return named;
    const name = path === undefined ? 'PUPPETEER_EXECUTABLE_PATH' : '--browser';
    throw new UserError(`${name} must be a browser that starts, got '${named}'`);
  }
  const found = (await cachedBrowser(puppeteer)) ?? (await installedBrowser(puppeteer));
  if (found) return found;
  throw new UserError(
    '--lane gpu needs Chrome or Chromium, and none is found: give --browser PATH, or run npx puppeteer browsers install chrome',
  );
}

/**
 * @param {string | undefined} path what --browser says
 * @param {AbortSignal} signal
 * @returns {Promise<import('./render.js').Renderer>}
 */
export async function openGpuPage(path, signal) {
  const puppeteer = await loadPuppeteer();
  const executablePath = await findBrowser(puppeteer, path);
  let reason = '';
  for (const start of STARTS) {
    signal.throwIfAborted();
    /** @type {import('puppeteer').Browser} */
    let browser;
    try {
      browser = await launch(puppeteer, executablePath, { args: start, handleSignals: false });
    } catch (error) {
      throw new UserError(`'${executablePath}' does not start (${firstLine(error)})`, { cause: error });
    }
    const isHardware = start !== STARTS.at(-1);
    const open = async () => {
      const page = await openPage(browser);
      await reachGpu(page);
      return page;
    };
    try {
      const patience = isHardware ? HARDWARE_PATIENCE : undefined;
      const page = await answerOf(browser, open, { patience, signal });
      const openLane = () =>
        page.evaluate(async () => {
          const { openGpu } = await import('twolane');
          globalThis.lane = await openGpu();
          const { device, fallbackReason } = globalThis.lane;
          return { device, fallbackReason };
        });
      const about = await answerOf(browser, openLane, { signal });
      if (isHardware && about.device.endsWith('(software)')) throw new Error(`only ${about.device}`);
      return await makeRenderer(browser, page, about);
    } catch (error) {
      reason = firstLine(error);
      // A renderer may have taken it down.
      await browser.close().catch(() => {});
    }
  }
  throw new UserError(`the gpu lane cannot run (${reason})`);
}

/**
 * @param {import('puppeteer').Browser} browser
 * @param {import('puppeteer').Page} page
 * @param {Pick<import('./render.js').Renderer, 'device' | 'fallbackReason'>} about what the lane says of itself
 * @returns {Promise<import('./render.js').Renderer>}
 */
async function makeRenderer(browser, page, about) {
  /** @type {Map<number, (progress: import('twolane').Progress) => void>} */
  const listeners = new Map();
  let calls = 0;
  await page.exposeFunction('tell', (/** @type {number} */ call, /** @type {import('twolane').Progress} */ progress) =>
    listeners.get(call)?.(progress),
  );
  /** @type {import('./render.js').Renderer['escapeTime']} */
  async function escapeTime(job, { signal, onProgress }) {
    signal?.throwIfAborted();
    const call = calls++;
    if (onProgress) listeners.set(call, onProgress);
    const computed = page.evaluate(
      async (job, call) => {
        const { counts, precision } = await globalThis.lane.escapeTime(job, {
          onProgress: (progress) => void globalThis.tell(call, progress),
        });
        // An array of a million numbers is too much for JSON: counts travel as text of their bytes.
        const bytes = new Uint8Array(counts.buffer);
        let text = '';
        for (let i = 0; i < bytes.length; i += 2 ** 15) text += String.fromCharCode(...bytes.subarray(i, i + 2 ** 15));
        return { text: btoa(text), precision };
      },
      job,
      call,
    );
    try {
      const { text, precision } = await orAbort(computed, signal);
      const bytes = Buffer.from(text, 'base64');
      // A buffer of its own: Node's may begin anywhere in a shared one.
      return { counts: new Float32Array(Uint8Array.from(bytes).buffer), precision };
    } catch (error) {
      const reason = firstLine(error);
      if (!/pixel step must be/.test(reason)) throw error;
      throw new UserError(`--width is too small for --lane gpu: ${reason}`, { cause: error });
    } finally {
      listeners.delete(call);
    }
  }

  return {
    name: 'gpu',
    ...about,
    escapeTime,
    async precisionOf({ grid, ...job }) {
      // The whole picture's pixel step decides, which every band of it shares.
      const row = { ...grid, height: 1, row: 0, rows: grid.height };
      return (await escapeTime({ ...job, grid: row }, {})).precision;
    },
    // It may be gone already: Ctrl-C in a terminal ends it, too.
    close: () => browser.close().catch(() => {}),
  };
}
