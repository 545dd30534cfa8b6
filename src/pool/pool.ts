/** A pool of workers, each with an engine and memory of its own, that share out the bands of all calls. */
import type { Work } from '../check.js';
import { LaneLostError } from '../errors.js';
import type { Rectangle } from '../grid.js';
import type { Run, Tile } from '../lane.js';
import { stopwatch } from '../task.js';
import { type Band, type BandTiming, bandsOf } from './band.js';
import type { FromWorker, ToWorker } from './serve.js';
import { startThread, type Thread } from './thread.js';

/** Bands that a worker has at a time: one that it computes and one that waits, so that it need not wait for the next. */
const AHEAD = 3;
/** Milliseconds until a worker that says nothing at its start counts as refused. */
const PATIENCE = 10_000;

/** A band on its way. */
interface Task {
  readonly id: number;
  readonly call: Call;
  readonly tile: Rectangle;
}

/** One call at work. */
interface Call {
  readonly tiles: Iterator<Rectangle, void>;
  readonly toBand: (tile: Rectangle) => Band;
  /** Its tiles' arrays stay with the caller, so none comes back to be used again. */
  readonly streamed: boolean;
  readonly tasks: Set<Task>;
  readonly finished: {
    tile: Rectangle;
    counts: Float32Array<ArrayBuffer>;
    fractions: Float32Array<ArrayBuffer> | null;
  }[];
  /** Time in each worker that served it. */
  readonly timings: Map<Slot, BandTiming>;
  exhausted: boolean;
  error: Error | null;
  /** Wakes the call up when something has finished or failed. */
  wake: () => void;
}

/** A worker, and what it has to do. */
interface Slot {
  thread: Thread<ToWorker>;
  readonly tasks: Map<number, Task>;
}

export interface PoolOptions {
  /** Of the lane, for its errors. */
  name: string;
  threads: number;
  /** A worker's script: it calls `serve`. */
  source: string;
  /** What the script's `open` is given. */
  data: unknown;
}

export interface Pool {
  /** Computes tiles of a job, in the order in which they are finished. */
  run(tiles: Iterator<Rectangle, void>, work: Work, run: Run): AsyncGenerator<Tile, void, void>;
  close(): void;
}

