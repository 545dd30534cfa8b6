import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { compare, openBasic, openCpu, presets } from 'twolane';
import * as assert from 'uvu/assert';
import { suite } from './harness.js';
import { serialCounts, sum } from './reference.js';

const test = suite('compare');
const basic = await openBasic();
const cpu = await openCpu();
test.after(() => {
  basic.close();
  cpu.close();
});

/** A lane in f32 that is wrong in one pixel, fell back, and whose transfer is not measured. @param {import('twolane').Lane} lane */
const wrongInOne = (lane) => ({
  ...lane,
  name: 'wrong',
  precision: /** @type {const} */ ('f32'),
  fallbackReason: 'f64 is missing',
  /** @param {import('twolane').Job} job */
  async escapeTime(job) {
    const image = await lane.escapeTime(job);
    image.counts[3]++;
    return { ...image, timing: { ...image.timing, transfer: null } };
  },
});

/** A lane that fails on its `n`th run. @param {import('twolane').Lane} lane @param {number} n */
function failing(lane, n = 1) {
  let runs = 0;
  return {
    ...lane,
    name: `failing ${lane.name}`,
    /** @type {import('twolane').Lane['escapeTime']} */
    async escapeTime(...call) {
      if (++runs === n) throw new RangeError(`run ${n} fails`);
      return lane.escapeTime(...call);
    },
  };
}

/** @param {import('twolane').Comparison} comparison @param {keyof import('twolane').LaneResult} key */
const column = ({ jobs }, key) => jobs.map(({ lanes }) => lanes.map((lane) => lane[key]));

test('runs each lane warm-up and repeats times, interleaved', async () => {
  /** @type {string[]} */
  const order = [];
  await compare([basic, cpu], presets.salon(9), {
    warmup: 1,
    repeats: 2,
    onProgress({ done, total, lane, job }) {
      order.push(lane);
      assert.is(job, '9 × 9');
      assert.is(done, order.length);
      assert.is(total, 6);
    },
  });
  assert.equal(order, ['basic', 'cpu', 'basic', 'cpu', 'basic', 'cpu']);
});

test('gives the job, completed, and a result for every lane in the order given', async () => {
  const { grid } = presets.salon(9);
  const table = await compare([wrongInOne(cpu), basic, cpu], { grid }, { repeats: 3 });
  assert.equal(table.grid, grid);
  assert.is(table.maxIterations, 512);
  assert.is(table.bailoutRadius, 2);
  assert.is(table.smooth, false);
  assert.equal(
    table.lanes.map(({ name }) => name),
    ['wrong', 'basic', 'cpu'],
  );
  const total = sum(serialCounts({ grid }));
  assert.equal(
    table.lanes.map(({ countSum }) => countSum),
    [total + 1, total, total],
  );
  assert.equal(
    table.lanes.map(({ differing }) => differing),
    [1, 0, 0],
  );
  assert.equal(
    table.lanes.map(({ largestDifference }) => largestDifference),
    [1, 0, 0],
  );
  assert.is(table.name, '9 × 9');
  assert.is(table.lanes[0].transfer, null);
  for (const lane of table.lanes) {
    assert.ok(lane.total.min <= lane.total.median && lane.total.min > 0);
    assert.type(lane.cold, 'number');
    assert.type(lane.setup, 'number');
    assert.is(lane.status, 'done');
    assert.is(lane.reason, null);
    assert.is(lane.runs, 3);
  }
});

test('gives several jobs as plain data, lanes and jobs under the names of an object’s keys', async () => {
  const jobs = { small: presets.salon(5), large: { ...presets.gellert(9), smooth: true } };
  /** @type {import('twolane').JobComparison[]} */
  const handed = [];
  const comparison = await compare({ loop: basic, simd: cpu }, jobs, {
    repeats: 2,
    onResult: (result) => handed.push(structuredClone(result)),
  });
  assert.equal(JSON.parse(JSON.stringify(comparison)), comparison);
  assert.equal(comparison.jobs, handed);
  assert.ok(Math.abs(Date.now() - Date.parse(comparison.date)) < 600_000);
  assert.is(comparison.environment.runtime, `Node.js ${process.versions.node}`);
  assert.ok(/** @type {number} */ (comparison.environment.cores) >= 1);
  assert.equal(
    comparison.jobs.map(({ lanes: _, ...job }) => job),
    Object.entries(jobs).map(([name, job]) => ({ name, ...job, smooth: name === 'large' })),
  );
  assert.equal(column(comparison, 'name'), [
    ['loop', 'simd'],
    ['loop', 'simd'],
  ]);
  const sums = Object.values(jobs).map((job) => sum(serialCounts(job)));
  assert.equal(
    column(comparison, 'countSum'),
    sums.map((sum) => [sum, sum]),
  );
});

