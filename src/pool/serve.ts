/** A worker's side of the pool: it computes the bands that it is sent, one after another. */
import { breather } from '../task.js';
import type { Band, BandEngine, BandTiming } from './band.js';

/** What a worker is told. */
export type ToWorker =
  | { type: 'open'; data: unknown }
  | {
      type: 'run';
      id: number;
      band: Band;
      /** Each of at least as many bytes as the band's counts have, to put them, and fractions, into; where one is missing, into new arrays. */
      buffers: ArrayBuffer[];
    }
  | { type: 'abort'; id: number };

/** What a worker tells: that it is warm, or what became of a band. The arrays are transferred. */
export type FromWorker =
  | { type: 'ready' }
  | {
      type: 'done';
      id: number;
      counts: Float32Array<ArrayBuffer>;
      fractions: Float32Array<ArrayBuffer> | null;
      timing: BandTiming;
    }
  /** `reason` is null when the band was aborted. */
  | { type: 'failed'; id: number; reason: string | null };

interface Port {
  postMessage(message: FromWorker, transfer: ArrayBuffer[]): void;
  onmessage: ((event: { data: ToWorker }) => void) | null;
}

/** A web worker's global scope is its port; in Node, startThread gives the worker's port this name. */
declare const self: Port;

/**
 * Listens to the pool. Called once, by a worker's script.
 *
 * @param open makes the engine of what the lane sends
 * @param warmUps bands of 64 × 64 pixels and 256 iterations that have the JavaScript engine compile `open`'s with its optimizing
 *   compiler, or nearly so, before the worker is ready
 */
export function serve<Data>(open: (data: Data) => BandEngine, warmUps: number): void {
  let engine: BandEngine;
  /** Bands that wait or run, in the order they came. */
  const queue = new Map<number, AbortController>();
  let last: Promise<void> = Promise.resolve();

  async function run({ id, band, buffers }: Extract<ToWorker, { type: 'run' }>, signal: AbortSignal) {
    const pixels = band.columns.length * band.rows.length;
    try {
      const take = () => new Float32Array(buffers.pop() ?? new ArrayBuffer(4 * pixels), 0, pixels);
      const counts = take();
      const fractions = band.smooth ? take() : null;
      signal.throwIfAborted();
      const timing = await engine.run(band, counts, breather(signal), fractions);
      const transfer = fractions ? [counts.buffer, fractions.buffer] : [counts.buffer];
      self.postMessage({ type: 'done', id, counts, fractions, timing }, transfer);
    } catch (error) {
      self.postMessage({ type: 'failed', id, reason: signal.aborted ? null : String(error) }, []);
    } finally {
      queue.delete(id);
    }
  }

  async function warmUp() {
    const columns = Float64Array.from({ length: 64 }, (_, i) => -2 + i / 21);
    const band = { columns, rows: columns, maxIterations: 256, bailout2: 4, smooth: false };
    const counts = new Float32Array(64 * 64);
    for (let i = 0; i < warmUps; i++) await engine.run(band, counts, async () => {}, null);
  }

  self.onmessage = async ({ data }) => {
    if (data.type === 'open') {
      engine = open(data.data as Data);
      await warmUp();
      self.postMessage({ type: 'ready' }, []);
    } else if (data.type === 'run') {
      const controller = new AbortController();
      queue.set(data.id, controller);
      last = last.then(() => run(data, controller.signal));
    } else {
      queue.get(data.id)?.abort();
    }
  };
}
