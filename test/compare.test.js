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

/** A lane in f32 that is wrong in one pixel, and whose transfer is not measured. @param {import('twolane').Lane} lane */
const wrongInOne = (lane) => ({
  ...lane,
  name: 'wrong',
  precision: /** @type {const} */ ('f32'),
  /** @param {import('twolane').Job} job */
  async escapeTime(job) {
    const image = await lane.escapeTime(job);
    image.counts[3]++;
    return { ...image, timing: { ...image.timing, transfer: null } };
  },
});

test('runs each lane warm-up and repeats times, interleaved', async () => {
  /** @type {string[]} */
  const order = [];
  await compare([basic, cpu], presets.salon(9), {
    warmup: 1,
    repeats: 2,
    onProgress({ done, total, lane }) {
      order.push(lane);
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
  assert.is(table.lanes[0].transfer, null);
  for (const lane of table.lanes) {
    assert.ok(lane.total.min <= lane.total.median && lane.total.min > 0);
    assert.type(lane.cold, 'number');
    assert.type(lane.setup, 'number');
  }
});

test('holds the lanes against counts of yours, and against nothing where no lane is in f64', async () => {
  const job = presets.salon(9);
  const wrong = wrongInOne(cpu);
  assert.is((await compare([wrong], job, { repeats: 1 })).lanes[0].differing, null);
  const reference = serialCounts(job);
  assert.is((await compare([wrong], job, { repeats: 1, reference })).lanes[0].differing, 1);
  reference[0]++;
  assert.is((await compare([cpu], job, { repeats: 1, reference })).lanes[0].differing, 1);
});

test('without warm-up there is no cold run', async () => {
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
});

for (const [what, lanes, options, message] of /** @type {[string, any, any, string][]} */ ([
  ['lanes', cpu, {}, 'lanes must be an array of lanes, got an object'],
  ['a lane', [{}], {}, 'lanes must be an array of lanes, got an array'],
  ['repeats', [cpu], { repeats: 0 }, 'repeats must be an integer from 1, got 0'],
  ['warmup', [cpu], { warmup: -1 }, 'warmup must be an integer from 0, got -1'],
  [
    'a key',
    [cpu],
    { repeat: 1 },
    "options must have no keys but warmup, repeats, reference, signal, onProgress, got 'repeat'",
  ],
  ['reference', [cpu], { reference: [1] }, 'reference must be a Float32Array of 81 counts, got an array'],
])) {
  test(`refuses bad ${what}`, async () => {
    await compare(lanes, presets.salon(9), options).then(
      () => assert.unreachable('it should reject'),
      (error) => assert.is(error.message, message),
    );
  });
}

test.run(11);
