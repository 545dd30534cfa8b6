import { compare, openBasic, openCpu, presets } from 'twolane';
import { openArray, openCompiled, openFused } from 'twolane/baselines';
import * as assert from 'uvu/assert';
import { suite } from './harness.js';
import { gpuImage, renderers } from './page.js';
import { random, randomJob, sameCounts, serialCounts, serialFractions } from './reference.js';

const test = suite('smooth');

/** @typedef {import('twolane').Job} Job */
/** @type {import('twolane').Lane[]} */
const lanes = [await openCpu({ threads: 1 }), await openCpu({ threads: 2 }), await openBasic()];
test.after(() => {
  for (const lane of lanes) lane.close();
});

/** A line just above the set, where all escape and the count changes many times. @param {number} bailoutRadius @returns {Job} */
const line = (bailoutRadius) => ({
  grid: { width: 30001, height: 1, x0: -2.2, x1: 1.2, y0: 1.13, y1: 2 },
  bailoutRadius,
  smooth: true,
});

/** Continuous escape times. @param {{ counts: Float32Array, fractions: Float32Array | null }} image */
const times = ({ counts, fractions }) => Array.from(counts, (count, i) => count + Number(fractions?.[i]));

/** Largest step from pixel to pixel, and the number of steps of the counts. @param {Parameters<typeof times>[0]} image */
function steps(image) {
  const nu = times(image);
  let largest = 0;
  let jumps = 0;
  for (let i = 1; i < nu.length; i++) {
    largest = Math.max(largest, Math.abs(nu[i] - nu[i - 1]));
    jumps += Number(image.counts[i] !== image.counts[i - 1]);
  }
  return { largest, jumps };
}

/** The same times from |z| as large as f64 allows, as their definition's limit. @param {number} cRe @param {number} cIm */
function limit(cRe, cIm, bailoutRadius = 2) {
  let [re, im, m] = [0, 0, 0];
  while (Math.hypot(re, im) < 1e100) [re, im, m] = [re * re - im * im + cRe, 2 * re * im + cIm, m + 1];
  return m + 1 - Math.log2(Math.log(Math.hypot(re, im)) / Math.log(bailoutRadius));
}

/** Jobs, and the plain loop's counts and fractions of each. */
const plain = (() => {
  const next = random(1985);
  /** @type {Job[]} */
  const jobs = Array.from({ length: 150 }, () => randomJob(next));
  // Long orbits and short ones side by side; the tip, where every step is tested; many tiles; one or no iteration.
  const seahorses = { width: 301, height: 203, x0: -0.76, x1: -0.74, y0: 0.05, y1: 0.07 };
  const tip = { width: 9, height: 5, x0: -2 - 1e-14, x1: -2 + 1e-14, y0: -1e-14, y1: 1e-14 };
  jobs.push({ grid: seahorses, maxIterations: 3000 }, { grid: seahorses, maxIterations: 97 });
  for (const maxIterations of [1, 2, 60, 3000]) jobs.push({ grid: tip, maxIterations });
  for (const bailoutRadius of [2, 4, 1000, 1e100, Math.sqrt(Number.MAX_VALUE)]) {
    jobs.push({ ...presets.salon(200), bailoutRadius }, { ...presets.salon(33, 2), bailoutRadius });
  }
  // |z_1| is 256, which is not above 256.
  jobs.push({ grid: { width: 1, height: 1, x0: 256, x1: 257, y0: 0, y1: 1 } });
  jobs.push({ grid: { width: 70001, height: 3, x0: -2, x1: 0.5, y0: -1, y1: 1 }, maxIterations: 150 });
  return jobs.map((job) => {
    const counts = serialCounts(job);
    return { job, counts, fractions: serialFractions(job, counts) };
  });
})();

for (const lane of lanes) {
  const title = lane.name === 'cpu' ? `${lane.name} (${lane.device})` : lane.name;

  test(`${title} gives the plain loop's fractions, bit for bit, and the same counts`, async () => {
    for (const { job, counts, fractions } of plain) {
      const image = await lane.escapeTime({ ...job, smooth: true });
      sameCounts(image.counts, counts, JSON.stringify(job));
      sameCounts(image.fractions ?? [], fractions, `fractions of ${JSON.stringify(job)}`);
    }
  });

  test(`${title} streams fractions with its tiles, and gives null without smooth`, async () => {
    const job = presets.gellert(700, 300);
    const whole = await lane.escapeTime({ ...job, smooth: true });
    const fractions = new Float32Array(700 * 700);
    const buffers = new Set();
    let tiles = 0;
    for await (const tile of lane.tiles({ ...job, smooth: true })) {
      assert.is(tile.fractions?.length, tile.counts.length);
      fractions.set(tile.fractions ?? [], tile.row * 700);
      buffers.add(tile.fractions?.buffer).add(tile.counts.buffer);
      tiles++;
    }
    sameCounts(fractions, whole.fractions ?? [], 'tiles');
    assert.is(buffers.size, 2 * tiles);
    for (const off of [{}, { smooth: false }]) {
      const { counts, fractions } = await lane.escapeTime({ ...job, ...off });
      assert.is(fractions, null);
      sameCounts(counts, whole.counts, 'without smooth');
    }
    for await (const tile of lane.tiles(job)) assert.is(tile.fractions, null);
  });
}

