/** The seminar's numexpr program, on a band of pixels. */
import type { Band, BandEngine } from '../pool/band.js';
import { abs2, add, and, complex, equal, greater, meshgrid, square, whereElseZero, whereValue } from './arrays.js';
import { type Program, runProgram } from './program.js';

/**
 * Elements of a block: 64 kB for a complex temporary, so that they stay in the second-level cache. numexpr has 1024 (BLOCK_SIZE1 in
 * its numexpr_config.hpp); here a block also costs a view of each array, and 4096 take 12 % less time.
 */
const BLOCK = 4096;
/** Elements between two turns for the event loop, about 1 ms. */
const TURN = 32 * BLOCK;

/** What a statement's operators hand on to each other, for blocks of `length` elements. */
const makeTemporaries = (length: number) => ({
  squares: new Float64Array(2 * length),
  sums: new Float64Array(2 * length),
  norms: new Float64Array(length),
  outside: new Uint8Array(length),
  leaving: new Uint8Array(length),
});

/**
 * Three statements an iteration, each over all blocks before the next. The variables are whole arrays, a new one for each result; a
 * statement's temporaries are blocks, which stay in the cache from one operator to the next.
 */
function* program({ columns, rows, maxIterations, bailout2 }: Band): Program {
  const { xs, ys } = meshgrid(columns, rows);
  const c = complex(xs, ys);
  const { length } = xs;
  let z = new Float64Array(c.length);
  let escape = new Int32Array(length).fill(maxIterations);
  const full = makeTemporaries(BLOCK);
  const last = makeTemporaries(length % BLOCK);

  /** Evaluates a statement over whole arrays in one pass, block by block: numexpr.evaluate. */
  function* evaluate(statement: (from: number, to: number, temporaries: typeof full) => void) {
    for (let from = 0; from < length; from += BLOCK) {
      const to = Math.min(from + BLOCK, length);
      statement(from, to, to - from === BLOCK ? full : last);
      if (to % TURN === 0) yield;
    }
    yield;
  }

  for (let i = 1; i < maxIterations; i++) {
    // escape == maxi
    const mask = new Uint8Array(length);
    yield* evaluate((from, to) => {
      equal(escape.subarray(from, to), maxIterations, mask.subarray(from, to));
    });
    // where(mask, z**2 + c, 0)
    const next = new Float64Array(c.length);
    yield* evaluate((from, to, { squares, sums }) => {
      square(z.subarray(2 * from, 2 * to), squares);
      add(squares, c.subarray(2 * from, 2 * to), sums);
      whereElseZero(mask.subarray(from, to), sums, next.subarray(2 * from, 2 * to));
    });
    z = next;
    // where(mask & (abs(z) > R), i, escape)
    const updated = new Int32Array(length);
    yield* evaluate((from, to, { norms, outside, leaving }) => {
      abs2(z.subarray(2 * from, 2 * to), norms);
      greater(norms, bailout2, outside);
      and(mask.subarray(from, to), outside, leaving);
      whereValue(leaving, i, escape.subarray(from, to), updated.subarray(from, to));
    });
    escape = updated;
  }
  return escape;
}

/** Makes the engine of one thread. */
export const makeBlocks = (): BandEngine => ({
  run: (band, { counts }, breathe) => runProgram(program(band), counts, breathe),
});
