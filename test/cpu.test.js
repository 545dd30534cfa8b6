import { LaneUnavailableError, openBasic, openCpu, presets } from 'twolane';
import * as assert from 'uvu/assert';
import { suite } from './harness.js';
import { random, randomJob, sameCounts, serialCounts, sum } from './reference.js';

const test = suite('f64 lanes');
/** @type {import('twolane').Lane[]} */
const lanes = [await openCpu({ threads: 1 }), await openCpu({ threads: 2 }), await openBasic()];
test.after(() => {
  for (const lane of lanes) lane.close();
});

/** The count of a single c, as a grid of one pixel. */
const pixel = (/** @type {number} */ cRe, /** @type {number} */ cIm) => ({
  width: 1,
  height: 1,
  x0: cRe,
  x1: cRe + 1,
  y0: cIm,
  y1: cIm + 1,
});

/** Orbits that neither escape nor cycle soon, so that no shortcut ends them. */
const chaotic = { width: 256, height: 1, x0: -1.93, x1: -1.85, y0: 0, y1: 1 };

const POINTS = [
  [2, 0, 2],
  [1, 0, 3],
  [3, 0, 1],
  [0.26, 0, 30],
  [-0.75, 0.1, 33],
  [-0.75, 0.01, 315],
  [-0.75, 0.001, 3143],
  [0, 0, 100000],
  [-2, 0, 100000],
  [0, 1, 100000],
  [0.25, 0, 100000],
  [0.3, 0.5, 100000],
];

