/** A worker's side of the pool: it computes the bands that it is sent, those of a call one after another, those of several in turns. */
import { breather } from '../task.js';
import { type Band, type BandEngine, type BandTiming, type Shared, takePart } from './band.js';

/** A band to compute for a call. */
interface RunMessage {
  type: 'run';
  id: number;
  call: number;
  /** Without columns, it has those of the band that the worker was told of before. */
  band: Omit<Band, 'columns'> & Partial<Pick<Band, 'columns'>>;
  /** Each of at least as many bytes as the band's counts have, to put them, and fractions, into; where one is missing, into new arrays. */
  buffers: ArrayBuffer[];
  /** If not null, the band is a whole grid, of which each worker of the call takes one part after another until there is none. */
  shared: Shared | null;
}

/** What a worker is told. */
export type ToWorker =
  | { type: 'open'; data: unknown }
  | RunMessage
  /** Bands of the call fail. No more of it follow. */
  | { type: 'abort'; call: number };

/** What is done of a band: number 0, the whole, or a part in shared memory. */
export interface Part {
  part: number;
  timing: BandTiming;
}

/**
 * A band is done; its arrays are transferred. Of a grid in shared memory they are null, and a worker tells several times which parts it
 * has finished since, and whether more may follow.
 */
export interface DoneMessage {
  type: 'done';
  id: number;
  done: Part[];
  more: boolean;
  counts: Float32Array<ArrayBuffer> | null;
  fractions: Float32Array<ArrayBuffer> | null;
}

/** A band failed. */
export interface FailedMessage {
  type: 'failed';
  id: number;
  /** Null when it was aborted. */
  reason: string | null;
}

/** What a worker tells: that it is warm, that it cannot be, or what became of a band. */
export type FromWorker = { type: 'ready' } | { type: 'broken'; reason: string } | DoneMessage | FailedMessage;

/** A band that waits in a worker. */
interface Order extends Pick<RunMessage, 'id' | 'buffers' | 'shared'> {
  band: Band;
}

/** Milliseconds between two messages about parts, at least: while one is read, a worker may have to wait for its core. */
const NEWS = 50;

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
  let openEngine: () => BandEngine;
  /** An engine without work. Calls at work have one each, so that a slow band of one holds up no other. */
  let idle: BandEngine | null = null;
  /** Those of the last band, for one that comes without. */
  let columns: Float64Array = new Float64Array(0);
  /** Calls at work, by their numbers, with the bands that wait. */
  const calls = new Map<number, { bands: Order[]; controller: AbortController }>();

  async function compute({ id, band, buffers, shared }: Order, engine: BandEngine, breathe: () => Promise<void>) {
    let done: Part[] = [];
    let told = performance.now();
    const tell = (more: boolean, arrays: Float32Array<ArrayBuffer>[] = []) => {
      const [counts = null, fractions = null] = arrays;
      const transfer = arrays.map(({ buffer }) => buffer);
      self.postMessage({ type: 'done', id, done, more, counts, fractions }, transfer);
      done = [];
      told = performance.now();
    };
    const turn = () => {
      if (done[0] && performance.now() > told + NEWS) tell(true);
      return breathe();
    };
    await breathe();
    if (!shared) {
      const pixels = band.columns.length * band.rows.length;
      const take = () => new Float32Array(buffers.pop() ?? new ArrayBuffer(4 * pixels), 0, pixels);
      const arrays = band.smooth ? [take(), take()] : [take()];
      const [counts, fractions = null] = arrays;
      done.push({ part: 0, timing: await engine.run(band, { counts: [counts], fractions }, breathe) });
      return tell(false, arrays);
    }
    for (let taken; (taken = takePart(band, shared));) {
      const [part, ...work] = taken;
      await turn();
      // Not within push(): `done` may be another array by then.
      const timing = await engine.run(...work, turn);
      done.push({ part, timing });
    }
    tell(false);
  }

  async function work(call: number, bands: Order[], signal: AbortSignal) {
    const breathe = breather(signal);
    let engine: BandEngine | null = null;
    for (let order = bands.shift(); order; order = bands.shift()) {
      try {
        signal.throwIfAborted();
        if (!engine) {
          engine = idle ?? openEngine();
          idle = null;
        }
        await compute(order, engine, breathe);
      } catch (error) {
        self.postMessage({ type: 'failed', id: order.id, reason: signal.aborted ? null : String(error) }, []);
      }
    }
    calls.delete(call);
    idle = engine ?? idle;
  }

  async function warmUp(engine: BandEngine) {
    const columns = new Float64Array(64).map((_, i) => -2 + i / 21);
    const band = { columns, rows: columns, maxIterations: 256, bailout2: 4, smooth: false };
    const places = { counts: [new Float32Array(64 * 64)], fractions: null };
    for (let i = 0; i < warmUps; i++) await engine.run(band, places, async () => {});
    idle = engine;
  }

  self.onmessage = async ({ data }) => {
    if (data.type === 'open') {
      openEngine = () => open(data.data as Data);
      try {
        await warmUp(openEngine());
        self.postMessage({ type: 'ready' }, []);
      } catch (error) {
        // In a browser nobody hears of a promise that a worker rejects.
        self.postMessage({ type: 'broken', reason: String(error) }, []);
      }
    } else if (data.type === 'run') {
      columns = data.band.columns ?? columns;
      const order = { ...data, band: { ...data.band, columns } };
      const call = calls.get(data.call);
      if (call) {
        call.bands.push(order);
        return;
      }
      const controller = new AbortController();
      const bands = [order];
      calls.set(data.call, { bands, controller });
      work(data.call, bands, controller.signal);
    } else {
      calls.get(data.call)?.controller.abort();
    }
  };
}
