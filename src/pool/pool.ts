/** A pool of workers, each with an engine and memory of its own, that share out the bands of all calls. */
import type { Work } from '../check.js';
import { LaneLostError } from '../errors.js';
import type { Rectangle } from '../grid.js';
import type { Run, Tile } from '../lane.js';
import { breather, stopwatch } from '../task.js';
import {
  type Band,
  type BandTiming,
  bandsOf,
  type Cut,
  deal,
  type Places,
  placesOf,
  type Shared,
  toParts,
  toShared,
} from './band.js';
import type { DoneMessage, FailedMessage, FromWorker, ToWorker } from './serve.js';
import { startThread, type Thread } from './thread.js';

/** Bands of a call that a worker has at a time: one that it computes and some that wait, so that it need not wait for the next. */
const AHEAD = 3;
/** Calls that a worker has bands of at a time, at most. It takes turns at them, and each takes memory. */
const AT_ONCE = 32;
/** Bytes of the largest array that is kept for reuse: one for the cpu lane's largest tile. */
const MAX_SPARE = 2 ** 20;
/** Workers that are started at a time, at most: many more than there are cores would hold each other up. */
const STARTING = 16;
/** Columns of a grid whose workers take its parts by themselves, at least. */
const LEAST_WIDTH = 16;
/** Where no worker has got ready for so many seconds, those that still start count as refused. */
const PATIENCE = 10;

/** An array of this realm: a test runner's may differ from that of messages. */
const own = ({ buffer, byteOffset, length }: Float32Array<ArrayBuffer>) => new Float32Array(buffer, byteOffset, length);

/** What a worker is given at a time: a band, or the whole grid to take parts of, which it writes into the caller's arrays. */
interface Portion {
  readonly band: Band;
  /** Null for a band. */
  readonly shared: Shared | null;
  /** The tiles of the band, or of each part. */
  readonly parts: Rectangle[][];
}

/** A portion on its way. */
interface Task extends Pick<Portion, 'parts'> {
  readonly call: Call;
}

/** A band that is done: its numbers came along, or are in the caller's arrays. */
interface Finished extends Pick<DoneMessage, 'counts' | 'fractions'> {
  readonly tiles: Rectangle[];
}

/** One call at work. */
interface Call {
  readonly id: number;
  readonly portions: ReturnType<typeof portionsOf>;
  readonly run: Run;
  readonly tasks: Set<Task>;
  readonly finished: Finished[];
  /** Time in each worker that served it. */
  readonly timings: Map<Slot, BandTiming>;
  /** Portions that a worker has of it at a time, at most. */
  ahead: number;
  /** Pixels of the last band that was finished, a millisecond. */
  rate: number | undefined;
  /** Whether no more bands of it are handed out: there is none, or it is stopped. */
  exhausted: boolean;
  error: Error | null;
  /** Wakes the call up when something has finished or failed. */
  wake: () => void;
}

/** A worker, and what it has to do. */
interface Slot {
  thread: Thread<ToWorker>;
  readonly tasks: Map<number, Task>;
  /** The columns that it was last sent: it keeps them. */
  columns: Float64Array | null;
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
  /** Computes bands of a job, in the order in which they are finished. */
  run(bands: ReturnType<Cut>, work: Work, run: Run): AsyncGenerator<Tile, void, void>;
  close(): void;
}

/** What the workers of a call are to do. A wish for more tells the rate of a finished band, as a cut is told. */
function* portionsOf(cut: ReturnType<Cut>, work: Work, run: Run): Generator<Portion, void, number | undefined> {
  const { width, height } = work.grid;
  const bandOf = bandsOf(work);
  let next = cut.next();
  // Narrower tiles are no runs of the image, and of a narrow image the coordinates would take more memory than the counts.
  if (run.shared && next.value?.[0].width === width && width >= LEAST_WIDTH) {
    const parts = [next.value, ...cut];
    const whole = [{ column: 0, row: 0, width, height }];
    const band = bandOf(whole);
    const all = {
      band: { ...band, columns: toShared(band.columns), rows: toShared(band.rows) },
      parts,
      shared: { image: placesOf(run, whole), parts: toParts(parts) },
    };
    // To each worker once, as `ahead` is 1 then: the call is exhausted when one of them finds no part left.
    for (;;) yield all;
  }
  while (!next.done) next = cut.next(yield { band: bandOf(next.value), parts: [next.value], shared: null });
}

