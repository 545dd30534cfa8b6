/** Computes jobs in bands, on workers or on the calling thread: what the lanes with `threads` share. */
import { reasonOf } from '../errors.js';
import type { Engine } from '../lane.js';
import type { BandEngine, Cut } from './band.js';
import { runHere } from './here.js';
import { openPool } from './pool.js';

export interface BandsOptions {
  /** Of the lane. */
  name: string;
  /** With 1 it is the calling thread. */
  threads: number;
  /** A worker's script: it calls `serve(open)`. */
  source: string;
  /** What the script's `open` is given. */
  data: unknown;
  /** Makes an engine of the calling thread. */
  open(): BandEngine;
  cut: Cut;
}

/** The part of an engine that computes, and how many threads it really has. */
export interface Bands extends Pick<Engine, 'fallbackReason' | 'run' | 'close'> {
  readonly threads: number;
}

/** What a lane's `device` says of its threads. */
export const countThreads = (threads: number) => `${threads} thread${threads === 1 ? '' : 's'}`;

/** Starts the workers. Where they are missing or refused, it is the calling thread, and `fallbackReason` says why. */
export async function openBands({ name, threads, source, data, open, cut }: BandsOptions): Promise<Bands> {
  let fallbackReason = null;
  if (threads > 1) {
    try {
      const pool = await openPool({ name, threads, source, data });
      const run: Engine['run'] = (work, run) => pool.run(cut(work, run, threads), work, run);
      return { threads, fallbackReason, run, close: pool.close };
    } catch (error) {
      fallbackReason = `workers are missing or refused here (${reasonOf(error)})`;
    }
  }
  return { threads: 1, fallbackReason, run: runHere(open, cut), close() {} };
}
