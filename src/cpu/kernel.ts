/** Drives an instance of a WebAssembly kernel: assembly/kernel.ts, or its scalar twin assembly/compiled.ts. */
import type { Band, BandEngine } from '../pool/band.js';
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

/** One instance of a kernel with a memory of its own. It works on one band at a time. */
export interface Kernel extends BandEngine {
  /** Takes up a band, dropping an unfinished one; gives the function that copies its counts out once it is finished. */
  load(band: Band): (counts: Float32Array) => void;
  /** Works for about `budget` iterations; 1 once the band is finished, else 0. */
  advance(budget: number): number;
}

/** Iterations between two looks at the clock: 1 to 3 ms. */
const SLICE = 2 ** 22;
const PAGE = 2 ** 16;

/** Makes an instance of the compiled kernel. */
export function instantiateKernel(module: WebAssembly.Module): Kernel {
  const { memory, heapBase, start, advance } = new WebAssembly.Instance(module).exports as unknown as Exports;
  const columnsPtr: number = heapBase.value;

  function load({ columns, rows, maxIterations, bailout2 }: Band) {
    const rowsPtr = columnsPtr + columns.byteLength;
    const countsPtr = rowsPtr + rows.byteLength;
    const end = countsPtr + columns.length * rows.length * Float32Array.BYTES_PER_ELEMENT;
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    // Views are made anew each time: growing the memory detaches old ones.
    new Float64Array(memory.buffer, columnsPtr).set(columns);
    new Float64Array(memory.buffer, rowsPtr, rows.length).set(rows);
    start(columnsPtr, rowsPtr, countsPtr, columns.length, rows.length, maxIterations, bailout2, true);
    return (counts: Float32Array) => counts.set(new Float32Array(memory.buffer, countsPtr, counts.length));
  }

  return {
    load,
    advance,
    async run(band, counts, breathe) {
      const lap = stopwatch();
      const read = load(band);
      let transfer = lap();
      let compute = 0;
      while (!advance(SLICE)) {
        compute += lap();
        await breathe();
        lap();
      }
      compute += lap();
      read(counts);
      transfer += lap();
      return { compute, transfer };
    },
  };
}
