/** The part of the peers' comparison that runs in the page: the same job on twolane, gpu.js and TensorFlow.js, interleaved. */
import '@tensorflow/tfjs-backend-webgl';
import * as tf from '@tensorflow/tfjs-core';
import { GPU } from 'gpu.js';
import { coordinates, openGpu, presets } from 'twolane';

/** @typedef {Required<Omit<import('twolane').Job, 'smooth'>>} Job */
/** @typedef {{ device: string, run(): Promise<ArrayLike<number>>, close(): void }} Peer `run` gives the counts, row by row */

/** @type {(job: Job) => Promise<Peer>} */
async function twolane(job) {
  const lane = await openGpu({ precision: 'f32' });
  return { device: lane.device, run: async () => (await lane.escapeTime(job)).counts, close: () => lane.close() };
}

/** gpu.js as its examples have it: one kernel, a loop with a break, single precision. @type {(job: Job) => Promise<Peer>} */
async function gpuJs({ grid, maxIterations, bailoutRadius }) {
  const { columns, rows } = coordinates(grid);
  const gpu = new GPU({ mode: 'webgl2' });
  const kernel = gpu.createKernel(
    /** @this {any} @param {number[]} columns @param {number[]} rows */
    function (columns, rows) {
      const cRe = columns[this.thread.x];
      const cIm = rows[this.thread.y];
      let zRe = 0;
      let zIm = 0;
      let count = this.constants.maxIterations;
      for (let n = 1; n < this.constants.maxIterations; n++) {
        const re = zRe * zRe - zIm * zIm + cRe;
        zIm = 2 * zRe * zIm + cIm;
        zRe = re;
        if (zRe * zRe + zIm * zIm > this.constants.bailout2) {
          count = n;
          break;
        }
      }
      return count;
    },
    {
      output: [grid.width, grid.height],
      precision: 'single',
      constants: { maxIterations, bailout2: bailoutRadius ** 2 },
      constantTypes: { maxIterations: 'Integer', bailout2: 'Float' },
    },
  );
  const inputs = [Float32Array.from(columns), Float32Array.from(rows)];
  return {
    device: 'gpu.js webgl2, single precision',
    async run() {
      const counts = new Float32Array(grid.width * grid.height);
      const lines = /** @type {Float32Array[]} */ (kernel(...inputs));
      for (const [row, line] of lines.entries()) counts.set(line, row * grid.width);
      return counts;
    },
    close: () => gpu.destroy(),
  };
}

/** TensorFlow as in the post: every iteration of all pixels is a handful of tensors, nothing is masked. @type {(job: Job) => Promise<Peer>} */
async function tensorFlow({ grid, maxIterations, bailoutRadius }) {
  await tf.setBackend('webgl');
  await tf.ready();
  const { columns, rows } = coordinates(grid);
  const cRe = tf.tile(tf.tensor2d(Float32Array.from(columns), [1, grid.width]), [grid.height, 1]);
  const cIm = tf.tile(tf.tensor2d(Float32Array.from(rows), [grid.height, 1]), [1, grid.width]);
  return {
    device: `tfjs ${tf.version_core} ${tf.getBackend()}`,
    async run() {
      const scores = tf.tidy(() => {
        /** @type {tf.Tensor} */
        let zRe = tf.zerosLike(cRe);
        let zIm = tf.zerosLike(cIm);
        /** @type {tf.Tensor} */
        let scores = tf.zerosLike(cRe);
        for (let n = 1; n < maxIterations; n++) {
          [zRe, zIm, scores] = /** @type {any} */ (
            tf.tidy(() => {
              const re = tf.add(tf.sub(tf.square(zRe), tf.square(zIm)), cRe);
              const im = tf.add(tf.mul(tf.mul(zRe, zIm), 2), cIm);
              const active = tf.lessEqual(tf.add(tf.square(re), tf.square(im)), bailoutRadius ** 2);
              return [re, im, tf.add(scores, tf.cast(active, 'float32'))];
            })
          );
        }
        return scores;
      });
      const counts = (await scores.data()).map((score) => score + 1);
      scores.dispose();
      return counts;
    },
    close: () => tf.disposeVariables(),
  };
}

const peers = { twolane, 'gpu.js': gpuJs, tfjs: tensorFlow };

/**
 * Runs a job on twolane and one peer: a warm-up, then `repeats` timed runs, one after the other.
 *
 * @param {{ preset: 'salon' | 'gellert', size: number, peer: 'gpu.js' | 'tfjs', repeats: number }} options
 */
export async function comparePeers({ preset, size, peer, repeats }) {
  const job = presets[preset](size);
  const names = /** @type {const} */ (['twolane', peer]);
  const rows = [];
  for (const name of names) {
    rows.push({ name, peer: await peers[name](job), times: /** @type {number[]} */ ([]), differing: 0 });
  }
  /** @type {ArrayLike<number> | undefined} */
  let reference;
  for (let i = 0; i <= repeats; i++) {
    for (const row of rows) {
      const start = performance.now();
      const counts = await row.peer.run();
      if (i > 0) row.times.push(performance.now() - start);
      reference ??= counts;
      row.differing = 0;
      for (let k = 0; k < counts.length; k++) if (counts[k] !== reference[k]) row.differing++;
    }
  }
  for (const row of rows) row.peer.close();
  return rows.map(({ name, peer, times, differing }) => {
    times.sort((a, b) => a - b);
    return { name, device: peer.device, min: times[0], median: times[times.length >> 1], differing };
  });
}
