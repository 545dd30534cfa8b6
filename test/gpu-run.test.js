import { presets } from 'twolane';
import * as assert from 'uvu/assert';
import { suite } from './harness.js';
import { countDraws, gpuCounts, renderers } from './page.js';
import { differing, froundCounts, serialCount } from './reference.js';

const test = suite('gpu runs');

const TITLES = {
  heartbeat:
    'the page has its turns between few draws while 8192 × 8192 pixels are rendered, progress moves, and an abort ends them',
  iterations: 'jobs of many iterations are cut by iterations, with the same counts',
  wide: 'grids beyond the largest texture are tiled, in both directions',
  stream: '15000 × 15000 pixels stream through tiles() in bounded memory',
  long: 'grids of 2^31 columns or rows stream, too, and the page has its turns',
  texture: 'a texture can be sampled: a colour shader paints it to a canvas',
  textures: 'a texture reads back the counts, and fails once deleted, closed or too large',
  'tiled texture': 'a texture computed in narrow tiles has the image’s counts and fractions',
  'polite texture': 'a texture waits for its memory between tasks, and its deletion leaves no error',
  consumer: 'what the consumer of a tile takes counts in the total only',
  clock: 'a timing says which clock gave it, and null where there is none',
  quiet: 'the browser has nothing to say on the console',
};

