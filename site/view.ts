/**
 * The view: which numbers the pixels of a window stand for.
 *
 * They lie on a lattice: pixel (i, j) of a view is ((column + i)·step, −(row + j)·step), and `step` is a multiple of a power of two
 * so large that each of these products is exact in f64. So a pixel has the same coordinates, to the last bit, in whatever tile it is
 * computed: pixels can be kept when the view is moved, and a link gives the same picture as the journey to the place did.
 */
import type { Grid } from 'twolane';
import type { Place } from './place.js';

export interface View {
  /** Distance of neighbouring pixels. */
  readonly step: number;
  /** Where the top left pixel lies on the lattice; rows run downwards, imaginary parts upwards. */
  readonly column: number;
  readonly row: number;
  /** In pixels. */
  readonly width: number;
  readonly height: number;
}

/** Bits of `step`, where f64 has so many to spare: the view is as wide as was asked for, to a millionth. */
const STEP_BITS = 20;
const F64_BITS = 52;
/** Quanta in the smallest step: rounding it up widens a view by a sixteenth at most. */
const LEAST_QUANTA = 16;

/** The nearest integer. Halves, which are common, go up even where rounding makes them a little less. */
const nearest = (value: number) => Math.floor(value + 0.5 + 2 ** -10);

type Centre = Pick<Place, 're' | 'im' | 'width'>;

/** The step that a place asks for in a window, and the power of two whose multiples its coordinates leave exact in f64. */
function stepOf({ re, im, width: side }: Centre, width: number, height: number) {
  const wanted = side / Math.min(width, height);
  const largest = Math.max(Math.abs(re), Math.abs(im)) + wanted * Math.max(width, height);
  return { wanted, exact: 2 ** (Math.ceil(Math.log2(largest)) - F64_BITS) };
}

/** The least step of a place's surroundings, if that place asks for less in a window of `width` × `height` pixels, or else null. */
export function leastStep(place: Centre, width: number, height: number): number | null {
  const { wanted, exact } = stepOf(place, width, height);
  return wanted < LEAST_QUANTA * exact ? LEAST_QUANTA * exact : null;
}

/** The view of a place in a window of `width` × `height` pixels; a step below the least one is rounded up to more and more. */
export function viewOf(place: Centre, width: number, height: number): View {
  const { re, im } = place;
  const { wanted, exact } = stepOf(place, width, height);
  const quantum = Math.max(2 ** (Math.floor(Math.log2(wanted)) - STEP_BITS), exact);
  const step = Math.ceil(wanted / quantum) * quantum;
  return {
    step,
    column: nearest(re / step - (width - 1) / 2),
    row: nearest(-im / step - (height - 1) / 2),
    width,
    height,
  };
}

/** A place moved by so many pixels of a view. */
export const movedBy = <T extends Centre>(place: T, { step }: View, columns: number, rows: number): T => ({
  ...place,
  re: place.re + columns * step,
  im: place.im - rows * step,
});

/** A place `factor` times as wide, with the number at a point of the window, in pixels, where it is. */
export function zoomedAt<T extends Centre>(
  place: T,
  { step, width, height }: View,
  factor: number,
  x: number,
  y: number,
): T {
  return {
    ...place,
    re: place.re + (x - width / 2) * step * (1 - factor),
    im: place.im - (y - height / 2) * step * (1 - factor),
    width: place.width * factor,
  };
}

/** Points of the lattice: every `stride`th one, from (column, row) on. */
export interface Samples {
  readonly step: number;
  readonly stride: number;
  readonly column: number;
  readonly row: number;
  /** In samples. */
  readonly width: number;
  readonly height: number;
}

/** The grid of samples. Every number in it is exact. */
export function gridOf({ step, stride, column, row, width, height }: Samples): Grid {
  const at = (index: number, count: number) => (index + count * stride) * step;
  return {
    width,
    height,
    x0: at(column, 0),
    x1: at(column, width),
    y0: -at(row, 0),
    y1: -at(row, height),
    endpoint: false,
  };
}

/** Where samples lie in a view: the top left corner of the first one's cell, and the cell's side, in the view's pixels. */
export function cellsIn(view: View, { step, stride, column, row }: Samples): { x: number; y: number; side: number } {
  const side = (step * stride) / view.step;
  // Differences first: far from 0 at great depth, quotients have no digits left for parts of a pixel.
  const x = (column * step - view.column * view.step) / view.step;
  const y = (row * step - view.row * view.step) / view.step;
  return { x: x + (1 - side) / 2, y: y + (1 - side) / 2, side };
}

/** Whether a rectangle in a view's pixels is in sight. */
export const inSight = ({ width, height }: View, x: number, y: number, right: number, bottom: number) =>
  x < width && y < height && right > 0 && bottom > 0;
