/** `twolane render`: the counts of a picture, or of one shard of it, into a file, strip by strip. */
import { openCpu } from 'twolane';
import { orAbort } from './abort.js';
import { UserError } from './command.js';
import { coloursOf, encoders, formatOf } from './formats.js';
import { openGpuPage } from './gpu.js';
import { checkOutput, writeOutput } from './output.js';
import { makeProgress } from './progress.js';
import { shardRows } from './shard.js';
import { readView } from './view.js';

/** Pixels of a strip, 16 MB of counts: enough to keep all threads busy. At most three are in memory at a time. */
const STRIP = 2 ** 22;

/** Rows of a strip. @param {number} width */
export const stripRows = (width) => Math.max(1, Math.floor(STRIP / width));

/**
 * A lane as far as rendering goes.
 *
 * @typedef {Pick<import('twolane').Lane, 'name' | 'device' | 'fallbackReason'> & {
 *   close(): unknown,
 *   escapeTime(job: import('twolane').Job, options: import('twolane').RunOptions): Promise<Pick<import('twolane').Image, 'counts' | 'precision'>>,
 *   precisionOf(job: import('twolane').Job): Promise<string>,
 * }} Renderer
 */

/**
 * Computes rows `from` to `to` of a job. The next strip is computed while one is written.
 *
 * @param {Renderer} lane
 * @param {import('twolane').Job} job
 * @param {{ from: number, to: number, signal: AbortSignal, onRows: (pixels: number) => void }} options
 */
async function* compute(lane, { grid, ...job }, { from, to, signal, onRows }) {
  const { width, height: rows } = grid;
  const most = stripRows(width);
  let done = 0;
  const start = (/** @type {number} */ row) => {
    const height = Math.min(most, to - row);
    if (height <= 0) return null;
    let told = 0;
    const onProgress = (/** @type {import('twolane').Progress} */ progress) => {
      done += progress.done - told;
      told = progress.done;
      onRows(done);
    };
    const call = lane.escapeTime({ ...job, grid: { ...grid, height, row, rows } }, { signal, onProgress });
    // It may fail before it is waited for.
    call.catch(() => {});
    return call;
  };
  let next = start(from);
  for (let row = from; next;) {
    const { counts } = await next;
    row += most;
    next = start(row);
    yield counts;
  }
}

/**
 * @param {object} options as parsed
 * @param {keyof typeof import('twolane').presets} options.preset
 * @param {{ width: number, height: number }} [options.size]
 * @param {number} [options.iterations]
 * @param {{ re: number, im: number }} [options.center]
 * @param {number} [options.width]
 * @param {import('./scales.js').PaletteName} [options.palette]
 * @param {number} [options.cycles]
 * @param {string} options.out
 * @param {import('./formats.js').Format} [options.format]
 * @param {'cpu' | 'gpu'} options.lane
 * @param {number} [options.threads]
 * @param {string} [options.browser]
 * @param {{ shard: number, of: number }} [options.shard]
 * @param {AbortSignal} signal
 */
export async function render({ palette, cycles, out, lane: name, threads, browser, shard, ...options }, signal) {
  const format = formatOf({ out, ...options });
  const colours = coloursOf({ palette, cycles }, format);
  const job = readView(options);
  const { grid, maxIterations } = job;
  if (shard && format === 'csv')
    throw new UserError('--shard must be written as .npy or .png, which say what they are a part of');
  if (shard && shard.of > grid.height) {
    throw new UserError(
      `--shard must be of at most as many shards as the picture has rows, ${grid.height}, got ${shard.of}`,
    );
  }
  if (name === 'gpu' && threads)
    throw new UserError('--threads must be left out with --lane gpu: it is for the cpu lane');
  if (name === 'cpu' && browser !== undefined)
    throw new UserError('--browser must be left out with --lane cpu: it is for the gpu lane');
  const output = await checkOutput(out, { format });
  const { from, to } = shard ? shardRows(shard, grid.height) : { from: 0, to: grid.height };

  const lane = name === 'gpu' ? await openGpuPage(browser, signal) : await orAbort(openCpuLane(threads), signal);
  const progress = makeProgress((to - from) * grid.width, 'pixels', output);
  try {
    if (lane.device.endsWith('(software)')) {
      process.stderr.write(`twolane: the gpu lane runs on the CPU, by ${lane.device}\n`);
    }
    if (lane.fallbackReason) process.stderr.write(`twolane: ${lane.fallbackReason}\n`);
    const text = shard
      ? JSON.stringify({
          ...shard,
          ...job,
          lane: name,
          precision: await orAbort(lane.precisionOf(job), signal),
          ...(format === 'png' ? { colours } : {}),
        })
      : null;
    const strips = compute(lane, job, { from, to, signal, onRows: progress.update });
    const picture = { width: grid.width, height: to - from, maxIterations, colours, text };
    await writeOutput(output, encoders[format](strips, picture), signal);
  } finally {
    progress.stop();
    await lane.close();
  }
}

/** @param {number | undefined} threads @returns {Promise<Renderer>} */
async function openCpuLane(threads) {
  const lane = await openCpu(threads ? { threads } : {});
  return { ...lane, precisionOf: async () => lane.precision };
}