test('several jobs in an array go by their sizes', async () => {
  const { jobs } = await compare([basic], [{ grid: { ...presets.salon(5).grid, height: 3 } }, presets.salon(4)]);
  assert.equal(
    jobs.map(({ name }) => name),
    ['5 × 3', '4 × 4'],
  );
  assert.equal((await compare([basic], [])).jobs, []);
});

test('with several jobs a lane that fails becomes a row, and the others go on', async () => {
  /** @type {number[]} */
  const progress = [];
  const comparison = await compare([cpu, failing(wrongInOne(cpu), 2)], [presets.salon(9), presets.salon(8)], {
    warmup: 1,
    repeats: 2,
    onProgress: ({ done }) => progress.push(done),
  });
  assert.equal(column(comparison, 'status'), [
    ['done', 'failed'],
    ['done', 'done'],
  ]);
  assert.equal(comparison.jobs[0].lanes[1], {
    ...{ name: 'failing wrong', device: cpu.device, precision: 'f64', setup: cpu.setup },
    fallbackReason: 'f64 is missing',
    ...{ status: 'failed', reason: 'run 2 fails', runs: 0, compute: null, transfer: null, total: null, cold: null },
    ...{ countSum: null, differing: null, largestDifference: null },
  });
  // Runs that a failure spares are done with it.
  assert.equal(progress, [1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12]);
});

test('where the reference’s lane fails, the next one in f64 takes its place', async () => {
  const lanes = [wrongInOne(cpu), failing(basic), cpu];
  assert.equal(column(await compare(lanes, [presets.salon(9)], { repeats: 1 }), 'differing'), [[1, null, 0]]);
});

test('lanes in f64 go first, and the first of them stays the reference', async () => {
  const wrong = wrongInOne(cpu);
  const { lanes } = await compare([wrong, cpu, { ...wrong, precision: 'f64' }], presets.salon(9), {
    warmup: 0,
    repeats: 1,
  });
  assert.equal(
    lanes.map(({ differing }) => differing),
    [1, 0, 1],
  );
});

test('with one job a failure is the comparison’s', async () => {
  await compare([cpu, failing(basic)], presets.salon(9)).then(
    () => assert.unreachable('it should reject'),
    (error) => assert.is(`${error}`, 'RangeError: run 1 fails'),
  );
});

/**
 * A lane that says that its runs took so long, in turn: in all, or part by part.
 *
 * @param {(number | import('twolane').Timing)[]} times
 */
const taking = (...times) => ({
  ...basic,
  name: 'taking',
  /** @type {import('twolane').Lane['escapeTime']} */
  async escapeTime(...call) {
    const image = await basic.escapeTime(...call);
    const time = /** @type {typeof times[0]} */ (times.shift());
    return { ...image, timing: typeof time === 'number' ? { ...image.timing, total: time } : time };
  },
});

test('the median of an even number of runs is the mean of the middle two', async () => {
  const options = { warmup: 0, repeats: 4 };
  const { lanes } = await compare([taking(7, 1, 100, 3)], presets.salon(5), options);
  assert.equal(lanes[0].total, { min: 1, median: 5 });
});

test('each part has a spread of its own, and none where a run did not measure it', async () => {
  const lane = taking({ compute: 4, transfer: 2, total: 7 }, { compute: 1, transfer: null, total: 3 });
  const { compute, transfer, total } = (await compare([lane], presets.salon(5), { warmup: 0, repeats: 2 })).lanes[0];
  assert.equal([compute, transfer, total], [{ min: 1, median: 2.5 }, null, { min: 3, median: 5 }]);
});

test('patience is for the first run of a job, and sizes are pixels times iterations', async () => {
  const options = { warmup: 0, repeats: 2, patience: 50 };
  const jobs = [100, 50, 100, 50].map((maxIterations) => presets.salon(9, maxIterations));
  const slow = await compare([taking(60, 1, 1, 1, 60, 1)], jobs, options);
  assert.equal(column(slow, 'status'), [['done'], ['done'], ['skipped'], ['done']]);
  const slower = await compare([taking(60, 1, 60, 1)], jobs, options);
  assert.equal(column(slower, 'status'), [['done'], ['done'], ['skipped'], ['skipped']]);
  for (const times of [
    [1, 60, 1, 1, 1, 1, 1, 1],
    [50, 1, 50, 1, 50, 1, 50, 1],
  ]) {
    const patient = await compare([taking(...times)], jobs, options);
    assert.equal(column(patient, 'status'), [['done'], ['done'], ['done'], ['done']]);
  }
});

