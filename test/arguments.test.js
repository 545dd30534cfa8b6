import { compare, openBasic, openCpu, openGpu, presets } from 'twolane';
import * as assert from 'uvu/assert';
import { badJobs, tryBadArguments, tryOut } from './arguments.js';
import { suite } from './harness.js';

const test = suite('arguments');

for (const open of [openBasic, openCpu]) {
  test(`${open.name}'s lane answers every bad argument with one clear error, and works on`, async () => {
    const lane = await open();
    assert.equal(await tryBadArguments(lane), []);
    lane.close();
  });
}

for (const [title, open] of /** @type {[string, () => Promise<import('twolane').Lane>][]} */ ([
  ['basic', openBasic],
  ['cpu, 1 thread', () => openCpu({ threads: 1 })],
  ['cpu, 3 threads', () => openCpu({ threads: 3 })],
])) {
  test(`${title}: out's arrays become the image's, whatever they held`, async () => {
    const lane = await open();
    assert.equal(await tryOut(lane), []);
    lane.close();
  });
}

test('a job that is changed during a call does not change the call', async () => {
  const lane = await openCpu();
  const job = structuredClone(/** @type {any} */ ({ grid: { width: 4, height: 3, x0: -2, x1: 1, y0: -1, y1: 1 } }));
  const call = lane.escapeTime(job);
  job.grid.width = 1;
  assert.is((await call).counts.length, 12);
  lane.close();
});

test('what is undefined has its default, as the types say', async () => {
  const lane = await openBasic();
  const { grid } = presets.salon(9);
  const optional = { maxIterations: undefined, bailoutRadius: undefined, smooth: undefined };
  const job = { grid: { ...grid, endpoint: undefined }, ...optional };
  const { lanes, ...complete } = await compare([lane], job, { repeats: 1 });
  assert.is(lanes.length, 1);
  assert.equal(complete, { name: '9 × 9', ...presets.salon(9), smooth: false });
  lane.close();
});

test('an image may have 2^31 pixels', async () => {
  const lane = await openCpu({ threads: 2 });
  const controller = new AbortController();
  const grid = { width: 2 ** 16, height: 2 ** 15, x0: -2, x1: 1, y0: -1, y1: 1 };
  const call = lane.escapeTime({ grid }, { signal: controller.signal });
  // Before memory is taken.
  controller.abort('not refused');
  assert.is(await call.catch((reason) => reason), 'not refused');
  lane.close();
});

test('openers refuse options that they do not know', async () => {
  for (const open of [openBasic, openCpu, openGpu]) {
    for (const options of /** @type {any[]} */ ([{ thread: 1 }, null, 4])) {
      await open(options).then(
        () => assert.unreachable('it should reject'),
        (error) => {
          assert.instance(error, TypeError);
          assert.match(error.message, /^options must (be an object with|have no keys)/);
        },
      );
    }
  }
});

test('an opener without options says so', async () => {
  for (const [options, message] of /** @type {[any, string][]} */ ([
    [5, 'options must be an object without keys, got 5'],
    [{ x: 1 }, "options must have no keys, got 'x'"],
  ])) {
    assert.is(await openBasic(options).catch(({ message }) => message), message);
  }
});

test('compare names a lane that is not awaited', async () => {
  const basic = await openBasic();
  for (const [lanes, name] of /** @type {[any, string][]} */ ([
    [[basic, openBasic()], 'lanes[1]'],
    [{ basic, other: openBasic() }, "lanes['other']"],
  ])) {
    assert.is(
      await compare(lanes, presets.salon(9)).catch(String),
      `TypeError: ${name} must be a lane, got a Promise: await it`,
    );
  }
});

test('there is a message for every kind of value', () => {
  assert.ok(badJobs.length > 25);
});

test.run(12);
