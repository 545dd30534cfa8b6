import { getEventListeners } from 'node:events';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { setImmediate } from 'node:timers/promises';
import { LaneLostError, LaneUnavailableError, openBasic, openCpu, presets } from 'twolane';
import * as assert from 'uvu/assert';
import { suite } from './harness.js';
import { random, randomJob, sameCounts, serialCounts } from './reference.js';
import { runScript } from './script.js';
import { onPost, rejection, soon, watchingWorkers } from './workers.js';

const test = suite('cpu lane’s threads');
const require = createRequire(import.meta.url);

/**
 * Chaotic orbits on the real line, which never escape and hardly ever cycle within 2^24 steps: minutes of work. They are as many as
 * to make four tiles, so that every worker has some.
 */
const endless = {
  grid: { width: 2 ** 18, height: 1, x0: -1.93, x1: -1.85, y0: 0, y1: 1 },
  maxIterations: 2 ** 24,
  bailoutRadius: 2,
};

/** Its first rows escape at once; the last one never would. */
const endlessInTheEnd = { ...endless, grid: { ...endless.grid, width: 2 ** 15, height: 3, y0: 2, y1: 0 } };

test('threads default to the machine’s cores, and bad ones are refused', async () => {
  const { availableParallelism } = require('node:os');
  const lane = await openCpu();
  const cores = availableParallelism();
  assert.is(lane.device, `WebAssembly SIMD f64x2, ${cores} thread${cores === 1 ? '' : 's'}`);
  lane.close();
  for (const [threads, message] of /** @type {[any, string][]} */ ([
    [0, 'threads must be an integer from 1 to 1024, got 0'],
    [1.5, 'threads must be an integer from 1 to 1024, got 1.5'],
    ['2', "threads must be an integer from 1 to 1024, got '2'"],
  ])) {
    assert.is((await rejection(openCpu({ threads }))).message, message);
  }
});

test('counts are those of the plain loop with 3 threads, and calls at once keep apart', async () => {
  const lane = await openCpu({ threads: 3 });
  const next = random(77);
  /** @type {import('twolane').Job[]} */
  const jobs = Array.from({ length: 60 }, () => randomJob(next));
  jobs.push(presets.salon(333), presets.gellert(250), presets.salon(150, 9000));
  const images = await Promise.all(jobs.map((job) => lane.escapeTime(job)));
  for (const [i, { counts }] of images.entries()) sameCounts(counts, serialCounts(jobs[i]), JSON.stringify(jobs[i]));
  lane.close();
});

for (const [title, ms] of /** @type {[string, number][]} */ ([
  ['', 0],
  [', though its tiles keep the calling thread busy', 4],
])) {
  test(`calls share the workers fairly: a short one does not wait for a long one${title}`, async () => {
    const lane = await openCpu({ threads: 2 });
    /** @type {string[]} */
    const order = [];
    const onProgress = () => {
      for (const start = performance.now(); performance.now() < start + ms;);
    };
    const long = lane.escapeTime(presets.gellert(5000), { onProgress }).then(() => order.push('long'));
    const short = lane.escapeTime(presets.salon(300)).then(() => order.push('short'));
    await Promise.all([long, short]);
    assert.equal(order, ['short', 'long']);
    lane.close();
  });
}

test('compute is the time of all bands of a call, and of no other one', async () => {
  const [re, im] = [-0.7436438870371587, 0.13182590420531198];
  const grid = { width: 400, height: 400, x0: re - 5e-11, x1: re + 5e-11, y0: im - 5e-11, y1: im + 5e-11 };
  const job = { grid, maxIterations: 50_000 };
  const [one, two] = [await openCpu({ threads: 1 }), await openCpu({ threads: 2 })];
  // A worker has four of its bands, or more.
  const { timing } = await two.escapeTime(job);
  assert.ok(Number(timing.compute) > timing.total / 2, JSON.stringify(timing));
  const start = performance.now();
  const images = await Promise.all([one.escapeTime(job), one.escapeTime(job)]);
  const took = performance.now() - start;
  const compute = images.reduce((sum, image) => sum + Number(image.timing.compute), 0);
  assert.ok(compute > took / 2 && compute < took * 1.01, `${compute} of ${took} ms`);
  one.close();
  two.close();
});

