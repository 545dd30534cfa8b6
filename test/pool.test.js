/** The pool and its workers' side, by themselves: with workers that do what real ones hardly ever do. */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as assert from 'uvu/assert';
import { suite } from './harness.js';
import { importSource } from './source.js';
import { onPost, rejection, soon, watchingWorkers } from './workers.js';

const test = suite('pool');

const { openPool } = await importSource('src/pool/pool.ts');
const { toParts } = await importSource('src/pool/band.ts');

/**
 * A worker's script. It is ready when it is told to open, and has each band done at once; `changed` is code that may say otherwise by
 * new values of `open`, `run`, `abort`. Its number is `nth`, counted from 0 on.
 */
const script = (changed = '') => `
  let nth;
  const tell = (message, transfer = []) => self.postMessage(message, transfer);
  const done = ({ id, band, buffers }, timing = { compute: 1, transfer: 0 }) => {
    const pixels = band.rows.length * band.columns.length;
    const counts = new Float32Array(buffers[0] ?? new ArrayBuffer(4 * pixels), 0, pixels);
    tell({ type: 'done', id, done: [{ part: 0, timing }], more: false, counts, fractions: null }, [counts.buffer]);
  };
  let open = () => tell({ type: 'ready' });
  let columns;
  let run = done;
  let abort = () => {};
  ${changed}
  self.onmessage = ({ data: message }) => {
    if (message.type === 'open') {
      nth = Atomics.add(message.data, 0, 1);
      open(message);
    } else if (message.type === 'run') {
      columns = message.band.columns ?? columns;
      run({ ...message, band: { ...message.band, columns } });
    } else abort(message);
  };
`;

/** @param {string} changed @param {number} threads */
const open = (changed = '', threads = 2) =>
  openPool({ name: 'cpu', threads, source: script(changed), data: new Int32Array(new SharedArrayBuffer(4)) });

const work = {
  grid: { width: 64, height: 64, x0: -2, x1: 1, y0: -1, y1: 1, endpoint: false },
  maxIterations: 50,
  bailoutRadius: 2,
  smooth: false,
};

/** @param {Partial<import('../src/lane.js').Run>} [changed] @returns {import('../src/lane.js').Run} */
const makeRun = (changed) => ({
  signal: new AbortController().signal,
  timing: { compute: null, transfer: null },
  streamed: false,
  shared: false,
  place: ({ width, height }) => new Float32Array(width * height),
  placeFractions: () => null,
  ...changed,
});

/** Tiles of `height` rows, `count` of them. */
function* strips(count = 1, height = 1) {
  for (let i = 0; i < count; i++) yield [{ column: 0, row: (i * height) % (65 - height), width: 64, height }];
}

/** Runs strips to the end; how many tiles came. @param {any} pool @param {any} bands @param {any} [run] */
async function runAll(pool, bands, run = makeRun()) {
  let tiles = 0;
  for await (const tile of pool.run(bands, work, run)) tiles += Number(tile.counts.length > 0);
  return tiles;
}

/** Resolves once a worker has ended. @param {import('node:worker_threads').Worker} worker */
const ended = (worker) => worker.threadId === -1 || soon(once(worker, 'exit'));

test('where a worker cannot be, opening fails with its reason, and none is left running', () =>
  watchingWorkers(async (workers) => {
    const error = await rejection(
      open("open = () => tell(nth === 1 ? { type: 'broken', reason: 'no room' } : { type: 'ready' });"),
    );
    assert.is(error.message, 'no room');
    assert.is(workers.length, 2);
    await Promise.all(workers.map(ended));
  }));

/**
 * Runs a test in which a pool waits for so many milliseconds for its workers to start, instead of 10 s, in as many steps.
 *
 * @param {number} patience
 * @param {(waits: number[]) => Promise<void>} body `waits`: of all timers so far
 */
async function withPatience(patience, body) {
  const { setTimeout } = globalThis;
  /** @type {number[]} */
  const waits = [];
  globalThis.setTimeout = /** @type {any} */ (
    (/** @type {() => void} */ callback, /** @type {number} */ ms, /** @type {any[]} */ ...values) => {
      waits.push(ms);
      return setTimeout(callback, ms === 1000 ? patience / 10 : ms, ...values);
    }
  );
  try {
    await body(waits);
  } finally {
    globalThis.setTimeout = setTimeout;
  }
}

test('where no worker can be started, nobody is told but whoever opens', async () => {
  /** @type {unknown[]} */
  const unheard = [];
  const hear = (/** @type {unknown} */ reason) => unheard.push(reason);
  process.on('unhandledRejection', hear);
  const { getBuiltinModule } = process;
  let asked = 0;
  // The first fails at once, the others later.
  process.getBuiltinModule = /** @type {any} */ (
    () => pause(20 * asked++).then(() => Promise.reject(new Error('no such module')))
  );
  try {
    assert.is((await rejection(open('', 3))).message, 'no such module');
    await pause(100);
  } finally {
    process.getBuiltinModule = getBuiltinModule;
    process.off('unhandledRejection', hear);
  }
  assert.equal([asked, unheard], [3, []]);
});