test('a lane that fails because of the abort is no row: the comparison rejects', async () => {
  const controller = new AbortController();
  const lane = {
    ...basic,
    /** @returns {Promise<import('twolane').Image>} */
    async escapeTime() {
      controller.abort('enough');
      throw new Error('the lane stops');
    },
  };
  await compare([lane], [presets.salon(3)], { warmup: 0, repeats: 1, signal: controller.signal }).then(
    () => assert.unreachable('it should reject'),
    (reason) => assert.is(reason, 'enough'),
  );
});

test('a lane that took too long is skipped on jobs that are no smaller, and on those only', async () => {
  /** Takes a second, it says, over 8 × 8 pixels and more. @type {import('twolane').Lane} */
  const slow = {
    ...basic,
    name: 'slow',
    async escapeTime(job, options) {
      const image = await basic.escapeTime(job, options);
      return { ...image, timing: { ...image.timing, total: job.grid.width < 8 ? 1 : 1000 } };
    },
  };
  let last = 0;
  const comparison = await compare(
    [slow, cpu],
    [5, 8, 7, 8, 9].map((n) => presets.salon(n)),
    {
      patience: 500,
      onProgress({ done, total }) {
        assert.ok(done > last && done <= total);
        last = done;
      },
    },
  );
  assert.is(last, 5 * 2 * 6);
  assert.equal(
    column(comparison, 'status').map(([status]) => status),
    ['done', 'done', 'done', 'skipped', 'skipped'],
  );
  const { reason, total, countSum, device } = comparison.jobs[4].lanes[0];
  assert.equal(
    [reason, total, countSum, device],
    ['a job no larger took longer than 500 ms', null, null, basic.device],
  );
});

test('a lane whose budget is used up gets no further run', async () => {
  let done = 0;
  const { lanes } = await compare([basic, cpu], presets.salon(9), {
    warmup: 2,
    budget: 0,
    onProgress: (progress) => (done = progress.done),
  });
  assert.is(done, 14);
  for (const { runs, total, cold, countSum, differing } of lanes) {
    assert.is(runs, 1);
    assert.equal(total, { min: cold, median: cold });
    assert.is(countSum, sum(serialCounts(presets.salon(9))));
    assert.is(differing, 0);
  }
});

test('a budget is for the runs of a job together, and used up where they reach it', async () => {
  const timed = await compare([taking(3, 4, 5, 1, 1)], presets.salon(5), { warmup: 0, repeats: 5, budget: 12 });
  assert.is(timed.lanes[0].runs, 3);
  const { lanes } = await compare([taking(3, 4, 1)], presets.salon(5), { warmup: 3, repeats: 5, budget: 6 });
  const { runs, cold, total } = lanes[0];
  assert.equal([runs, cold, total], [1, 3, { min: 4, median: 4 }]);
});

test('holds no more than two arrays of counts', async () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc');
  /** @type {WeakRef<Float32Array>[]} */
  const made = [];
  let most = 0;
  /** @param {import('twolane').Lane} lane @returns {import('twolane').Lane} */
  const watched = (lane) => ({
    ...lane,
    async escapeTime(job, options) {
      // A task of its own: within one, what a WeakRef has shown stays alive.
      await setImmediate();
      gc();
      most = Math.max(most, made.filter((ref) => ref.deref()).length);
      const image = await lane.escapeTime(job, options);
      made.push(new WeakRef(image.counts));
      return image;
    },
  });
  await compare([basic, cpu, wrongInOne(cpu)].map(watched), [presets.salon(64), presets.salon(65)], { repeats: 3 });
  assert.is(made.length, 3 * 2 * 4);
  // The third is about to be made.
  assert.is(most, 1);
});

test('holds the lanes against counts of yours, and against nothing where no lane is in f64', async () => {
  const job = presets.salon(9);
  const wrong = wrongInOne(cpu);
  assert.is((await compare([wrong], job, { repeats: 1 })).lanes[0].differing, null);
  const reference = serialCounts(job);
  assert.is((await compare([wrong], job, { repeats: 1, reference })).lanes[0].differing, 1);
  reference[0] += 5;
  reference[1]--;
  const { differing, largestDifference } = (await compare([cpu], job, { repeats: 1, reference })).lanes[0];
  assert.equal([differing, largestDifference], [2, 5]);
});

test('the cold run is the first of the warm-up, and without warm-up there is none', async () => {
  const { lanes } = await compare([taking(9, 7, 1)], presets.salon(5), { warmup: 2, repeats: 1 });
  assert.is(lanes[0].cold, 9);
  assert.is((await compare([cpu], presets.salon(9), { warmup: 0, repeats: 1 })).lanes[0].cold, null);
});

