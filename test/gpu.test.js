import { readFileSync } from 'node:fs';
import { presets } from 'twolane';
import * as assert from 'uvu/assert';
import { suite } from './harness.js';
import { gpuCounts, refusals, renderers } from './page.js';
import { differing, froundCounts, random, randomJob, sameCounts, serialCounts } from './reference.js';

const test = suite('gpu lane');

/** Real drivers, llvmpipe among them, may simplify arithmetic; share of pixels that may differ from the f32 reference. */
const LLVMPIPE_SHARE = 0.01;

const TITLES = {
  presets: 'its counts are those of the f32 reference, for both presets',
  random: 'its counts are those of the f32 reference, on random grids',
  edges: 'no escaping pixel is called interior at the edges of the closed forms',
  f64: 'it differs from the f64 lanes in few pixels only',
  arguments: 'it answers every bad argument with one clear error, works on, and writes into `out`',
  calls: 'it keeps calls that overlap apart, streams tiles, tells progress, stops on abort',
  report: 'it reports setup, timing, precision and a device that says (software)',
  compare: 'it stands beside the other lanes in compare()',
  missing: 'what is missing is named: WebGL2, a shader that compiles, a complete framebuffer',
  lost: 'a lost context rejects with LaneLostError, in mid-run and later',
  closed: 'a closed lane rejects with LaneUnavailableError',
};