test('a short call does not wait for a band that takes minutes', async () => {
  for (const threads of [1, 2, 3]) {
    const lane = await openCpu({ threads });
    const controller = new AbortController();
    const long = lane.escapeTime(endless, { signal: controller.signal });
    // By now every worker has as many bands as it takes.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const job = presets.salon(300);
    const short = soon(lane.escapeTime(job)).finally(() => controller.abort('enough'));
    assert.is(await rejection(long), 'enough');
    sameCounts((await short).counts, serialCounts(job), `${threads} threads`);
    lane.close();
  }
});

test('abort reaches every worker inside its band, and the lane is ready for the next call', async () => {
  const lane = await openCpu({ threads: 2 });
  for (let i = 0; i < 3; i++) {
    const controller = new AbortController();
    const call = lane.escapeTime(endless, { signal: controller.signal });
    setTimeout(() => controller.abort('enough'), 30);
    assert.is(await rejection(call), 'enough');
    // Without free workers this would take minutes.
    const job = presets.salon(300);
    sameCounts((await lane.escapeTime(job)).counts, serialCounts(job), 'after abort');
  }
  lane.close();
});

test('a consumer that leaves its tiles stops the work', async () => {
  const lane = await openCpu({ threads: 2 });
  for await (const tile of lane.tiles(endlessInTheEnd)) {
    assert.is(tile.counts[0], 1);
    break;
  }
  await lane.escapeTime(presets.salon(300));
  lane.close();
});

test('abort stops the work while the consumer still has a tile', async () => {
  const lane = await openCpu({ threads: 2 });
  const controller = new AbortController();
  const tiles = lane.tiles(endlessInTheEnd, { signal: controller.signal });
  await tiles.next();
  await new Promise((resolve) => setTimeout(resolve, 50));
  controller.abort('enough');
  await new Promise((resolve) => setTimeout(resolve, 500));
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { user } = process.cpuUsage(before);
  // Two workers at work would take up to 600 ms, and one at least some.
  assert.ok(user < 50_000, `${user} µs`);
  assert.is(await rejection(tiles.next()), 'enough');
  lane.close();
});

test('return() stops a next() that is at work', async () => {
  for (const threads of [1, 2]) {
    const lane = await openCpu({ threads });
    const tiles = lane.tiles(endless);
    const next = tiles.next();
    await new Promise((resolve) => setTimeout(resolve, 30));
    const left = soon(tiles.return()).finally(() => lane.close());
    assert.equal(await left, { value: undefined, done: true });
    assert.equal(await next, { value: undefined, done: true });
  }
});

test('abort and close() inside the last onProgress count, on a pool and on the calling thread', async () => {
  for (const [threads, n] of [
    [1, 300],
    [2, 300],
    [2, 50],
  ]) {
    const lane = await openCpu({ threads });
    const controller = new AbortController();
    const { signal } = controller;
    /** @type {(act: () => void) => import('twolane').RunOptions['onProgress']} */
    const atTheEnd = (act) => (progress) => {
      if (progress.done === progress.total) act();
    };
    const aborted = lane.escapeTime(presets.salon(n), { signal, onProgress: atTheEnd(() => controller.abort('late')) });
    assert.is(await rejection(aborted), 'late');
    const closed = lane.escapeTime(presets.salon(n), { onProgress: atTheEnd(() => lane.close()) });
    assert.instance(await rejection(closed), LaneUnavailableError);
  }
});

