import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { suite } from './harness.js';
import { axis, random, randomJob, sameCounts, serialBand, serialCount } from './reference.js';

const test = suite('kernel');

const bytes = readFileSync(fileURLToPath(import.meta.resolve('twolane/kernel.wasm')));
const { instance } = await WebAssembly.instantiate(bytes);
const kernel = /** @type {any} */ (instance.exports);

/** Bytes of canaries before, between and behind the arrays. */
const GAP = 64;
const CANARY = 0xa5;

/** z_n by the plain loop. @param {number} cRe @param {number} cIm @param {number} n */
function orbit(cRe, cIm, n) {
  let [re, im] = [0, 0];
  for (let i = 0; i < n; i++) [re, im] = [re * re - im * im + cRe, 2 * re * im + cIm];
  return [re, im];
}

/**
 * Runs a band and checks its counts, and the states that it keeps, against the plain loop, and that no other byte of the caller's memory
 * has changed.
 *
 * @param {number[]} columns
 * @param {number[]} rows
 * @param {object} options
 * @param {number} options.maxIterations
 * @param {number} [options.bailout2]
 * @param {boolean} [options.shortcuts]
 * @param {() => number} [options.budget] of each call: small ones make the kernel stop and resume all the time
 * @param {boolean} [options.abandon] start another band first, and leave it unfinished
 * @param {boolean} [options.smooth] whether states are kept
 */
function check(
  columns,
  rows,
  { maxIterations, bailout2 = 4, shortcuts = true, budget = () => 2 ** 22, abandon = false, smooth = true },
) {
  const columnsPtr = kernel.heapBase.value + GAP;
  const rowsPtr = columnsPtr + 8 * columns.length + GAP;
  const countsPtr = rowsPtr + 8 * rows.length + GAP;
  const pixels = columns.length * rows.length;
  const countsEnd = countsPtr + 4 * pixels;
  const statesPtr = 8 * Math.ceil((countsEnd + GAP) / 8);
  const statesEnd = statesPtr + 24 * pixels;
  const missing = statesEnd + GAP - kernel.memory.buffer.byteLength;
  if (missing > 0) kernel.memory.grow(Math.ceil(missing / 65536));
  const memory = new Uint8Array(kernel.memory.buffer);
  memory.fill(CANARY, kernel.heapBase.value, statesEnd + GAP);
  new Float64Array(kernel.memory.buffer, columnsPtr).set(columns);
  new Float64Array(kernel.memory.buffer, rowsPtr).set(rows);
  const before = memory.slice(kernel.heapBase.value, countsPtr);
  const args = [columnsPtr, rowsPtr, countsPtr, columns.length, rows.length];
  if (abandon) {
    kernel.start(...args, 300, 4, !shortcuts, 0);
    kernel.advance(999);
  }
  kernel.start(...args, maxIterations, bailout2, shortcuts, smooth ? statesPtr : 0);
  while (!kernel.advance(budget()));
  const counts = new Float32Array(kernel.memory.buffer, countsPtr, pixels);
  const what = JSON.stringify({
    columns: columns.slice(0, 3),
    rows: rows.slice(0, 3),
    maxIterations,
    bailout2,
    shortcuts,
  });
  sameCounts(counts, serialBand(columns, rows, maxIterations, bailout2), what);
  const states = new Float64Array(kernel.memory.buffer, statesPtr, 3 * pixels);
  for (const [i, count] of counts.entries()) {
    if (!smooth || count === maxIterations || count <= 33) continue;
    const [zRe, zIm, n] = states.subarray(3 * i, 3 * i + 3);
    assert.ok(n <= count && n >= count - 4, `${what}: the state of pixel ${i} is number ${n}, the count ${count}`);
    const z = orbit(columns[i % columns.length], rows[Math.floor(i / columns.length)], n);
    assert.equal([zRe, zIm], z, `${what}: state of pixel ${i}`);
  }
  assert.ok(
    Buffer.compare(before, memory.slice(kernel.heapBase.value, countsPtr)) === 0,
    `${what}: a canary before died`,
  );
  assert.ok(
    [countsEnd, statesEnd].every((end) => memory.subarray(end, end + GAP).every((byte) => byte === CANARY)),
    `${what}: a canary behind died`,
  );
}

