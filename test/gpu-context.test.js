import * as assert from 'uvu/assert';
import { readFileSync } from 'node:fs';
import { suite } from './harness.js';
import { countDraws, renderers } from './page.js';
import { differing, froundCounts } from './reference.js';

const test = suite('gpu contexts');
const twgl = readFileSync(new URL('../node_modules/twgl.js/dist/7.x/twgl-full.module.js', import.meta.url), 'utf8');
const glState = readFileSync(new URL('gl-state.js', import.meta.url), 'utf8');

const TITLES = {
  state: 'a context of yours keeps every piece of its state, step by step',
  host: 'a host that draws with twgl between calls sees its own picture unchanged',
  worker: 'it works in a worker',
  lost: 'a lost context rejects, as do later calls, without another draw, and after restoration the lane works again',
  own: 'with a context of its own it starts each step from the same state, whatever is set in lane.gl',
  broken: 'a call that fails in a draw, or for its array, leaves no query at work and no object',
  midway: 'a context of yours that is lost within a step of the lane rejects with LaneLostError, too',
  first:
    'close() and abort during the first df64 call, which finds out how fast that is, leave a context of yours without an error',
  leaks: '1000 renders create no growth in GL objects, nor do textures, aborts and errors; close() frees all',
  cycles: '40 open-close cycles keep the contexts beside them alive',
  unsigned: 'without float render targets it gives the same counts through R32UI, and says so',
  closed: 'close() in the midst of calls leaves a context of yours without an error, and nothing in it',
  again: 'what is left of a call whose context was lost deletes nothing of the restored one',
  memory: 'a tile that there is no memory for rejects',
  owner: 'a context of yours that is lost is not asked for, one of its own is',
  refused: 'a bad gl is refused',
};

