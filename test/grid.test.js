import { coordinates, linspace } from 'twolane';
import * as assert from 'uvu/assert';
import { badJobs } from './arguments.js';
import { suite } from './harness.js';
import { axis } from './reference.js';
import { told } from './told.js';

const test = suite('grid');

test('linspace with endpoint ends exactly at stop', () => {
  assert.equal([...linspace(-2, 1, 4)], [-2, -1, 0, 1]);
  for (const n of [2, 3, 7, 400, 1601]) assert.is(linspace(-1.3, 0.7, n)[n - 1], 0.7);
});

test('linspace without endpoint leaves stop out', () => {
  assert.equal([...linspace(0, 1, 4, false)], [0, 0.25, 0.5, 0.75]);
});

test('linspace of one number is start', () => {
  // As in numpy, −0 comes first only on the way down.
  for (const [stop, num, endpoint, first] of /** @type {const} */ ([
    [1, 3, true, 0],
    [-1, 3, true, -0],
    [-1, 1, true, -0],
    [-1, 3, false, -0],
    [0, 2, true, 0],
  ])) {
    assert.ok(Object.is(linspace(-0, stop, num, endpoint)[0], first), `${stop}, ${num}`);
  }
  assert.throws(() => linspace(-1e308, 1e308, 3), 'stop − start must be a finite number, got Infinity');
  assert.equal([...linspace(0.3, 1, 1)], [0.3]);
  assert.equal([...linspace(0.3, 1, 1, false)], [0.3]);
});

test('number i is one multiplication and one addition, never a running sum', () => {
  for (const endpoint of [true, false]) {
    assert.equal([...linspace(-2, 0.5, 1001, endpoint)], axis(-2, 0.5, 1001, endpoint));
  }
});

test('where a step is too small for an f64, numbers are numpy’s all the same', () => {
  // numpy.linspace(0, 5e-324, 5) and (0, 1e-323, 7)
  assert.equal([...linspace(0, 5e-324, 5)], [0, 0, 0, 5e-324, 5e-324]);
  assert.equal([...linspace(0, 1e-323, 7)], [0, 0, 5e-324, 5e-324, 5e-324, 1e-323, 1e-323]);
});

test('rows go from y0 to y1 and columns from x0 to x1, in either direction', () => {
  const { columns, rows } = coordinates({ width: 3, height: 2, x0: 1, x1: -1, y0: 2, y1: 3 });
  assert.equal([...columns], [1, 0, -1]);
  assert.equal([...rows], [2, 3]);
});

test('linspace refuses what is no number, is not finite or is no count', () => {
  const num = 'num must be an integer from 0 to 2147483648';
  assert.equal([...linspace(0, 1, 0)], []);
  for (const [args, message] of /** @type {[any[], string][]} */ ([
    [[0, 1, new Date()], `TypeError: ${num}, got an object`],
    [[0, 1, '3'], `TypeError: ${num}, got '3'`],
    [[0, 1], `TypeError: ${num}, got undefined`],
    [[0, 1, -1], `RangeError: ${num}, got -1`],
    [[0, 1, 2.5], `RangeError: ${num}, got 2.5`],
    [[0, 1, Infinity], `RangeError: ${num}, got Infinity`],
    [['0', 1, 3], "TypeError: start must be a finite number, got '0'"],
    [[0, NaN, 3], 'RangeError: stop must be a finite number, got NaN'],
    [[0, 1, 3, 0], 'TypeError: endpoint must be a boolean, got 0'],
  ])) {
    assert.is(
      told(() => linspace(.../** @type {[number, number, number]} */ (args))),
      message,
    );
  }
});

test('coordinates refuses the grids that the lanes refuse, in the same words', () => {
  const grids = badJobs.filter(([job, , message]) => job?.grid && message.startsWith('grid'));
  assert.ok(grids.length > 15);
  for (const [{ grid }, name, message] of grids)
    assert.is(
      told(() => coordinates(grid)),
      `${name}: ${message}`,
    );
  assert.match(
    told(() => coordinates(/** @type {any} */ (undefined))),
    /^TypeError: grid must be an object/,
  );
});

test.run(8);