test('a thread that is busy or stopped while workers start gives up none of them', () =>
  withPatience(300, async () => {
    const opening = open('open = () => setTimeout(tell, 200, { type: "ready" });');
    // Each step of the wait is over when it ends, but no worker could be heard.
    for (let i = 0; i < 3; i++) {
      await pause(5);
      for (const start = performance.now(); performance.now() - start < 400;);
    }
    const pool = await soon(opening);
    assert.is(await runAll(pool, strips(5)), 5);
    pool.close();
  }));

test('workers that say nothing are given up after a while, and the wait ends with their start', () =>
  watchingWorkers((workers) =>
    withPatience(1500, async (waits) => {
      const error = await rejection(soon(open('open = () => {};')));
      assert.is(error.message, 'a worker does not start');
      await Promise.all(workers.map(ended));
      // The time begins anew whenever one gets warm.
      waits.length = 0;
      const pool = await soon(open('open = () => setTimeout(tell, nth * 1000, { type: "ready" });', 3));
      assert.ok(waits.filter((ms) => ms === 1000).length > 10);
      assert.is(await runAll(pool, strips(5)), 5);
      assert.not(process.getActiveResourcesInfo().includes('Timeout'));
      pool.close();
    }),
  ));

test('when a worker dies and none takes its place, the others go on', () =>
  watchingWorkers(async (workers) => {
    const pool = await open(`
      open = () => tell(nth > 1 ? { type: 'broken', reason: 'no more' } : { type: 'ready' });
      run = (message) => setTimeout(done, 300, message);
    `);
    // A single band, of the first worker; or the second one's, if that was warm before.
    /** @type {import('node:worker_threads').Worker[]} */
    const busy = [];
    onPost(workers, ({ type }, worker) => {
      if (type === 'run') busy.push(worker);
    });
    const call = runAll(pool, strips(1));
    assert.is(busy.length, 1);
    const idle = workers.filter((worker) => worker !== busy[0]);
    await Promise.all(idle.map((worker) => worker.terminate()));
    assert.is(await soon(call), 1);
    for (let i = 0; workers.length < 3 && i < 3000; i++) await pause(5);
    await ended(workers[2]);
    // Each call tries again to have two.
    assert.is(await soon(runAll(pool, strips(4))), 4);
    assert.ok(workers.length > 3);
    pool.close();
    await Promise.all(workers.map(ended));
  }));

test('close() ends a worker that is still to start, too', () =>
  watchingWorkers((workers) =>
    withPatience(2 ** 30, async () => {
      const pool = await open("open = () => nth < 2 && tell({ type: 'ready' });");
      await workers[0].terminate();
      for (let i = 0; workers.length < 3 && i < 3000; i++) await pause(5);
      await once(workers[2], 'online');
      pool.close();
      await Promise.all(workers.map(ended));
    }),
  ));

test('a worker that says that it is broken while it works is ended, and replaced', () =>
  watchingWorkers(async (workers) => {
    const pool = await open(
      "run = (message) => nth > 0 ? done(message) : tell({ type: 'broken', reason: 'out of order' });",
    );
    const error = await rejection(runAll(pool, strips(8)));
    assert.is(error.name, 'LaneLostError');
    assert.match(error.message, 'a worker of the cpu lane died (out of order)');
    await Promise.any(workers.slice(0, 2).map(ended));
    assert.is(await soon(runAll(pool, strips(8))), 8);
    pool.close();
  }));

test('a band that a worker fails at gives LaneLostError with its reason, and the pool works on', async () => {
  const pool = await open(
    `
    let bands = 0;
    run = (message) => bands++ === 1 ? tell({ type: 'failed', id: message.id, reason: 'no room' }) : done(message);
  `,
    1,
  );
  const error = await rejection(soon(runAll(pool, strips(5))));
  assert.is(error.name, 'LaneLostError');
  assert.match(error.message, 'a worker of the cpu lane failed (no room)');
  assert.is(await soon(runAll(pool, strips(5))), 5);
  pool.close();
});

test('bands of calls at once go to the workers that have the least to do', () =>
  watchingWorkers(async (workers) => {
    const pool = await open('run = (message) => setTimeout(done, 50, message);');
    /** @type {Set<unknown>} */
    const busy = new Set();
    onPost(workers, ({ type }, worker) => type === 'run' && busy.add(worker));
    await soon(Promise.all([runAll(pool, strips(1)), runAll(pool, strips(1))]));
    assert.is(busy.size, 2);
    pool.close();
  }));

