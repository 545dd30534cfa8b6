import { openCpu, presets, score } from 'twolane';
import * as assert from 'uvu/assert';
import { suite } from './harness.js';
import { sum } from './reference.js';

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

test('score and sizes refuse what they cannot scale', () => {
  assert.throws(() => score(new Float32Array(1), 1), 'maxIterations must be an integer from 2, got 1');
  assert.throws(() => presets.salon(0), 'n must be an integer from 1, got 0');
});

test.run(4);