for await (const { renderer, page, check } of renderers(test, TITLES)) {
  /** @type {string[]} */
  const said = [];
  page.on('console', (message) => said.push(message.text()));
  /** @param {import('twolane').Job} job @param {string} what */
  const againstReference = async (job, what) => {
    const expected = froundCounts(job);
    const share = differing(await gpuCounts(page, job), expected) / expected.length;
    assert.ok(renderer === 'swiftshader' ? share === 0 : share < 0.02, `${what}: ${share} differ`);
  };

  check('heartbeat', async () => {
    await countDraws(page);
    const result = await page.evaluate(async () => {
      const { openGpu, presets } = await import('twolane');
      const lane = await openGpu();
      const draws = () => /** @type {number} */ (/** @type {any} */ (globalThis).draws);
      let most = 0;
      let longest = 0;
      let last = { draws: draws(), at: performance.now() };
      const beat = setInterval(() => {
        const now = { draws: draws(), at: performance.now() };
        most = Math.max(most, now.draws - last.draws);
        longest = Math.max(longest, now.at - last.at);
        last = now;
      }, 4);
      const before = draws();
      /** @type {number[]} */
      const progress = [];
      const image = await lane.escapeTime(presets.gellert(8192, 2000), {
        onProgress: ({ done, total }) => progress.push(done / total),
      });
      const all = draws() - before;
      const between = most;
      const waited = longest / image.timing.total;
      const controller = new AbortController();
      const call = lane.escapeTime(presets.gellert(8192, 2000), { signal: controller.signal });
      let at = 0;
      setTimeout(() => {
        at = draws();
        controller.abort('enough');
      }, 300);
      const reason = await call.catch((error) => error);
      const late = draws() - at;
      const worksOn = (await lane.escapeTime(presets.salon(3, 40))).counts[4];
      clearInterval(beat);
      lane.close();
      const counts = image.counts;
      return {
        all,
        between,
        waited,
        progress,
        reason,
        late,
        worksOn,
        inside: counts[4096 * 8192 + 6000],
        outside: counts[0],
      };
    });
    console.log(
      `\n${renderer}: ${result.all} draws, ${result.between} between two turns, ${result.late} after an abort`,
    );
    assert.ok(result.all > 20 && result.between <= 4, `${result.between} of ${result.all}`);
    assert.ok(result.waited < 1 / 20, `${result.waited} of the whole call`);
    assert.ok(result.progress.length > 8);
    assert.ok(result.progress.every((done, i) => i === 0 || done > result.progress[i - 1]));
    assert.is(result.progress.at(-1), 1);
    assert.is(result.reason, 'enough');
    assert.ok(result.late <= 2, `${result.late} draws`);
    assert.is(result.worksOn, 40);
    assert.is(result.inside, 2001);
    assert.is(result.outside, serialCount(-2, -1.3, 2001, 16));
  });

  check('iterations', async () => {
    const grid = { width: 37, height: 23, x0: -0.7501, x1: -0.7499, y0: 0.0005, y1: 0.0015 };
    await againstReference({ grid, maxIterations: 60000 }, 'seahorses');
    await againstReference({ ...presets.salon(61), maxIterations: 4097 }, 'salon');
    const long = { width: 5, height: 2, x0: -2, x1: 0.25, y0: 0, y1: 1e-3 };
    await againstReference({ grid: long, maxIterations: 2 ** 24 }, '2^24');
  });

  check('wide', async () => {
    await againstReference({ grid: { width: 17001, height: 3, x0: -2, x1: 0.5, y0: -1, y1: 1 } }, 'wide');
    await againstReference({ grid: { width: 3, height: 17001, x0: -2, x1: 0.5, y0: -1, y1: 1 } }, 'high');
  });

  check('stream', async () => {
    const result = await page.evaluate(async () => {
      const { openGpu, presets } = await import('twolane');
      const lane = await openGpu();
      const gl = /** @type {any} */ (WebGL2RenderingContext.prototype);
      const { texStorage2D, bufferData } = gl;
      let most = 0;
      gl.texStorage2D = /** @this {any} @param {any[]} args */ function (...args) {
        most = Math.max(most, args[3] * args[4]);
        return texStorage2D.apply(this, args);
      };
      let pixels = 0;
      let next = 0;
      let largest = 0;
      let gaps = 0;
      for await (const tile of lane.tiles(presets.gellert(15000, 50))) {
        largest = Math.max(largest, tile.counts.length);
        if (tile.column === 0) gaps += Number(tile.row !== next);
        if (tile.column + tile.width === 15000) next = tile.row + tile.height;
        pixels += tile.width * tile.height;
      }
      gl.texStorage2D = texStorage2D;
      gl.bufferData = bufferData;
      lane.close();
      return { pixels, largest, most, gaps };
    });
    assert.is(result.pixels, 15000 ** 2);
    assert.is(result.gaps, 0);
    assert.ok(result.largest <= 2 ** 22 && result.most <= 2 ** 22, JSON.stringify(result));
  });

  check('long', async () => {
    const tiles = await page.evaluate(async () => {
      const { openGpu } = await import('twolane');
      const { openGpuArray } = await import('twolane/baselines');
      const seen = [];
      const area = { x0: -2, x1: 1, y0: -1, y1: 1 };
      for (const lane of [await openGpu({ precision: 'f32' }), await openGpuArray()]) {
        for (const grid of [
          { width: 2 ** 31, height: 1, ...area },
          { width: 1, height: 2 ** 31, ...area },
        ]) {
          for await (const { counts, ...tile } of lane.tiles({ grid, maxIterations: 50 })) {
            seen.push({ ...tile, counted: counts.every((count) => count >= 1) });
            break;
          }
        }
        lane.close();
      }
      return seen;
    });
    assert.is(tiles.length, 4);
    for (const { column, row, width, height, counted } of tiles) {
      assert.ok(column === 0 && row === 0 && Math.min(width, height) === 1 && width * height > 1000 && counted);
    }
  });

  check('texture', async () => {
    const result = await page.evaluate(async () => {
      const { openGpu, presets } = await import('twolane');
      const gl = /** @type {WebGL2RenderingContext} */ (document.createElement('canvas').getContext('webgl2'));
      gl.canvas.width = 120;
      gl.canvas.height = 120;
      const lane = await openGpu({ gl, precision: 'f32' });
      const { texture, width, height, timing, precision, ...rest } = await lane.escapeTexture(presets.salon(120, 200));
      const compile = (/** @type {number} */ type, /** @type {string} */ source) => {
        const shader = /** @type {WebGLShader} */ (gl.createShader(type));
        gl.shaderSource(shader, source);
        gl.compileShader(shader);
        return shader;
      };
      const program = gl.createProgram();
      const corner = 'vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0';
      const vertex = `#version 300 es\nvoid main() { gl_Position = vec4(${corner}, 0.0, 1.0); }`;
      const fragment = `#version 300 es
        precision highp float;
        uniform highp sampler2D counts;
        out vec4 colour;
        void main() {
          float count = texelFetch(counts, ivec2(gl_FragCoord.xy), 0).r;
          colour = count == 200.0 ? vec4(0, 0, 0, 1) : vec4(count / 255.0, 1.0 - count / 255.0, 0.5, 1.0);
        }`;
      gl.attachShader(program, compile(gl.VERTEX_SHADER, vertex));
      gl.attachShader(program, compile(gl.FRAGMENT_SHADER, fragment));
      gl.linkProgram(program);
      gl.useProgram(program);
      gl.viewport(0, 0, 120, 120);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
      const pixels = new Uint8Array(4 * 120 * 120);
      gl.readPixels(0, 0, 120, 120, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
      const error = gl.getError();
      const counts = [...(await rest.read())];
      rest.delete();
      lane.close();
      return { pixels: [...pixels], counts, width, height, timing, precision, error };
    });
    const expected = froundCounts(presets.salon(120, 200));
    const share = differing(result.counts, expected) / expected.length;
    assert.ok(renderer === 'swiftshader' ? share === 0 : share < 0.01);
    assert.equal([result.width, result.height, result.precision, result.error], [120, 120, 'f32', 0]);
    assert.ok(result.timing.total > 0 && Number(result.timing.compute) > 0);
    let black = 0;
    for (const [i, count] of result.counts.entries()) {
      const colour = result.pixels.slice(4 * i, 4 * i + 3);
      const wanted = count === 200 ? [0, 0, 0] : [count, 255 - count, 128];
      if (count === 200) black++;
      assert.ok(
        colour.every((value, k) => Math.abs(value - wanted[k]) <= 1),
        `pixel ${i}: ${colour}, not ${wanted}`,
      );
    }
    assert.ok(black > 1000 && black < 13000);
  });

  check('textures', async () => {
    const result = await page.evaluate(async () => {
      const { openGpu, presets } = await import('twolane');
      const lane = await openGpu();
      const job = { ...presets.gellert(1500, 900) };
      let done = 0;
      const one = await lane.escapeTexture(job, { onProgress: (progress) => (done = progress.done) });
      const [{ counts }, read] = await Promise.all([lane.escapeTime(job), one.read()]);
      const same = counts.every((count, i) => count === read[i]);
      one.delete();
      one.delete();
      const wide = { grid: { width: 40000, height: 1, x0: 0, x1: 1, y0: 0, y1: 1 } };
      const messages = [
        await one.read().catch((error) => `${error.name}: ${error.message}`),
        await lane.escapeTexture(wide).catch((error) => `${error.name}: ${error.message}`),
        await lane
          .escapeTexture(job, { signal: AbortSignal.timeout(5) })
          .catch((/** @type {any} */ error) => error.name),
      ];
      const { signal } = new AbortController();
      let listeners = 0;
      for (const [name, change] of /** @type {const} */ ([
        ['addEventListener', 1],
        ['removeEventListener', -1],
      ])) {
        signal[name] = /** @type {any} */ (() => (listeners += change));
      }
      const two = await lane.escapeTexture(presets.salon(9), { signal });
      lane.close();
      messages.push(await two.read().catch((error) => error.name));
      messages.push(await lane.escapeTexture(presets.salon(9)).catch((error) => error.name));
      return { same, done, messages, listeners };
    });
    assert.ok(result.same);
    assert.is(result.done, 1500 * 1500);
    assert.is(result.listeners, 0);
    const [deleted, large, ...rest] = result.messages;
    assert.is(deleted, 'LaneUnavailableError: the texture is deleted, so it cannot be read');
    assert.match(
      large,
      /^RangeError: grid.width and grid.height must be at most \d+, the largest texture here, got 40000/,
    );
    assert.equal(rest, ['TimeoutError', 'LaneUnavailableError', 'LaneUnavailableError']);
  });

  check('tiled texture', async () => {
    // So many iterations that its tiles are narrow, and steps of which few are done: all pixels escape soon.
    const job = {
      grid: { width: 4096, height: 3, x0: 0.5, x1: 1, y0: -0.4, y1: 0.4 },
      maxIterations: 2 ** 24,
      smooth: true,
    };
    const result = await page.evaluate(async (job) => {
      const { openGpu } = await import('twolane');
      const gl = /** @type {WebGL2RenderingContext} */ (new OffscreenCanvas(1, 1).getContext('webgl2'));
      const widths = new Set();
      const { viewport } = gl;
      gl.viewport = (...numbers) => {
        widths.add(numbers[2]);
        viewport.apply(gl, numbers);
      };
      const lane = await openGpu({ gl, precision: 'df64' });
      const { counts, fractions } = await lane.escapeTime(job);
      const texture = await lane.escapeTexture(job);
      const pairs = [
        [counts, await texture.read()],
        [fractions, await texture.readFractions()],
      ];
      lane.close();
      const differing = pairs.map(([a, b]) => a?.reduce((sum, value, i) => sum + Number(value !== b?.[i]), 0));
      return { differing, tiled: [...widths].some((width) => width > 64 && width < job.grid.width) };
    }, job);
    assert.ok(result.tiled);
    assert.equal(result.differing, [0, 0]);
  });

  check('polite texture', async () => {
    const result = await page.evaluate(async () => {
      const { openGpu, presets } = await import('twolane');
      const gl = /** @type {WebGL2RenderingContext} */ (new OffscreenCanvas(1, 1).getContext('webgl2'));
      const lane = await openGpu({ gl, precision: 'f32' });
      /** @type {string[]} */
      const log = [];
      const prototype = /** @type {any} */ (WebGL2RenderingContext.prototype);
      for (const name of ['texStorage2D', 'clientWaitSync', 'checkFramebufferStatus']) {
        /** @type {any} */ (gl)[name] = (/** @type {any[]} */ ...values) => {
          const result = prototype[name].apply(gl, values);
          if (name !== 'texStorage2D' || values[3] === 1000) log.push(name === 'clientWaitSync' ? result : name);
          return result;
        };
      }
      const texture = await lane.escapeTexture(presets.salon(1000));
      const signaled = [gl.ALREADY_SIGNALED, gl.CONDITION_SATISFIED].map(String);
      const order = log.map(String).filter((entry) => !/^\d+$/.test(entry) || signaled.includes(entry));
      const read = texture.read().catch((error) => `${error.name}: ${error.message}`);
      const large = await lane.escapeTexture(presets.salon(2500));
      const half = large.read().catch((error) => `${error.name}: ${error.message}`);
      await new Promise((resolve) => setTimeout(resolve));
      large.delete();
      const deleted = await half;
      await read;
      const errors = [gl.getError()];
      const lose = /** @type {any} */ (gl.getExtension('WEBGL_lose_context'));
      gl.canvas.addEventListener('webglcontextlost', (event) => event.preventDefault());
      lose.loseContext();
      await new Promise((resolve) => setTimeout(resolve, 50));
      gl.getError();
      const restored = new Promise((resolve) => gl.canvas.addEventListener('webglcontextrestored', resolve));
      lose.restoreContext();
      await restored;
      texture.delete();
      lane.close();
      errors.push(gl.getError());
      return { order: order.slice(0, 3), signaled, deleted, errors };
    });
    const [made, waited, checked] = result.order;
    assert.equal([made, checked], ['texStorage2D', 'checkFramebufferStatus']);
    assert.ok(result.signaled.includes(waited));
    assert.is(result.deleted, 'LaneUnavailableError: the texture is deleted, so it cannot be read');
    assert.equal(result.errors, [0, 0]);
  });

  check('consumer', async () => {
    const { timing, waited } = await page.evaluate(async () => {
      const { openGpu, presets } = await import('twolane');
      const lane = await openGpu({ precision: 'f32' });
      let waited = 0;
      const onProgress = () => {
        const start = performance.now();
        while (performance.now() < start + 200);
        waited += performance.now() - start;
      };
      const { timing } = await lane.escapeTime(presets.gellert(3000, 9), { onProgress });
      lane.close();
      return { timing, waited };
    });
    assert.ok(waited > 0);
    assert.ok(Number(timing.compute) + Number(timing.transfer) <= timing.total - waited, JSON.stringify(timing));
  });

  check('clock', async () => {
    const clocks = await page.evaluate(async () => {
      const { openGpu, presets } = await import('twolane');
      const gl = /** @type {any} */ (WebGL2RenderingContext.prototype);
      const { getExtension, fenceSync } = gl;
      const timing = async () => {
        const lane = await openGpu({ precision: 'f32' });
        const { timing } = await lane.escapeTime(presets.gellert(900, 500));
        lane.close();
        return timing;
      };
      const timings = [await timing()];
      gl.getExtension = /** @this {any} @param {string} name */ function (name) {
        return name === 'EXT_disjoint_timer_query_webgl2' ? null : getExtension.call(this, name);
      };
      timings.push(await timing());
      gl.fenceSync = () => null;
      timings.push(await timing());
      gl.getExtension = getExtension;
      gl.fenceSync = fenceSync;

      // One that times nothing but queueing is found out when the lane opens, and for good.
      const { getQueryParameter } = gl;
      gl.getQueryParameter = /** @this {any} @param {any} query @param {number} name */ function (query, name) {
        return name === this.QUERY_RESULT ? 1 : getQueryParameter.call(this, query, name);
      };
      const lane = await openGpu({ precision: 'f32' });
      gl.getQueryParameter = getQueryParameter;
      const lose = lane.gl.getExtension('WEBGL_lose_context');
      lose?.loseContext();
      await new Promise((resolve) => setTimeout(resolve, 50));
      lose?.restoreContext();
      await new Promise((resolve) => lane.gl.canvas.addEventListener('webglcontextrestored', resolve, { once: true }));
      timings.push((await lane.escapeTime(presets.gellert(900, 500))).timing);
      lane.close();
      return timings;
    });
    const [either, fence, none, restored] = clocks;
    assert.ok(['timer-query', 'fence'].includes(String(either.computeFrom)));
    assert.is(fence.computeFrom, 'fence');
    for (const { compute, transfer, total } of [either, fence]) {
      assert.ok(Number(compute) > 0 && Number(transfer) > 0 && Number(compute) + Number(transfer) <= total);
    }
    assert.is(restored.computeFrom, 'fence');
    assert.is(none.computeFrom, null);
    assert.is(none.compute, null);
    assert.ok(none.total > 0);
  });

  check('quiet', async () => {
    assert.equal(said, []);
  });
}

test.run(24, [0, 12, 24]);
