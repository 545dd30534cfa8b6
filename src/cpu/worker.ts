/** The script of a worker: computes the bands that it is sent, one after another. Built into a string that pool.ts starts. */
import { breather } from '../task.js';
import { type Band, type BandTiming, instantiateKernel, type Kernel } from './kernel.js';

/** What a worker is told. */
export type ToWorker =
  | { type: 'open'; module: WebAssembly.Module }
  | {
      type: 'run';
      id: number;
      band: Band;
      /** At least as many bytes as the band's counts have, to put them into; null for a new array. */
      buffer: ArrayBuffer | null;
    }
  | { type: 'abort'; id: number };

/** What a worker tells: that it is warm, or what became of a band. `counts` is transferred. */
export type FromWorker =
  | { type: 'ready' }
  | { type: 'done'; id: number; counts: Float32Array<ArrayBuffer>; timing: BandTiming }
  /** `reason` is null when the band was aborted. */
  | { type: 'failed'; id: number; reason: string | null };

interface Port {
  postMessage(message: FromWorker, transfer: ArrayBuffer[]): void;
  onmessage: ((event: { data: ToWorker }) => void) | null;
}

declare const self: Port;
declare const require: (name: string) => { parentPort: Port };
// A web worker's global scope is its port; in Node the script runs as CommonJS.
const port = typeof postMessage === 'function' ? self : require('node:worker_threads').parentPort;

let kernel: Kernel;
/** Bands that wait or run, in the order they came. */
const queue = new Map<number, AbortController>();
let last: Promise<void> = Promise.resolve();

async function run({ id, band, buffer }: Extract<ToWorker, { type: 'run' }>, signal: AbortSignal) {
  const pixels = band.columns.length * band.rows.length;
  const counts = buffer ? new Float32Array(buffer, 0, pixels) : new Float32Array(pixels);
  try {
    signal.throwIfAborted();
    const timing = await kernel.run(band, counts, breather(signal));
    port.postMessage({ type: 'done', id, counts, timing }, [counts.buffer]);
  } catch (error) {
    port.postMessage({ type: 'failed', id, reason: signal.aborted ? null : String(error) }, []);
  } finally {
    queue.delete(id);
  }
}

/** Runs the kernel until the engine has compiled it with its optimizing compiler, or nearly so. */
async function warmUp() {
  const columns = Float64Array.from({ length: 64 }, (_, i) => -2 + i / 21);
  const band = { columns, rows: columns, maxIterations: 256, bailout2: 4 };
  const counts = new Float32Array(64 * 64);
  for (let i = 0; i < 20; i++) await kernel.run(band, counts, async () => {});
}

port.onmessage = async ({ data }) => {
  if (data.type === 'open') {
    kernel = instantiateKernel(data.module);
    await warmUp();
    port.postMessage({ type: 'ready' }, []);
  } else if (data.type === 'run') {
    const controller = new AbortController();
    queue.set(data.id, controller);
    last = last.then(() => run(data, controller.signal));
  } else {
    queue.get(data.id)?.abort();
  }
};
