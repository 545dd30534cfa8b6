import { createRequire, syncBuiltinESMExports } from 'node:module';
import { LaneUnavailableError, presets } from 'twolane';
import { openArray, openCompiled, openFused } from 'twolane/baselines';
import * as assert from 'uvu/assert';
import { tryBadArguments, tryOut } from './arguments.js';
import { suite } from './harness.js';
import { random, randomJob, sameCounts, serialCounts, sum } from './reference.js';

const test = suite('baselines');

/** @type {Record<string, import('twolane').Lane>} */
const lanes = {
  'array, masked': await openArray(),
  'array, unmasked': await openArray({ masked: false }),
  'fused, 1 thread': await openFused(),
  'fused, 2 threads': await openFused({ threads: 2 }),
  'fused, 4 threads': await openFused({ threads: 4 }),
  'compiled, 1 thread': await openCompiled(),
  'compiled, 2 threads': await openCompiled({ threads: 2 }),
  'compiled, 4 threads': await openCompiled({ threads: 4 }),
};
test.after(() => {
  for (const lane of Object.values(lanes)) lane.close();
});

const RADII = [2, 2 + 1e-12, 4, 10, 1e3, 1e150];

/** @param {number} cRe @param {number} cIm @param {number} size @param {number} width @param {number} height */
const view = (cRe, cIm, size, width, height) => ({
  width,
  height,
  x0: cRe - size / 2,
  x1: cRe + size / 2,
  y0: cIm - size / 2,
  y1: cIm + size / 2,
});

/** @returns {import('twolane').Job[]} */
function jobs() {
  const list = [presets.salon(60), presets.gellert(61, 100), { ...presets.salon(9), maxIterations: 1 }];
  for (const width of [1, 2, 3, 5, 17]) {
    for (const height of [1, 2, 3, 5, 17])
      list.push({ ...presets.salon(), grid: view(-0.7, 0.1, 2.5, width, height), maxIterations: 60 });
  }
  // The seahorse valley, where orbits are long.
  list.push({
    grid: view(-0.7436438870371587, 0.13182590420531198, 1e-7, 33, 29),
    maxIterations: 1500,
    bailoutRadius: 2,
  });
  for (const bailoutRadius of RADII) {
    // Orbits whose first step lies outside, in all directions, and ones that overflow at once.
    list.push({ grid: view(0, 0, 6, 97, 91), maxIterations: 40, bailoutRadius });
    list.push({ grid: view(1, -1, 1e155, 9, 7), maxIterations: 20, bailoutRadius });
    list.push({ grid: view(0, 0, 1e308, 5, 5), maxIterations: 9, bailoutRadius });
    // Where rounding could bring an orbit back that was outside.
    for (const size of [1e-15, 1e-13, 1e-8, 1e-6])
      list.push({ grid: view(-2, 0, size, 17, 9), maxIterations: 200, bailoutRadius });
  }
  const next = random(5);
  for (let i = 0; i < 60; i++) {
    const job = randomJob(next);
    list.push({ ...job, maxIterations: Math.min(job.maxIterations, 257) });
  }
  return list;
}

const all = jobs();
const expected = all.map(serialCounts);

for (const [title, lane] of Object.entries(lanes)) {
  test(`${title}: counts are those of the plain loop`, async () => {
    for (const [i, job] of all.entries())
      sameCounts((await lane.escapeTime(job)).counts, expected[i], JSON.stringify(job));
  });

  test(`${title}: the seminar's case has its checksum, and says where its time went`, async () => {
    const { counts, timing } = await lane.escapeTime(presets.salon());
    assert.is(sum(counts), 21_463_747);
    assert.ok(timing.compute !== null && timing.compute > 0);
    assert.ok(timing.transfer !== null && timing.transfer > 0);
    assert.ok(timing.compute + timing.transfer <= timing.total);
  });

  test(`${title}: tiles cover the grid once, with the same counts`, async () => {
    const job = { ...presets.gellert(), grid: view(-0.5, 0, 3, 301, 701), maxIterations: 30 };
    const counts = new Float32Array(301 * 701);
    let pixels = 0;
    let tiles = 0;
    for await (const tile of lane.tiles(job)) {
      for (let row = 0; row < tile.height; row++) {
        const from = row * tile.width;
        counts.set(tile.counts.subarray(from, from + tile.width), (tile.row + row) * 301 + tile.column);
      }
      pixels += tile.width * tile.height;
      tiles++;
    }
    assert.is(pixels, 301 * 701);
    if (lane.name !== 'compiled') assert.ok(tiles > 2);
    sameCounts(counts, serialCounts(job), 'tiles');
  });

  test(`${title}: it gives the event loop its turns, stops on abort, and works on`, async () => {
    let turns = 0;
    const timer = setInterval(() => turns++);
    const controller = new AbortController();
    setTimeout(() => controller.abort('enough'), 40);
    // On the real line left of −1.78 orbits are chaotic: minutes of work in one pixel after another.
    const job = {
      grid: { width: 2 ** 12, height: 5, x0: -1.93, x1: -1.85, y0: 0, y1: 1e-300 },
      maxIterations: 2 ** 24,
    };
    await lane.escapeTime(job, { signal: controller.signal }).then(
      () => assert.unreachable('it should stop'),
      (reason) => assert.is(reason, 'enough'),
    );
    clearInterval(timer);
    assert.ok(turns > 0);
    sameCounts((await lane.escapeTime(presets.salon(50))).counts, serialCounts(presets.salon(50)), 'after abort');
  });
}