test('abort is heard while fractions are computed, too', async () => {
  // Blocks of pixels are proven to have their count, so that nearly all of the time goes into the fractions.
  const grid = { width: 512, height: 512, x0: -0.75, x1: -0.75 + 1e-9, y0: 0.15, y1: 0.15 + 1e-9 };
  for (let i = 0; i < 5; i++) {
    const controller = new AbortController();
    setTimeout(() => controller.abort('enough'));
    const call = lanes[0].escapeTime({ grid, smooth: true }, { signal: controller.signal });
    assert.is(await call.catch((reason) => reason), 'enough');
  }
});

test('escape times are continuous where counts jump, for small and large bailoutRadius', async () => {
  for (const bailoutRadius of [2, 4, 1000, 1e100]) {
    const { largest, jumps } = steps(await lanes[0].escapeTime(line(bailoutRadius)));
    assert.ok(jumps >= 6 && largest < 0.01, `${bailoutRadius}: ${jumps} jumps, ${largest}`);
  }
});

test('a larger bailoutRadius shifts escape times by the same everywhere', async () => {
  const two = times(await lanes[0].escapeTime(line(2)));
  for (const bailoutRadius of [4, 1000, 1e100]) {
    const shift = Math.log2(Math.log2(bailoutRadius));
    for (const [i, nu] of times(await lanes[0].escapeTime(line(bailoutRadius))).entries()) {
      assert.ok(Math.abs(nu - two[i] - shift) < 1e-5, `${bailoutRadius}: ${nu} and ${two[i]}`);
    }
  }
});

test('they are within 1e-5 of the limit that the potential gives, and within 6e-4 far out', async () => {
  for (const [size, error] of [
    [2, 1e-5],
    [1000, 6e-4],
  ]) {
    const grid = { width: 60, height: 60, x0: -size, x1: size, y0: -size, y1: size };
    const job = { grid, maxIterations: 200, smooth: true };
    const image = await lanes[0].escapeTime(job);
    let outside = 0;
    for (const [i, nu] of times(image).entries()) {
      if (image.counts[i] === 200) continue;
      const exact = limit(-size + ((i % 60) * 2 * size) / 59, -size + (Math.floor(i / 60) * 2 * size) / 59);
      assert.ok(Math.abs(nu - exact) < error, `${nu}, not ${exact}`);
      outside++;
    }
    assert.ok(outside > 1000);
  }
});

test('fractions lie between 0 and 1 for a large bailoutRadius, and nearly all between −0.35 and 2.3 for 2', async () => {
  for (const [bailoutRadius, low, high] of [
    [2, -0.35, 2.3],
    [1000, 0, 1.001],
  ]) {
    const job = { ...presets.salon(200), bailoutRadius, smooth: true };
    const { counts, fractions } = await lanes[0].escapeTime(job);
    const outside = counts.reduce((sum, count) => sum + Number(count < 512), 0);
    const within = (fractions ?? new Float32Array()).reduce(
      (sum, part, i) => sum + Number(counts[i] < 512 && part >= low && part <= high),
      0,
    );
    assert.ok(within / outside > 0.99, `${within} of ${outside}`);
  }
});

test('compare() counts with smooth as without', async () => {
  const table = await compare(lanes, { ...presets.salon(60), smooth: true }, { warmup: 0, repeats: 1 });
  assert.equal(
    table.lanes.map(({ differing }) => differing),
    [0, 0, 0],
  );
});

test('lanes that give no fractions refuse smooth, and name themselves', async () => {
  for (const open of [openArray, openFused, openCompiled]) {
    const lane = await open();
    const job = { ...presets.salon(9), smooth: true };
    const error = await lane.escapeTime(job).catch((error) => error);
    assert.instance(error, RangeError);
    assert.is(error.message, `smooth must be false on the ${lane.name} lane, got true`);
    assert.throws(() => lane.tiles(job), error.message);
    assert.is((await lane.escapeTime({ ...job, smooth: false })).fractions, null);
    lane.close();
  }
});

const TITLES = {
  plain: 'counts are the same with and without fractions, in f32 and df64, in one draw and many',
  f64: 'escape times are those of f64 but near the edge, whatever the bailoutRadius',
  continuous: 'escape times are continuous where counts jump, for small and large bailoutRadius',
  texture: 'a texture comes with one of fractions, which reads back the same',
  unsigned: 'without float textures to render into, fractions are the same',
};

