/** The WebAssembly kernel of assembly/kernel.ts: compiled, instantiated and driven. The one file that touches WebAssembly. */
import base64 from '../../dist/kernel.wasm';
import { LaneUnavailableError } from '../errors.js';

interface Exports {
  memory: WebAssembly.Memory;
  heapBase(): number;
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
  /** Interior tests and cycle detection; benchmarks switch them off. */
  shortcuts: boolean;
}

/** One instance of the kernel with a memory of its own. It works on one band at a time. */
export interface Kernel {
  /** Takes up a band, and drops an unfinished one. */
  start(band: Band): void;
  /** Works for about `budget` iterations; true when the band is finished. */
  advance(budget: number): boolean;
  /** Copies the finished band's counts into `counts`. */
  read(counts: Float32Array): void;
}

const PAGE = 2 ** 16;

/** Compiles the embedded module. Throws LaneUnavailableError where WebAssembly or its SIMD is missing or refused. */
export async function compileKernel(): Promise<WebAssembly.Module> {
  if (typeof WebAssembly !== 'object') {
    throw new LaneUnavailableError('WebAssembly is missing here, so the cpu lane cannot run');
  }
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  if (!WebAssembly.validate(bytes)) {
    throw new LaneUnavailableError('WebAssembly SIMD is missing here, so the cpu lane cannot run');
  }
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw new LaneUnavailableError(`WebAssembly is refused here, so the cpu lane cannot run: ${cause}`, { cause });
  }
}

/** Makes an instance of the compiled kernel. */
export function instantiateKernel(module: WebAssembly.Module): Kernel {
  const kernel = new WebAssembly.Instance(module).exports as unknown as Exports;
  const columnsPtr = kernel.heapBase();
  let countsPtr = 0;

  return {
    start({ columns, rows, maxIterations, bailout2, shortcuts }) {
      const rowsPtr = columnsPtr + columns.byteLength;
      countsPtr = rowsPtr + rows.byteLength;
      const end = countsPtr + columns.length * rows.length * Float32Array.BYTES_PER_ELEMENT;
      const missing = end - kernel.memory.buffer.byteLength;
      if (missing > 0) kernel.memory.grow(Math.ceil(missing / PAGE));
      // Views are made anew each time: growing the memory detaches old ones.
      new Float64Array(kernel.memory.buffer, columnsPtr).set(columns);
      new Float64Array(kernel.memory.buffer, rowsPtr, rows.length).set(rows);
      kernel.start(columnsPtr, rowsPtr, countsPtr, columns.length, rows.length, maxIterations, bailout2, shortcuts);
    },
    advance: (budget) => kernel.advance(budget) !== 0,
    read(counts) {
      counts.set(new Float32Array(kernel.memory.buffer, countsPtr, counts.length));
    },
  };
}