/** Starts `threads` workers and waits until they are warm. Throws, with the reason, where workers are missing or refused. */
export async function openPool({ name, threads, source, data }: PoolOptions): Promise<Pool> {
  const slots: Slot[] = [];
  /** Calls at work, the one whose turn it is first. */
  const calls: Call[] = [];
  /** Arrays that came back, to be used again, in later calls, too: their pages are there already. */
  const spare: ArrayBuffer[] = [];
  let nextId = 0;
  /** Workers that are not warm yet, and how to give each up. */
  const starting = new Set<(error: Error) => void>();
  /** Gives them up where none gets warm. */
  let timer: ReturnType<typeof setTimeout>;
  // Second by second: one in which this thread is busy or stopped, so that it hears of no worker, counts as one, however long it is.
  const wait = (left = PATIENCE) => {
    clearTimeout(timer);
    if (left === 0) giveUpAll('a worker does not start');
    else if (starting.size > 0) timer = setTimeout(wait, 1000, left - 1);
  };
  function giveUpAll(reason: string): void {
    for (const giveUp of starting) giveUp(new Error(reason));
  }

  /** Starts a worker; it joins the pool when it is warm. */
  async function addSlot(): Promise<void> {
    let ready = () => {};
    let giveUp = (_error: Error) => {};
    const opened = new Promise<void>((resolve, reject) => {
      ready = resolve;
      giveUp = reject;
    });
    // It may be given up before it is awaited.
    opened.catch(() => {});
    starting.add(giveUp);
    wait();
    let thread: Thread<ToWorker> | null = null;
    try {
      const die = (reason: string) => {
        giveUp(new Error(reason));
        // It may die before it is known.
        if (thread) bury(slot, reason);
      };
      thread = await startThread<ToWorker, FromWorker>(source, {
        onMessage(message) {
          if (message.type === 'broken') return die(message.reason);
          if (message.type !== 'ready') return receive(slot, message);
          if (!starting.delete(giveUp)) return;
          // At once: should it die in the same task, bury() must find it.
          slots.push(slot);
          slot.thread.hold(false);
          ready();
          share();
        },
        onDeath: die,
      });
      const slot: Slot = { thread, tasks: new Map(), columns: null };
      thread.post({ type: 'open', data });
      await opened;
    } catch (error) {
      thread?.close();
      throw error;
    } finally {
      starting.delete(giveUp);
      wait();
    }
  }

  /** Keeps an array that came back, and of all the largest: as many as the workers have at a time. */
  function recycle({ buffer }: Float32Array<ArrayBuffer>): void {
    if (buffer.byteLength > MAX_SPARE) return;
    spare.push(buffer);
    spare.sort((a, b) => a.byteLength - b.byteLength);
    if (spare.length > threads * AHEAD) spare.shift();
  }

  /** Where a band's numbers are in the end. */
  function unload(run: Run, { tiles, counts, fractions }: Finished): Places {
    if (!counts) return placesOf(run, tiles);
    if (run.streamed) return { counts: [own(counts)], fractions: fractions && own(fractions) };
    const made = placesOf(run, tiles);
    deal(counts, made.counts);
    recycle(counts);
    if (fractions) {
      made.fractions?.set(fractions);
      recycle(fractions);
    }
    return made;
  }

  /** Ends a call for something that a worker did. */
  function lose(call: Call, what: string): void {
    call.error ??= new LaneLostError(`a worker of the ${name} lane ${what}: call again`);
    stop(call);
    call.wake();
  }

  function receive(slot: Slot, message: DoneMessage | FailedMessage): void {
    const task = slot.tasks.get(message.id);
    if (!task) return;
    const { call, parts } = task;
    if (message.type === 'failed' || !message.more) {
      slot.tasks.delete(message.id);
      if (slot.tasks.size === 0) slot.thread.hold(false);
      call.tasks.delete(task);
    }
    if (message.type === 'done') {
      const sum = call.timings.get(slot) ?? { compute: 0, transfer: 0 };
      call.timings.set(slot, sum);
      const { counts, fractions, more } = message;
      // Who takes parts by itself has found none any more.
      call.exhausted ||= !counts && !more;
      for (const { part, timing } of message.done) {
        sum.compute += timing.compute;
        sum.transfer += timing.transfer;
        const tiles = parts[part];
        const [{ width, height }] = tiles;
        call.rate = (tiles.length * width * height) / timing.compute;
        call.finished.push({ tiles, counts, fractions });
      }
    } else if (message.reason !== null) {
      lose(call, `failed (${message.reason})`);
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
    for (const task of slot.tasks.values()) {
      task.call.tasks.delete(task);
      lose(task.call, `died (${reason})`);
    }
    refill();
  }

  /** Starts as many workers as are missing, a few at a time. */
  function fill(): Promise<void>[] {
    const length = Math.min(STARTING, threads - slots.length) - starting.size;
    return Array.from({ length }, async () => {
      while (slots.length + starting.size < threads) await addSlot();
    });
  }

  /** The same during calls. Where none can be had, the calls at work fail; the next call tries again. */
  function refill(): void {
    for (const filled of fill()) {
      filled.catch((error: Error) => {
        if (slots.length + starting.size > 0) return;
        for (const call of calls) lose(call, `died and no other starts (${error.message})`);
      });
    }
  }

  /** Hands out bands, one of each call in turn, until none has any or no worker has room. */
  function share(): void {
    for (let idle = 0; idle < calls.length; idle++) {
      const call = calls.shift() as Call;
      calls.push(call);
      if (assign(call)) idle = -1;
    }
  }

  /** The worker that has the least to do of a call, and room for more of it; null if there is none. */
  function leastBusy(call: Call): Slot | null {
    let slot: Slot | null = null;
    let least = call.ahead;
    for (const other of slots) {
      const owners = [...other.tasks.values()].map((task) => task.call);
      const own = owners.filter((owner) => owner === call).length;
      const fewer = own < least || (own === least && other.tasks.size < (slot?.tasks.size ?? 0));
      if (!fewer || (own === 0 && new Set(owners).size >= AT_ONCE)) continue;
      slot = other;
      least = own;
    }
    return slot;
  }

  /** Up to `count` arrays that came back, each of at least so many bytes. */
  function lend(count: number, bytes: number): ArrayBuffer[] {
    const buffers: ArrayBuffer[] = [];
    for (; count > 0; count--) {
      const index = spare.findIndex(({ byteLength }) => byteLength >= bytes);
      if (index >= 0) buffers.push(...spare.splice(index, 1));
    }
    return buffers;
  }

  /** Gives the next portion of a call to a worker; false if there is none to give, or no room. */
  function assign(call: Call): boolean {
    // Bands that nobody has taken hold the call back: a slow consumer must not fill the memory.
    if (call.exhausted || call.tasks.size + call.finished.length >= threads * (AHEAD + 4)) return false;
    const slot = leastBusy(call);
    if (!slot) return false;
    const id = nextId++;
    let task: Task;
    try {
      const { value: portion } = call.portions.next(call.rate);
      if (!portion) {
        call.exhausted = true;
        call.wake();
        return false;
      }
      const { band, parts, shared } = portion;
      task = { call, parts };
      // A whole grid is given once.
      if (shared) call.ahead = 1;
      const { columns, ...rest } = band;
      const arrays = call.run.streamed || shared ? 0 : band.smooth ? 2 : 1;
      const buffers = lend(arrays, 4 * columns.length * band.rows.length);
      const known = columns === slot.columns;
      slot.thread.post({ type: 'run', id, call: call.id, band: known ? rest : band, buffers, shared }, buffers);
      slot.columns = columns;
    } catch (error) {
      lose(call, `cannot be given work (${error})`);
      return false;
    }
    slot.tasks.set(id, task);
    call.tasks.add(task);
    if (slot.tasks.size === 1) slot.thread.hold(true);
    return true;
  }

  const woken = (call: Call) => new Promise<void>((resolve) => (call.wake = resolve));

  /** Hands out no more of a call, and has the workers drop what they have of it. */
  function stop(call: Call): void {
    call.exhausted = true;
    for (const { thread, tasks } of slots) {
      if ([...tasks.values()].some((task) => task.call === call)) thread.post({ type: 'abort', call: call.id });
    }
  }

  async function* compute(cut: ReturnType<Cut>, work: Work, run: Run): AsyncGenerator<Tile, void, void> {
    const { signal, timing } = run;
    const call: Call = {
      id: nextId++,
      portions: portionsOf(cut, work, run),
      run,
      tasks: new Set(),
      finished: [],
      timings: new Map(),
      ahead: AHEAD,
      rate: undefined,
      exhausted: false,
      error: null,
      wake() {},
    };
    // At once: the consumer may be busy with a tile for long.
    const onAbort = () => {
      stop(call);
      call.wake();
    };
    signal.addEventListener('abort', onAbort);
    calls.push(call);
    const breathe = breather(signal);
    let copying = 0;
    try {
      refill();
      share();
      for (;;) {
        signal.throwIfAborted();
        if (call.error) throw call.error;
        const done = call.finished.shift();
        if (!done) {
          if (call.exhausted && call.tasks.size === 0) break;
          await woken(call);
          continue;
        }
        share();
        // Node reads on from one worker's port as long as there are messages, so that without a turn no other worker is heard.
        await breathe();
        const lap = stopwatch();
        const { counts, fractions } = unload(run, done);
        // Copying hides behind the workers as long as they work.
        if (call.tasks.size === 0) copying += lap();
        const busiest = [...call.timings.values()].reduce((a, b) =>
          a.compute + a.transfer > b.compute + b.transfer ? a : b,
        );
        timing.compute = busiest.compute;
        timing.transfer = busiest.transfer + copying;
        for (const [i, tile] of done.tiles.entries()) yield { ...tile, counts: counts[i], fractions };
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      calls.splice(calls.indexOf(call), 1);
      stop(call);
      // Memory that workers write into is the caller's again once they have stopped.
      while (run.shared && call.tasks.size > 0) await woken(call);
    }
  }

  function close(): void {
    threads = 0;
    giveUpAll('the lane is closed');
    for (const { thread, tasks } of slots) {
      thread.close();
      for (const { call } of tasks.values()) {
        call.tasks.clear();
        call.wake();
      }
    }
    slots.length = 0;
  }

  try {
    await Promise.all(fill());
  } catch (error) {
    close();
    throw error;
  }
  return { run: compute, close };
}
