import { readFileSync } from 'node:fs';
import { LaneUnavailableError, presets } from 'twolane';
import { openGpuArray } from 'twolane/baselines';
import * as assert from 'uvu/assert';
import { suite } from './harness.js';
import { countDraws, refusals, renderers } from './page.js';
import { differing, froundCounts, random, randomJob } from './reference.js';

const test = suite('gpu-array lane');
const glState = readFileSync(new URL('gl-state.js', import.meta.url), 'utf8');
const badArguments = readFileSync(new URL('arguments.js', import.meta.url), 'utf8');

/** Real drivers, llvmpipe among them, may fuse a multiplication into a sum; share of pixels that may differ from the f32 reference. */
const LLVMPIPE_SHARE = 0.01;

const TITLES = {
  counts: 'its counts are those of the f32 reference: presets, odd sizes, large R, large |c|, one and two iterations',
  random: 'its counts are those of the f32 reference, on random grids',
  operations: 'every iteration takes eight draws, whatever has escaped',
  tiled: 'larger grids than its arrays may be are tiled, by pixels and in both directions',
  page: 'the page has its turns while it works, and nothing is drawn after an abort',
  calls: 'it keeps calls that overlap apart, also beside the gpu lane, and tells progress',
  report: 'it reports setup, transfer apart from compute, and a device that says what it does',
  arguments: 'it answers every bad argument and option with one clear error, works on, and writes into `out`',
  missing: 'what is missing is named: WebGL2, float textures, a shader that compiles, a complete framebuffer',
  lost: 'a lost context rejects with LaneLostError, in mid-run and later; once restored, the lane works again',
  closed: 'a closed lane rejects with LaneUnavailableError, and its own context is gone',
  leaks: '50 runs, aborted ones and broken loops leave no GL objects, close() none at all',
  state: 'a context of yours keeps every piece of its state, step by step',
};

test('in Node it can’t be opened, for want of WebGL2', async () => {
  const error = await openGpuArray().catch((error) => error);
  assert.instance(error, LaneUnavailableError);
  assert.is(error.message, 'WebGL2 is missing here, so the gpu-array lane cannot run');
});

