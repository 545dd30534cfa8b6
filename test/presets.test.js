import { openCpu, presets, score } from 'twolane';
import * as assert from 'uvu/assert';
import { suite } from './harness.js';
import { sum } from './reference.js';
import { told } from './told.js';

const test = suite('presets');

test('salon is the seminar’s matrix', () => {
  assert.equal(presets.salon(), {
    grid: { width: 400, height: 400, x0: -2, x1: 1, y0: -1, y1: 1, endpoint: true },
    maxIterations: 512,
    bailoutRadius: 2,
  });
  assert.is(presets.salon(7, 9).grid.height, 7);
  assert.is(presets.salon(7, 9).maxIterations, 9);
});

test('gellert is the post’s picture, with one iteration more than its loop', () => {
  assert.equal(presets.gellert(), {
    grid: { width: 500, height: 500, x0: -2, x1: 0.5, y0: -1.3, y1: 1.3, endpoint: false },
    maxIterations: 251,
    bailoutRadius: 4,
  });
  assert.is(presets.gellert(7, 50).maxIterations, 51);
});

test('score scales count − 1 to 0…255', async () => {
  assert.equal([...score(new Float32Array([1, 2, 51]), 51)], [0, Math.fround(5.1), 255]);
  const cpu = await openCpu();
  const job = presets.gellert(500, 50);
  const { counts } = await cpu.escapeTime(job);
  cpu.close();
  const total = sum(score(counts, job.maxIterations));
  assert.ok(Math.abs(total / ((255 / 50) * 4_049_636) - 1) < 1e-6);
});

test('score and presets refuse what they cannot scale, by name and rule', () => {
  const n = 'n must be an integer from 1 to 2147483648';
  const maxIterations = 'maxIterations must be an integer from 1 to 16777216';
  const iterations = 'iterations must be an integer from 0 to 16777215';
  for (const [call, message] of /** @type {[() => unknown, string][]} */ ([
    [() => score(new Float32Array(1), 1), 'RangeError: maxIterations must be an integer from 2, got 1'],
    [() => score(/** @type {any} */ ([1, 2]), 9), 'TypeError: counts must be a Float32Array, got an array'],
    [() => score(/** @type {any} */ (undefined), 9), 'TypeError: counts must be a Float32Array, got undefined'],
    [() => presets.salon(0), `RangeError: ${n}, got 0`],
    [() => presets.salon(/** @type {any} */ ('9')), `TypeError: ${n}, got '9'`],
    [() => presets.salon(9, 1.5), `RangeError: ${maxIterations}, got 1.5`],
    [() => presets.salon(9, /** @type {any} */ (null)), `TypeError: ${maxIterations}, got null`],
    [() => presets.gellert(9, /** @type {any} */ ('50')), `TypeError: ${iterations}, got '50'`],
    [() => presets.gellert(9, NaN), `RangeError: ${iterations}, got NaN`],
    [() => presets.gellert(9, 2 ** 24), `RangeError: ${iterations}, got 16777216`],
  ])) {
    assert.is(told(call), message);
  }
  assert.equal([presets.gellert(1, 0).maxIterations, presets.gellert(1, 2 ** 24 - 1).maxIterations], [1, 2 ** 24]);
});

test.run(4);