for (const lane of lanes) {
  const title = lane.name === 'cpu' ? `${lane.name} (${lane.device})` : lane.name;
  test(`${title} gives the counts that can be checked by hand`, async () => {
    for (const [cRe, cIm, count] of POINTS) {
      const { counts } = await lane.escapeTime({ grid: pixel(cRe, cIm), maxIterations: 100000, bailoutRadius: 2 });
      assert.is(counts[0], count, `c = ${cRe} + ${cIm}i`);
    }
  });

  test(`${title} is exact on grids around the real axis, of any height`, async () => {
    for (const height of [1, 2, 7, 16, 17, 99, 300, 301]) {
      const grid = { width: 301, height, x0: -2, x1: 0.5, y0: -1.1, y1: 1.1 };
      const bands = height > 20 ? [grid, { ...grid, height: height - 20, row: 10, rows: height }] : [grid];
      for (const band of bands) {
        const done = /** @type {number[]} */ ([]);
        const { counts } = await lane.escapeTime(
          { grid: band },
          { onProgress: (progress) => done.push(progress.done) },
        );
        const first = 'row' in band ? 10 * 301 : 0;
        sameCounts(counts, serialCounts({ grid }).subarray(first, first + 301 * band.height), `height ${band.height}`);
        assert.equal(
          done,
          [...done].sort((a, b) => a - b),
        );
        assert.is(done.at(-1), 301 * band.height);
      }
    }
  });

  test(`${title} reproduces both presets' checksums`, async () => {
    for (const [job, total] of /** @type {const} */ ([
      [presets.salon(), 21_463_747],
      [presets.salon(1600), 344_751_245],
      [presets.gellert(), 15_900_144 + 500 ** 2],
      [presets.gellert(500, 50), 4_049_636 + 500 ** 2],
      [presets.gellert(2500), 397_137_902 + 2500 ** 2],
    ])) {
      const { counts, width, height } = await lane.escapeTime(job);
      assert.is(counts.length, width * height);
      assert.is(sum(counts), total);
    }
  });

  test(`${title} equals the plain loop on random grids`, async () => {
    const next = random(20);
    for (let i = 0; i < 200; i++) {
      const job = randomJob(next);
      const { counts } = await lane.escapeTime(job);
      sameCounts(counts, serialCounts(job), JSON.stringify(job));
    }
  });

  test(`${title} equals the plain loop where orbits have 2^24 steps`, async () => {
    // Interior, parabolic and chaotic points beside ones that escape soon.
    const grid = { width: 3, height: 2, x0: -2, x1: 0.25, y0: 0, y1: 1e-3 };
    const job = { grid, maxIterations: 2 ** 24, bailoutRadius: 2 };
    sameCounts((await lane.escapeTime(job)).counts, serialCounts(job), '2^24');
  });

  test(`${title} streams tiles that cover the grid once`, async () => {
    const job = presets.gellert(700);
    const counts = new Float32Array(700 * 700);
    let pixels = 0;
    for await (const tile of lane.tiles(job)) {
      for (let row = 0; row < tile.height; row++) {
        const from = row * tile.width;
        counts.set(tile.counts.subarray(from, from + tile.width), (tile.row + row) * 700 + tile.column);
      }
      pixels += tile.width * tile.height;
    }
    assert.is(pixels, 700 * 700);
    sameCounts(counts, (await lane.escapeTime(job)).counts, 'tiles');
  });

  test(`${title} keeps calls that overlap apart`, async () => {
    const jobs = [presets.salon(301), presets.gellert(203), presets.salon(97, 5000), presets.gellert(64, 9)];
    const images = await Promise.all(jobs.map((job) => lane.escapeTime(job)));
    for (const [i, { counts }] of images.entries()) sameCounts(counts, serialCounts(jobs[i]), `job ${i}`);
  });

  test(`${title} reports where the time went, and null for what was not measured`, async () => {
    const { timing } = await lane.escapeTime(presets.salon());
    assert.ok(timing.compute !== null && timing.compute > 0);
    assert.ok(timing.compute + (timing.transfer ?? 0) <= timing.total);
    if (lane.name === 'basic') assert.is(timing.transfer, null);
    else assert.ok(timing.transfer !== null && timing.transfer > 0);
    assert.is(lane.precision, 'f64');
    assert.type(lane.device, 'string');
    assert.ok(lane.setup >= 0);
  });

  test(`${title} tells its progress in pixels`, async () => {
    /** @type {number[]} */
    const seen = [];
    await lane.escapeTime(presets.gellert(1000, 20), {
      onProgress({ done, total }) {
        assert.is(total, 1e6);
        seen.push(done);
      },
    });
    assert.ok(seen.length > 1);
    assert.is(seen.at(-1), 1e6);
    assert.ok(seen.every((done, i) => i === 0 || done > seen[i - 1]));
  });

  test(`${title} stops on abort with the signal's reason, inside a long orbit too, and works on`, async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const call = lane.escapeTime({ grid: chaotic, maxIterations: 2 ** 24 }, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 20);
    await call.then(
      () => assert.unreachable('it should stop'),
      (error) => assert.is(error, reason),
    );
    const aborted = AbortSignal.abort(reason);
    await lane.escapeTime(presets.salon(5), { signal: aborted }).then(
      () => assert.unreachable('it should not start'),
      (error) => assert.is(error, reason),
    );
    // As some runtimes make signals.
    const plain = Object.defineProperty(new AbortController().signal, Symbol.toStringTag, { value: 'EventTarget' });
    const options = { signal: plain };
    sameCounts(
      (await lane.escapeTime(presets.salon(50), options)).counts,
      serialCounts(presets.salon(50)),
      'after abort',
    );
  });

  test(`${title} works on after a consumer has left its tiles`, async () => {
    for await (const tile of lane.tiles(presets.gellert(1000))) {
      assert.is(tile.counts.length, tile.width * tile.height);
      break;
    }
    sameCounts((await lane.escapeTime(presets.salon(50))).counts, serialCounts(presets.salon(50)), 'after break');
  });

  test(`${title} gives the event loop its turns`, async () => {
    let turns = 0;
    const timer = setInterval(() => turns++);
    await lane.escapeTime({ grid: chaotic, maxIterations: 2 ** 20 });
    clearInterval(timer);
    assert.ok(turns > 0);
  });

  for (const n of [1, 64, 300]) {
    test(`${title} gives it turns between calls of ${n} × ${n} pixels, too, one awaited after another`, async () => {
      const signal = AbortSignal.timeout(20);
      let calls = 0;
      // Without turns the signal would never be heard.
      for (; calls < 20_000; calls++) {
        const image = await lane.escapeTime(presets.salon(n), { signal }).catch((reason) => reason.name);
        if (image === 'TimeoutError') break;
      }
      assert.ok(calls < 20_000);
    });
  }
}

test('a closed lane rejects what it was doing and all later calls', async () => {
  for (const open of [openCpu, openBasic]) {
    const lane = await open();
    const call = lane.escapeTime({ ...presets.salon(200), maxIterations: 2 ** 24 });
    lane.close();
    lane.close();
    for (const result of await Promise.allSettled([call, lane.escapeTime(presets.salon(5))])) {
      assert.is(result.status, 'rejected');
      const { reason } = /** @type {PromiseRejectedResult} */ (result);
      assert.instance(reason, LaneUnavailableError);
      assert.match(reason.message, 'closed');
    }
    assert.throws(
      () => lane.tiles(presets.salon(5)),
      (/** @type {Error} */ error) => error instanceof LaneUnavailableError,
    );
  }
});

test.run(3 * 15 + 1);
