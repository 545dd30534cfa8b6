/** How deep a lane sees: beyond its precision a picture would be blocks, or noise that looks like a picture. */
import type { Arithmetic, Lane } from 'twolane';
import { scientific } from './dom.js';
import { gridOf, type Samples, type View } from './view.js';

/**
 * The smallest pixel step, as a power of two for numbers from 1 to 2, where orbits live: four units in the last place. In df64
 * the gpu lane refuses sooner, by the coordinates; but near 0 those would let it go on for ever, so f64's limit is its, too.
 */
const BITS: Readonly<Record<Arithmetic, number>> = { f64: 50, df64: 50, f32: 21 };

/** The same for coordinates in df64, by the largest of them. */
const DF64_BITS = 48;

/** Lanes that turned out to compute in less than they were asked for. */
const reduced = new WeakMap<Lane, Arithmetic>();

/** Why an arithmetic can't draw pixels of a size, or null if it can. */
function unresolved(precision: Arithmetic, { step, stride, column, row }: Samples): string | null {
  const largest = Math.max(1, Math.abs(column * step), Math.abs(row * step));
  const least = 2 ** (Math.floor(Math.log2(largest)) - BITS[precision]);
  return step * stride >= least ? null : limitOf(precision, least);
}

const limitOf = (precision: Arithmetic, least: number) =>
  `${precision} tells pixels apart down to a step of ${scientific(least, 2)} here`;

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
  const grid = gridOf(samples);
  try {
    // Arguments are checked in the call; the work would start with the first tile.
    lane.tiles({ grid });
    return unresolved(reduced.get(lane) ?? (lane.precision === 'f64' ? 'f64' : 'df64'), samples);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // All that can be wrong with such a grid is its step, and only df64 minds: the lane's own words are a programmer's.
    const largest = Math.max(...[grid.x0, grid.x1, grid.y0, grid.y1].map(Math.abs));
    return limitOf('df64', 2 ** (Math.floor(Math.log2(largest)) - DF64_BITS));
  }
}