test('one signal serves many calls at once without a warning', async () => {
  const lane = await openCpu({ threads: 2 });
  /** @type {string[]} */
  const warnings = [];
  const hear = (/** @type {Error} */ warning) => warnings.push(warning.message);
  process.on('warning', hear);
  const controller = new AbortController();
  const calls = Array.from({ length: 20 }, () => lane.escapeTime(endless, { signal: controller.signal }));
  await new Promise((resolve) => setTimeout(resolve, 30));
  controller.abort('enough');
  for (const { reason } of /** @type {PromiseRejectedResult[]} */ (await Promise.allSettled(calls))) {
    assert.is(reason, 'enough');
  }
  // After the calls have left, the lane does not listen any more.
  assert.is(getEventListeners(controller.signal, 'abort').length, 0);
  await lane.escapeTime(presets.salon(300), { signal: new AbortController().signal });
  process.off('warning', hear);
  assert.equal(warnings, []);
  lane.close();
});

test('a signal is still heard by one call when another one that it was given to is over', async () => {
  const lane = await openCpu({ threads: 2 });
  const controller = new AbortController();
  const { signal } = controller;
  const call = lane.escapeTime(endless, { signal });
  await lane.escapeTime(presets.salon(50), { signal });
  controller.abort('enough');
  assert.is(await soon(rejection(call)), 'enough');
  assert.is(getEventListeners(signal, 'abort').length, 0);

  const later = new AbortController();
  const tiles = lane.tiles(endless, { signal: later.signal });
  later.abort('before the first');
  assert.is(await soon(rejection(tiles[Symbol.asyncIterator]().next())), 'before the first');
  lane.close();
});

test('tiles() refuses an aborted signal at once, and close() stops tiles that nobody has asked for yet', async () => {
  for (const threads of [1, 2]) {
    const lane = await openCpu({ threads });
    assert.throws(() => lane.tiles(presets.salon(9), { signal: AbortSignal.abort(new Error('enough')) }), 'enough');
    const tiles = lane.tiles(presets.salon(300));
    lane.close();
    assert.instance(await soon(rejection(tiles.next())), LaneUnavailableError);
  }
});

test('the threads share a grid of a single row', async () => {
  const lane = await openCpu({ threads: 3 });
  const grid = { width: 40001, height: 1, x0: -1.93, x1: -1.85, y0: 0.001, y1: 1 };
  const job = { grid, maxIterations: 3000, bailoutRadius: 2 };
  let tiles = 0;
  for await (const { row, height } of lane.tiles(job)) {
    assert.equal([row, height], [0, 1]);
    tiles++;
  }
  assert.ok(tiles >= 6, `${tiles} tiles`);
  sameCounts((await lane.escapeTime(job)).counts, serialCounts(job), 'a row');
  lane.close();
});

test('a slow consumer holds the workers back', async () => {
  const lane = await openCpu({ threads: 2 });
  const tiles = lane.tiles(presets.gellert(15000));
  await tiles.next();
  const before = process.memoryUsage().arrayBuffers;
  await new Promise((resolve) => setTimeout(resolve, 500));
  // The whole image has 900 MB.
  assert.ok(process.memoryUsage().arrayBuffers - before < 50e6);
  await tiles.return();
  lane.close();
});

test('15000 × 15000 pixels stream through bounded memory', () => {
  const grown = runScript(`
    const lane = await openCpu({ threads: 2 });
    await lane.escapeTime(presets.gellert(500));
    const before = process.memoryUsage.rss();
    let most = 0;
    let sum = 0;
    let pixels = 0;
    for await (const { counts } of lane.tiles(presets.gellert(15000))) {
      for (const count of counts) sum += count - 1;
      pixels += counts.length;
      most = Math.max(most, process.memoryUsage.rss() - before);
    }
    lane.close();
    if (pixels !== 15000 ** 2) throw new Error('pixels are missing');
    console.log(JSON.stringify({ most, sum }));
  `);
  const { most } = JSON.parse(grown);
  console.log(`\nstreaming 15000 × 15000 adds ${(most / 1e6).toFixed(0)} MB`);
  assert.ok(most < 300e6);
});

