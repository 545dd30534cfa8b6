/** What the explorer asks a lane for, and when it stops: with a lane and a picture that are made up here. */
import { setTimeout as pause } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { suite } from './harness.js';
import { importSource } from './source.js';

const test = suite('refiner');

const { makeRefiner } = await importSource('site/refiner.ts');
const { makeSide } = await importSource('site/side.ts');
const { makePicture } = await importSource('site/picture.ts');

const TILE = 128;

/** A wish for a view of 512 × 512 pixels around 0, with the eye on its middle. */
const wish = ({ step = 2 ** -8, column = -256, row = -256, maxIterations = 100, smooth = false } = {}) => ({
  view: { step, column, row, width: 512, height: 512 },
  settings: { maxIterations, smooth },
  x: 256,
  y: 256,
});

/** A picture that lacks so many tiles of every view, and what it is given. */
class FakePicture {
  /** @type {any[]} */
  patches = [];
  surveyed = false;
  isShown = false;
  isLent = false;
  /** Strides of which it has the view. @type {number[]} */
  layers = [];
  left = 0;
  /** @param {number} tiles */
  constructor(tiles) {
    this.tiles = this.left = tiles;
  }
  turnTo() {}
  shows() {
    return this.isShown || this.layers.length > 0;
  }
  /** @param {any} _view @param {number} stride */
  covered(_view, stride) {
    return this.layers.includes(stride);
  }
  share() {
    return 1 - this.left / this.tiles;
  }
  /** Where the user looks. */
  eye = { x: 0, y: 0 };
  /** @param {any} view @param {number} x @param {number} y @param {number} most */
  missing({ step, column, row }, x, y, most) {
    this.eye = { x, y };
    const tiles = Math.min(most, this.left);
    return tiles ? { step, stride: 1, column, row, width: TILE, height: TILE * tiles } : null;
  }
  /** @param {any} patch */
  put(patch) {
    this.patches.push(patch);
    if (patch.stride > 1) this.layers.push(patch.stride);
    else this.left -= patch.height / TILE;
  }
  putSurvey() {
    this.surveyed = true;
  }
}