test('compute and transfer are those of the worker that took longest', () =>
  watchingWorkers(async (workers) => {
    for (const slow of [0, 1]) {
      const first = workers.length;
      const pool = await open(
        `run = (message) => setTimeout(done, 5, message, nth === ${slow} ? { compute: 50, transfer: 3 } : { compute: 4, transfer: 2 });`,
      );
      const sums = workers.slice(first).map((worker) => {
        const sum = { compute: 0, transfer: 0 };
        worker.on('message', ({ done: [{ timing }] }) => {
          sum.compute += timing.compute;
          sum.transfer += timing.transfer;
        });
        return sum;
      });
      const run = makeRun();
      assert.is(await runAll(pool, strips(20), run), 20);
      const [least, most] = sums.sort((a, b) => a.compute - b.compute);
      assert.ok(least.compute > 0);
      assert.is(run.timing.compute, most.compute);
      assert.ok(Number(run.timing.transfer) >= most.transfer);
      pool.close();
    }
  }));

test('copying counts as transfer where no worker works meanwhile', async () => {
  const pool = await open('run = (message) => setTimeout(done, 30, message, { compute: 30, transfer: 0 });', 1);
  let copies = 0;
  const run = makeRun({
    place({ width, height }) {
      const start = performance.now();
      while (performance.now() < start + 10);
      copies += performance.now() - start;
      return new Float32Array(width * height);
    },
  });
  // Only the last of eight copies has nothing to hide behind.
  assert.is(await runAll(pool, strips(3), run), 3);
  const few = Number(run.timing.transfer);
  copies = 0;
  assert.is(await runAll(pool, strips(8), run), 8);
  const many = Number(run.timing.transfer);
  assert.ok(few >= 10 && many >= 10 && many < copies / 2, `${few}, ${many} of ${copies} ms`);
  pool.close();
});

/** Runs the garbage collector. */
const collect = () => {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
};

test('of calls that have ended nothing is kept but a few arrays', async () => {
  const pool = await open();
  const calls = [];
  for (let i = 0; i < 20; i++) {
    const run = makeRun();
    calls.push(new WeakRef(run));
    await runAll(pool, strips(10), run);
  }
  // Workers keep what they know of the last one.
  let kept = Infinity;
  for (let i = 0; kept > 2 && i < 50; i++) {
    await pause(20);
    collect();
    kept = calls.filter((call) => call.deref()).length;
  }
  assert.ok(kept <= 2, `${kept} calls`);

  // Arrays that are too small for the next call's, so that none is used again.
  const before = process.memoryUsage().arrayBuffers;
  for (let height = 1; height <= 64; height++) {
    for (let i = 0; i < 2; i++) await runAll(pool, strips(40, height));
  }
  // Two workers have three bands each, of 16 kB at most. Memory is freed a while after its collection.
  const most = 2 * 6 * 64 * 64 * 4;
  let bytes = Infinity;
  for (let i = 0; bytes > most && i < 50; i++) {
    collect();
    await pause(20);
    bytes = process.memoryUsage().arrayBuffers - before;
  }
  assert.ok(bytes <= most, `${bytes} bytes`);
  pool.close();
});

/** A worker's side in this thread. @param {() => any} makeEngine */
async function serveHere(makeEngine) {
  const { serve } = await importSource('src/pool/serve.ts');
  /** @type {any} */
  const port = { onmessage: null };
  /** @type {any[]} */
  const told = [];
  port.postMessage = (/** @type {any} */ message) => told.push(message);
  Object.assign(globalThis, { self: port });
  serve(makeEngine, 1);
  /** What it tells until it has told so many messages more. @param {number} count @param {...any} messages */
  const tell = async (count, ...messages) => {
    const from = told.length;
    for (const data of messages) port.onmessage({ data });
    for (let i = 0; told.length < from + count && i < 1000; i++) await pause(2);
    return told.slice(from);
  };
  assert.equal(await tell(1, { type: 'open', data: null }), [{ type: 'ready' }]);
  return tell;
}

