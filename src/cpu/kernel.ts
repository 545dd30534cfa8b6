/** Drives an instance of the WebAssembly kernel of assembly/kernel.ts. */
import { stopwatch } from '../task.js';

/** What the module exports; assembly/kernel.ts says what it means. */
interface Exports {
  memory: WebAssembly.Memory;
  heapBase: WebAssembly.Global;
  start(
    columnsPtr: number,
    rowsPtr: number,
    countsPtr: number,
    width: number,
    height: number,
    maxIterations: number,
    bailout2: number,
    shortcuts: boolean,
  ): void;
  advance(budget: number): number;
}

/** What a kernel computes at a time. */
export interface Band {
  /** Real parts of the band's columns. */
  columns: Float64Array;
  /** Imaginary parts of its rows. */
  rows: Float64Array;
  maxIterations: number;
  /** The square of bailoutRadius. */
  bailout2: number;
}

/** Milliseconds that went into a band. */
export interface BandTiming {
  compute: number;
  transfer: number;
}

/** One instance of the kernel with a memory of its own. It works on one band at a time. */
export interface Kernel {
  /**
   * Computes a band into `counts`, with turns for the event loop.
   *
   * @param breathe is awaited between slices of work; what it throws stops the band, and the kernel is ready for another one
   */
  run(band: Band, counts: Float32Array, breathe: () => Promise<void>): Promise<BandTiming>;
  /** Computes a band into `counts` at once if it takes no more than about `budget` iterations; null if it takes more. */
  tryRun(band: Band, counts: Float32Array, budget: number): BandTiming | null;
}

/** Iterations between two looks at the clock: 1 to 3 ms. */
const SLICE = 2 ** 22;
const PAGE = 2 ** 16;

/** Makes an instance of the compiled kernel. */
export function instantiateKernel(module: WebAssembly.Module): Kernel {
  const { memory, heapBase, start, advance } = new WebAssembly.Instance(module).exports as unknown as Exports;
  const columnsPtr: number = heapBase.value;

  /** Takes up a band, dropping an unfinished one; returns where its counts will be. */
  function load({ columns, rows, maxIterations, bailout2 }: Band): number {
    const rowsPtr = columnsPtr + columns.byteLength;
    const countsPtr = rowsPtr + rows.byteLength;
    const end = countsPtr + columns.length * rows.length * Float32Array.BYTES_PER_ELEMENT;
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    // Views are made anew each time: growing the memory detaches old ones.
    new Float64Array(memory.buffer, columnsPtr).set(columns);
    new Float64Array(memory.buffer, rowsPtr, rows.length).set(rows);
    start(columnsPtr, rowsPtr, countsPtr, columns.length, rows.length, maxIterations, bailout2, true);
    return countsPtr;
  }

  const read = (countsPtr: number, counts: Float32Array) =>
    counts.set(new Float32Array(memory.buffer, countsPtr, counts.length));

  return {
    async run(band, counts, breathe) {
      const lap = stopwatch();
      const countsPtr = load(band);
      let transfer = lap();
      let compute = 0;
      while (!advance(SLICE)) {
        compute += lap();
        await breathe();
        lap();
      }
      compute += lap();
      read(countsPtr, counts);
      transfer += lap();
      return { compute, transfer };
    },

    tryRun(band, counts, budget) {
      const lap = stopwatch();
      const countsPtr = load(band);
      let transfer = lap();
      const finished = advance(budget);
      const compute = lap();
      if (!finished) return null;
      read(countsPtr, counts);
      transfer += lap();
      return { compute, transfer };
    },
  };
}