test('a worker that dies gives LaneLostError, and a fresh one serves the next call', () =>
  watchingWorkers(async (workers) => {
    const lane = await openCpu({ threads: 2 });
    assert.is(workers.length, 2);
    const call = lane.escapeTime(endless);
    setTimeout(() => workers[0].terminate(), 30);
    const error = await rejection(call);
    assert.instance(error, LaneLostError);
    assert.match(error.message, 'died');
    const job = presets.salon(300);
    sameCounts((await lane.escapeTime(job)).counts, serialCounts(job), 'after death');
    // All at once, at rest.
    await Promise.all(workers.map((worker) => worker.terminate()));
    sameCounts((await lane.escapeTime(job)).counts, serialCounts(job), 'after all died');
    lane.close();
    assert.ok(workers.length >= 4);
  }));

/** @param {number} pixels */
const shareNumbers = (pixels) => new Float32Array(new SharedArrayBuffer(4 * pixels));

test('into shared memory workers write by themselves, part after part of it', () =>
  watchingWorkers(async (workers) => {
    const lane = await openCpu({ threads: 3 });
    const basic = await openBasic();
    /** @type {{ type: string, done: { part: number }[], counts: unknown, fractions: unknown }[]} */
    let answers = [];
    for (const worker of workers) worker.on('message', (answer) => answers.push(answer));
    // Mirrored tiles; others; a band of a grid; rows too few for all threads to have some. Not by themselves: many short rows, tiles that
    // are narrower than the grid.
    const narrow = { width: 70_000, height: 3, x0: -2, x1: 1, y0: -0.5, y1: 0.6 };
    const grids = [
      presets.salon(700).grid,
      presets.gellert(1500).grid,
      { ...presets.gellert(900).grid, height: 300, row: 450, rows: 900 },
      { ...narrow, width: 9000, height: 20 },
      { ...narrow, width: 9, height: 20_000 },
      narrow,
    ];
    for (const grid of grids) {
      const job = { grid, maxIterations: 512, bailoutRadius: 2 };
      const pixels = grid.width * grid.height;
      const { counts } = await basic.escapeTime(job);
      for (const smooth of [false, true]) {
        const plain = await lane.escapeTime({ ...job, smooth });
        answers = [];
        /** @type {number[]} */
        const progress = [];
        const out = { counts: shareNumbers(pixels), fractions: shareNumbers(pixels) };
        const onProgress = (/** @type {{ done: number }} */ { done }) => progress.push(done);
        const image = await lane.escapeTime({ ...job, smooth }, { out, onProgress });
        sameCounts(image.counts, counts, `of ${grid.width} columns`);
        assert.ok(image.fractions === (smooth ? out.fractions : null));
        if (smooth) sameCounts(out.fractions, /** @type {Float32Array} */ (plain.fractions), 'fractions');
        assert.ok(progress.length > 6);
        assert.is(progress.at(-1), pixels);
        const parts = answers.flatMap(({ done }) => done.map(({ part }) => part)).sort((a, b) => a - b);
        if (grid.width === 9 || grid === narrow) {
          assert.ok(parts.length > 3 && parts.every((part) => part === 0));
        } else {
          assert.equal([...parts], [...parts.keys()]);
          for (const { type, counts, fractions } of answers)
            assert.equal([type, counts, fractions], ['done', null, null]);
        }
      }
    }
    // Where only counts are in shared memory, the workers' own arrays are copied.
    const { grid } = presets.gellert(500);
    const { counts, fractions } = await lane.escapeTime({ grid, smooth: true });
    const out = { counts: shareNumbers(counts.length), fractions: new Float32Array(counts.length) };
    await lane.escapeTime({ grid, smooth: true }, { out });
    sameCounts(out.counts, counts, 'half shared');
    sameCounts(out.fractions, /** @type {Float32Array} */ (fractions), 'half shared, fractions');
    lane.close();
  }));

