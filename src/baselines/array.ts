/** The articles' array programs: numpy with boolean masks, and TensorFlow with a running tally. */
import { checkBoolean, checkKeys } from '../check.js';
import { type Lane, makeLane } from '../lane.js';
import type { Band } from '../pool/band.js';
import { runHere } from '../pool/here.js';
import {
  abs2,
  add,
  addSingle,
  and,
  atMost,
  complex,
  equal,
  fill,
  greater,
  meshgrid,
  put,
  square,
  take,
  toSingle,
} from './arrays.js';
import { cut, type Program, runProgram } from './program.js';

/** Options of `openArray`. */
export interface ArrayOptions {
  /**
   * Whether pixels that have escaped are masked out (the seminar's numpy) or iterated on with all others (the post's TensorFlow). Default
   * true.
   */
  masked?: boolean | undefined;
}

/** The seminar's numpy program. A pixel's orbit stands still once it has escaped. */
function* numpy({ columns, rows, maxIterations, bailout2 }: Band): Program {
  const { xs, ys } = meshgrid(columns, rows);
  const c = complex(xs, ys);
  const z = new Float64Array(c.length);
  const escape = new Int32Array(xs.length).fill(maxIterations);
  yield;
  for (let i = 1; i < maxIterations; i++) {
    const mask = equal(escape, maxIterations);
    yield;
    put(z, mask, add(square(take(z, mask)), take(c, mask)));
    yield;
    fill(escape, and(mask, greater(abs2(z), bailout2)), i);
    yield;
  }
  return escape;
}

/**
 * Whether rounding could bring an orbit that was outside back in, so that a tally would not be count − 1.
 *
 * At the first escape |c| ≤ |z|: at n = 1 z is c, and later |c| ≤ R < |z|. So the next modulus is at least |z|·(|z| − 1), and with
 * R ≥ 2 + 2.5e-11 it grows by that share at each step, far above the rounding (some 30 · 1e-16), on to infinity and NaN, which are
 * never inside again. For smaller R: with |c| < 2 − 1e-9 it is at least |z|·(|z| − |c|/|z|), 5e-10 above |z|; else |c + 2| ≥ 1e-4
 * makes |z₂| = |c|·|c + 1| at least 2 + 2e-9. Both lead to the first case, and only c near −2, whose orbit sits on |z| = 2, is left.
 */
function nearTip({ columns, rows, bailout2 }: Band): boolean {
  return (
    bailout2 < 4 + 1e-10 && columns.some((re) => Math.abs(re + 2) < 1e-4) && rows.some((im) => Math.abs(im) < 1e-4)
  );
}

/**
 * The post's TensorFlow program. All orbits go on, to infinity and NaN; an iteration adds 1 to the tally of every pixel that is
 * inside, so that the tally in the end is count − 1. (The post asks |z| < R, the definition |z| ≤ R.)
 */
function* tensorFlow(band: Band): Program {
  const { columns, rows, maxIterations, bailout2 } = band;
  const { xs, ys } = meshgrid(columns, rows);
  const c = complex(xs, ys);
  let z = new Float64Array(c.length);
  let tally = new Float32Array(xs.length);
  /** Pixels that were inside so far, where an orbit might come back in; the post has no such thing, and needs it nowhere else. */
  let before = nearTip(band) ? new Uint8Array(xs.length).fill(1) : null;
  yield;
  for (let i = 1; i < maxIterations; i++) {
    z = add(square(z), c);
    yield;
    let inside = atMost(abs2(z), bailout2);
    if (before) before = inside = and(before, inside);
    yield;
    tally = addSingle(tally, toSingle(inside));
    yield;
  }
  return addSingle(tally, new Float32Array(xs.length).fill(1));
}

/**
 * Opens the array baseline: operations on whole typed arrays, each one pass that allocates its result, on the calling thread. With
 * `masked` (the default) it is the seminar's numpy program, z[mask] = z[mask]² + c[mask]; without, the post's TensorFlow program on
 * the CPU, z = z² + c for all and a running tally of those that have not diverged. (TensorFlow computes in complex64 and on all
 * cores, this lane in f64 on one.) Counts are the plain loop's.
 *
 * It teaches what array programs pay: every operator reads and writes memory once more, allocates, and does not stop when all
 * pixels have escaped. Masks save arithmetic and cost passes of their own.
 *
 * `escapeTime` holds the whole grid in some 130 bytes a pixel, hence tells its progress at the end only, and rejects with the
 * RangeError of the JavaScript engine where memory does not suffice; `tiles` works through bands of it.
 *
 * Rejects with TypeError on a bad option.
 */
export async function openArray(options: ArrayOptions = {}): Promise<Lane> {
  const start = performance.now();
  const { masked = true } = checkKeys('options', options, ['masked']);
  checkBoolean('masked', masked);
  const program = masked ? numpy : tensorFlow;
  return makeLane({
    name: 'array',
    device: `JavaScript typed arrays, 1 thread, ${masked ? 'masked' : 'unmasked'}`,
    precision: 'f64',
    setup: performance.now() - start,
    fallbackReason: null,
    run: runHere(() => ({ run: (band, { counts }, breathe) => runProgram(program(band), counts, breathe) }), cut),
    close() {},
  });
}
