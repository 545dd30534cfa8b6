import { presets } from 'twolane';
import * as assert from 'uvu/assert';
import { shareOf, VIEWS, viewJob } from '../bench/precision/views.js';
import { df64Counts } from './df64.js';
import { suite } from './harness.js';
import { breakDf64, gpuCounts, gpuImage, renderers } from './page.js';
import { differing, random, randomJob, sameCounts, serialCounts } from './reference.js';

const test = suite('gpu precision');

const TITLES = {
  df64: 'df64 counts are those of the double-single reference, pixel for pixel',
  views: 'df64 differs from f64 in no more pixels than f64 from itself with c shifted by 2^-45',
  choice: "'auto' takes the cheapest arithmetic that will do, and the image says which",
  limit: 'beyond df64 it refuses, and names the limit',
  far: 'numbers beyond what f32 squares escape at once, with fractions that are numbers',
  broken: 'where the driver breaks df64, the lane says so and stays with f32',
};

for await (const { renderer, page, check } of renderers(test, TITLES)) {
  check('df64', async () => {
    const next = random(7);
    const jobs = [presets.salon(60, 200), presets.gellert(61, 99), viewJob(VIEWS[0], 1e-9, 24)];
    while (jobs.length < 40) {
      const job = randomJob(next);
      const step = Math.min(
        Math.abs(job.grid.x1 - job.grid.x0) / job.grid.width,
        Math.abs(job.grid.y1 - job.grid.y0) / job.grid.height,
      );
      if (step > 2e-14 && job.maxIterations * job.grid.width * job.grid.height < 3e6) jobs.push(job);
    }
    let differ = 0;
    let pixels = 0;
    for (const job of jobs) {
      const counts = await gpuCounts(page, job, 'df64');
      const expected = df64Counts(job);
      if (renderer === 'swiftshader') sameCounts(counts, expected, JSON.stringify(job));
      differ += differing(counts, expected);
      pixels += counts.length;
    }
    console.log(`\n${renderer}: ${((100 * differ) / pixels).toFixed(3)} % differ from the double-single reference`);
    assert.ok(differ / pixels < 0.02);
  });

  check('views', async () => {
    for (const view of VIEWS) {
      for (const width of [1e-4, 1e-8, 1e-12]) {
        const job = viewJob(view, width, 32);
        const f64 = serialCounts(job);
        const shifted = shareOf(f64, serialCounts(viewJob(view, width, 32, 2 ** -45)));
        const share = shareOf(f64, await gpuCounts(page, job, 'df64'));
        assert.ok(share <= shifted, `${view.name}, ${width}: ${share} of pixels differ, shifted ${shifted}`);
      }
    }
  });

  check('choice', async () => {
    const ran = await page.evaluate(async () => {
      const { compare, openCpu, openGpu, presets } = await import('twolane');
      const [auto, f32, df64] = [
        await openGpu(),
        await openGpu({ precision: 'f32' }),
        await openGpu({ precision: 'df64' }),
      ];
      const deep = { grid: { width: 9, height: 9, x0: -0.75, x1: -0.75 + 1e-6, y0: 0.01, y1: 0.01 + 1e-6 } };
      const ran = [];
      for (const lane of [auto, f32, df64]) {
        for (const job of [presets.salon(9), deep]) ran.push((await lane.escapeTime(job)).precision);
      }
      ran.push((await auto.escapeTexture(deep)).precision, auto.precision, f32.precision, df64.precision);
      const cpu = await openCpu();
      ran.push(...(await compare([cpu, auto], deep, { repeats: 1 })).lanes.map(({ precision }) => precision));
      // An axis of one pixel has no step, but where it is the only one; a band has its grid's.
      const line = { width: 50, height: 1, x0: -2, x1: 1, y0: 0.1, y1: 0.1 + 1e-16 };
      const column = { width: 1, height: 4, x0: -0.7, x1: -0.7 + 1e-16, y0: -1, y1: 1 };
      const probe = { width: 1, height: 1, x0: -0.7, x1: -0.7 + 1e-9, y0: 0.1, y1: 0.1 + 1e-9 };
      const band = { ...deep.grid, width: 1, height: 1, row: 3, rows: 9 };
      for (const grid of [line, column, probe, band]) ran.push((await auto.escapeTime({ grid })).precision);
      for (const lane of [auto, f32, df64, cpu]) lane.close();
      return ran;
    });
    assert.equal(ran.splice(12), ['f32', 'f32', 'df64', 'df64']);
    assert.equal(ran.slice(0, 6), ['f32', 'df64', 'f32', 'f32', 'df64', 'df64']);
    assert.equal(ran.slice(6), ['df64', 'f32', 'f32', 'df64', 'f64', 'df64']);
  });

  check('limit', async () => {
    const messages = await page.evaluate(async () => {
      const { openGpu } = await import('twolane');
      const deep = { grid: { width: 100, height: 9, x0: -0.75, x1: -0.75 + 1e-14, y0: 0.01, y1: 0.01 + 1e-8 } };
      const messages = [];
      for (const precision of /** @type {const} */ (['auto', 'df64', 'f32'])) {
        const lane = await openGpu({ precision });
        for (const call of [
          () => lane.escapeTime(deep),
          () => lane.tiles(deep).next(),
          () => lane.escapeTexture(deep),
        ]) {
          try {
            await call();
            messages.push('no error');
          } catch (error) {
            messages.push(String(error));
          }
        }
        lane.close();
      }
      return messages;
    });
    const limit = `RangeError: the grid's pixel step must be at least ${2 ** -49}, the limit of df64 at its coordinates, got 1.0`;
    for (const message of messages.slice(0, 6)) assert.match(message, limit);
    assert.equal(messages.slice(6), ['no error', 'no error', 'no error']);
  });

  check('far', async () => {
    for (const [precision, most] of /** @type {['f32' | 'df64', number][]} */ ([
      ['df64', 1e18],
      ['df64', 1e25],
      ['df64', 1e300],
      ['f32', 1e30],
      ['f32', 1e39],
      ['f32', 1e300],
    ])) {
      const grid = { width: 33, height: 16, x0: -most, x1: most, y0: -most, y1: most };
      const { counts, fractions } = await gpuImage(page, { grid, maxIterations: 50, smooth: true }, precision);
      assert.ok(
        counts.every((count) => count === 1),
        `${precision}, ${most}`,
      );
      assert.ok(
        fractions?.every(Number.isFinite),
        `${precision}, ${most}: ${fractions?.find((f) => !Number.isFinite(f))}`,
      );
    }
  });

  check('broken', async () => {
    const broken = await page.browser().newPage();
    await breakDf64(broken);
    await broken.goto(page.url());
    const result = await broken.evaluate(async () => {
      const { openGpu } = await import('twolane');
      const deep = { grid: { width: 9, height: 9, x0: -0.75, x1: -0.75 + 1e-6, y0: 0.01, y1: 0.01 + 1e-6 } };
      const lanes = [await openGpu(), await openGpu({ precision: 'df64' })];
      const said = [];
      for (const lane of lanes) {
        said.push(lane.fallbackReason, lane.precision, (await lane.escapeTime(deep)).precision);
        lane.close();
      }
      return said;
    });
    await broken.close();
    for (const i of [0, 3]) {
      assert.match(
        String(result[i]),
        /^the driver breaks df64 \(\d+ % of its self-test's counts differ\), so the lane stays/,
      );
      assert.equal(result.slice(i + 1, i + 3), ['f32', 'f32']);
    }
  });
}

test.run(12, [0, 6, 12]);