test('calls into shared memory end beside more calls than workers take at a time', async () => {
  const lane = await openCpu({ threads: 2 });
  const narrow = { width: 70_000, height: 3, x0: -2, x1: 1, y0: -0.5, y1: 0.6 };
  const limits = { maxIterations: 512, bailoutRadius: 2 };
  for (const grid of [presets.salon(500).grid, narrow]) {
    const controller = new AbortController();
    const others = (/** @type {number} */ count) =>
      Array.from({ length: count }, () => rejection(lane.escapeTime(endless, { signal: controller.signal })));
    const before = others(31);
    const out = { counts: shareNumbers(grid.width * grid.height) };
    const call = lane.escapeTime({ grid, ...limits }, { out });
    const after = others(40);
    sameCounts((await soon(call)).counts, serialCounts({ grid, ...limits }), `of ${grid.width} columns`);
    controller.abort(new Error('enough'));
    for (const { message } of await Promise.all([...before, ...after])) assert.is(message, 'enough');
  }
  lane.close();
});

test('into shared memory, too, the progress of finished parts does not wait for a part that takes minutes', async () => {
  const lane = await openCpu({ threads: 2 });
  // The last eighth of its rows is endless.
  const grid = { width: 2 ** 14, height: 64, x0: -1.93, x1: -1.85, y0: 2, y1: 0 };
  const controller = new AbortController();
  const error = await rejection(
    soon(
      lane.escapeTime(
        { grid, maxIterations: 2 ** 24 },
        {
          out: { counts: shareNumbers(2 ** 20) },
          signal: controller.signal,
          onProgress({ done, total }) {
            assert.ok(done < total);
            if (done === (7 / 8) * total) controller.abort(new Error('far enough'));
          },
        },
      ),
    ),
  );
  assert.is(error.message, 'far enough');
  lane.close();
});

test('shared memory is left alone once a call has been aborted, left or lost', () =>
  watchingWorkers(async (workers) => {
    const lane = await openCpu({ threads: 2 });
    // Its parts take some 50 ms each, so that the others are not done when the first are.
    const grid = { width: 3000, height: 3000, x0: -0.7441, x1: -0.7431, y0: 0.1313, y1: 0.1323 };
    const job = { grid, maxIterations: 5000 };
    const counts = shareNumbers(9e6);
    const controller = new AbortController();
    for (const [what, end] of Object.entries({
      aborted: () => controller.abort(new Error('aborted')),
      left() {
        throw new Error('left');
      },
      lost: () => workers[0].terminate(),
    })) {
      let ended = false;
      const options = {
        out: { counts },
        signal: what === 'aborted' ? controller.signal : undefined,
        onProgress() {
          if (ended) return;
          ended = true;
          end();
        },
      };
      const error = await rejection(soon(lane.escapeTime(job, options)));
      assert.match(error.message, what === 'lost' ? 'died' : what);
      counts.fill(-1);
      await new Promise((resolve) => setTimeout(resolve, 150));
      assert.ok(
        counts.every((count) => count === -1),
        `${what}: written to`,
      );
    }
    lane.close();
  }));

test('where no worker could be had after a death, the next call tries again', () =>
  watchingWorkers(async (workers) => {
    const threads = require('node:worker_threads');
    const lane = await openCpu({ threads: 2 });
    const { Worker } = threads;
    threads.Worker = /** @type {any} */ (
      function () {
        throw new Error('none now');
      }
    );
    syncBuiltinESMExports();
    const job = presets.salon(300);
    await Promise.all(workers.map((worker) => worker.terminate()));
    const error = await rejection(lane.escapeTime(job));
    assert.instance(error, LaneLostError);
    assert.match(error.message, 'no other starts (none now)');
    threads.Worker = Worker;
    syncBuiltinESMExports();
    sameCounts((await lane.escapeTime(job)).counts, serialCounts(job), 'afterwards');
    assert.is(workers.length, 4);
    lane.close();
  }));

