/** How deep a lane sees: beyond its precision a picture would be blocks, or noise that looks like a picture. */
import type { Arithmetic, Lane } from 'twolane';
import { scientific } from './dom.js';
import type { Place } from './place.js';
import { leastStep, type Samples, viewOf } from './view.js';

/**
 * The smallest pixel step, as a power of two for numbers from 1 to 2, where orbits live: four units in the last place of f64 and
 * f32. df64 is held to f64's limit, as its own shrinks towards 0 without end.
 */
const BITS: Readonly<Record<Arithmetic, number>> = { f64: 50, df64: 50, f32: 21 };

/** Lanes that turned out to compute in less than they were asked for. */
const reduced = new WeakMap<Lane, Arithmetic>();

/** Why an arithmetic can't draw pixels of a size, or null if it can. */
function unresolved(precision: Arithmetic, { step, stride, column, row }: Samples): string | null {
  const largest = Math.max(1, Math.abs(column * step), Math.abs(row * step));
  const least = 2 ** (Math.floor(Math.log2(largest)) - BITS[precision]);
  return step * stride >= least
    ? null
    : `${precision} tells pixels apart down to a step of ${scientific(least, 2)} here`;
}

/** Takes note of the arithmetic that a lane computed samples in, and throws RangeError if it is too coarse for them. */
export function checkResolved(lane: Lane, precision: Arithmetic, samples: Samples): void {
  const reason = unresolved(precision, samples);
  if (reason === null) return;
  reduced.set(lane, precision);
  throw new RangeError(reason);
}

/** Why a lane can't draw a place in a window of `width` × `height` pixels, or null if it can. Nothing is computed. */
export function refusal(lane: Lane, place: Place, width: number, height: number): string | null {
  const least = leastStep(place, width, height);
  if (least !== null)
    return `coordinates in f64 are true to scale down to a pixel step of ${scientific(least, 2)} here`;
  const precision = reduced.get(lane) ?? (lane.precision === 'f64' ? 'f64' : 'df64');
  return unresolved(precision, { ...viewOf(place, width, height), stride: 1 });
}
