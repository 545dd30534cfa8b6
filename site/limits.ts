/** How deep a lane sees: beyond its precision a picture would be blocks, or noise that looks like a picture. */
import type { Arithmetic, Lane } from 'twolane';
import { gridOf, type Samples, type View } from './view.js';

/**
 * The smallest pixel step, as a power of two for numbers from 1 to 2, where orbits live: four units in the last place. df64 is
 * the gpu lane's own business: it refuses what it can't resolve.
 */
const BITS: Partial<Record<Arithmetic, number>> = { f64: 50, f32: 21 };

/** Lanes that turned out to compute in less than they were asked for. */
const reduced = new WeakMap<Lane, Arithmetic>();

const digits = (value: number) => value.toExponential(1).replace('e', ' × 10^').replace('+', '');

/** Why an arithmetic can't draw pixels of a size, or null if it can. */
function unresolved(precision: Arithmetic, { step, stride, column, row }: Samples): string | null {
  const bits = BITS[precision];
  if (bits === undefined) return null;
  const largest = Math.max(1, Math.abs(column * step), Math.abs(row * step));
  const least = 2 ** (Math.floor(Math.log2(largest)) - bits);
  if (step * stride >= least) return null;
  return `${precision} tells pixels apart down to a step of ${digits(least)} here`;
}

/** Takes note of the arithmetic that a lane computed samples in, and throws RangeError if it is too coarse for them. */
export function checkResolved(lane: Lane, precision: Arithmetic, samples: Samples): void {
  const reason = unresolved(precision, samples);
  if (reason === null) return;
  reduced.set(lane, precision);
  throw new RangeError(reason);
}

/** Why a lane can't draw a view, or null if it can. Nothing is computed. */
export function refusal(lane: Lane, view: View): string | null {
  const samples: Samples = { ...view, stride: 1 };
  const known = lane.precision === 'f64' ? 'f64' : reduced.get(lane);
  const reason = known ? unresolved(known, samples) : null;
  if (reason !== null) return reason;
  try {
    // Arguments are checked in the call; the work would start with the first tile.
    lane.tiles({ grid: gridOf(samples) });
    return null;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return error.message;
  }
}