test('a band that cannot be sent gives LaneLostError, and the lane works on', () =>
  watchingWorkers(async (workers) => {
    const lane = await openCpu({ threads: 2 });
    let left = 0;
    onPost(workers.slice(0, 1), ({ type }) => {
      if (type === 'run' && --left === 0) throw new Error('too large');
    });
    for (const failing of [1, 9]) {
      left = failing;
      const error = await rejection(lane.escapeTime(presets.gellert(3000)));
      assert.instance(error, LaneLostError);
      assert.match(error.message, 'too large');
      left = 0;
      sameCounts((await lane.escapeTime(presets.salon(300))).counts, serialCounts(presets.salon(300)), 'afterwards');
    }
    lane.close();
  }));

test('a worker that dies as soon as it is ready is replaced, too', () =>
  watchingWorkers(
    async (workers) => {
      const lane = await openCpu({ threads: 2 });
      await workers[0].terminate();
      for (let i = 0; workers.length < 4 && i < 3000; i++) await new Promise((resolve) => setTimeout(resolve, 5));
      assert.is(workers.length, 4);
      await workers[1].terminate();
      const job = presets.salon(300);
      sameCounts((await lane.escapeTime(job)).counts, serialCounts(job), 'after deaths');
      lane.close();
    },
    // Of the third worker, 'exit' follows on 'ready' in one task, as when Node ends a worker with messages that wait.
    (worker, event, workers) => {
      if (worker === workers[2] && event === 'message' && workers.length === 3) worker.emit('exit', 1);
    },
  ));

test('calls at once on a worker keep apart, however long they take', async () => {
  const lane = await openCpu({ threads: 2 });
  const jobs = [-1.93, -1.8, -1.7, -1.95].map((x0) => ({
    grid: { width: 40, height: 8, x0, x1: x0 + 0.08, y0: 0, y1: 1e-3 },
    maxIterations: 2_000_000,
    bailoutRadius: 2,
  }));
  const images = await Promise.all(jobs.map((job) => lane.escapeTime(job)));
  for (const [i, { counts }] of images.entries()) sameCounts(counts, serialCounts(jobs[i]), `call ${i}`);
  lane.close();
});

test('a consumer that fails stops the workers', () =>
  watchingWorkers(async (workers) => {
    const lane = await openCpu({ threads: 2 });
    let aborts = 0;
    onPost(workers, ({ type }) => (aborts += Number(type === 'abort')));
    const onProgress = () => {
      throw new Error('no more');
    };
    const error = await rejection(soon(lane.escapeTime(endlessInTheEnd, { onProgress })));
    assert.is(error.message, 'no more');
    assert.ok(aborts > 0);
    lane.close();
  }));

test('a worker has bands of some calls at a time, and a call that waits for room hears its abort', () =>
  watchingWorkers(async (workers) => {
    const lane = await openCpu({ threads: 2 });
    /** @type {Map<unknown, Set<number>>} */
    const calls = new Map();
    onPost(workers, ({ type, call }, worker) => {
      if (type === 'run') calls.set(worker, (calls.get(worker) ?? new Set()).add(call));
    });
    const controller = new AbortController();
    const pending = Array.from({ length: 70 }, () => rejection(lane.escapeTime(endless)));
    const last = rejection(lane.escapeTime(endless, { signal: controller.signal }));
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.is(calls.size, 2);
    for (const { size } of calls.values()) assert.ok(size <= 32, `${size} calls`);
    controller.abort('enough');
    assert.is(await soon(last), 'enough');
    lane.close();
    for (const error of await soon(Promise.all(pending))) assert.instance(error, LaneUnavailableError);
  }));