/** Starts `threads` workers and waits until they are warm. Throws, with the reason, where workers are missing or refused. */
export async function openPool({ name, threads, source, data }: PoolOptions): Promise<Pool> {
  const slots: Slot[] = [];
  /** Calls at work, the one whose turn it is first. */
  const calls: Call[] = [];
  /** Arrays that came back, to be used again: their pages are there already. */
  const spare: ArrayBuffer[] = [];
  let nextId = 0;
  /** Workers that are not warm yet, and how to give each up. */
  const starting = new Set<(error: Error) => void>();

  /** Starts a worker; it joins the pool when it is warm. */
  async function addSlot(): Promise<void> {
    let ready = () => {};
    let giveUp = (_error: Error) => {};
    const opened = new Promise<void>((resolve, reject) => {
      ready = resolve;
      giveUp = reject;
    });
    starting.add(giveUp);
    const timer = setTimeout(() => giveUp(new Error('a worker does not start')), PATIENCE);
    let thread: Thread<ToWorker> | null = null;
    try {
      thread = await startThread<ToWorker, FromWorker>(source, {
        onMessage(message) {
          if (message.type !== 'ready') return receive(slot, message);
          if (!starting.delete(giveUp)) return;
          // At once: should it die in the same task, bury() must find it.
          slots.push(slot);
          slot.thread.hold(false);
          ready();
        },
        onDeath(reason) {
          giveUp(new Error(reason));
          bury(slot, reason);
        },
      });
      const slot: Slot = { thread, tasks: new Map() };
      thread.post({ type: 'open', data });
      await opened;
    } catch (error) {
      thread?.close();
      throw error;
    } finally {
      clearTimeout(timer);
      starting.delete(giveUp);
    }
  }

  function receive(slot: Slot, message: Exclude<FromWorker, { type: 'ready' }>): void {
    const task = slot.tasks.get(message.id);
    if (!task) return;
    slot.tasks.delete(message.id);
    if (slot.tasks.size === 0) slot.thread.hold(false);
    const { call, tile } = task;
    call.tasks.delete(task);
    if (message.type === 'done') {
      const sum = call.timings.get(slot) ?? { compute: 0, transfer: 0 };
      sum.compute += message.timing.compute;
      sum.transfer += message.timing.transfer;
      call.timings.set(slot, sum);
      call.finished.push({ tile, counts: message.counts, fractions: message.fractions });
    } else if (message.reason !== null) {
      call.error ??= new LaneLostError(`a worker of the ${name} lane failed (${message.reason}): call again`);
    }
    share();
    call.wake();
  }

  /** A worker died: the calls that it served are lost, and a fresh one takes its place. */
  function bury(slot: Slot, reason: string): void {
    const index = slots.indexOf(slot);
    if (index < 0) return;
    slots.splice(index, 1);
    slot.thread.close();
    for (const { call } of slot.tasks.values()) {
      call.error ??= new LaneLostError(`a worker of the ${name} lane died (${reason}): call again`);
      call.wake();
    }
    addSlot()
      .catch((error: Error) => {
        if (slots.length + starting.size > 0) return;
        for (const call of calls) {
          call.error ??= new LaneLostError(
            `the workers of the ${name} lane died and no other starts (${error.message})`,
          );
          call.wake();
        }
      })
      .finally(share);
  }

  /** The next band of the call whose turn it is, or null if none has one, or all have as many on their way as they may. */
  function nextTask(): Task | null {
    const limit = threads * (AHEAD + 4);
    for (let turns = calls.length; turns > 0; turns--) {
      const call = calls.shift() as Call;
      calls.push(call);
      // Tiles that nobody has taken hold the call back: a slow consumer must not fill the memory.
      if (call.exhausted || call.error || call.tasks.size + call.finished.length >= limit) continue;
      const { value, done } = call.tiles.next();
      if (!done) return { id: nextId++, call, tile: value };
      call.exhausted = true;
      call.wake();
    }
    return null;
  }

  /** Hands bands to workers until all have enough or none is left. */
  function share(): void {
    for (;;) {
      const slot = slots.reduce<Slot | null>(
        (least, slot) => (slot.tasks.size < (least?.tasks.size ?? AHEAD) ? slot : least),
        null,
      );
      const task = slot && nextTask();
      if (!task) return;
      const { id, call, tile } = task;
      const bytes = tile.width * tile.height * Float32Array.BYTES_PER_ELEMENT;
      const band = call.toBand(tile);
      const buffers: ArrayBuffer[] = [];
      for (let wanted = call.streamed ? 0 : band.smooth ? 2 : 1; wanted > 0; wanted--) {
        const index = spare.findIndex(({ byteLength }) => byteLength >= bytes);
        if (index >= 0) buffers.push(...spare.splice(index, 1));
      }
      slot.tasks.set(id, task);
      call.tasks.add(task);
      if (slot.tasks.size === 1) slot.thread.hold(true);
      slot.thread.post({ type: 'run', id, band, buffers }, buffers);
    }
  }

  async function* run(
    tiles: Iterator<Rectangle, void>,
    work: Work,
    { signal, timing, place, placeFractions, streamed }: Run,
  ): AsyncGenerator<Tile, void, void> {
    const call: Call = {
      tiles,
      toBand: bandsOf(work),
      streamed,
      tasks: new Set(),
      finished: [],
      timings: new Map(),
      exhausted: false,
      error: null,
      wake() {},
    };
    const onAbort = () => call.wake();
    signal.addEventListener('abort', onAbort);
    calls.push(call);
    share();
    let copying = 0;
    try {
      for (;;) {
        signal.throwIfAborted();
        if (call.error) throw call.error;
        const done = call.finished.shift();
        if (!done) {
          if (call.exhausted && call.tasks.size === 0) break;
          if (slots.length + starting.size === 0)
            throw new LaneLostError(`the ${name} lane has no worker left: open another lane`);
          await new Promise<void>((resolve) => (call.wake = resolve));
          continue;
        }
        share();
        const { tile } = done;
        let counts: Float32Array = done.counts;
        let fractions: Float32Array | null = done.fractions;
        if (!streamed) {
          const lap = stopwatch();
          counts = place(tile);
          counts.set(done.counts);
          spare.push(done.counts.buffer);
          if (done.fractions) {
            fractions = placeFractions(tile);
            fractions?.set(done.fractions);
            spare.push(done.fractions.buffer);
          }
          // Copying hides behind the workers as long as they work.
          if (call.tasks.size === 0) copying += lap();
        }
        const busiest = [...call.timings.values()].reduce((a, b) =>
          a.compute + a.transfer > b.compute + b.transfer ? a : b,
        );
        timing.compute = busiest.compute;
        timing.transfer = busiest.transfer + copying;
        yield { ...tile, counts, fractions };
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      calls.splice(calls.indexOf(call), 1);
      for (const slot of slots) {
        for (const { id, call: owner } of slot.tasks.values()) {
          if (owner === call) slot.thread.post({ type: 'abort', id });
        }
      }
      if (calls.length === 0) spare.length = 0;
    }
  }

  function close(): void {
    for (const giveUp of starting) giveUp(new Error('the lane is closed'));
    for (const { thread } of slots) thread.close();
    slots.length = 0;
  }

  try {
    await Promise.all(Array.from({ length: threads }, addSlot));
  } catch (error) {
    close();
    throw error;
  }
  return { run, close };
}
