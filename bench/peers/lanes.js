/**
 * gpu.js and TensorFlow.js as lanes of the benchmark, each used as its own examples and the post use it. This runs in the page, which
 * gets it bundled as /peers.js; it is no part of the package.
 */
import { getThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-webgl';
import * as tf from '@tensorflow/tfjs-core';
import { GPU } from 'gpu.js';
import { coordinates, openGpu } from 'twolane';
import { TFJS_WASM_URL } from './names.js';

/** @typedef {import('twolane').Preset} Job */
/** @typedef {{ counts: Float32Array, compute: number | null, transfer: number | null }} Counted times in ms */
/** @typedef {Omit<import('twolane').Lane, 'tiles'>} Peer all of a lane that compare() asks for */

const MAX_F32 = (2 - 2 ** -23) * 2 ** 127;

/** TensorFlow's steps between two looks at the signal. */
const BATCH = 16;

/** The square of a bailoutRadius, finite in f32: an infinite |z|² shall be above it. @param {number} radius */
const bailout2Of = (radius) => Math.min(radius ** 2, MAX_F32);

/** A function that gives the ms since it was last called. */
function stopwatch() {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const ms = now - last;
    last = now;
    return ms;
  };
}

/** A turn of the event loop; a timer would take 4 ms. */
const turn = () =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve(undefined);
    };
    port2.postMessage(null);
  });

/** @type {Promise<unknown>} */
let latest = Promise.resolve();

/**
 * Runs a task after those before it: TensorFlow has one current backend for the whole page.
 *
 * @template T
 * @param {() => Promise<T>} task
 * @returns {Promise<T>}
 */
function inTurn(task) {
  const result = latest.then(task);
  latest = result.catch(() => {});
  return result;
}

/** What WebGL runs on, as the gpu lane says it. */
async function renderer() {
  const lane = await openGpu({ precision: 'f32' });
  lane.close();
  return lane.device;
}

/**
 * @param {{ name: string, device: string, setup: number, close(): void }} about
 * @param {(job: Job, signal: AbortSignal | undefined) => Promise<Counted>} run
 * @returns {Peer}
 */
function makePeer({ name, device, setup, close }, run) {
  let closed = false;
  return {
    name,
    device,
    setup,
    precision: 'f32',
    fallbackReason: null,
    async escapeTime({ grid, maxIterations = 512, bailoutRadius = 2 }, { signal } = {}) {
      const start = performance.now();
      const job = { grid: { endpoint: true, ...grid }, maxIterations, bailoutRadius };
      const { counts, compute, transfer } = await inTurn(async () => {
        signal?.throwIfAborted();
        if (closed) throw new Error(`the ${name} lane is closed`);
        return run(job, signal);
      });
      const { width, height } = grid;
      const timing = { compute, transfer, total: performance.now() - start };
      return { counts, fractions: null, width, height, timing, precision: 'f32' };
    },
    close() {
      if (!closed) close();
      closed = true;
    },
  };
}

/**
 * gpu.js as its examples have it: one kernel, a loop with a break, single precision, a matrix of rows as the result.
 *
 * It compiles a kernel for a size and its constants: `setup` has one of them, and the first run of another job is slower by one more.
 */
async function openGpuJs() {
  const device = `gpu.js, WebGL2, ${await renderer()}`;
  const start = performance.now();
  const gpu = new GPU({ mode: 'webgl2' });
  /** @type {{ key: string, kernel: any, inputs: Float32Array[] } | null} */
  let prepared = null;

  /** @param {Job} job */
  function prepare(job) {
    const key = JSON.stringify(job);
    if (prepared?.key === key) return prepared;
    prepared?.kernel.destroy();
    prepared = null;
    const { grid, maxIterations, bailoutRadius } = job;
    const kernel = /** @type {any} */ (
      gpu.createKernel(
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
          constants: { maxIterations, bailout2: bailout2Of(bailoutRadius) },
          constantTypes: { maxIterations: 'Integer', bailout2: 'Float' },
        },
      )
    );
    const { columns, rows } = coordinates(grid);
    const inputs = [Float32Array.from(columns), Float32Array.from(rows)];
    kernel.build(...inputs);
    prepared = { key, kernel: kernel.kernel, inputs };
    return prepared;
  }

  const grid = { width: 1, height: 1, x0: 0, x1: 1, y0: 0, y1: 1, endpoint: true };
  prepare({ grid, maxIterations: 2, bailoutRadius: 2 });
  const about = { name: 'gpu.js', device, setup: performance.now() - start, close: () => void gpu.destroy() };
  return makePeer(about, async (job) => {
    const { kernel, inputs } = prepare(job);
    const { width, height } = job.grid;
    // Reading back waits for the GPU: to wait before, so as to tell the two apart, would slow a software renderer down by a third.
    kernel.run(...inputs);
    const counts = new Float32Array(width * height);
    const lines = /** @type {Float32Array[]} */ (kernel.renderOutput());
    for (const [row, line] of lines.entries()) counts.set(line, row * width);
    return { counts, compute: null, transfer: null };
  });
}