for await (const { page, check } of renderers(test, TITLES)) {
  /** @type {Job[]} */
  const jobs = [
    { ...presets.salon(150), smooth: true },
    { ...presets.gellert(90, 40), smooth: true },
    {
      grid: { width: 41, height: 23, x0: -0.7505, x1: -0.7495, y0: 0.0005, y1: 0.0015 },
      maxIterations: 9000,
      smooth: true,
    },
    { ...presets.salon(40, 1), smooth: true },
    { ...presets.salon(40, 2), smooth: true },
    { ...presets.salon(50), bailoutRadius: 1e100, smooth: true },
  ];

  check('plain', async () => {
    for (const job of jobs) {
      for (const precision of /** @type {const} */ (['f32', 'df64'])) {
        const { counts, fractions } = await gpuImage(page, job, precision);
        const plain = await gpuImage(page, { ...job, smooth: false }, precision);
        sameCounts(counts, plain.counts, JSON.stringify(job));
        assert.is(plain.fractions, null);
        for (const [i, count] of counts.entries()) {
          if (count === job.maxIterations) assert.is(fractions?.[i], 0);
          else assert.ok(Number.isFinite(fractions?.[i]));
        }
      }
    }
  });

  check('f64', async () => {
    for (const job of jobs) {
      for (const precision of /** @type {const} */ (['f32', 'df64'])) {
        const image = await gpuImage(page, job, precision);
        const counts = serialCounts(job);
        const nu = times({ counts, fractions: serialFractions(job, counts) });
        const errors = times(image).map((value, i) => Math.abs(value - nu[i]));
        // Rounding decides near the edge: in f32 where orbits are long, in df64 hardly anywhere at these steps.
        const far = errors.filter((error) => error > 0.01).length / nu.length;
        const [share, error] = precision === 'df64' ? [0.002, 1e-4] : [job.maxIterations === 9000 ? 0.6 : 0.02, 5e-3];
        assert.ok(far <= share, `${precision}, ${JSON.stringify(job)}: ${far}`);
        const worst = Math.max(...errors.filter((_, i) => nu[i] < 20));
        assert.ok(worst < error, `${precision}, ${JSON.stringify(job)}: ${worst}`);
      }
    }
  });

  check('continuous', async () => {
    for (const precision of /** @type {const} */ (['f32', 'df64'])) {
      for (const bailoutRadius of [2, 4, 1000, 1e100]) {
        const { largest, jumps } = steps(await gpuImage(page, line(bailoutRadius), precision));
        assert.ok(jumps >= 6 && largest < 0.01, `${precision}, ${bailoutRadius}: ${jumps} jumps, ${largest}`);
      }
    }
  });

  check('texture', async () => {
    const result = await page.evaluate(async (job) => {
      const { openGpu } = await import('twolane');
      const lane = await openGpu();
      const image = await lane.escapeTime(job);
      const one = await lane.escapeTexture(job);
      const [counts, fractions] = [await one.read(), await one.readFractions()];
      const plain = await lane.escapeTexture({ ...job, smooth: false });
      const none = [plain.fractions, await plain.readFractions()];
      let covered = 0;
      let same = true;
      for await (const tile of lane.tiles(job)) {
        covered += Number(tile.fractions?.length);
        same &&= tile.fractions?.[0] === image.fractions?.[tile.row * image.width + tile.column];
      }
      const textures = [one.texture, one.fractions].map((texture) => texture && lane.gl.isTexture(texture));
      one.delete();
      const gone = [one.texture, one.fractions].map((texture) => texture && lane.gl.isTexture(texture));
      const message = await one.readFractions().catch((error) => error.message);
      lane.close();
      same &&= counts.join() === image.counts.join() && fractions?.join() === image.fractions?.join();
      return { same, covered, none, textures, gone, message };
    }, jobs[0]);
    assert.equal(result, {
      same: true,
      covered: 150 * 150,
      none: [null, null],
      textures: [true, true],
      gone: [false, false],
      message: 'the texture is deleted, so it cannot be read',
    });
  });

  check('unsigned', async () => {
    const result = await page.evaluate(async (jobs) => {
      const { openGpu } = await import('twolane');
      const gl = /** @type {any} */ (WebGL2RenderingContext.prototype);
      const { getExtension } = gl;
      const float = await openGpu({ precision: 'f32' });
      gl.getExtension = /** @this {any} @param {string} name */ function (name) {
        return name === 'EXT_color_buffer_float' ? null : getExtension.call(this, name);
      };
      const unsigned = await openGpu({ precision: 'f32' });
      gl.getExtension = getExtension;
      const same = [];
      for (const job of jobs) {
        const [one, two] = [await float.escapeTime(job), await unsigned.escapeTime(job)];
        same.push(one.counts.join() === two.counts.join() && one.fractions?.join() === two.fractions?.join());
      }
      float.close();
      unsigned.close();
      return { same, device: unsigned.device };
    }, jobs);
    assert.match(result.device, 'counts in R32UI');
    assert.ok(result.same.every(Boolean), String(result.same));
  });
}

test.run(3 * 2 + 7 + 2 * 5, [0, 5, 10]);