/** A view around a point: `width` columns and `height` rows over `size`. @param {number} cRe @param {number} cIm @param {number} size */
const view = (cRe, cIm, size, width = 3, height = 2) =>
  /** @type {const} */ ([
    axis(cRe - size / 2, cRe + size / 2, width),
    height === 1 ? [cIm] : axis(cIm - size / 2, cIm + size / 2, height),
  ]);

/** A point of the main cardioid's edge. @param {number} angle @returns {[number, number]} */
const edge = (angle) => [Math.cos(angle) / 2 - Math.cos(2 * angle) / 4, Math.sin(angle) / 2 - Math.sin(2 * angle) / 4];

test('counts are exact on random grids, with any budget, with and without shortcuts, and nothing else is written', () => {
  const next = random(474);
  for (let i = 0; i < 400; i++) {
    const { grid, maxIterations, bailoutRadius } = randomJob(next);
    const columns = axis(grid.x0, grid.x1, grid.width, grid.endpoint);
    const rows = axis(grid.y0, grid.y1, grid.height, grid.endpoint);
    const budgets = [() => 40, () => 1000, () => 2 ** 30, () => 1 + Math.floor(next() ** 4 * 1e5)];
    check(columns, rows, {
      maxIterations,
      bailout2: bailoutRadius ** 2,
      shortcuts: next() < 0.6,
      budget: budgets[Math.floor(next() * budgets.length)],
      abandon: next() < 0.2,
      smooth: next() < 0.5,
    });
  }
});

test('counts are exact for every width from 1 to 40, even with a budget of 1', () => {
  for (let width = 1; width <= 40; width++) {
    check(axis(-2, 0.5, width), axis(-1.1, 1.2, 3), { maxIterations: 60, budget: () => 1 });
  }
});

test('counts are exact where all of a row escape late, at any limit', () => {
  const next = random(11);
  const limits = [...Array(60).keys(), 500, 511, 512, 513, 519, 520, 521, 528, 529, 530, 536, 537, 1200, 5000];
  for (const size of [1e-10, 1e-7, 1e-3, 0.02]) {
    const [columns, rows] = view(-0.7436438870371587, 0.13182590420531198, size, 30, 3);
    for (const limit of limits) {
      const [shortcuts, budget] = [next() < 0.5, next() < 0.5 ? () => 30 : () => 2 ** 22];
      check(columns, rows, { maxIterations: limit + 1, shortcuts, budget, smooth: false });
    }
  }
});

test('columns may come in any order, and be tiny, huge or equal', () => {
  const columns = [0.3, -2, 5e-324, 1e200, -1e300, 0.25, -0.75, 0.25, 0, -0, 2, 1e154, -1.25];
  for (const bailout2 of [4, 16, 1e300, Number.MAX_VALUE]) {
    check(columns, [0, -0, 1e-320, 1e160, -0.1], { maxIterations: 1000, bailout2 });
  }
});

test('no pixel outside passes for one inside, at the edge of the cardioid and of the period-2 bulb', () => {
  const near = [0.01, 0.1, 1, Math.PI / 2, 2, (2 * Math.PI) / 3, (4 * Math.PI) / 5, 3, 3.14].map(edge);
  for (const [cRe, cIm] of [...near, [0.25, 0], [0.25, 1e-12], [-0.75, 1e-10], [-0.75, 0], [-1.25, 0], [-1.25, 1e-8]]) {
    for (const size of [1e-15, 1e-12, 1e-9, 1e-7]) check(...view(cRe, cIm, size), { maxIterations: 2 ** 17 });
  }
  for (const [cRe, cIm] of [[0.25, 0], [-0.75, 1e-10], edge(1)])
    check(...view(cRe, cIm, 1e-12), { maxIterations: 2 ** 22 });
});

