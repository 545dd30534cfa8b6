import { coordinates, openBasic, openCpu, presets } from 'twolane';
import { suite } from './harness.js';
import { gpuCounts, renderers } from './page.js';
import { random, randomJob, sameCounts, serialCounts } from './reference.js';

const test = suite('bands of a grid');

/** Cuts a job into jobs of `height`, `height` + 1 … of its rows. @param {import('twolane').Job} job */
function* bands({ grid, ...rest }, height = 1) {
  for (let row = 0; row < grid.height; row += height, height++) {
    height = Math.min(height, grid.height - row);
    yield { ...rest, grid: { ...grid, height, row, rows: grid.height } };
  }
}

test('a band’s coordinates are those of the whole, bit for bit', () => {
  const next = random(17);
  // Steps too small for an f64, too.
  const tiny = { grid: { width: 3, height: 7, x0: 0, x1: 1, y0: 0, y1: 1e-323 } };
  for (const job of [tiny, ...Array.from({ length: 200 }, () => randomJob(next))]) {
    const { columns, rows } = coordinates(job.grid);
    const parts = [...bands(job)].map(({ grid }) => coordinates(grid));
    sameCounts(
      parts.flatMap((part) => [...part.rows]),
      rows,
      JSON.stringify(job),
    );
    for (const part of parts) sameCounts(part.columns, columns, JSON.stringify(job));
  }
});

/**
 * @param {(job: import('twolane').Job) => Promise<Float32Array>} compute
 * @param {import('twolane').Job} job
 * @param {ArrayLike<number>} whole
 * @param {number} [height] of the first band
 */
async function checkBands(compute, job, whole, height) {
  const parts = [];
  for (const band of bands(job, height)) parts.push(...(await compute(band)));
  sameCounts(parts, whole, JSON.stringify(job));
}

for (const open of [openBasic, openCpu]) {
  test(`${open.name}'s lane computes a grid in bands as it does the whole`, async () => {
    const lane = await open();
    const compute = async (/** @type {import('twolane').Job} */ job) => (await lane.escapeTime(job)).counts;
    for (const job of [presets.salon(101), presets.gellert(64, 99)]) await checkBands(compute, job, serialCounts(job));
    // Above the size that is computed on the calling thread.
    const job = presets.gellert(300);
    const { counts } = await lane.escapeTime({ ...job, grid: { ...job.grid, height: 100, row: 150, rows: 300 } });
    sameCounts(counts, serialCounts(job).subarray(150 * 300, 250 * 300), 'rows 150 to 249');
    lane.close();
  });
}

for await (const { page, check } of renderers(test, {
  gpu: 'the gpu lane computes a grid in bands as it does the whole, in the same arithmetic',
})) {
  check('gpu', async () => {
    const flat = { grid: { width: 40, height: 600, x0: -2, x1: 1, y0: 0.1, y1: 0.101 } };
    for (const job of [presets.gellert(101), flat]) {
      await checkBands((band) => gpuCounts(page, band, 'auto'), job, await gpuCounts(page, job, 'auto'), 40);
    }
  });
}

test.run(5, [0, 1, 2]);
