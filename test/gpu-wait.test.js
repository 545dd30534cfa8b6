/** How the GPU is waited for, and how what it made is read: with a context that is made up here and fails as real ones hardly ever do. */
import { setTimeout as pause } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { suite } from './harness.js';
import { importSource } from './source.js';
import { rejection, soon } from './workers.js';

const test = suite('gpu waiting');

const { finished, setFence } = await importSource('src/gpu/fence.ts');
const { makeReadback } = await importSource('src/gpu/readback.ts');
const { makeTimer } = await importSource('src/gpu/timer.ts');

/** A device whose fence passes when `state.status` says so. */
function makeDevice({ format = 'R32F' } = {}) {
  const state = {
    status: 0,
    lost: false,
    fences: 0,
    looks: 0,
    copies: 0,
    buffers: 0,
    sync: /** @type {{} | null} */ ({}),
  };
  const statuses = { TIMEOUT_EXPIRED: 0, ALREADY_SIGNALED: 1, CONDITION_SATISFIED: 2, WAIT_FAILED: 3 };
  const gl = {
    ...statuses,
    fenceSync() {
      state.fences++;
      return state.sync;
    },
    deleteSync: () => state.fences--,
    flush() {},
    clientWaitSync() {
      state.looks++;
      return state.status;
    },
    createBuffer() {
      state.buffers++;
      return {};
    },
    deleteBuffer(/** @type {unknown} */ buffer) {
      if (buffer) state.buffers--;
    },
    bindBuffer() {},
    bufferData() {},
    bindFramebuffer() {},
    readBuffer() {},
    readPixels() {},
    getBufferSubData(/** @type {number} */ _, /** @type {number} */ from, /** @type {Float32Array} */ part) {
      state.copies++;
      // Memory may be slow to come.
      for (const start = performance.now(); performance.now() < start + 6;);
      for (let i = 0; i < part.length; i++) part[i] = from / 4 + i + 1;
    },
  };
  const check = () => {
    if (state.lost) throw new Error('lost');
  };
  const borrow = (/** @type {() => void} */ body) => {
    check();
    return body();
  };
  const isLost = () => state.lost;
  return { state, device: { lane: 'gpu', gl, check, isLost, borrow, format: { name: format } } };
}

const { signal } = new AbortController();

/**
 * Waits for a fence that passes after 30 ms.
 *
 * @param {ReturnType<typeof makeDevice>} made @param {number} expected milliseconds, as the one who waits is told
 */
async function waitOut({ state, device }, expected) {
  state.status = 0;
  const fence = setFence(device, expected);
  const wait = fence.passed(signal);
  await pause(30);
  state.status = 1;
  await soon(wait);
  fence.delete();
}

test('a fence passes when its commands are done, and not before', async () => {
  for (const status of [1, 2]) {
    const { state, device } = makeDevice();
    let passed = false;
    const wait = finished(device, signal).then((/** @type {boolean} */ known) => (passed = known));
    await pause(10);
    assert.ok(state.looks > 0 && !passed);
    state.status = status;
    assert.is(await soon(wait), true);
    assert.is(state.fences, 0);
  }
});

test('between looks the thread is left alone, but around the time at which the end is expected', async () => {
  const { state, device } = makeDevice();
  /** @type {number[]} */
  let looks = [];
  const { clientWaitSync } = device.gl;
  device.gl.clientWaitSync = () => {
    looks.push(performance.now());
    return clientWaitSync();
  };
  let near = 0;
  let far = 0;
  for (let i = 0; i < 8; i++) {
    looks = [];
    const start = performance.now();
    await waitOut({ state, device }, 20);
    const between = (/** @type {number} */ from, /** @type {number} */ to) =>
      looks.filter((time) => time - start >= from && time - start < to).length;
    near += between(19, 21);
    far += between(5, 18);
  }
  // In two milliseconds more than in thirteen.
  assert.ok(near > far, `${near}, ${far} looks`);
});

test('in a hidden page, whose timers sleep for seconds, there are no naps', async () => {
  const { state, device } = makeDevice();
  const looks = [];
  const world = /** @type {any} */ (globalThis);
  for (const hidden of [false, true]) {
    world.document = { hidden };
    state.looks = 0;
    await waitOut({ state, device }, 1e9);
    looks.push(state.looks);
  }
  delete world.document;
  assert.ok(looks[1] > 3 * looks[0], `${looks} looks`);
});