/** A refiner with a lane that answers when it is told to. */
function makeWork(tiles = 4, precision = /** @type {string | null} */ (null)) {
  /** @type {any[]} */
  const calls = [];
  const lane = {
    precision: 'f64',
    escapeTime: (/** @type {any} */ job, /** @type {{ signal: AbortSignal }} */ { signal }) =>
      new Promise((resolve, reject) => {
        calls.push({ job, signal, resolve, reject });
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  };
  const picture = new FakePicture(tiles);
  const told = { arrivals: 0, done: 0, errors: /** @type {string[]} */ ([]) };
  const handlers = {
    isShown: () => picture.isLent,
    onArrival: () => told.arrivals++,
    onDone: () => told.done++,
    onError: (/** @type {Error} */ error) => told.errors.push(error.message),
  };
  const refiner = makeRefiner(lane, picture, handlers, precision);
  const last = () => calls[calls.length - 1];
  /** Has the last call come back, with `count` everywhere. */
  async function answer({ count = 7, total = 50, compute = /** @type {number | null} */ (40) } = {}) {
    const { job, resolve } = last();
    const { width, height } = job.grid;
    const counts = new Float32Array(width * height).fill(count);
    resolve({ counts, fractions: null, timing: { compute, transfer: 2, total }, precision: 'f64' });
    await pause();
  }
  /** Strides of the calls so far, and pixels of the last. */
  const strides = () => calls.map(({ job: { grid } }) => Math.round((grid.x1 - grid.x0) / grid.width / 2 ** -8));
  return { refiner, picture, told, calls, last, answer, strides };
}

test('coarse layers come first, then tiles, the survey at the end', async () => {
  const { refiner, picture, told, calls, answer, strides } = makeWork(4);
  assert.not(refiner.busy);
  refiner.want(wish());
  for (let i = 0; i < 4; i++) {
    assert.is(calls.length, i + 1);
    assert.ok(refiner.busy);
    await answer();
  }
  assert.equal(strides().slice(0, 4), [64, 16, 4, 1]);
  assert.is(told.arrivals, 4);
  // The whole set, whatever was wanted.
  assert.equal([calls[4].job.grid.width, calls[4].job.grid.x0, calls[4].job.maxIterations], [512, -8, 256]);
  assert.ok(refiner.busy && told.done === 0);
  await answer();
  assert.ok(picture.surveyed && !refiner.busy);
  assert.equal(told, { arrivals: 5, done: 1, errors: [] });
  assert.is(calls.length, 5);
});

test('the first tile is the one that the user looks at, and grows to a block', () => {
  const { refiner, picture } = makeWork();
  refiner.want({ ...wish(), x: 300, y: 200 });
  assert.equal(picture.eye, { x: 300, y: 200 });
  refiner.stop();
  // Tiles begin at multiples of their side.
  const view = { step: 1, column: 0, row: 0, width: 4 * TILE, height: 3 * TILE };
  const { missing } = makePicture(() => {});
  for (const [column, row] of [
    [0, 0],
    [3, 1],
    [1, 2],
  ]) {
    const [x, y] = [(column + 0.4) * TILE, (row + 0.6) * TILE];
    const { width, height, ...tile } = missing(view, x, y, 1);
    assert.equal(
      [tile.column, tile.row, width, height],
      [column, row, 1, 1].map((tiles) => tiles * TILE),
    );
    const block = missing(view, x, y, 4);
    assert.is(block.width * block.height, 4 * TILE ** 2);
    assert.ok(block.column <= tile.column && tile.column < block.column + block.width);
    assert.ok(block.row <= tile.row && tile.row < block.row + block.height);
  }
});

test('where another lane has the view, tiles come at once', async () => {
  const { refiner, picture, answer, strides } = makeWork(40);
  picture.isLent = true;
  refiner.want(wish());
  await answer();
  // The other one has gone on.
  picture.isLent = false;
  await answer();
  assert.equal(strides(), [1, 1, 64]);
});

test('coarse layers are left out where something is shown already, or most of the view is there', async () => {
  const { refiner, picture, answer, strides } = makeWork(40);
  picture.isShown = true;
  refiner.want(wish());
  await answer();
  picture.left = 10;
  await answer();
  assert.equal(strides(), [16, 4, 1]);
  const other = makeWork(40);
  other.picture.left = 10;
  other.picture.isShown = true;
  other.refiner.want(wish());
  await other.answer();
  assert.equal(other.strides(), [16, 1]);
});

test('calls get larger where they are quick, and smaller where they take long', async () => {
  const { refiner, picture, last, answer } = makeWork(1000);
  picture.layers = [64, 16, 4];
  refiner.want(wish());
  const tiles = [];
  for (const total of [50, 29, 29, 29, 29, 121, 121, 121, 121, 121, 121, 50]) {
    tiles.push(last().job.grid.height / TILE);
    await answer({ total });
  }
  assert.equal(tiles, [4, 4, 8, 16, 32, 32, 16, 8, 4, 2, 1, 1]);
  refiner.stop();
});

test('stop() stops the call, for good or until the next wish', async () => {
  const { refiner, picture, told, calls, last } = makeWork();
  refiner.want(wish());
  assert.not(last().signal.aborted);
  refiner.stop();
  assert.ok(last().signal.aborted);
  assert.not(refiner.busy);
  await pause(5);
  assert.equal([calls.length, picture.patches.length], [1, 0]);
  assert.equal(told, { arrivals: 0, done: 0, errors: [] });
  refiner.want(wish());
  assert.is(calls.length, 2);
  refiner.stop();
});

test('what was stopped and is wanted again is one effort, without the pause', async () => {
  const { refiner, picture, last, answer } = makeWork(8);
  picture.layers = [64, 16, 4];
  picture.surveyed = true;
  for (const column of [-256, -250]) {
    const start = performance.now();
    refiner.want(wish({ column }));
    await answer();
    const before = refiner.effort.elapsed;
    const stopped = performance.now();
    refiner.stop();
    // The first is wanted again later, the second at once.
    if (column === -256) await pause(500);
    const paused = performance.now() - stopped;
    refiner.want(wish({ column }));
    await pause(5);
    assert.not(last().signal.aborted);
    await answer();
    assert.not(refiner.busy);
    assert.is(refiner.effort.pixels, 8 * TILE ** 2);
    const { elapsed } = refiner.effort;
    const worked = performance.now() - start - paused;
    assert.ok(elapsed > before && elapsed <= worked + 1, `${elapsed} of ${worked} ms`);
    picture.left = 8;
  }
  // Another one is not.
  refiner.want(wish());
  await answer();
  refiner.stop();
  refiner.want(wish({ column: -200 }));
  await pause(5);
  await answer();
  assert.is(refiner.effort.pixels, 4 * TILE ** 2);
});

test('an error is told once, and the next wish is tried', async () => {
  const { refiner, told, calls, last, answer } = makeWork();
  refiner.want(wish());
  last().reject(new Error('no memory'));
  await pause(5);
  assert.equal(told, { arrivals: 0, done: 0, errors: ['no memory'] });
  assert.not(refiner.busy);
  assert.is(calls.length, 1);
  refiner.want(wish());
  assert.is(calls.length, 2);
  await answer();
  assert.is(told.arrivals, 1);
  refiner.stop();
});

// What is at work when the next wish comes: a coarse layer, or tiles.
for (const [
  what,
  layers,
  changed,
  goesOn,
] of /** @type {[string, number[], Parameters<typeof wish>[0], boolean][]} */ ([
  ['a coarse layer goes on while it is in sight', [], { column: -200 }, true],
  ['a coarse layer stops when it is out of sight', [], { column: 10_000 }, false],
  ['a coarse layer goes on for a zoom in', [64], { step: 2 ** -9 }, true],
  ['a coarse layer stops where it would be magnified too much', [64], { step: 2 ** -13 }, false],
  ['a coarse layer goes on where more iterations are wanted', [], { maxIterations: 200 }, true],
  ['a coarse layer stops where fewer are', [], { maxIterations: 99 }, false],
  ['tiles go on while they are in sight', [64, 16, 4], { column: -200 }, true],
  ['tiles stop when they are out of sight', [64, 16, 4], { column: 10_000 }, false],
  ['tiles stop for a zoom', [64, 16, 4], { step: 2 ** -9 }, false],
  ['tiles stop where more iterations are wanted', [64, 16, 4], { maxIterations: 200 }, false],
  ['tiles stop where others are wanted', [64, 16, 4], { smooth: true }, false],
])) {
  test(`${what}, when another picture is wanted`, async () => {
    const { refiner, picture, calls, last } = makeWork();
    picture.layers = layers;
    refiner.want(wish());
    const { signal } = last();
    refiner.want(wish(changed));
    assert.is(signal.aborted, !goesOn);
    await pause(5);
    assert.is(calls.length, goesOn ? 1 : 2);
    refiner.stop();
  });
}

test('the survey stops when something is wanted', async () => {
  const { refiner, picture, calls, last } = makeWork();
  picture.layers = [64, 16, 4];
  picture.left = 0;
  refiner.want(wish());
  assert.is(last().job.maxIterations, 256);
  picture.left = 4;
  refiner.want(wish({ column: -250 }));
  assert.ok(last().signal.aborted);
  await pause(5);
  assert.is(calls.length, 2);
  refiner.stop();
});

test('a coarse layer of another picture is given half a second', async () => {
  const { refiner, picture, calls, last } = makeWork();
  picture.layers = [64];
  refiner.want(wish());
  const { signal } = last();
  const start = performance.now();
  refiner.want(wish({ step: 2 ** -9 }));
  await pause(300);
  if (performance.now() - start < 450) assert.not(signal.aborted);
  await pause(400);
  assert.ok(signal.aborted);
  assert.is(calls.length, 2);
  // Later, none that is stale has a chance.
  const second = last().signal;
  await pause(550);
  refiner.want(wish({ step: 2 ** -10 }));
  assert.ok(second.aborted);
  refiner.stop();
});

test('the effort is that for the last picture, and begins anew with the next', async () => {
  const { refiner, picture, answer } = makeWork(8);
  picture.layers = [64, 16];
  picture.surveyed = true;
  assert.equal(
    { ...refiner.effort, elapsed: 0 },
    {
      elapsed: 0,
      compute: 0,
      transfer: 0,
      pixels: 0,
      iterations: 0,
      more: false,
      precision: null,
    },
  );
  refiner.want(wish());
  await answer({ count: 5 });
  const coarse = picture.patches[0].counts.length;
  const { elapsed, ...effort } = refiner.effort;
  assert.ok(elapsed > 0);
  assert.equal(effort, {
    compute: 40,
    transfer: 2,
    pixels: coarse,
    iterations: 5 * coarse,
    more: false,
    precision: null,
  });
  // Moved while it is at work: one picture.
  refiner.want(wish({ column: -250 }));
  await answer({ count: 5 });
  assert.is(refiner.effort.compute, 80);
  assert.is(refiner.effort.precision, 'f64');
  await answer({ count: 5 });
  assert.not(refiner.busy);
  const pixels = coarse + 8 * TILE ** 2;
  assert.equal([refiner.effort.pixels, refiner.effort.iterations], [pixels, 5 * pixels]);

  // The same view again, as with another palette: nothing new is known of it.
  refiner.want(wish({ column: -250 }));
  assert.is(refiner.effort.pixels, pixels);
  // Of another view all pixels are there: none is computed for it.
  refiner.want(wish({ column: -240 }));
  assert.equal([refiner.effort.pixels, refiner.effort.compute, refiner.effort.precision], [0, 0, 'f64']);

  // Pixels of the cardioid take none, others that do not escape an unknown number.
  picture.left = 1;
  refiner.want(wish({ step: 2 ** -20, column: -64, row: -64 }));
  await answer({ count: 100 });
  assert.equal([refiner.effort.pixels, refiner.effort.iterations, refiner.effort.more], [TILE ** 2, 0, false]);
  picture.left = 1;
  refiner.want(wish({ step: 2 ** -20, column: 2 ** 19, row: 0 }));
  await answer({ count: 100, compute: null });
  assert.equal([refiner.effort.compute, refiner.effort.more], [null, true]);
});

test('what a lane that is lost has left keeps its precision', async () => {
  const { refiner, picture, told } = makeWork(0, 'df64');
  picture.surveyed = true;
  refiner.want(wish());
  await pause();
  assert.is(told.done, 1);
  assert.equal([refiner.effort.pixels, refiner.effort.precision], [0, 'df64']);
});

test('a lane that something else finds lost is opened again, and what it was at is refused by nobody', async () => {
  const told = /** @type {string[]} */ ([]);
  /** Lanes whose calls go on until they are aborted, or the lane is closed. @type {any[]} */
  const opened = [];
  const lanes = {
    get: async () => {
      const lane = {
        precision: 'f64',
        close: () => {},
        escapeTime: (/** @type {any} */ _job, /** @type {{ signal: AbortSignal }} */ { signal }) =>
          new Promise((_resolve, reject) => {
            lane.close = () => reject(new Error('the lane is closed'));
            signal.addEventListener('abort', () => reject(signal.reason));
          }),
      };
      opened.push(lane);
      return lane;
    },
    drop: (/** @type {string} */ _name, /** @type {any} */ lane) => lane.close(),
  };
  const side = makeSide('cpu', lanes, {
    isShown: () => false,
    onArrival: () => told.push('arrival'),
    onDone: () => told.push('done'),
    onOpen: (/** @type {boolean} */ again) => told.push(again ? 'open again' : 'open'),
    onLost: () => told.push('lost'),
    onMissing: (/** @type {string} */ reason) => told.push(`missing: ${reason}`),
    onRefusal: (/** @type {string} */ reason) => told.push(`refusal: ${reason}`),
  });
  side.want(wish());
  await pause();
  side.want(wish());
  side.lose(opened[0]);
  // Another that finds the same is late.
  side.lose(opened[0]);
  while (opened.length < 2) await pause(10);
  await pause();
  assert.equal(told, ['open', 'lost', 'open again']);
  assert.is(side.lane, opened[1]);
});

test('a lane that is lost again and again is given up, after longer and longer pauses', async () => {
  const told = /** @type {string[]} */ ([]);
  const lanes = {
    get: async () => ({ precision: 'f64', escapeTime: () => new Promise(() => {}) }),
    drop: () => {},
  };
  const side = makeSide('cpu', lanes, {
    isShown: () => false,
    onOpen: () => told.push('open'),
    onLost: () => told.push('lost'),
    onMissing: (/** @type {string} */ reason) => told.push(`missing: ${reason}`),
  });
  /** @type {unknown[]} */
  const pauses = [];
  const original = globalThis.setTimeout;
  globalThis.setTimeout = /** @type {any} */ (
    (/** @type {() => void} */ callback, /** @type {number} */ ms) => {
      pauses.push(ms);
      return original(callback);
    }
  );
  try {
    side.want(wish());
    while (told.length < 10) {
      await pause();
      if (side.lane) side.lose(side.lane);
    }
  } finally {
    globalThis.setTimeout = original;
  }
  assert.equal(told, [...Array(4).fill(['open', 'lost']).flat(), 'open', 'missing: it was lost again and again']);
  assert.equal(pauses, [250, 500, 1000, 2000]);
  assert.not(side.busy);
});

test.run(25);