test('calls on one lane may overlap', async () => {
  const several = [presets.salon(101), presets.gellert(103, 40), presets.salon(31, 900)];
  for (const [title, lane] of Object.entries(lanes)) {
    const images = await Promise.all(several.map((job) => lane.escapeTime(job)));
    for (const [i, { counts }] of images.entries()) sameCounts(counts, serialCounts(several[i]), `${title}, job ${i}`);
  }
});

test('they say what runs', () => {
  assert.equal(
    Object.values(lanes).map(({ name, device, precision, fallbackReason }) => [
      name,
      device,
      precision,
      fallbackReason,
    ]),
    [
      ['array', 'JavaScript typed arrays, 1 thread, masked', 'f64', null],
      ['array', 'JavaScript typed arrays, 1 thread, unmasked', 'f64', null],
      ['fused', 'JavaScript typed arrays in blocks, 1 thread', 'f64', null],
      ['fused', 'JavaScript typed arrays in blocks, 2 threads', 'f64', null],
      ['fused', 'JavaScript typed arrays in blocks, 4 threads', 'f64', null],
      ['compiled', 'WebAssembly f64, scalar, 1 thread', 'f64', null],
      ['compiled', 'WebAssembly f64, scalar, 2 threads', 'f64', null],
      ['compiled', 'WebAssembly f64, scalar, 4 threads', 'f64', null],
    ],
  );
});

test('bad arguments are refused with one clear error', async () => {
  for (const open of [openArray, openFused, openCompiled]) {
    const lane = await open();
    assert.equal(await tryBadArguments(lane), []);
    lane.close();
  }
});

test("out's arrays become the image's, whatever they held", async () => {
  for (const [name, lane] of Object.entries(lanes)) assert.equal(await tryOut(lane), [], name);
});

test('bad options are refused with one clear error', async () => {
  const threads = 'threads must be an integer from 1 to 1024, got';
  for (const [open, options, message] of /** @type {[(options: any) => Promise<unknown>, any, string][]} */ ([
    ...[openFused, openCompiled].flatMap((open) => [
      [open, { threads: 0 }, `RangeError: ${threads} 0`],
      [open, { threads: 1.5 }, `RangeError: ${threads} 1.5`],
      [open, { threads: 1025 }, `RangeError: ${threads} 1025`],
      [open, { threads: '2' }, `TypeError: ${threads} '2'`],
      [open, { masked: true }, "TypeError: options must have no keys but threads, got 'masked'"],
    ]),
    [openArray, { masked: 1 }, 'TypeError: masked must be a boolean, got 1'],
    [openArray, { threads: 2 }, "TypeError: options must have no keys but masked, got 'threads'"],
    [openArray, null, 'TypeError: options must be an object with the keys masked, got null'],
  ])) {
    await open(options).then(
      () => assert.unreachable(`it should refuse ${JSON.stringify(options)}`),
      (error) => assert.is(String(error), message),
    );
  }
});

test('close() rejects the call at work and all later ones', async () => {
  for (const lane of [await openArray(), await openFused({ threads: 2 }), await openCompiled({ threads: 2 })]) {
    const call = lane.escapeTime(presets.salon(400, 2 ** 24));
    setTimeout(() => lane.close(), 10);
    for (const result of await Promise.allSettled([call, call.catch(() => lane.escapeTime(presets.salon(5)))])) {
      assert.is(result.status, 'rejected');
      assert.instance(/** @type {PromiseRejectedResult} */ (result).reason, LaneUnavailableError);
    }
  }
});

test('without workers they run on the calling thread, and say so', async () => {
  const threads = createRequire(import.meta.url)('node:worker_threads');
  const { Worker } = threads;
  threads.Worker = function () {
    throw new Error('no');
  };
  syncBuiltinESMExports();
  try {
    for (const open of [openFused, openCompiled]) {
      const lane = await open({ threads: 2 });
      assert.match(lane.device, /1 thread$/);
      assert.is(lane.fallbackReason, 'workers are missing or refused here (no)');
      sameCounts((await lane.escapeTime(presets.salon(50))).counts, serialCounts(presets.salon(50)), lane.name);
      lane.close();
    }
  } finally {
    threads.Worker = Worker;
    syncBuiltinESMExports();
  }
});

test('without WebAssembly the compiled lane does not open', async () => {
  const { WebAssembly } = globalThis;
  Object.assign(globalThis, { WebAssembly: undefined });
  try {
    const error = await openCompiled().catch((error) => error);
    assert.instance(error, LaneUnavailableError);
    assert.is(error.message, 'WebAssembly is missing here, so the compiled lane cannot run');
  } finally {
    Object.assign(globalThis, { WebAssembly });
  }
});

test.run(8 * 4 + 8);
