/** The measuring side of `npm run bench:cpu`, the same in Node and in a page: holds lanes and a bare kernel, times one run at a time. */
import { coordinates, openBasic, openCpu } from 'twolane';

/**
 * @typedef {object} Run
 * @property {string} who 'js', 'lane', 'threads' or 'bare'
 * @property {boolean} fresh whether into a fresh image, for which the system has to hand out memory, or into one that is kept
 * @property {number} runs in a row, at most
 * @property {number} patience milliseconds after which no other one begins
 */

/**
 * @typedef {object} Side
 * @property {(work: import('../globals.js').CpuWork) => void} select the work that the functions below time
 * @property {(run: Run) => Promise<{ total: number, compute: number }[]>} time ms of each run
 * @property {() => Promise<{ alone: number, together: number }>} apart ms of a run in a worker of its own, and of one in each of as many
 *   as the machine has cores at once, the slowest: what these cores reach where nothing is shared
 * @property {() => Promise<{ iterations: number, differing: number }>} check sum of the counts, and how many are not the plain loop's
 * @property {(threads: number) => Promise<{ setup: number, cold: number }>} open ms of opening a lane, and of its first salon n = 400
 * @property {() => Promise<number>} compile ms of compiling the module, afresh
 * @property {() => void} close
 */

/** Starts a worker of apart.js. @returns {Promise<{ time(job: import('twolane').Job): Promise<number>, close(): void }>} */
async function startApart() {
  const url = new URL('apart.js', import.meta.url);
  /** @type {any} */
  const worker =
    typeof Worker === 'function'
      ? new Worker(url, { type: 'module' })
      : new (await import('node:worker_threads')).Worker(url);
  /** @type {(answer: any) => void} */
  let answer = () => {};
  /** @type {(error: unknown) => void} */
  let fail = () => {};
  if ('on' in worker)
    worker
      .on('message', (/** @type {number} */ ms) => answer(ms))
      .on('error', (/** @type {Error} */ error) => fail(error));
  else {
    worker.onmessage = (/** @type {MessageEvent<number>} */ { data }) => answer(data);
    worker.onerror = (/** @type {ErrorEvent} */ { message }) => fail(new Error(message));
  }
  const ask = (/** @type {object} */ question) =>
    new Promise((resolve, reject) => {
      answer = resolve;
      fail = reject;
      worker.postMessage(question);
    });
  await ask({ url: import.meta.resolve('twolane') });
  return { time: (job) => ask({ job }), close: () => worker.terminate() };
}

/**
 * @param {string} base64 the kernel's bytes
 * @param {number} threads of the lane that 'threads' times
 * @returns {Promise<Side>}
 */
export async function makeSide(base64, threads) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const lanes = { js: await openBasic(), lane: await openCpu({ threads: 1 }), threads: await openCpu({ threads }) };
  const workers = await Promise.all(Array.from({ length: threads }, startApart));
  let sections = 0;
  const { instance } = await WebAssembly.instantiate(bytes);
  const kernel = /** @type {any} */ (instance.exports);
  /** @type {import('../globals.js').CpuWork} */
  let work;
  /** The image that is kept. @type {Pick<import('twolane').Image, 'counts'> | undefined} */
  let out;

  /** Runs the kernel without shortcuts, in one band. @returns {Float32Array} a view of its memory */
  function runBare() {
    const { grid, maxIterations, bailoutRadius } = work.job;
    const { columns, rows } = coordinates(grid);
    const columnsPtr = kernel.heapBase.value;
    const rowsPtr = columnsPtr + columns.byteLength;
    const countsPtr = rowsPtr + rows.byteLength;
    const missing = countsPtr + 4 * columns.length * rows.length - kernel.memory.buffer.byteLength;
    if (missing > 0) kernel.memory.grow(Math.ceil(missing / 65536));
    new Float64Array(kernel.memory.buffer, columnsPtr).set(columns);
    new Float64Array(kernel.memory.buffer, rowsPtr, rows.length).set(rows);
    kernel.start(columnsPtr, rowsPtr, countsPtr, columns.length, rows.length, maxIterations, bailoutRadius ** 2, false);
    while (!kernel.advance(2 ** 22));
    return new Float32Array(kernel.memory.buffer, countsPtr, columns.length * rows.length);
  }

  return {
    select(next) {
      work = next;
      const { width, height } = work.job.grid;
      // In shared memory, so that threads write there by themselves.
      const memory = new (work.who === 'threads' ? SharedArrayBuffer : ArrayBuffer)(4 * width * height);
      out = { counts: new Float32Array(memory) };
    },
    async time({ who, fresh, runs, patience }) {
      const lane = lanes[/** @type {keyof typeof lanes} */ (who)];
      const times = [];
      const begin = performance.now();
      do {
        const start = performance.now();
        if (who === 'bare') {
          runBare();
          const total = performance.now() - start;
          times.push({ total, compute: total });
        } else {
          const { timing } = await lane.escapeTime(work.job, { out: fresh ? undefined : out });
          times.push({ total: timing.total, compute: timing.compute ?? timing.total });
        }
      } while (times.length < runs && performance.now() - begin < patience);
      return times;
    },
    async apart() {
      const alone = [];
      for (const worker of workers) alone.push(await worker.time(work.job));
      const together = await Promise.all(workers.map((worker) => worker.time(work.job)));
      return { alone: Math.min(...alone), together: Math.max(...together) };
    },
    async check() {
      /** @param {string} who */
      const countsOf = async (who) => {
        if (who === 'bare') return runBare().slice();
        return (await lanes[/** @type {keyof typeof lanes} */ (who)].escapeTime(work.job)).counts;
      };
      const counts = await countsOf(work.who);
      // The plain loop takes too long on the longest orbits; there lane and bare kernel are held against each other.
      const other = work.unit === 'JS' ? 'js' : work.unit === 'C' && work.who === 'lane' ? 'bare' : 'lane';
      const reference = await countsOf(other);
      return {
        iterations: counts.reduce((sum, count) => sum + count, 0),
        differing: counts.reduce((sum, count, i) => sum + Number(count !== reference[i]), 0),
      };
    },
    async open(threads) {
      const lane = await openCpu({ threads });
      const grid = { width: 400, height: 400, x0: -2, x1: 1, y0: -1, y1: 1 };
      const { timing } = await lane.escapeTime({ grid });
      lane.close();
      return { setup: lane.setup, cold: timing.total };
    },
    async compile() {
      // Engines keep compiled modules by their bytes: an empty custom section makes new ones.
      const fresh = Uint8Array.from([...bytes, 0, 2, 1, sections++]);
      const start = performance.now();
      await WebAssembly.compile(fresh);
      return performance.now() - start;
    },
    close() {
      for (const each of [...Object.values(lanes), ...workers]) each.close();
    },
  };
}
