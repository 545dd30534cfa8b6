/** The explorer in a browser, as tests drive it, and what its pixels must be. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { rgb } from 'd3-color';
import {
  interpolateCividis,
  interpolateInferno,
  interpolateSinebow,
  interpolateTurbo,
  interpolateViridis,
} from 'd3-scale-chromatic';
import { build } from 'esbuild';
import { decode } from 'fast-png';
import { openPage } from './page.js';
import { serveFolder } from './serve.js';

const root = fileURLToPath(new URL('..', import.meta.url));
export const siteFolder = `${root}site/dist`;

/** Builds the page. */
export const buildSite = () => execFileSync(process.execPath, [`${root}site/build.js`]);

/** Serves the page as any static host would: no header is special. */
export const serveSite = () => serveFolder(siteFolder);

/**
 * The site's own words for a view: which numbers its pixels stand for, which lanes can tell them apart, where lanes differ, and the palettes.
 *
 * @returns {Promise<typeof import('../site/view.js') & typeof import('../site/place.js') & typeof import('../site/limits.js') & typeof import('../site/differences.js') & typeof import('../site/palettes.js') & Pick<typeof import('../site/dom.js'), 'amount' | 'duration'>>}
 */
export async function importView() {
  const { outputFiles } = await build({
    stdin: {
      contents:
        "export * from './view.js'; export * from './place.js'; export * from './limits.js'; export * from './differences.js'; export * from './palettes.js'; export { amount, duration } from './dom.js';",
      resolveDir: `${root}site`,
    },
    bundle: true,
    format: 'esm',
    write: false,
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

/** @type {Record<string, (t: number) => string>} */
const interpolators = {
  inferno: interpolateInferno,
  viridis: interpolateViridis,
  cividis: interpolateCividis,
  turbo: interpolateTurbo,
  sinebow: interpolateSinebow,
};

/**
 * What a pixel must look like: 16 square roots of counts are a period of the palette, in 4096 steps; forth and back, but for
 * palettes that end as they begin; black inside.
 *
 * @param {number} count @param {number} fraction @param {number} maxIterations @param {string} palette
 */
export function colourOf(count, fraction, maxIterations, palette) {
  if (count === maxIterations) return [0, 0, 0];
  const t = Math.floor((Math.sqrt(Math.max(0, count + fraction)) / 16) * 4096) / 4096;
  const part = t - Math.floor(t);
  const { r, g, b } = rgb(interpolators[palette](palette === 'sinebow' ? part : 1 - Math.abs(1 - 2 * part)));
  return [r, g, b];
}

/**
 * Opens the explorer at a hash and waits for the whole picture.
 *
 * @param {import('puppeteer').Browser | import('puppeteer').BrowserContext} browser
 * @param {string} url
 * @param {{ width?: number, height?: number, ratio?: number, touch?: boolean, calm?: boolean, prepare?: (page: import('puppeteer').Page) => Promise<unknown> }} options
 *   `calm`: prefers reduced motion
 */
export async function openExplorer(browser, url, options = {}) {
  const { width = 900, height = 500, ratio = 1, touch = false, calm = true, prepare } = options;
  const page = await browser.newPage();
  /** What must stay empty: errors on the console, and requests to other hosts. @type {string[]} */
  const complaints = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warn') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).host !== new URL(url).host) {
      complaints.push(`request to ${request.url()}`);
    }
  });
  await page.setViewport({ width, height, deviceScaleFactor: ratio, hasTouch: touch });
  if (calm) await page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
  await prepare?.(page);
  await page.goto(url);
  await settled(page);
  return { page, complaints };
}

/** Takes WebGL away from a page to come, and counts how often it is asked for. @param {import('puppeteer').Page} page */
export const withoutWebGL = (page) =>
  page.evaluateOnNewDocument(() => {
    const world = /** @type {any} */ (globalThis);
    world.asked = 0;
    for (const { prototype } of /** @type {any[]} */ ([HTMLCanvasElement, OffscreenCanvas])) {
      const { getContext } = prototype;
      prototype.getContext = function (/** @type {any} */ ...args) {
        if (!/^webgl/.test(args[0])) return getContext.apply(this, args);
        world.asked++;
        return null;
      };
    }
  });

/**
 * Keeps the WebGL2 contexts that lanes make in a page to come: a lane's context is its own affair otherwise.
 *
 * @param {import('puppeteer').Page} page
 */
export const keepContexts = (page) =>
  page.evaluateOnNewDocument(() => {
    const world = /** @type {any} */ (globalThis);
    world.contexts = [];
    for (const { prototype } of /** @type {any[]} */ ([HTMLCanvasElement, OffscreenCanvas])) {
      const { getContext } = prototype;
      prototype.getContext = function (/** @type {any} */ ...args) {
        if (args[0] !== 'webgl2') return getContext.apply(this, args);
        if (world.refuses) return null;
        const context = getContext.apply(this, args);
        world.contexts.push(context);
        return context;
      };
    }
  });