test('calls at once on the calling thread have a kernel each, of which one is kept', async () => {
  const { Instance } = WebAssembly;
  let made = 0;
  WebAssembly.Instance = /** @type {any} */ (
    class extends Instance {
      /** @param {WebAssembly.Module} module */
      constructor(module) {
        super(module);
        made++;
      }
    }
  );
  try {
    const lane = await openCpu({ threads: 1 });
    const rounds = [];
    for (let round = 0; round < 3; round++) {
      made = 0;
      await Promise.all([1, 2, 3, 4, 5].map(() => lane.escapeTime(presets.gellert(1500))));
      rounds.push(made);
    }
    const [first, ...later] = rounds;
    assert.ok(first > 1 && later.every((made) => made < first) && later.some((made) => made > 0), rounds.join());
    lane.close();
  } finally {
    WebAssembly.Instance = Instance;
  }
});

test('a call on the calling thread that is aborted does not wait for the turns of the others', async () => {
  const lane = await openCpu({ threads: 1 });
  const calls = Array.from({ length: 30 }, () => {
    const controller = new AbortController();
    return { controller, rejected: rejection(lane.escapeTime(endless, { signal: controller.signal })) };
  });
  /** @type {number[]} */
  const waits = [];
  for (const { controller, rejected } of calls.slice(10, 20)) {
    // Each turn of a call is an immediate of its own.
    for (let i = 0; i < 7; i++) await setImmediate();
    let over = false;
    rejected.then(() => (over = true));
    controller.abort('enough');
    let turns = 0;
    for (; !over; turns++) await setImmediate();
    waits.push(turns);
    assert.is(await rejected, 'enough');
  }
  lane.close();
  for (const { rejected } of calls) await rejected;
  assert.ok(Math.max(...waits) <= 2, waits.join());
});

test('close() during work rejects what is pending', async () => {
  const lane = await openCpu({ threads: 2 });
  const calls = [
    lane.escapeTime(endless),
    lane.escapeTime(presets.gellert(3000)),
    lane.tiles(endless).next(),
    lane.escapeTime(endless, { out: { counts: shareNumbers(2 ** 18) } }),
  ];
  setTimeout(() => lane.close(), 20);
  for (const result of await soon(Promise.allSettled(calls))) {
    assert.is(result.status, 'rejected');
    assert.instance(/** @type {PromiseRejectedResult} */ (result).reason, LaneUnavailableError);
  }
});

test('neither a closed nor an idle lane keeps Node alive, and a working one does', () => {
  assert.is(
    runScript(`
      const lane = await openCpu({ threads: 2 });
      lane.escapeTime(presets.gellert(15000, 5000)).catch((error) => console.log(error.name));
      setTimeout(() => lane.close(), 50);
    `),
    'LaneUnavailableError\n',
  );
  assert.is(
    runScript("(await openCpu({ threads: 2 })).escapeTime(presets.salon(700)).then(() => console.log('done'));"),
    'done\n',
  );
});

test('200 cycles of open, run, close leave no memory and no handles behind', () => {
  const report = runScript(
    `
    const measure = async () => {
      // Workers end a while after close().
      for (let i = 0; i < 2; i++) {
        await new Promise((resolve) => setTimeout(resolve, 300));
        globalThis.gc();
      }
      const { heapUsed, external } = process.memoryUsage();
      return { bytes: heapUsed + external, handles: process.getActiveResourcesInfo().length };
    };
    const cycle = async () => {
      const lane = await openCpu({ threads: 2 });
      await lane.escapeTime(presets.salon(150));
      lane.close();
    };
    for (let i = 0; i < 20; i++) await cycle();
    const before = await measure();
    for (let i = 0; i < 200; i++) await cycle();
    const after = await measure();
    console.log(JSON.stringify({ before, after }));
    `,
    '--expose-gc',
  );
  const { before, after } = JSON.parse(report);
  assert.ok(after.handles <= before.handles, report);
  assert.ok(after.bytes - before.bytes < 2e6, report);
});

test.run(33);
