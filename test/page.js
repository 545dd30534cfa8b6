/** A page on a renderer, in which tests import twolane as a web app does. */
import { findBrowser, namedBrowser, openBrowser } from '../bench/browser.js';
import { serve } from '../bench/server.js';

/**
 * Opens the benchmark's page, which maps 'twolane' to dist/, on a software renderer.
 *
 * @param {'swiftshader' | 'llvmpipe'} renderer
 * @param {Record<string, string>} [headers] of the server, instead of cross-origin isolation
 * @returns {Promise<{ page: import('puppeteer').Page, reason: string | null, close(): Promise<void> }>} `reason`: why the renderer can't
 *   be had, or null
 */
export async function openPage(renderer, headers) {
  const log = (/** @type {string} */ line) => console.log(line);
  let server = await serve();
  const executablePath = namedBrowser(undefined) || (await findBrowser(log));
  const { browser, reason } = await openBrowser({ executablePath, renderer, url: server.url, log });
  if (headers) {
    server.close();
    server = await serve(headers);
  }
  const page = await browser.newPage();
  await page.goto(server.url);
  return {
    page,
    reason,
    async close() {
      await browser.close();
      server.close();
    },
  };
}

/**
 * A page on each software renderer, and `check`, which adds the test of a title on it: a counted skip where the renderer can't be had.
 *
 * @template {string} Key
 * @param {ReturnType<typeof import('./harness.js').suite>} test
 * @param {Record<Key, string>} titles
 */
export async function* renderers(test, titles) {
  for (const renderer of /** @type {const} */ (['swiftshader', 'llvmpipe'])) {
    const { page, reason, close } = await openPage(renderer);
    test.after(close);
    /** @param {Key} key @param {() => Promise<void>} body */
    const check = (key, body) => {
      const title = `on ${renderer}, ${titles[key]}`;
      if (reason) test.skip(title, reason);
      else test(title, body);
    };
    yield { renderer, page, check };
  }
}

/**
 * From now on `draws` is how often the page's lanes have drawn. How much work is between two turns, or after an abort, does not depend on the
 * machine, as time does.
 *
 * @param {import('puppeteer').Page} page
 */
export const countDraws = (page) =>
  page.evaluate(() => {
    const world = /** @type {any} */ (globalThis);
    if (world.draws !== undefined) return;
    world.draws = 0;
    const gl = /** @type {any} */ (WebGL2RenderingContext.prototype);
    const { drawArrays } = gl;
    gl.drawArrays = /** @this {any} @param {any[]} args */ function (...args) {
      world.draws++;
      drawArrays.apply(this, args);
    };
  });

/** Breaks df64 in a page to come, as a driver does that takes (a + b) − a for b. @param {import('puppeteer').Page} page */
export const breakDf64 = (page) =>
  page.evaluateOnNewDocument(() => {
    const gl = /** @type {any} */ (WebGL2RenderingContext.prototype);
    const { shaderSource } = gl;
    gl.shaderSource = /** @this {any} @param {any} shader @param {string} source */ function (shader, source) {
      shaderSource.call(this, shader, source.replace('(a - (sum - part)) + (b - part)', '0.0'));
    };
  });

/**
 * Counts of a job, and fractions, computed by the page's gpu lane.
 *
 * @param {import('puppeteer').Page} page
 * @param {import('twolane').Job} job
 * @param {'f32' | 'df64' | 'auto'} precision
 */
export async function gpuImage(page, job, precision) {
  // An array of a million numbers is too much for JSON: arrays travel as text of their bytes.
  const texts = await page.evaluate(
    async (job, precision) => {
      const { openGpu } = await import('twolane');
      const lane = await openGpu({ precision });
      const { counts, fractions, precision: ran } = await lane.escapeTime(job);
      lane.close();
      if (precision !== 'auto' && ran !== precision) throw new Error(`it ran in ${ran}: ${lane.fallbackReason}`);
      return [counts, fractions].map((array) => {
        if (!array) return null;
        const bytes = new Uint8Array(array.buffer);
        let text = '';
        for (let i = 0; i < bytes.length; i += 2 ** 15) text += String.fromCharCode(...bytes.subarray(i, i + 2 ** 15));
        return btoa(text);
      });
    },
    job,
    precision,
  );
  const [counts, fractions] = texts.map((text) => {
    if (text === null) return null;
    const bytes = Buffer.from(text, 'base64');
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  });
  return { counts: /** @type {Float32Array} */ (counts), fractions };
}

/**
 * Counts of a job, computed by the page's gpu lane.
 *
 * @param {import('puppeteer').Page} page
 * @param {import('twolane').Job} job
 * @param {'f32' | 'df64' | 'auto'} precision
 */
export async function gpuCounts(page, job, precision = 'f32') {
  return (await gpuImage(page, job, precision)).counts;
}

/**
 * With what messages a lane refuses to open where one thing that it needs is missing or broken: 'no error' where it opens all the same.
 *
 * @param {import('puppeteer').Page} page
 * @param {'openGpu' | 'openGpuArray'} open
 */
export function refusals(page, open) {
  return page.evaluate(async (open) => {
    const { LaneUnavailableError, ...twolane } = await import('twolane');
    const { baselines } = /** @type {any} */ (globalThis);
    const openLane = open === 'openGpu' ? twolane.openGpu : baselines.openGpuArray;
    /** @typedef {(this: any, ...args: any[]) => any} Method */
    /** Opens a lane while one method is replaced. @param {any} object @param {string} name @param {(original: Method) => Method} replace */
    const refusal = async (object, name, replace) => {
      const original = object[name];
      object[name] = replace(original);
      try {
        (await openLane()).close();
        return 'no error';
      } catch (error) {
        return error instanceof LaneUnavailableError ? error.message : `not a LaneUnavailableError: ${error}`;
      } finally {
        object[name] = original;
      }
    };
    const gl = WebGL2RenderingContext.prototype;
    const noContext = () => () => null;
    const offscreen = await refusal(OffscreenCanvas.prototype, 'getContext', noContext);
    const { getContext } = HTMLCanvasElement.prototype;
    HTMLCanvasElement.prototype.getContext = noContext();
    const context = await refusal(OffscreenCanvas.prototype, 'getContext', noContext);
    HTMLCanvasElement.prototype.getContext = getContext;
    return {
      offscreen,
      context,
      float: await refusal(
        gl,
        'getExtension',
        (original) =>
          function (name) {
            return name === 'EXT_color_buffer_float' ? null : original.call(this, name);
          },
      ),
      shader: await refusal(
        gl,
        'shaderSource',
        (original) =>
          function (shader, source) {
            original.call(this, shader, source.replace('void main', 'void nonsense; void main'));
          },
      ),
      framebuffer: await refusal(gl, 'checkFramebufferStatus', () => () => 0x8cdd),
    };
  }, open);
}
