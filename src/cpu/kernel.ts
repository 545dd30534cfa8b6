/** Drives an instance of a WebAssembly kernel: assembly/kernel.ts, or its scalar twin assembly/compiled.ts. */
import { type Band, type BandEngine, deal } from '../pool/band.js';
import { makeFraction } from '../smooth.js';
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
    statesPtr: number,
  ): void;
  advance(budget: number): number;
}

/** A finished band. */
interface Made {
  /** Copies its counts out, into arrays that its rows fill one after another. */
  read(counts: Float32Array[]): void;
  /** Computes its fractions number `from` to `to`. */
  refine(fractions: Float32Array, from: number, to: number): void;
}

/** One instance of a kernel with a memory of its own. It works on one band at a time. */
export interface Kernel extends BandEngine {
  /** Takes up a band, dropping an unfinished one; gives the functions that hand out what it makes, once it is finished. */
  load(band: Band): Made;
  /** Works for about `budget` iterations; 1 once the band is finished, else 0. */
  advance(budget: number): number;
}

/** Iterations between two looks at the clock: 1 to 3 ms. */
const SLICE = 2 ** 22;
/** Fractions between two: about the same. */
const FRACTIONS = 2 ** 14;
/** Orbits with counts up to here have no state kept; as in assembly/kernel.ts. */
const SHORT = 33;
const PAGE = 2 ** 16;

/** Makes an instance of the compiled kernel. */
export function instantiateKernel(module: WebAssembly.Module): Kernel {
  const { memory, heapBase, start, advance } = new WebAssembly.Instance(module).exports as unknown as Exports;
  const columnsPtr: number = heapBase.value;

  function load({ columns, rows, maxIterations, bailout2, smooth }: Band): Made {
    const pixels = columns.length * rows.length;
    const rowsPtr = columnsPtr + columns.byteLength;
    const afterRows = rowsPtr + rows.byteLength;
    const statesPtr = smooth ? afterRows : 0;
    const countsPtr = afterRows + (smooth ? 24 * pixels : 0);
    const end = countsPtr + 4 * pixels;
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    // Views are made anew each time: growing the memory detaches old ones.
    new Float64Array(memory.buffer, columnsPtr).set(columns);
    new Float64Array(memory.buffer, rowsPtr, rows.length).set(rows);
    start(columnsPtr, rowsPtr, countsPtr, columns.length, rows.length, maxIterations, bailout2, true, statesPtr);
    return {
      read: (counts) => deal(new Float32Array(memory.buffer, countsPtr, pixels), counts),
      refine(fractions, from, to) {
        const fraction = makeFraction(bailout2);
        const counts = new Float32Array(memory.buffer, countsPtr);
        const states = new Float64Array(memory.buffer, statesPtr);
        for (let i = from; i < to; i++) {
          const count = counts[i];
          const cRe = columns[i % columns.length];
          const cIm = rows[Math.floor(i / columns.length)];
          if (count === maxIterations) fractions[i] = 0;
          else if (count <= SHORT) fractions[i] = fraction(cRe, cIm, count);
          else fractions[i] = fraction(cRe, cIm, count, states[3 * i], states[3 * i + 1], states[3 * i + 2]);
        }
      },
    };
  }

  return {
    load,
    advance,
    async run(band, { counts, fractions }, breathe) {
      const lap = stopwatch();
      const { read, refine } = load(band);
      let transfer = lap();
      let compute = 0;
      while (!advance(SLICE)) {
        compute += lap();
        await breathe();
        lap();
      }
      for (let i = 0; fractions && i < fractions.length; i += FRACTIONS) {
        refine(fractions, i, Math.min(i + FRACTIONS, fractions.length));
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