test('stops on abort with the signal’s reason', async () => {
  const controller = new AbortController();
  const call = compare([cpu], presets.salon(9), {
    repeats: 1000,
    signal: controller.signal,
    onProgress: ({ done }) => done === 3 && controller.abort(new Error('enough')),
  });
  await call.then(
    () => assert.unreachable('it should stop'),
    (error) => assert.is(error.message, 'enough'),
  );
  // Not one lane, or job, is there to notice it.
  for (const [lanes, jobs] of /** @type {[import('twolane').Lane[], import('twolane').Job[]][]} */ ([
    [[], [presets.salon(9)]],
    [[cpu], []],
  ])) {
    await compare(lanes, jobs, { signal: controller.signal }).then(
      () => assert.unreachable('it should not begin'),
      (error) => assert.is(error.message, 'enough'),
    );
  }
});

test('stops on abort after the last run', async () => {
  for (const option of ['onProgress', 'onResult']) {
    const controller = new AbortController();
    const last = ({ done = 2, total = 2 }) => done === total && controller.abort('late');
    await compare([cpu], presets.salon(9), { repeats: 1, signal: controller.signal, [option]: last }).then(
      () => assert.unreachable('it should stop'),
      (reason) => assert.is(reason, 'late'),
    );
  }
});

test('on abort, finished jobs have been handed out', async () => {
  const controller = new AbortController();
  /** @type {string[]} */
  const names = [];
  const jobs = { first: presets.salon(9), second: presets.salon(9), third: presets.salon(9) };
  await compare([basic, cpu], jobs, {
    signal: controller.signal,
    onProgress: ({ job, done }) => job === 'third' && done % 4 === 0 && controller.abort('enough'),
    onResult: ({ name }) => names.push(name),
  }).then(
    () => assert.unreachable('it should stop'),
    (reason) => assert.is(reason, 'enough'),
  );
  assert.equal(names, ['first', 'second']);
});

const lanesRule = 'lanes must be an array of lanes, or an object of at least one';
for (const [what, lanes, options, message] of /** @type {[string, any, any, string][]} */ ([
  ['lanes', 5, {}, `${lanesRule}, got 5`],
  ['lanes, one by itself', cpu, {}, `${lanesRule}, got a lane: put it into an array`],
  ['a lane', [{}], {}, 'lanes[0] must be a lane, got an object'],
  ['a lane of an object', { a: cpu, b: undefined }, {}, "lanes['b'] must be a lane, got undefined"],
  ['a lane that is not open yet', [Promise.resolve(cpu)], {}, 'lanes[0] must be a lane, got a Promise: await it'],
  ['lanes of an object', {}, {}, `${lanesRule}, got an object`],
  ['patience', [cpu], { patience: NaN }, 'patience must be a number from 0, got NaN'],
  ['budget', [cpu], { budget: -1 }, 'budget must be a number from 0, got -1'],
  ...['warmup', 'repeats', 'patience', 'budget'].map(
    (key) =>
      /** @type {[string, any, any, string]} */ ([
        `${key}, null`,
        [cpu],
        { [key]: null },
        `${key} must be ${key === 'warmup' || key === 'repeats' ? 'an integer' : 'a number'} from ${key === 'repeats' ? 1 : 0}, got null`,
      ]),
  ),
  ['onResult', [cpu], { onResult: {} }, 'onResult must be a function, got an object'],
  ['repeats', [cpu], { repeats: 0 }, 'repeats must be an integer from 1, got 0'],
  ['warmup', [cpu], { warmup: -1 }, 'warmup must be an integer from 0, got -1'],
  [
    'a key',
    [cpu],
    { repeat: 1 },
    'options must have no keys but warmup, repeats, patience, budget, reference, signal, onProgress, onResult, ' +
      "got 'repeat'",
  ],
  ['reference', [cpu], { reference: [1] }, 'reference must be a Float32Array of 81 numbers, got an array'],
  [
    "reference's length",
    [cpu],
    { reference: new Float32Array(80) },
    'reference must be a Float32Array of 81 numbers, got one of 80',
  ],
])) {
  test(`refuses bad ${what}`, async () => {
    await compare(lanes, presets.salon(9), options).then(
      () => assert.unreachable('it should reject'),
      (error) => assert.is(error.message, message),
    );
  });
}

for (const [what, jobs, options, message] of /** @type {[string, any, any, RegExp][]} */ ([
  ['nothing', undefined, {}, /^job must be an object with the keys grid, /],
  ['a job without a grid', { maxIterations: 5 }, {}, /^grid must be an object/],
  ['one of several', [presets.salon(9), {}], {}, /^jobs\[1\]: grid must be an object/],
  ['one of an object', { a: presets.salon(9), b: { grid: 1 } }, {}, /^jobs\['b'\]: grid must be an object/],
  ['a reference', [presets.salon(9)], { reference: [] }, /^reference must be left out with several jobs, got an array/],
])) {
  test(`refuses bad jobs: ${what}`, async () => {
    await compare([cpu], jobs, options).then(
      () => assert.unreachable('it should reject'),
      (error) => assert.match(error.message, message),
    );
  });
}

test.run(44);