/** What the wasm backend takes of the browser. */
async function wasmFeatures() {
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  const threads = getThreadsCount();
  return `${simd ? ' SIMD' : ''}, ${threads} thread${threads === 1 ? '' : 's'}`;
}

/**
 * Fails where TensorFlow's heap is full: its backend would go on at address 0, or in a block of the size modulo 2^32.
 *
 * @param {any} wasm Emscripten's module
 */
function guardHeap(wasm) {
  // Until its first call it is a stub that puts the real one in its own place, and would put it in ours.
  wasm._free(wasm._malloc(1));
  const malloc = wasm._malloc;
  wasm._malloc = (/** @type {number} */ bytes) => {
    const ptr = bytes < 2 ** 32 ? malloc(bytes) : 0;
    if (ptr === 0) throw new RangeError(`TensorFlow.js has no ${bytes} bytes left in its WebAssembly memory`);
    return ptr;
  };
}

/**
 * TensorFlow as in the post: every iteration of all pixels is a handful of tensors, nothing is masked, and a tally counts the steps
 * before the escape. tfjs has too few operations on complex64, so that the two parts are tensors of their own.
 *
 * tfjs-webgl compiles its shaders in the first run of a size, not in `setup`. Past the escape z grows to infinity and NaN, which are not
 * below the radius. At most one lane of a backend may be open at a time: tfjs has one for the page.
 *
 * @param {'webgl' | 'wasm'} backend
 */
async function openTensorFlow(backend) {
  const onGpu = backend === 'webgl';
  const what = onGpu ? await renderer() : '';
  const start = performance.now();
  if (backend === 'wasm') setWasmPaths(TFJS_WASM_URL);
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js does not start its ${backend} backend here`);
  const running = /** @type {any} */ (tf.backend());
  const setup = performance.now() - start;
  if (onGpu && !tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED')) {
    throw new Error('TensorFlow.js has no float32 textures here, and half floats cannot hold the counts');
  }
  if (backend === 'wasm') guardHeap(running.wasm);
  const runsOn = onGpu ? `WebGL2, ${what}` : `WebAssembly${await wasmFeatures()}`;

  const close = () => {
    // To remove a backend removes the way to open it again, too.
    const factory = tf.findBackendFactory(backend);
    tf.removeBackend(backend);
    tf.registerBackend(backend, factory);
  };
  const about = { name: `tfjs-${backend}`, device: `TensorFlow.js ${tf.version_core}, ${runsOn}`, setup, close };
  return makePeer(about, async ({ grid, maxIterations, bailoutRadius }, signal) => {
    await tf.setBackend(backend);
    const bailout2 = bailout2Of(bailoutRadius);
    const { columns, rows } = coordinates(grid);
    const lap = stopwatch();
    /** @type {tf.Tensor[]} */
    const lines = [
      tf.tensor2d(Float32Array.from(columns), [1, grid.width]),
      tf.tensor2d(Float32Array.from(rows), [grid.height, 1]),
    ];
    /** @type {tf.Tensor[]} */
    let c = [];
    /** @type {tf.Tensor[]} */
    let state = [];
    let transfer = lap();
    try {
      c = [tf.tile(lines[0], [grid.height, 1]), tf.tile(lines[1], [1, grid.width])];
      // The tally starts at 1: the count is the post's score and 1.
      state = [tf.zerosLike(c[0]), tf.zerosLike(c[0]), tf.onesLike(c[0])];
      for (let n = 1; n < maxIterations; n++) {
        const next = tf.tidy(() => {
          const [zRe, zIm, tally] = state;
          const re = tf.add(tf.sub(tf.square(zRe), tf.square(zIm)), c[0]);
          const im = tf.add(tf.mul(tf.mul(zRe, zIm), 2), c[1]);
          const active = tf.lessEqual(tf.add(tf.square(re), tf.square(im)), bailout2);
          return [re, im, tf.add(tally, tf.cast(active, 'float32'))];
        });
        tf.dispose(state);
        state = next;
        if (n % BATCH === 0) {
          await turn();
          signal?.throwIfAborted();
        }
      }
      const compute = lap();
      const counts = /** @type {Float32Array} */ (await state[2].data());
      transfer += lap();
      // On the GPU compute is over when the data are there: nobody can tell the two apart without slowing it down.
      return onGpu ? { counts, compute: null, transfer: null } : { counts, compute, transfer };
    } finally {
      tf.dispose([...lines, ...c, ...state]);
    }
  });
}

/** Opens the peers, by their names. Rejects where one can't run. */
export const peers =
  /** @type {Record<typeof import('./names.js').peerNames[number], () => Promise<import('twolane').Lane>>} */ ({
    'gpu.js': openGpuJs,
    'tfjs-webgl': () => openTensorFlow('webgl'),
    'tfjs-wasm': () => openTensorFlow('wasm'),
  });