for await (const { renderer, page, check } of renderers(test, TITLES)) {
  /** @param {import('twolane').Job} job @param {string} what */
  const againstReference = async (job, what) => {
    const counts = await gpuCounts(page, job);
    const expected = froundCounts(job);
    if (renderer === 'swiftshader') {
      sameCounts(counts, expected, what);
      return 0;
    }
    return differing(counts, expected) / counts.length;
  };

  check('presets', async () => {
    for (const [what, job] of Object.entries({
      'salon 400': presets.salon(),
      'salon 800': presets.salon(800),
      'gellert 500': presets.gellert(),
      'gellert 900': presets.gellert(900, 50),
    })) {
      const share = await againstReference(job, what);
      console.log(`\n${renderer}, ${what}: ${(100 * share).toFixed(3)} % of pixels differ from the f32 reference`);
      assert.ok(share <= LLVMPIPE_SHARE);
    }
  });

  check('random', async () => {
    const next = random(3);
    let worst = 0;
    let pixels = 0;
    let differ = 0;
    for (let i = 0; i < 60; i++) {
      const job = randomJob(next);
      const share = await againstReference(job, JSON.stringify(job));
      worst = Math.max(worst, share);
      differ += share * job.grid.width * job.grid.height;
      pixels += job.grid.width * job.grid.height;
    }
    const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(3)} %`;
    console.log(`\n${renderer}, random grids: ${percent(differ / pixels)} differ, ${percent(worst)} of the worst grid`);
    assert.ok(differ / pixels <= 10 * LLVMPIPE_SHARE);
  });

  check('edges', async () => {
    // Around points of the edges of the cardioid and of the disc, where a test without a margin is wrong.
    const next = random(99);
    for (let i = 0; i < 24; i++) {
      const t = 2 * Math.PI * next();
      const [cRe, cIm] =
        i % 2 === 0
          ? [Math.cos(t) / 2 - Math.cos(2 * t) / 4, Math.sin(t) / 2 - Math.sin(2 * t) / 4]
          : [-1 + Math.cos(t) / 4, Math.sin(t) / 4];
      const half = 10 ** (-2 - 4 * next());
      const grid = { width: 33, height: 21, x0: cRe - half, x1: cRe + half, y0: cIm - half, y1: cIm + half };
      const job = { grid, maxIterations: [900, 4096, 20000][i % 3] };
      const counts = await gpuCounts(page, job);
      if (renderer === 'swiftshader') sameCounts(counts, froundCounts(job), JSON.stringify(job));
      // Rounding decides long orbits there, but not short ones.
      const wrong = serialCounts(job).findIndex((count, k) => count < 100 && counts[k] === job.maxIterations);
      assert.is(wrong, -1, JSON.stringify(job));
    }
  });

  check('f64', async () => {
    for (const job of [presets.salon(), presets.gellert()]) {
      const counts = await gpuCounts(page, job);
      assert.ok(differing(counts, serialCounts(job)) / counts.length < LLVMPIPE_SHARE);
    }
  });

  check('arguments', async () => {
    const source = readFileSync(new URL('arguments.js', import.meta.url), 'utf8');
    const wrong = await page.evaluate(async (source) => {
      const { tryBadArguments, tryOut } = await import(
        URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))
      );
      const { openGpu } = await import('twolane');
      const lane = await openGpu();
      const wrong = [...(await tryBadArguments(lane)), ...(await tryOut(lane))];
      lane.close();
      return wrong;
    }, source);
    assert.equal(wrong, []);
  });

  check('calls', async () => {
    const result = await page.evaluate(async () => {
      const { openGpu, presets } = await import('twolane');
      const lane = await openGpu();
      const jobs = [presets.salon(301), presets.gellert(203), presets.salon(97, 2000)];
      /** @type {string[]} */
      const alone = [];
      for (const job of jobs) alone.push((await lane.escapeTime(job)).counts.join());
      const together = await Promise.all(jobs.map(async (job) => (await lane.escapeTime(job)).counts.join()));

      let pixels = 0;
      for await (const tile of lane.tiles(presets.salon(301))) pixels += tile.counts.length;

      let done = 0;
      await lane.escapeTime(presets.salon(301), { onProgress: (progress) => (done = progress.done) });

      const controller = new AbortController();
      const call = lane.escapeTime(presets.gellert(2000, 2000), { signal: controller.signal });
      setTimeout(() => controller.abort('enough'), 5);
      const reason = await call.catch((error) => error);
      const worksOn = (await lane.escapeTime(jobs[1])).counts.join() === alone[1];
      lane.close();
      return { same: together.every((counts, i) => counts === alone[i]), pixels, done, reason, worksOn };
    });
    assert.equal(result, { same: true, pixels: 301 * 301, done: 301 * 301, reason: 'enough', worksOn: true });
  });

  check('report', async () => {
    const { device, precision, setup, fallbackReason, timing } = await page.evaluate(async () => {
      const { openGpu, presets } = await import('twolane');
      const lane = await openGpu();
      const { timing } = await lane.escapeTime(presets.salon());
      lane.close();
      const { device, precision, setup, fallbackReason } = lane;
      return { device, precision, setup, fallbackReason, timing };
    });
    assert.match(device.toLowerCase(), renderer);
    assert.match(device, / \(software\)$/);
    assert.is(precision, 'f32');
    assert.is(fallbackReason, null);
    assert.ok(setup > 0);
    assert.ok(timing.compute !== null && timing.compute > 0);
    assert.ok(timing.transfer !== null && timing.transfer > 0);
    assert.ok(timing.compute + timing.transfer <= timing.total);
  });

  check('compare', async () => {
    const { lanes } = await page.evaluate(async () => {
      const { compare, openBasic, openCpu, openGpu, presets } = await import('twolane');
      return compare([await openBasic(), await openCpu(), await openGpu()], presets.salon(), { repeats: 2 });
    });
    assert.equal(
      lanes.map(({ name }) => name),
      ['basic', 'cpu', 'gpu'],
    );
    assert.equal(
      lanes.slice(0, 2).map(({ countSum, differing }) => [countSum, differing]),
      [
        [21_463_747, 0],
        [21_463_747, 0],
      ],
    );
    assert.ok(Number(lanes[2].differing) > 0 && Number(lanes[2].differing) < 1600);
  });

  check('missing', async () => {
    const { offscreen, context, float, shader, framebuffer } = await refusals(page, 'openGpu');
    assert.is(offscreen, 'no error');
    assert.is(context, 'WebGL2 is missing here, so the gpu lane cannot run');
    assert.is(float, 'no error');
    assert.match(shader, /^the shader does not compile here, so the gpu lane cannot run: [^]*nonsense/);
    assert.match(framebuffer, 'a 2 × 2 R32UI framebuffer is not complete here (status 36061)');
  });

  check('lost', async () => {
    const errors = await page.evaluate(async () => {
      const { openGpu, presets } = await import('twolane');
      /** @type {any} */
      let gl;
      const { getContext } = OffscreenCanvas.prototype;
      OffscreenCanvas.prototype.getContext = /** @type {any} */ (
        function (/** @type {any} */ ...args) {
          gl = getContext.apply(this, args);
          return gl;
        }
      );
      const lane = await openGpu();
      OffscreenCanvas.prototype.getContext = getContext;
      const call = lane.escapeTime(presets.gellert(2000, 2000)).catch((error) => error.name);
      setTimeout(() => gl.getExtension('WEBGL_lose_context').loseContext(), 5);
      const errors = [await call, await lane.escapeTime(presets.salon(5)).catch((error) => error.name)];
      lane.close();
      return errors;
    });
    assert.equal(errors, ['LaneLostError', 'LaneLostError']);
  });

  check('closed', async () => {
    const errors = await page.evaluate(async () => {
      const { openGpu, presets } = await import('twolane');
      const lane = await openGpu();
      const call = lane.escapeTime(presets.gellert(1000, 1000)).catch((error) => error.name);
      lane.close();
      return [await call, await lane.escapeTime(presets.salon(5)).catch((error) => error.name)];
    });
    assert.equal(errors, ['LaneUnavailableError', 'LaneUnavailableError']);
  });
}

test.run(22, [0, 11, 22]);