test('blocks of pixels that are proven to have one count have it, at any size, radius and limit', () => {
  const next = random(88);
  const limits = [1, 2, 9, 34, 50, 60, 256, 257];
  const radii = [2, 2, 2, 2 + 1e-12, 2.5, 4, 1e4, 1e76, 1.3e154];
  for (let i = 0; i < 3000; i++) {
    // Near the set's edge, or less so.
    const angle = 7 * next();
    const at = (/** @type {number} */ radius) => [radius * Math.cos(angle) - 0.4, radius * Math.sin(angle)];
    let [inner, outer] = [0, 2.2];
    for (let steps = 3 + 30 * next(); steps > 0; steps--) {
      const radius = (inner + outer) / 2;
      if (serialCount(at(radius)[0], at(radius)[1], 300, 4) < 300) outer = radius;
      else inner = radius;
    }
    const size = 10 ** (0.8 - next() * (i % 3 ? 3 : 17));
    const [columns, rows] = view(at(outer)[0], at(outer)[1], size, 8 + Math.floor(40 * next()), 17);
    if (next() < 0.1) columns[Math.floor(columns.length * next())] += next() - 0.5;
    if (next() < 0.1) rows[Math.floor(rows.length * next())] += next() - 0.5;
    check(columns, rows, {
      maxIterations: limits[i % limits.length],
      bailout2: Math.min(radii[i % radii.length] ** 2, Number.MAX_VALUE),
      smooth: next() < 0.2,
      budget: next() < 0.1 ? () => 1 : () => 2 ** 22,
    });
  }
});

test('orbits that are caught near a cycle never escape, at the edges of bulbs and of small copies of the set', () => {
  const next = random(40);
  const limits = [99, 100, 101, 300, 3000, 20000];
  for (let i = 0; i < 300; i++) {
    const angle = 7 * next();
    const [re, im] = i % 3 ? edge(angle) : [-1.7548776662466927 + 0.01 * Math.cos(angle), 0.01 * Math.sin(angle)];
    const [columns, rows] = view(re, im, 10 ** (-0.5 - 6 * next() ** 2), 24, 3);
    const options = { smooth: next() < 0.2, budget: next() < 0.1 ? () => 1000 : () => 2 ** 22 };
    check(columns, rows, { maxIterations: limits[i % limits.length], bailout2: 4 + 12 * (i & 1), ...options });
  }
});

test('rows that mirror others at the real axis are exact, whichever do', () => {
  const next = random(66);
  for (let height = 1; height < 40; height++) {
    for (const [share, smooth] of /** @type {const} */ ([
      [1, false],
      [0.6, false],
      [0.6, true],
    ])) {
      const rows = axis(-1.2, 1.2, height);
      for (let i = 0; i < height >> 1; i++) rows[height - 1 - i] = next() < share ? -rows[i] : 0.3 - rows[i];
      check(axis(-2, 0.6, 29), rows, { maxIterations: 300, smooth, budget: next() < 0.5 ? () => 50 : () => 2 ** 22 });
    }
  }
});

test('near −2, where rounding could bring an escaped orbit back, every step is tested', () => {
  for (const size of [1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10, 1e-6]) {
    for (const bailout2 of [4, 4 + 1e-15, 4 + 1e-12, 4.1]) {
      check(...view(-2, 0, size, 9, 5), { maxIterations: 3000, bailout2, budget: () => 1000 });
    }
  }
});

