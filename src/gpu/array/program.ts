/** The array program: the seminar's gpuarray listing, statement by statement. */
import type { Arrays, GpuArray, Kind } from './arrays.js';

/** What the program starts from: arrays of the grid's size, constants and counters among them. */
export interface Inputs {
  /** Zeros, complex. */
  z: GpuArray;
  /** The pixels' coordinates, complex. */
  c: GpuArray;
  /** maxIterations throughout. */
  counts: GpuArray;
  /** The square of bailoutRadius throughout. */
  bailout2: GpuArray;
  /** Zeros, complex. */
  zero: GpuArray;
  /** Zeros. */
  escaped: GpuArray;
  /** Ones. */
  n: GpuArray;
}

/** Arrays that the program holds at once, results of an operation among them: 64 bytes a pixel. */
export const HELD: Readonly<Record<Kind, number>> = { R32F: 6, RG32F: 5 };

/**
 * Yields after every operation, so that its caller may cut the work anywhere; returns the counts. To be advanced on borrowed state.
 *
 * A pixel that has escaped goes on as z = c = 0, so that it never escapes again and keeps its count; it costs as much as before.
 */
export function* countEscapes(arrays: Arrays, inputs: Inputs, maxIterations: number): Generator<void, GpuArray, void> {
  let { z, c, counts, escaped, n } = inputs;
  const { bailout2, zero } = inputs;
  /** Assignment: the name's old array is given up once the new one is made. */
  const renew = (old: GpuArray, array: GpuArray): GpuArray => {
    arrays.release(old);
    return array;
  };
  for (let iteration = 1; iteration < maxIterations; iteration++) {
    const square = arrays.multiply(z, z);
    yield;
    z = renew(z, arrays.add(square, c));
    arrays.release(square);
    yield;
    const modulus2 = arrays.squaredModulus(z);
    yield;
    escaped = renew(escaped, arrays.greater(modulus2, bailout2));
    arrays.release(modulus2);
    yield;
    z = renew(z, arrays.ifPositive(escaped, zero, z));
    yield;
    c = renew(c, arrays.ifPositive(escaped, zero, c));
    yield;
    counts = renew(counts, arrays.ifPositive(escaped, n, counts));
    yield;
    n = renew(n, arrays.addScalar(n, 1));
    yield;
  }
  return counts;
}