/** Changes the world of a page, and of what it loads later. @param {import('puppeteer').Page} page @param {() => void} change */
async function changeWorld(page, change) {
  await page.evaluateOnNewDocument(change);
  await page.evaluate(change);
}

/** From now on workers say nothing: lanes that need them wait for them. @param {import('puppeteer').Page} page */
export const silenceWorkers = (page) =>
  changeWorld(page, () => {
    /** @type {any} */ (globalThis).Worker = function () {
      return { postMessage() {}, terminate() {} };
    };
  });

/** From now on the GPU never says that it has finished, until `releaseGpu`. @param {import('puppeteer').Page} page */
export const stallGpu = (page) =>
  changeWorld(page, () => {
    const world = /** @type {any} */ (globalThis);
    world.stalled = true;
    const { prototype } = WebGL2RenderingContext;
    const { clientWaitSync } = prototype;
    prototype.clientWaitSync = function (...args) {
      return world.stalled ? this.TIMEOUT_EXPIRED : clientWaitSync.apply(this, args);
    };
  });

/** @param {import('puppeteer').Page} page */
export const releaseGpu = (page) =>
  page.evaluate(() => {
    /** @type {any} */ (globalThis).stalled = false;
  });

/** Keeps files that the page hands over from being saved, and notes their names. @param {import('puppeteer').Page} page */
export async function catchFiles(page) {
  await page.evaluate(() => {
    const world = /** @type {any} */ (globalThis);
    world.files = [];
    HTMLAnchorElement.prototype.click = function () {
      world.files.push(this.download);
    };
  });
  return () => page.evaluate(() => /** @type {{ files: string[] }} */ (/** @type {any} */ (globalThis)).files);
}

/** No lane is given a context any more, after `keepContexts`. @param {import('puppeteer').Page} page */
export const refuseContexts = (page) =>
  page.evaluate(() => {
    const world = /** @type {any} */ (globalThis);
    world.refuses = true;
  });

/** The lane that is open loses its context, after `keepContexts`. @param {import('puppeteer').Page} page */
export const loseContext = (page) =>
  page.evaluate(() => {
    const { contexts } = /** @type {any} */ (globalThis);
    const gl = contexts.find((/** @type {any} */ gl) => !gl.isContextLost());
    gl.getExtension('WEBGL_lose_context').loseContext();
  });

/** Resolves when the picture is complete. @param {import('puppeteer').Page} page */
export async function settled(page) {
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        const main = /** @type {HTMLElement} */ (document.querySelector('main'));
        // What an event has begun shows in the next frame.
        let frames = 0;
        const look = () => {
          if (++frames > 2 && main.getAttribute('aria-busy') === 'false') resolve(undefined);
          else requestAnimationFrame(look);
        };
        look();
      }),
  );
}

/** The place in the URL. @param {import('puppeteer').Page} page */
export const hashOf = (page) => page.evaluate(() => location.hash);

/** The window's pixels. @param {import('puppeteer').Page} page */
export async function shoot(page) {
  const { width, height, data, channels } = decode(await page.screenshot());
  /** @param {number} x @param {number} y */
  const at = (x, y) => [...data.subarray(channels * (y * width + x), channels * (y * width + x) + 3)];
  return { width, height, at };
}

/**
 * Points of the window, in pixels, that nothing floats above, shadows included; from a generator of numbers from 0 to 1.
 *
 * @param {import('puppeteer').Page} page @param {() => number} next @param {number} count
 * @param {(point: { x: number, y: number }) => boolean} isWanted
 */
export async function freePoints(page, next, count, isWanted = () => true) {
  const { boxes, width, height, ratio } = await page.evaluate(() => ({
    boxes: [...document.querySelectorAll('#panel, #zoom, #notices > *, #divider')].map((element) => {
      const { left, top, right, bottom } = element.getBoundingClientRect();
      return { left: left - 48, top: top - 48, right: right + 48, bottom: bottom + 48 };
    }),
    width: innerWidth,
    height: innerHeight,
    ratio: devicePixelRatio,
  }));
  const points = [];
  while (points.length < count) {
    // Within the ring that shows the focus.
    const [x, y] = [4 + next() * (width - 8), 4 + next() * (height - 8)];
    if (boxes.some(({ left, top, right, bottom }) => x > left && x < right && y > top && y < bottom)) continue;
    const point = { x: Math.floor(x * ratio), y: Math.floor(y * ratio) };
    if (isWanted(point)) points.push(point);
  }
  return points;
}

/**
 * Builds and serves the page for a suite's tests, and gives a function that opens it at a hash, on SwiftShader.
 *
 * @param {ReturnType<typeof import('./harness.js').suite>} test
 */
export async function openExplorers(test) {
  buildSite();
  const server = await serveSite();
  test.after(() => server.close());
  const { page, close } = await openPage('swiftshader');
  test.after(close);
  /** @param {string} hash @param {Parameters<typeof openExplorer>[2]} [options] */
  return async (hash, options) =>
    (await openExplorer(page.browser(), `${server.url}${hash && `#${hash}`}`, options)).page;
}