test('near −2 a band that is left unfinished leaves nothing to the next one', () => {
  const tips = (/** @type {number} */ count) => Array(count).fill(-2);
  for (const { first, maxIterations, budgets, then, limit } of [
    { first: tips(9), maxIterations: 2 ** 24, budgets: [150_000, 1], then: [-2.00001, ...tips(8)], limit: 300 },
    {
      first: tips(16),
      maxIterations: 150_000,
      budgets: [1, 1, 1],
      then: [...tips(5), -1.5, -1, 0, 0.3],
      limit: 200_000,
    },
  ]) {
    const columnsPtr = kernel.heapBase.value;
    const rowsPtr = columnsPtr + 8 * first.length;
    new Float64Array(kernel.memory.buffer, columnsPtr).set([...first, 0]);
    kernel.start(columnsPtr, rowsPtr, rowsPtr + 8, first.length, 1, maxIterations, 4, true, 0);
    for (const budget of budgets) assert.is(kernel.advance(budget), 0);
    check(then, [0], { maxIterations: limit });
  }
});

test('a call of advance() ends soon near −2, too', () => {
  let calls = 0;
  const budget = () => {
    calls++;
    return 2 ** 18;
  };
  check(Array(16).fill(-2), [0], { maxIterations: 2 ** 19, budget });
  assert.ok(calls > 16, `${calls} calls`);
});

test('where |c| is next to the bailout radius, blocks are proven to escape on the right side of it', () => {
  for (const [radius, angle] of [
    [2, 1],
    [4, 2],
    [2.5, 0.5],
  ]) {
    for (const off of [-2e-10, -1e-14, 0, 1e-14, 2e-10]) {
      const size = radius * (1 + off);
      const columns = Array.from({ length: 8 }, (_, i) => size * Math.cos(angle) + i * 1e-13);
      const rows = Array.from({ length: 8 }, (_, i) => size * Math.sin(angle) + i * 1e-13);
      for (const smooth of [false, true])
        check(columns, rows, { maxIterations: 100, bailout2: radius * radius, smooth });
    }
  }
});

test('a caught orbit is an orbit that never escapes: one that comes near a cycle first is counted', () => {
  const columns = axis(0.30805548271143585, 0.308057758362346, 32);
  const rows = axis(0.033536445685566484, 0.0335387213364766, 17);
  for (const smooth of [false, true]) check(columns, rows, { maxIterations: 20000, bailout2: 6.25, smooth });
});

test('orbits of 2^24 steps are counted, inside, on the edge and chaotic', () => {
  for (const [cRe, cIm] of [
    [-0.1, 0.1],
    [-1.7548776662466927, 0],
    [0, 1],
    [-2, 0],
    [0.25, 0],
    [-1.9, 0],
  ]) {
    check([cRe], [cIm], { maxIterations: 2 ** 24, budget: () => 2 ** 20 });
  }
  check([-0.1, 0.3], [0.1], { maxIterations: 2 ** 24, shortcuts: false, budget: () => 2 ** 20 });
});

test('where an orbit escapes late through the neck between cardioid and bulb, its pixel passes for none of them', () => {
  // It takes about π / cIm steps.
  for (const [cIm, maxIterations] of [
    [2.9e-5, 2 ** 17],
    [3e-7, 2 ** 24],
  ]) {
    check([-0.75], [cIm], { maxIterations });
  }
});

test('blocks whose pixels differ by less than an orbit’s rounding are not proven to have one count', () => {
  for (const [cRe, cIm, step] of [
    [-0.007930031868006615, -0.6397198354782939, 5 * 2 ** -59],
    [-0.008678733209368239, 0.6390128106719544, 4 * 2 ** -59],
  ]) {
    const columns = Array.from({ length: 8 }, (_, i) => cRe + (i - 4) * step);
    check(columns, Array(8).fill(cIm), { maxIterations: 257, smooth: false });
  }
});

test('an orbit whose real part alone comes back closes no cycle', () => {
  // zRe is 2 until zIm, four times as large at each step, begins to count.
  for (const cIm of [1e-300, 1e-200]) check([-2], [cIm], { maxIterations: 1000, bailout2: 16 });
});

test.run(17);