test('waiting ends with an abort, a lost context, a failed wait, and where there is no fence', async () => {
  const { state, device } = makeDevice();
  const controller = new AbortController();
  const aborted = rejection(finished(device, controller.signal));
  controller.abort('enough');
  assert.is(await soon(aborted), 'enough');

  const lost = rejection(finished(device, signal));
  state.lost = true;
  assert.is((await soon(lost)).message, 'lost');
  assert.is((await soon(rejection(finished(device, signal)))).message, 'lost');
  // Its fence went with the context: nothing is deleted in another one.
  assert.is(state.fences, 1);

  state.lost = false;
  state.fences = 0;
  state.status = 3;
  const failed = await soon(rejection(finished(device, signal)));
  assert.equal([failed.name, /gpu lane failed/.test(failed.message)], ['LaneLostError', true]);

  state.sync = null;
  assert.is(await soon(finished(device, signal)), false);
  assert.is(state.fences, 0);
  const none = setFence(device);
  state.lost = true;
  assert.is((await soon(rejection(none.passed(signal)))).message, 'lost');
  none.delete();
});

test('a readback waits for its fence, gives each plane its array, and frees its buffer', async () => {
  for (const format of ['R32F', 'R32UI']) {
    const { state, device } = makeDevice({ format });
    const readback = makeReadback(device);
    readback.start({}, { row: 0, width: 1000, height: 700 }, ['counts', 'fractions']);
    const arrays = [new Float32Array(700_000), new Float32Array(700_000)];
    /** Copies before each turn of the event loop. @type {Set<number>} */
    const turns = new Set();
    const timer = setInterval(() => turns.add(state.copies));
    let done = false;
    const wait = readback.finish(arrays, signal).then(() => (done = true));
    await pause(20);
    assert.not(done);
    assert.is(arrays[0][9], 0);
    state.status = 1;
    await soon(wait).finally(() => clearInterval(timer));
    // In six parts, with turns in between.
    assert.is(state.copies, 6);
    assert.ok(
      [2, 3, 4].some((copies) => turns.has(copies)),
      [...turns].join(),
    );
    // As the bits of an integer, a number is not itself.
    const bits = new Uint32Array(Float32Array.of(700_000).buffer)[0];
    assert.is(arrays[0][699_999], format === 'R32F' ? 700_000 : Math.fround(bits));
    assert.is(arrays[1][699_999], Math.fround(1_400_000));
    assert.equal([state.fences, state.buffers], [0, 0]);
  }
});

test('a readback fails where the context is lost while it copies', async () => {
  const { state, device } = makeDevice();
  state.status = 1;
  const { getBufferSubData } = device.gl;
  device.gl.getBufferSubData = (...args) => {
    getBufferSubData(...args);
    // What a lost context gives is nothing.
    state.lost = true;
  };
  const readback = makeReadback(device);
  readback.start({}, { row: 0, width: 10, height: 10 }, ['counts']);
  assert.is((await soon(rejection(readback.finish([new Float32Array(100)], signal)))).message, 'lost');
  readback.delete();
  // They went with the context.
  assert.equal([state.fences, state.buffers], [1, 1]);
});

test('the GPU’s clock is left alone while the owner has a query at work, and not believed where it was disturbed', async () => {
  for (const { active, disjoint, ms } of [
    { active: null, disjoint: false, ms: 3 },
    { active: null, disjoint: true, ms: null },
    { active: {}, disjoint: false, ms: null },
  ]) {
    /** @type {string[]} */
    const log = [];
    const gl = {
      QUERY_RESULT: 1,
      getQuery: () => active,
      createQuery: () => ({}),
      beginQuery: () => log.push('begin'),
      endQuery: () => log.push('end'),
      getQueryParameter: (/** @type {unknown} */ _, /** @type {number} */ name) => (name === 1 ? 3e6 : true),
      getParameter: () => disjoint,
      deleteQuery: () => log.push('delete'),
    };
    const timer = makeTimer({ gl, timer: { TIME_ELAPSED_EXT: 2, GPU_DISJOINT_EXT: 3 }, isLost: () => false });
    timer.time(() => log.push('draw'));
    assert.is(await soon(timer.result()), ms);
    timer.delete();
    assert.equal(log, active ? ['draw'] : ['begin', 'draw', 'end', 'delete']);
  }
});

test.run(7);