for await (const { renderer, page, check } of renderers(test, TITLES)) {
  await page.evaluate(async () => {
    const page = /** @type {any} */ (globalThis);
    page.baselines = await import(/** @type {any} */ ('/dist/baselines/index.js'));
    page.importText = (/** @type {string} */ text) =>
      import(URL.createObjectURL(new Blob([text], { type: 'text/javascript' })));
  });

  /** Holds the counts of jobs against the reference; gives the share of all pixels that differ. @param {import('twolane').Job[]} jobs */
  const againstReference = async (jobs) => {
    const results = await page.evaluate(async (jobs) => {
      const { openGpuArray } = /** @type {any} */ (globalThis).baselines;
      const lane = await openGpuArray();
      const results = [];
      for (const job of jobs) results.push([...(await lane.escapeTime(job)).counts]);
      lane.close();
      return results;
    }, jobs);
    let [differ, pixels] = [0, 0];
    for (const [i, job] of jobs.entries()) {
      const count = differing(results[i], froundCounts(job));
      if (renderer === 'swiftshader') assert.is(count, 0, `${count} pixels differ: ${JSON.stringify(job)}`);
      differ += count;
      pixels += results[i].length;
    }
    return differ / pixels;
  };

  check('counts', async () => {
    const wide = { x0: -2, x1: 0.6, y0: -1.2, y1: 1.2 };
    const sizes = [1, 2, 3, 5, 17];
    const share = await againstReference([
      presets.salon(100, 64),
      presets.gellert(100, 50),
      ...sizes.map((n) => ({ grid: { ...wide, width: n, height: sizes[4] + 1 - n }, maxIterations: 100 })),
      ...[2, 4, 100, 1e150].map((bailoutRadius) => ({ ...presets.salon(33, 40), bailoutRadius })),
      ...[1, 2, 3].map((maxIterations) => ({ ...presets.salon(21), maxIterations })),
      // c beyond every radius, beyond f32's squares, and beyond f32.
      ...[1e3, 1e30, 1e300].map((x) => ({
        grid: { width: 7, height: 5, x0: -x, x1: x, y0: -x / 3, y1: x / 2, endpoint: false },
        maxIterations: 20,
      })),
    ]);
    console.log(`\n${renderer}: ${(100 * share).toFixed(3)} % of pixels differ from the f32 reference`);
    assert.ok(share <= LLVMPIPE_SHARE);
  });

  check('random', async () => {
    const next = random(17);
    const jobs = Array.from({ length: 30 }, () => randomJob(next)).filter((job) => job.maxIterations < 500);
    assert.ok(jobs.length > 12);
    assert.ok((await againstReference(jobs)) <= 10 * LLVMPIPE_SHARE);
  });

  check('operations', async () => {
    const draws = await page.evaluate(async () => {
      const { openGpuArray } = /** @type {any} */ (globalThis).baselines;
      const { presets } = await import('twolane');
      const gl = WebGL2RenderingContext.prototype;
      const { drawArrays } = gl;
      let draws = 0;
      gl.drawArrays = function (...args) {
        draws++;
        drawArrays.apply(this, args);
      };
      const lane = await openGpuArray();
      const of = async (/** @type {import('twolane').Job} */ job) => {
        draws = 0;
        await lane.escapeTime(job);
        return draws;
      };
      const far = { width: 9, height: 9, x0: 10, x1: 20, y0: 10, y1: 20 };
      const all = [
        await of(presets.salon(50, 300)),
        await of({ grid: far, maxIterations: 300 }),
        await of(presets.salon(5, 1)),
      ];
      lane.close();
      gl.drawArrays = drawArrays;
      return all;
    });
    assert.equal(draws, [8 * 299, 8 * 299, 0]);
  });

  check('tiled', async () => {
    const [wide, high] = await page.evaluate(async () => {
      const { openGpuArray } = /** @type {any} */ (globalThis).baselines;
      const lane = await openGpuArray();
      const axis = { x0: -2, x1: 0.5, y0: -1, y1: 1 };
      const counts = [];
      for (const [width, height] of [
        [17001, 3],
        [3, 17001],
      ]) {
        counts.push([...(await lane.escapeTime({ grid: { width, height, ...axis }, maxIterations: 20 })).counts]);
      }
      lane.close();
      return counts;
    });
    const axis = { x0: -2, x1: 0.5, y0: -1, y1: 1 };
    for (const [counts, width] of /** @type {const} */ ([
      [wide, 17001],
      [high, 3],
    ])) {
      const expected = froundCounts({ grid: { width, height: 51003 / width, ...axis }, maxIterations: 20 });
      const differ = differing(counts, expected);
      assert.ok(renderer === 'swiftshader' ? differ === 0 : differ <= LLVMPIPE_SHARE * counts.length);
    }

    const result = await page.evaluate(async () => {
      const { openGpuArray } = /** @type {any} */ (globalThis).baselines;
      const { openGpu, presets } = await import('twolane');
      const gl = /** @type {any} */ (WebGL2RenderingContext.prototype);
      const { texStorage2D } = gl;
      const textures = { count: 0, largest: 0 };
      gl.texStorage2D = /** @this {any} @param {any[]} args */ function (...args) {
        textures.count++;
        textures.largest = Math.max(textures.largest, args[3] * args[4]);
        return texStorage2D.apply(this, args);
      };
      const lane = await openGpuArray();
      textures.count = 0;
      const job = presets.gellert(2100, 3);
      const covered = new Uint8Array(2100 * 2100);
      const counts = new Float32Array(2100 * 2100);
      let tiles = 0;
      for await (const tile of lane.tiles(job)) {
        tiles++;
        for (let i = 0; i < tile.counts.length; i++) {
          const pixel = (tile.row + Math.floor(i / tile.width)) * 2100 + tile.column + (i % tile.width);
          covered[pixel]++;
          counts[pixel] = tile.counts[i];
        }
      }
      gl.texStorage2D = texStorage2D;
      lane.close();
      const gpu = await openGpu({ precision: 'f32' });
      const expected = (await gpu.escapeTime(job)).counts;
      gpu.close();
      return {
        tiles,
        textures,
        once: covered.every((times) => times === 1),
        differ: counts.reduce((sum, count, i) => sum + Number(count !== expected[i]), 0),
      };
    });
    assert.equal([result.tiles, result.once, result.textures.count], [2, true, 11]);
    assert.ok(result.textures.largest <= 2 ** 22);
    assert.ok(renderer === 'swiftshader' ? result.differ === 0 : result.differ < 44100, `${result.differ}`);
  });

  check('page', async () => {
    await countDraws(page);
    const result = await page.evaluate(async () => {
      const { openGpuArray } = /** @type {any} */ (globalThis).baselines;
      const { presets } = await import('twolane');
      const lane = await openGpuArray();
      let beats = 0;
      const beat = setInterval(() => beats++, 4);
      const draws = () => /** @type {number} */ (/** @type {any} */ (globalThis).draws);
      /** Draws after each abort. */
      const late = [];
      const reasons = [];
      // In the uploads of large arrays, among their draws, and among the many draws of small ones.
      for (const [job, after] of /** @type {[import('twolane').Job, number][]} */ ([
        [presets.gellert(2048, 100), 20],
        [presets.gellert(2048, 2000), 1000],
        [presets.salon(20, 2 ** 20), 700],
      ])) {
        const controller = new AbortController();
        const call = lane.escapeTime(job, { signal: controller.signal });
        let at = 0;
        setTimeout(() => {
          at = draws();
          controller.abort('enough');
        }, after);
        reasons.push(await call.catch((/** @type {any} */ error) => error));
        late.push(draws() - at);
      }
      clearInterval(beat);
      const worksOn = (await lane.escapeTime(presets.salon(3, 40))).counts[4];
      lane.close();
      return { beats, late, reasons, worksOn };
    });
    console.log(`\n${renderer}: ${result.beats} turns, ${result.late.join(', ')} draws after an abort`);
    assert.equal([result.reasons, result.worksOn], [['enough', 'enough', 'enough'], 40]);
    assert.equal(result.late, [0, 0, 0]);
    assert.ok(result.beats > 30, `${result.beats} turns`);
  });

  check('calls', async () => {
    const result = await page.evaluate(async () => {
      const { openGpuArray } = /** @type {any} */ (globalThis).baselines;
      const { openGpu, presets } = await import('twolane');
      const gl = /** @type {WebGL2RenderingContext} */ (new OffscreenCanvas(1, 1).getContext('webgl2'));
      const gpu = await openGpu({ gl, precision: 'f32' });
      const lane = await openGpuArray({ gl });
      const calls = [
        () => lane.escapeTime(presets.salon(101, 50)),
        () => lane.escapeTime(presets.gellert(67, 90)),
        () => gpu.escapeTime(presets.salon(80, 300)),
      ];
      const text = async (/** @type {() => Promise<import('twolane').Image>} */ call) => (await call()).counts.join();
      /** @type {string[]} */
      const alone = [];
      for (const call of calls) alone.push(await text(call));
      const together = await Promise.all(calls.map(text));
      let done = 0;
      const onProgress = (/** @type {import('twolane').Progress} */ progress) => (done = progress.done);
      await lane.escapeTime(presets.salon(31, 9), { onProgress });
      gpu.close();
      lane.close();
      return { same: together.every((counts, i) => counts === alone[i]), done, lost: gl.isContextLost() };
    });
    assert.equal(result, { same: true, done: 31 * 31, lost: false });
  });

  check('report', async () => {
    const { name, device, precision, setup, fallbackReason, timing, ran, blocks } = await page.evaluate(async () => {
      const { openGpuArray } = /** @type {any} */ (globalThis).baselines;
      const { presets } = await import('twolane');
      const lane = await openGpuArray();
      const { timing, precision: ran } = await lane.escapeTime(presets.salon(200, 50));
      // Beyond f32: neighbours share a coordinate, and nothing is refused.
      const deep = { width: 9, height: 9, x0: -0.75, x1: -0.75 + 1e-12, y0: 0.01, y1: 0.01 + 1e-12 };
      const blocks = new Set((await lane.escapeTime({ grid: deep })).counts).size;
      lane.close();
      const { name, device, precision, setup, fallbackReason } = lane;
      return { name, device, precision, setup, fallbackReason, timing, ran, blocks };
    });
    assert.equal([name, precision, ran, fallbackReason, blocks], ['gpu-array', 'f32', 'f32', null, 1]);
    assert.match(device.toLowerCase(), renderer);
    assert.match(device, /, one draw an operation \(software\)$/);
    const { compute, transfer, total, computeFrom } = timing;
    assert.ok(setup > 0 && compute > 0 && transfer > 0 && compute + transfer <= total, JSON.stringify(timing));
    assert.ok(['timer-query', 'fence'].includes(computeFrom));
  });

  check('arguments', async () => {
    const { wrong, refused } = await page.evaluate(async (text) => {
      const { baselines, importText } = /** @type {any} */ (globalThis);
      const lane = await baselines.openGpuArray();
      const { tryBadArguments, tryOut } = await importText(text);
      const wrong = [...(await tryBadArguments(lane)), ...(await tryOut(lane))];
      lane.close();
      const refused = [];
      for (const options of [{ precision: 'f32' }, { gl: 3 }, null]) {
        refused.push(await baselines.openGpuArray(options).catch((/** @type {any} */ error) => String(error)));
      }
      return { wrong, refused };
    }, badArguments);
    assert.equal(wrong, []);
    assert.equal(refused, [
      "TypeError: options must have no keys but gl, got 'precision'",
      'TypeError: gl must be a WebGL2RenderingContext, got 3',
      'TypeError: options must be an object with the keys gl, got null',
    ]);
  });

  check('missing', async () => {
    const { context, float, shader, framebuffer } = await refusals(page, 'openGpuArray');
    assert.is(context, 'WebGL2 is missing here, so the gpu-array lane cannot run');
    assert.match(float, /^EXT_color_buffer_float is missing here, so the gpu-array lane/);
    assert.match(shader, /^the shader does not compile here, so the gpu-array lane cannot run: [^]*nonsense/);
    assert.match(framebuffer, /^a 2 × 2 R32F framebuffer is not complete here \(status 36061\), so the gpu-array lane/);
  });

  check('lost', async () => {
    await countDraws(page);
    const result = await page.evaluate(async () => {
      const { openGpuArray } = /** @type {any} */ (globalThis).baselines;
      const { presets } = await import('twolane');
      const gl = /** @type {WebGL2RenderingContext} */ (new OffscreenCanvas(1, 1).getContext('webgl2'));
      const lose = /** @type {WEBGL_lose_context} */ (gl.getExtension('WEBGL_lose_context'));
      // A borrowed context is restored on its owner's demand.
      gl.canvas.addEventListener('webglcontextlost', (event) => event.preventDefault());
      const lane = await openGpuArray({ gl });
      const sum = async () => (await lane.escapeTime(presets.salon(60, 99))).counts.join();
      const before = await sum();
      const name = (/** @type {any} */ error) => error.name;
      const call = lane.escapeTime(presets.gellert(1000, 5000)).catch(name);
      await new Promise((resolve) => setTimeout(resolve, 300));
      const { draws } = /** @type {any} */ (globalThis);
      lose.loseContext();
      const errors = [await call, await lane.escapeTime(presets.salon(5)).catch(name)];
      const late = /** @type {any} */ (globalThis).draws - draws;
      await new Promise((resolve) => setTimeout(resolve, 50));
      const restored = new Promise((resolve) => gl.canvas.addEventListener('webglcontextrestored', resolve));
      lose.restoreContext();
      await restored;
      const same = (await sum()) === before;
      lane.close();
      return { errors, late, same };
    });
    assert.equal([result.errors, result.same], [['LaneLostError', 'LaneLostError'], true]);
    assert.is(result.late, 0);
  });

  check('closed', async () => {
    const result = await page.evaluate(async () => {
      const { openGpuArray } = /** @type {any} */ (globalThis).baselines;
      const { presets } = await import('twolane');
      const { getContext } = OffscreenCanvas.prototype;
      /** @type {any} */
      let gl;
      OffscreenCanvas.prototype.getContext = /** @type {any} */ (
        function (/** @type {any} */ ...args) {
          gl = getContext.apply(this, args);
          return gl;
        }
      );
      const lane = await openGpuArray();
      OffscreenCanvas.prototype.getContext = getContext;
      const name = (/** @type {any} */ error) => error.name;
      const call = lane.escapeTime(presets.gellert(500, 5000)).catch(name);
      setTimeout(() => lane.close(), 100);
      return { errors: [await call, await lane.escapeTime(presets.salon(5)).catch(name)], lost: gl.isContextLost() };
    });
    assert.equal(result, { errors: ['LaneUnavailableError', 'LaneUnavailableError'], lost: true });
  });

  check('leaks', async () => {
    const result = await page.evaluate(async (text) => {
      const { baselines, importText } = /** @type {any} */ (globalThis);
      const { presets } = await import('twolane');
      const { alive, end } = (await importText(text)).countObjects();
      const lane = await baselines.openGpuArray();
      const before = alive();
      for (let i = 0; i < 50; i++) await lane.escapeTime(presets.salon(4 + (i % 7), 10));
      for (const ms of [1, 10, 100]) {
        await lane.escapeTime(presets.gellert(500, 2000), { signal: AbortSignal.timeout(ms) }).catch(() => {});
      }
      for await (const tile of lane.tiles(presets.gellert(2200, 3))) if (tile.row >= 0) break;
      const growth = alive() - before;
      lane.close();
      const left = alive();
      end();
      return { before: before > 0, growth, left };
    }, glState);
    assert.equal(result, { before: true, growth: 0, left: 0 });
  });

  check('state', async () => {
    const result = await page.evaluate(async (text) => {
      const { baselines, importText } = /** @type {any} */ (globalThis);
      const { presets } = await import('twolane');
      const { watchState } = await importText(text);
      const gl = /** @type {WebGL2RenderingContext} */ (new OffscreenCanvas(8, 8).getContext('webgl2'));
      const end = watchState(gl);
      const lane = await baselines.openGpuArray({ gl });
      const counts = (await lane.escapeTime(presets.salon(400, 40))).counts.join();
      await lane.escapeTime(presets.gellert(300, 999), { signal: AbortSignal.timeout(50) }).catch(() => {});
      lane.close();
      const seen = end();
      const own = await baselines.openGpuArray();
      const same = (await own.escapeTime(presets.salon(400, 40))).counts.join() === counts;
      own.close();
      return { ...seen, same, lost: gl.isContextLost() };
    }, glState);
    assert.equal([result.changed, result.same, result.lost], [[], true, false]);
    assert.ok(result.messed > 40 && result.looks > 5, JSON.stringify(result));
  });
}

test.run(27, [0, 13, 26]);