test('a worker has as many engines as it has had calls at once, and uses them again', async () => {
  let engines = 0;
  const tell = await serveHere(() => {
    engines++;
    return {
      async run(/** @type {any} */ band, /** @type {any} */ places, /** @type {any} */ breathe) {
        await pause(10);
        await breathe();
        places.counts[0].fill(band.columns.length);
        return { compute: 1, transfer: 0 };
      },
    };
  });
  const columns = new Float64Array(3);
  let id = 0;
  const order = (/** @type {number} */ call) => ({
    type: 'run',
    id: id++,
    call,
    band: { columns, rows: columns, maxIterations: 9, bailout2: 4, smooth: false },
    buffers: [],
    shared: null,
  });
  for (const call of [1, 2, 3]) assert.is((await tell(1, order(call)))[0].type, 'done');
  assert.is(engines, 1);
  // A call that is stopped before it has begun takes none, and loses none.
  const [stopped] = await tell(1, order(4), { type: 'abort', call: 4 });
  assert.equal(stopped, { type: 'failed', id: 3, reason: null });
  assert.is((await tell(1, order(5)))[0].type, 'done');
  assert.is(engines, 1);
  assert.is((await tell(4, order(6), order(7), order(6), order(7))).length, 4);
  assert.is(engines, 2);
  assert.is((await tell(2, order(8), order(8))).length, 2);
  assert.is(engines, 2);
  // Counts lie in the arrays that come along, though those may be longer.
  const buffer = new ArrayBuffer(100);
  const [{ counts }] = await tell(1, { ...order(9), buffers: [buffer] });
  assert.ok(counts.buffer === buffer);
  assert.equal([...counts], Array(9).fill(3));
});

test('a worker tells why it fails at a band, and goes on with the next', async () => {
  const tell = await serveHere(() => ({
    async run(/** @type {any} */ { maxIterations }) {
      if (maxIterations === 1) throw new RangeError('no memory');
      return { compute: 1, transfer: 0 };
    },
  }));
  const columns = new Float64Array(3);
  const order = (/** @type {number} */ id, /** @type {number} */ maxIterations) => ({
    type: 'run',
    id,
    call: 1,
    band: { columns, rows: columns, maxIterations, bailout2: 4, smooth: false },
    buffers: [],
    shared: null,
  });
  const [failed, done] = await tell(2, order(1, 1), order(2, 9));
  assert.equal(failed, { type: 'failed', id: 1, reason: 'RangeError: no memory' });
  assert.equal([done.type, done.id], ['done', 2]);
});

test('of a grid that workers share, each takes one part after another, and tells now and then what is done', async () => {
  const tell = await serveHere(() => ({
    async run(
      /** @type {any} */ { columns, rows },
      /** @type {any} */ { counts, fractions },
      /** @type {any} */ breathe,
    ) {
      await pause(30);
      await breathe();
      let at = 0;
      for (const part of counts) {
        for (let i = 0; i < part.length; i++, at++) part[i] = rows[Math.floor(at / columns.length)];
      }
      fractions?.fill(0.5);
      return { compute: 2, transfer: 1 };
    },
  }));
  const columns = new Float64Array(3);
  const rows = Float64Array.from({ length: 10 }, (_, i) => i + 1);
  const share = (/** @type {number} */ pixels) => new Float32Array(new SharedArrayBuffer(4 * pixels));
  const strip = (/** @type {number} */ row, height = 1) => ({ column: 0, row, width: 3, height });
  // Another worker has taken the first part; of two parts, tiles are mirrored.
  const parts = [[strip(0, 2)], [strip(2), strip(7)], [strip(3, 2), strip(5, 2)], [strip(8, 2)]];
  for (const smooth of [false, true]) {
    const image = { counts: [share(30)], fractions: smooth ? share(30) : null };
    const numbers = toParts(smooth ? parts.slice(0, 2) : parts);
    numbers[0] = 1;
    const band = { columns, rows, maxIterations: 9, bailout2: 4, smooth };
    const order = {
      type: 'run',
      id: 7,
      call: 1,
      band,
      buffers: [],
      shared: { image, parts: numbers },
    };
    const messages = await tell(smooth ? 1 : 2, order);
    assert.is(messages.filter(({ more }) => more).length, messages.length - 1);
    assert.equal(
      messages.flatMap(({ done }) => done.map((/** @type {any} */ { part }) => part)),
      smooth ? [1] : [1, 2, 3],
    );
    for (const { type, id, done, counts, fractions } of messages) {
      assert.equal([type, id, counts, fractions], ['done', 7, null, null]);
      for (const { timing } of done) assert.equal(timing, { compute: 2, transfer: 1 });
    }
    const taken = smooth ? [2, 7] : [2, 3, 4, 5, 6, 7, 8, 9];
    const expected = Array.from({ length: 30 }, (_, i) =>
      taken.includes(Math.floor(i / 3)) ? Math.floor(i / 3) + 1 : 0,
    );
    assert.equal([...image.counts[0]], expected);
    if (image.fractions) assert.equal([...image.fractions].slice(0, 12), Array(12).fill(0).fill(0.5, 6, 9));
  }
  // None is left.
  const numbers = toParts(parts);
  numbers[0] = 4;
  const image = { counts: [share(30)], fractions: null };
  const band = { columns, rows, maxIterations: 9, bailout2: 4, smooth: false };
  const [{ done, more }] = await tell(1, {
    type: 'run',
    id: 8,
    call: 2,
    band,
    buffers: [],
    shared: { image, parts: numbers },
  });
  assert.equal([done, more], [[], false]);
});

test.run(15);
