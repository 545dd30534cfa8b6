/** twolane in Firefox: another engine, another WebGL, another clock. */
import * as assert from 'uvu/assert';
import { openFirefox } from '../bench/browser.js';
import { serve } from '../bench/server.js';
import { buildSite, colourOf, hashOf, importView, openExplorer, serveSite, settled } from './explorer.js';
import { suite } from './harness.js';
import { serialCounts } from './reference.js';

const test = suite('firefox');

const { browser, reason } = await openFirefox((line) => console.log(line));
const server = await serve();
test.after(async () => {
  await browser?.close();
  server.close();
});

/** Adds a test of a page in Firefox, or a counted skip. @param {string} title @param {(page: import('puppeteer').Page) => Promise<void>} body */
function inFirefox(title, body) {
  if (!browser) return test.skip(title, String(reason));
  test(title, async () => {
    const page = await browser.newPage();
    await page.goto(server.url);
    await body(page);
    await page.close();
  });
}

inFirefox('the cpu lane gives the plain loop’s counts and fractions, on one thread and on two', async (page) => {
  const lanes = await page.evaluate(async () => {
    const { openBasic, openCpu, presets } = await import('twolane');
    const basic = await openBasic();
    const jobs = [presets.salon(300), presets.gellert(400), { ...presets.salon(150), smooth: true }];
    const lanes = [];
    for (const threads of [1, 2]) {
      const lane = await openCpu({ threads });
      const { device, fallbackReason } = lane;
      const differing = [];
      for (const job of jobs) {
        const [ours, theirs] = [await lane.escapeTime(job), await basic.escapeTime(job)];
        for (const part of /** @type {const} */ (['counts', 'fractions'])) {
          const expected = theirs[part];
          const isOther = (/** @type {number} */ value, /** @type {number} */ i) => value !== expected?.[i];
          differing.push(ours[part]?.reduce((sum, value, i) => sum + Number(isOther(value, i)), 0) ?? null);
        }
      }
      lane.close();
      lanes.push({ device, fallbackReason, differing });
    }
    return lanes;
  });
  assert.equal(
    lanes,
    ['1 thread', '2 threads'].map((threads) => ({
      device: `WebAssembly SIMD f64x2, ${threads}`,
      fallbackReason: null,
      differing: [0, null, 0, null, 0, 0],
    })),
  );
});

inFirefox('the gpu lane computes, or says that WebGL2 is missing', async (page) => {
  const { error, differing } = await page.evaluate(async () => {
    const { LaneUnavailableError, openBasic, openGpu } = await import('twolane');
    const grid = { width: 64, height: 64, x0: -0.7436438, x1: -0.7436428, y0: 0.1318259, y1: 0.1318269 };
    const job = { grid, maxIterations: 2000 };
    try {
      const lane = await openGpu();
      const [ours, theirs] = [await lane.escapeTime(job), await (await openBasic()).escapeTime(job)];
      lane.close();
      return {
        error: null,
        differing: ours.counts.reduce((sum, count, i) => sum + Number(count !== theirs.counts[i]), 0),
      };
    } catch (error) {
      if (!(error instanceof LaneUnavailableError)) throw error;
      return { error: error.message, differing: 0 };
    }
  });
  // df64 has as many digits as that takes.
  assert.is(differing, 0);
  if (error !== null) assert.is(error, 'WebGL2 is missing here, so the gpu lane cannot run');
});

inFirefox('the explorer draws what its counts predict, and moves', async () => {
  buildSite();
  const site = await serveSite();
  try {
    const { parsePlace, viewOf, gridOf } = await importView();
    const { page, complaints } = await openExplorer(
      /** @type {import('puppeteer').Browser} */ (browser),
      `${site.url}#iterations=200&smooth=off`,
      { width: 700, height: 490, calm: false },
    );
    const start = await hashOf(page);
    await page.mouse.move(500, 200);
    await page.mouse.wheel({ deltaY: -200 });
    await page.waitForFunction((start) => location.hash !== start, {}, start);
    await settled(page);
    const { place } = parsePlace(await hashOf(page));
    assert.ok(place.width < 2 && place.width > 1, String(place.width));
    const { width, height, pixels } = await page.$eval('canvas', (canvas) => {
      const { width, height } = canvas;
      const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
      return { width, height, pixels: [...context.getImageData(0, 0, width, height).data] };
    });
    const counts = serialCounts({ grid: gridOf({ ...viewOf(place, width, height), stride: 1 }), maxIterations: 200 });
    for (let i = 0; i < counts.length; i += 97) {
      assert.equal(pixels.slice(4 * i, 4 * i + 3), colourOf(counts[i], 0, 200, 'inferno'), `pixel ${i}`);
    }
    assert.equal(complaints, []);
    await page.close();
  } finally {
    site.close();
  }
});

// Without Firefox.
test.run(3, [0, 3]);