for await (const { renderer, page, check } of renderers(test, TITLES)) {
  check('state', async () => {
    const result = await page.evaluate(async (source) => {
      const { watchState } = await import(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
      const { openGpu, presets } = await import('twolane');
      const gl = /** @type {WebGL2RenderingContext} */ (new OffscreenCanvas(8, 8).getContext('webgl2'));
      const end = watchState(gl);
      const lane = await openGpu({ gl });
      const { counts } = await lane.escapeTime(presets.salon(150));
      await lane.escapeTime({ ...presets.salon(40), maxIterations: 20000 });
      const texture = await lane.escapeTexture(presets.gellert(60));
      const read = await texture.read();
      texture.delete();
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 3);
      await lane.escapeTime(presets.gellert(600), { signal: controller.signal }).catch(() => {});
      lane.close();
      const seen = end();
      const own = await openGpu();
      const same =
        (await own.escapeTime(presets.salon(150))).counts.join() === counts.join() &&
        (await own.escapeTime(presets.gellert(60))).counts.join() === read.join();
      own.close();
      return { ...seen, same, lost: gl.isContextLost() };
    }, glState);
    assert.equal(result.changed, []);
    assert.ok(result.messed > 40, `${result.messed} parameters were changed before`);
    assert.ok(result.looks > 5);
    assert.ok(result.same);
    assert.not(result.lost);
  });

  check('host', async () => {
    const result = await page.evaluate(async (source) => {
      const twgl = await import(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
      const { openGpu, presets } = await import('twolane');
      const gl = /** @type {any} */ (
        document.createElement('canvas').getContext('webgl2', { preserveDrawingBuffer: true })
      );
      const program = twgl.createProgramInfo(gl, [
        `#version 300 es
        in vec4 position; out vec2 uv; void main() { uv = position.xy; gl_Position = position; }`,
        `#version 300 es
        precision highp float; in vec2 uv; uniform sampler2D image; out vec4 colour;
        void main() { colour = texture(image, uv) * vec4(uv * 0.5 + 0.5, 0.5, 1.0); }`,
      ]);
      const buffers = twgl.createBufferInfoFromArrays(gl, {
        position: { numComponents: 2, data: [-1, -1, 1, -1, 0, 1] },
      });
      const image = twgl.createTexture(gl, { src: [255, 0, 128, 255, 9, 99, 200, 255], width: 2, height: 1 });
      gl.useProgram(program.program);
      twgl.setBuffersAndAttributes(gl, program, buffers);
      twgl.setUniforms(program, { image });
      // The host sets its state once, and only draws from then on.
      const picture = () => {
        gl.clear(gl.COLOR_BUFFER_BIT);
        twgl.drawBufferInfo(gl, buffers);
        const pixels = new Uint8Array(4 * 300 * 150);
        gl.readPixels(0, 0, 300, 150, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
        return pixels.join();
      };
      const before = picture();
      const lane = await openGpu({ gl });
      let same = 0;
      let frames = 0;
      let working = true;
      const frame = () => {
        frames++;
        same += Number(picture() === before);
        if (working) setTimeout(frame, 1);
      };
      frame();
      await lane.escapeTime(presets.gellert(2400, 2000));
      working = false;
      frame();
      lane.close();
      return { frames, same, coloured: new Set(before.split(',')).size };
    }, twgl);
    assert.ok(result.frames > 3 && result.coloured > 10, JSON.stringify(result));
    assert.is(result.same, result.frames);
  });

  check('worker', async () => {
    const counts = await page.evaluate(async () => {
      const url = new URL('/dist/index.js', location.href).href;
      const source = `import { openGpu, presets } from '${url}';
        const lane = await openGpu({ precision: 'f32' });
        const { counts } = await lane.escapeTime(presets.salon(50));
        lane.close();
        postMessage([...counts]);`;
      const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })), {
        type: 'module',
      });
      const counts = await new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = ({ message }) => reject(new Error(message));
      });
      worker.terminate();
      return counts;
    });
    const { presets } = await import('twolane');
    const share = differing(counts, froundCounts(presets.salon(50))) / 2500;
    assert.ok(renderer === 'swiftshader' ? share === 0 : share < 0.01);
  });

  check('lost', async () => {
    await countDraws(page);
    const result = await page.evaluate(async () => {
      const { openGpu, presets } = await import('twolane');
      const lane = await openGpu();
      const before = (await lane.escapeTime(presets.salon(60))).counts.join();
      const texture = await lane.escapeTexture(presets.salon(5));
      const lose = /** @type {any} */ (lane.gl.getExtension('WEBGL_lose_context'));
      const call = lane.escapeTime(presets.gellert(4000, 2000)).then(
        () => 'no error',
        (error) => error.name,
      );
      await new Promise((resolve) => setTimeout(resolve, 100));
      const { draws } = /** @type {any} */ (globalThis);
      lose.loseContext();
      const name = await call;
      const later = await lane.escapeTime(presets.salon(5)).catch((error) => error.name);
      const read = await texture.read().catch((error) => error.name);
      const late = /** @type {any} */ (globalThis).draws - draws;
      await new Promise((resolve) => setTimeout(resolve, 50));
      lose.restoreContext();
      await new Promise((resolve) => lane.gl.canvas.addEventListener('webglcontextrestored', resolve, { once: true }));
      const restored = (await lane.escapeTime(presets.salon(60))).counts.join() === before;
      const deep = await lane.escapeTime({
        grid: { width: 9, height: 9, x0: -0.75, x1: -0.75 + 1e-9, y0: 0.01, y1: 0.01 + 1e-9 },
        maxIterations: 9000,
      });
      lane.close();
      return { name, later, read, late, restored, deep: deep.precision };
    });
    assert.is(result.name, 'LaneLostError');
    assert.is(result.later, 'LaneLostError');
    assert.is(result.read, 'LaneLostError');
    assert.is(result.late, 0);
    assert.ok(result.restored);
    assert.is(result.deep, 'df64');
  });

  check('own', async () => {
    const sums = await page.evaluate(async (source) => {
      const { watchState } = await import(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
      const { openGpu, presets } = await import('twolane');
      const { openGpuArray } = await import('twolane/baselines');
      const jobs = [presets.salon(64, 100), { ...presets.salon(32, 9000), smooth: true }];
      const sum = (/** @type {Float32Array | null} */ numbers) => (numbers ? numbers.reduce((a, b) => a + b, 0) : 0);
      /** @param {any} lane @param {any[]} jobs */
      const sums = async (lane, jobs) => {
        const all = [];
        for (const job of jobs) {
          const { counts, fractions } = await lane.escapeTime(job);
          const texture = await lane.escapeTexture?.(job);
          all.push(sum(counts), sum(fractions), texture && sum(await texture.read()));
          texture?.delete();
        }
        return all.join();
      };
      const lane = await openGpu();
      const before = await sums(lane, jobs);
      const end = watchState(lane.gl);
      const after = await sums(lane, jobs);
      end();
      lane.close();
      // The only way to the other lane's context.
      const { getContext } = OffscreenCanvas.prototype;
      /** @type {any} */
      let gl = null;
      OffscreenCanvas.prototype.getContext = /** @type {any} */ (
        /** @this {OffscreenCanvas} @param {any[]} args */ function (...args) {
          return (gl = getContext.apply(this, /** @type {any} */ (args)));
        }
      );
      const array = await openGpuArray();
      OffscreenCanvas.prototype.getContext = getContext;
      const first = await sums(array, jobs.slice(0, 1));
      const endArray = watchState(gl);
      const second = await sums(array, jobs.slice(0, 1));
      endArray();
      array.close();
      return { before, after, first, second };
    }, glState);
    assert.is(sums.after, sums.before);
    assert.is(sums.second, sums.first);
    assert.ok(Number(sums.before.split(',')[0]) > 1e5, sums.before);
  });

  check('broken', async () => {
    const result = await page.evaluate(async (source) => {
      const { countObjects } = await import(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
      const { openGpu, presets } = await import('twolane');
      const gl = /** @type {any} */ (new OffscreenCanvas(8, 8).getContext('webgl2'));
      const timer = gl.getExtension('EXT_disjoint_timer_query_webgl2');
      const query = () => (timer ? gl.getQuery(timer.TIME_ELAPSED_EXT, gl.CURRENT_QUERY) : null);
      const lane = await openGpu({ gl, precision: 'f32' });
      const long = presets.salon(200, 50000);
      await lane.escapeTime(long);
      const { alive, end } = countObjects();
      const { shaderSource } = gl;
      gl.shaderSource = (/** @type {WebGLShader} */ shader, /** @type {string} */ text) =>
        shaderSource.call(gl, shader, text.replace('#define SMOOTH', '$&\n#error broken'));
      const failure = await lane.escapeTime({ ...presets.salon(40), smooth: true }).catch((error) => error);
      gl.shaderSource = shaderSource;
      const running = query();
      // Not what the compiler has left behind.
      const left = alive();
      const out = { counts: new Float32Array(200 * 200) };
      const detached = await Promise.all([
        lane.escapeTime(long, { out }).catch((error) => error.name),
        new Promise((resolve) => setTimeout(resolve, 5)).then(() =>
          structuredClone(out, { transfer: [out.counts.buffer] }),
        ),
      ]);
      const objects = alive() - left;
      end();
      lane.close();
      return {
        failure: `${failure.name}: ${failure.message}`,
        running,
        detached: detached[0],
        objects,
        errors: gl.getError(),
      };
    }, glState);
    assert.match(result.failure, /^LaneUnavailableError: the shader does not compile here/);
    assert.is(result.running, null);
    assert.is(result.detached, 'TypeError');
    assert.is(result.objects, 0);
    assert.is(result.errors, 0);
  });

  check('midway', async () => {
    const failures = await page.evaluate(async () => {
      const { openGpu, presets } = await import('twolane');
      const failures = [];
      for (const [name, nths] of /** @type {['getParameter' | 'getUniformLocation' | 'createProgram', number[]][]} */ ([
        ['getParameter', [1, 5, 9, 40]],
        ['createProgram', [1]],
        ['getUniformLocation', [2]],
      ])) {
        for (const nth of nths) {
          const gl = /** @type {any} */ (new OffscreenCanvas(8, 8).getContext('webgl2'));
          const lane = await openGpu({ gl });
          const lose = gl.getExtension('WEBGL_lose_context');
          let calls = 0;
          gl[name] = (/** @type {any[]} */ ...args) => {
            if (++calls === nth) lose.loseContext();
            return /** @type {any} */ (WebGL2RenderingContext.prototype)[name].apply(gl, args);
          };
          // Programs for fractions are linked now.
          const call = lane.escapeTime({ ...presets.salon(5), smooth: true });
          const told = await call.then(() => 'no error', String);
          failures.push(`${name} ${nth}, ${calls >= nth}: ${told}`);
          lane.close();
        }
      }
      return failures;
    });
    for (const failure of failures)
      assert.match(failure, /, true: LaneLostError: the WebGL context of the gpu lane is lost/);
  });

  check('first', async () => {
    const results = await page.evaluate(async () => {
      const { openGpu, presets } = await import('twolane');
      const job = {
        grid: { width: 300, height: 300, x0: -0.75, x1: -0.7499, y0: 0.1, y1: 0.1001 },
        maxIterations: 500,
      };
      const turn = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
      const results = [];
      for (const ms of [0, 5, 30]) {
        for (const way of ['close', 'abort']) {
          const gl = /** @type {WebGL2RenderingContext} */ (new OffscreenCanvas(8, 8).getContext('webgl2'));
          const lane = await openGpu({ gl });
          let draws = 0;
          gl.drawArrays = (...args) => {
            draws++;
            WebGL2RenderingContext.prototype.drawArrays.apply(gl, args);
          };
          const controller = new AbortController();
          const call = lane.escapeTime(job, { signal: controller.signal }).then(
            ({ precision }) => precision,
            (error) => error.name,
          );
          await turn(ms);
          if (way === 'close') lane.close();
          else controller.abort();
          const before = draws;
          const name = await call;
          await turn(50);
          const after = draws - before;
          const again = way === 'close' ? null : (await lane.escapeTime(presets.salon(5))).counts.length;
          lane.close();
          results.push({ name, after, again, error: gl.getError() });
        }
      }
      return results;
    });
    for (const [i, result] of results.entries()) {
      const expected =
        i % 2
          ? { name: 'AbortError', after: 0, again: 25, error: 0 }
          : { name: 'LaneUnavailableError', after: 0, again: null, error: 0 };
      assert.equal(result, expected);
    }
  });

  check('leaks', async () => {
    const result = await page.evaluate(async (source) => {
      const { countObjects } = await import(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
      const { openGpu, presets } = await import('twolane');
      const { alive, end } = countObjects();
      const empty = alive();
      const lane = await openGpu();
      // The survey and the passes over iterations have programs that are made when they are first needed.
      const calls = [presets.salon(20), presets.gellert(2200, 2000), { ...presets.salon(20), maxIterations: 9000 }];
      for (const job of calls) await lane.escapeTime(job);
      const before = alive();
      for (let i = 0; i < 1000; i++) await lane.escapeTime(presets.salon(4 + (i % 7)));
      for (const job of calls) await lane.escapeTime(job);
      for (let i = 0; i < 20; i++) (await lane.escapeTexture(presets.salon(20))).delete();
      for (const ms of [1, 10, 30]) {
        for (const job of calls) {
          await lane.escapeTime(job, { signal: AbortSignal.timeout(ms) }).catch(() => {});
          const call = lane.escapeTexture(job, { signal: AbortSignal.timeout(ms) });
          await call.then((texture) => texture.delete()).catch(() => {});
        }
      }
      for await (const tile of lane.tiles(presets.gellert(2200, 500))) if (tile.row >= 0) break;
      const after = alive();
      const kept = await lane.escapeTexture(presets.salon(20));
      lane.close();
      kept.delete();
      const closed = alive();
      end();
      return { growth: after - before, closed: closed - empty };
    }, glState);
    assert.equal(result, { growth: 0, closed: 0 });
  });

  check('cycles', async () => {
    const result = await page.evaluate(async () => {
      const { openGpu, presets } = await import('twolane');
      const hosts = Array.from(
        { length: 4 },
        () => /** @type {any} */ (new OffscreenCanvas(1, 1).getContext('webgl2')),
      );
      let sums = 0;
      for (let i = 0; i < 40; i++) {
        const lane = await openGpu({ precision: 'f32' });
        sums += (await lane.escapeTime(presets.salon(3))).counts[4];
        lane.close();
      }
      return { lost: hosts.filter((gl) => gl.isContextLost()).length, sums };
    });
    assert.equal(result, { lost: 0, sums: 40 * 512 });
  });

  check('unsigned', async () => {
    const result = await page.evaluate(async () => {
      const { openGpu, presets } = await import('twolane');
      const jobs = [presets.salon(90), { ...presets.salon(40), maxIterations: 30000 }, presets.gellert(700, 1500)];
      const deep = {
        grid: { width: 16, height: 9, x0: -1.9, x1: -1.9 + 1e-8, y0: 1e-9, y1: 2e-9 },
        maxIterations: 5000,
      };
      const countsOf = async (/** @type {any} */ lane) => {
        const texts = [];
        for (const job of [...jobs, deep]) texts.push((await lane.escapeTime(job)).counts.join());
        const texture = await lane.escapeTexture(jobs[0]);
        texts.push((await texture.read()).join());
        return texts;
      };
      const float = await openGpu();
      const expected = await countsOf(float);
      float.close();
      const gl = /** @type {any} */ (WebGL2RenderingContext.prototype);
      const { getExtension, texStorage2D, checkFramebufferStatus } = gl;
      const open = async () => {
        const lane = await openGpu();
        const got = await countsOf(lane);
        lane.close();
        const same = got.map((text, i) => text === expected[i]);
        return { same, device: lane.device, fallbackReason: lane.fallbackReason };
      };
      try {
        let layout = 0;
        gl.texStorage2D = /** @this {any} @param {any[]} args */ function (...args) {
          layout = args[2];
          texStorage2D.apply(this, args);
        };
        gl.checkFramebufferStatus = /** @this {any} @param {any[]} args */ function (...args) {
          const isFloat = layout === gl.R32F || layout === gl.RGBA32F;
          return isFloat ? gl.FRAMEBUFFER_UNSUPPORTED : checkFramebufferStatus.apply(this, args);
        };
        const incomplete = await open();
        gl.getExtension = /** @this {any} @param {string} name */ function (name) {
          return name === 'EXT_color_buffer_float' ? null : getExtension.call(this, name);
        };
        return { plain: float.device, incomplete, missing: await open() };
      } finally {
        Object.assign(gl, { getExtension, texStorage2D, checkFramebufferStatus });
      }
    });
    assert.not.match(result.plain, 'R32UI');
    for (const { same, device } of [result.incomplete, result.missing]) {
      assert.equal(same, [true, true, true, true, true]);
      assert.match(device, /R32UI.* \(software\)$/);
    }
    assert.match(String(result.incomplete.fallbackReason), 'float framebuffers are not complete here');
    assert.match(String(result.missing.fallbackReason), 'EXT_color_buffer_float is missing here');
  });

  check('closed', async () => {
    const told = await page.evaluate(async () => {
      const { openGpu, presets } = await import('twolane');
      const { openGpuArray } = await import('twolane/baselines');
      const gl = /** @type {any} */ (new OffscreenCanvas(8, 8).getContext('webgl2'));
      /** @type {Record<string, number>} */
      const objects = {};
      for (const kind of ['Program', 'Texture', 'Framebuffer', 'Buffer', 'Sync', 'Query', 'VertexArray']) {
        const [make, drop] = kind === 'Sync' ? ['fenceSync', 'deleteSync'] : [`create${kind}`, `delete${kind}`];
        const { [make]: made, [drop]: dropped } = gl;
        const alive = new Set();
        gl[make] = (/** @type {any[]} */ ...args) => {
          const object = made.apply(gl, args);
          alive.add(object);
          objects[kind] = alive.size;
          return object;
        };
        gl[drop] = (/** @type {any} */ object) => {
          alive.delete(object);
          objects[kind] = alive.size;
          return dropped.call(gl, object);
        };
      }
      for (const [name, change] of Object.entries({ addEventListener: 1, removeEventListener: -1 })) {
        const original = gl.canvas[name];
        gl.canvas[name] = (/** @type {any[]} */ ...args) => {
          objects.listener = (objects.listener ?? 0) + change;
          return original.apply(gl.canvas, args);
        };
      }
      /** @type {((lane: any, job: import('twolane').Job) => Promise<unknown>)[]} */
      const ways = [
        (lane, job) => {
          const call = lane.escapeTime(job);
          lane.close();
          return call;
        },
        (lane) => {
          const call = lane.escapeTime({ ...presets.salon(50), smooth: lane.name === 'gpu' });
          lane.close();
          return call;
        },
        (lane, job) => {
          const next = lane.tiles(job).next();
          lane.close();
          return next;
        },
        (lane, job) => {
          setTimeout(() => lane.close(), 15);
          return lane.escapeTime(job);
        },
        async (lane, job) => {
          const tiles = lane.tiles({ ...job, maxIterations: 3 * Number(job.maxIterations) });
          await tiles.next();
          lane.close();
          await tiles.next();
        },
        (lane) => lane.escapeTime(presets.salon(50), { onProgress: () => lane.close() }),
        async (lane) => {
          const texture = await lane.escapeTexture?.(presets.salon(9));
          lane.close();
          await (texture ? texture.read() : lane.escapeTime(presets.salon(9)));
        },
      ];
      const errors = [];
      for (const open of [openGpu, openGpuArray]) {
        const [n, maxIterations] = open === openGpu ? [500, 3000] : [100, 100];
        const job = { ...presets.gellert(n), maxIterations };
        for (const [i, way] of ways.entries()) {
          const lane = await open({ gl });
          const reason = await way(lane, job).then(
            () => 'nothing',
            (error) => error.name,
          );
          // By then it may be through.
          const isLate = i === 3 && reason === 'nothing';
          if (reason !== 'LaneUnavailableError' && !isLate) errors.push(`${lane.name} ${i}: ${reason}`);
          for (let error = gl.getError(); error; error = gl.getError()) errors.push(`${lane.name} ${i}: ${error}`);
        }
      }
      return { errors, objects };
    });
    assert.equal(told.errors, []);
    for (const [kind, left] of Object.entries(told.objects)) assert.is(left, 0, kind);
  });

  check('again', async () => {
    const errors = await page.evaluate(async () => {
      const { openGpu, presets } = await import('twolane');
      const { openGpuArray } = await import('twolane/baselines');
      const gl = /** @type {any} */ (new OffscreenCanvas(8, 8).getContext('webgl2'));
      const found = [];
      gl.canvas.addEventListener('webglcontextlost', (/** @type {Event} */ event) => event.preventDefault());
      for (const open of [openGpu, openGpuArray]) {
        const lane = await open({ gl });
        const tiles = lane.tiles({ ...presets.gellert(2500), maxIterations: open === openGpu ? 5000 : 3 });
        await tiles.next();
        const extension = gl.getExtension('WEBGL_lose_context');
        extension.loseContext();
        await new Promise((resolve) => setTimeout(resolve, 50));
        const restored = new Promise((resolve) => gl.canvas.addEventListener('webglcontextrestored', resolve));
        extension.restoreContext();
        await restored;
        while (gl.getError());
        await tiles.return();
        for (let error = gl.getError(); error; error = gl.getError()) found.push(`${lane.name}: ${error}`);
        const { counts } = await lane.escapeTime(presets.salon(20));
        if (counts[0] !== 1) found.push(`${lane.name}: ${counts[0]}`);
        lane.close();
      }
      return found;
    });
    assert.equal(errors, []);
  });

  check('memory', async () => {
    const told = await page.evaluate(async () => {
      const { openGpu, presets } = await import('twolane');
      const gl = /** @type {any} */ (new OffscreenCanvas(8, 8).getContext('webgl2'));
      const lane = await openGpu({ gl });
      const { texStorage2D } = gl;
      gl.texStorage2D = (/** @type {any[]} */ ...args) =>
        texStorage2D.apply(gl, args[3] > 300 && args[4] > 1 ? [...args.slice(0, 3), 0, 0] : args);
      const grid = { width: 400, height: 100, x0: -2, x1: 1, y0: -1, y1: 1 };
      const failed = await lane.escapeTime({ grid }).catch((error) => `${error.name}: ${error.message}`);
      gl.texStorage2D = texStorage2D;
      while (gl.getError());
      const { counts } = await lane.escapeTime(presets.salon(20));
      lane.close();
      return { failed, first: counts[0] };
    });
    assert.equal(told, {
      failed: 'LaneUnavailableError: nothing was rendered: there may be no memory for 400 × 100 texels here',
      first: 1,
    });
  });

  check('owner', async () => {
    const prevented = await page.evaluate(async () => {
      const { openGpu } = await import('twolane');
      const prevented = [];
      for (const gl of [/** @type {any} */ (new OffscreenCanvas(8, 8).getContext('webgl2')), undefined]) {
        const lane = await openGpu({ gl, precision: 'f32' });
        const told = new Promise((resolve) =>
          lane.gl.canvas.addEventListener('webglcontextlost', (event) => resolve(event.defaultPrevented)),
        );
        lane.gl.getExtension('WEBGL_lose_context')?.loseContext();
        prevented.push(await told);
        lane.close();
      }
      return prevented;
    });
    assert.equal(prevented, [false, true]);
  });

  check('refused', async () => {
    const messages = await page.evaluate(async () => {
      const { openGpu } = await import('twolane');
      const lost = /** @type {any} */ (new OffscreenCanvas(1, 1).getContext('webgl2'));
      lost.getExtension('WEBGL_lose_context').loseContext();
      const webgl1 = new OffscreenCanvas(1, 1).getContext('webgl');
      const messages = [];
      for (const options of /** @type {any[]} */ ([{ gl: webgl1 }, { gl: 3 }, { gl: lost }, { precision: 'f16' }])) {
        messages.push(await openGpu(options).catch((error) => `${error.name}: ${error.message}`));
      }
      return messages;
    });
    assert.equal(messages, [
      'TypeError: gl must be a WebGL2RenderingContext, got an object',
      'TypeError: gl must be a WebGL2RenderingContext, got 3',
      'LaneUnavailableError: the context gl is lost, so the gpu lane cannot run',
      "RangeError: precision must be one of 'f32', 'df64', 'auto', got 'f16'",
    ]);
  });
}

test.run(32, [0, 16, 32]);
