/** The grid: a rectangle of the complex plane, and the one place that maps its pixels to coordinates. */
import { checkGrid, checkLinspace } from './check.js';

/**
 * A rectangle of the complex plane, sampled by numpy.linspace rules on each axis.
 *
 * Column 0 is x0 and row 0 is y0: nothing is ever flipped.
 */
export interface Grid {
  /** Columns, in pixels: an integer from 1. */
  width: number;
  /** Rows, in pixels: an integer from 1. */
  height: number;
  /** Real part of column 0: a finite number. */
  x0: number;
  /** Real part of the last column; without `endpoint`, the end that is left out. It may be below x0. */
  x1: number;
  /** Imaginary part of row 0: a finite number. Above y1, a picture whose rows go down is upright. */
  y0: number;
  /** Imaginary part of the last row; without `endpoint`, the end that is left out. It may be above y0. */
  y1: number;
  /** Whether the last column is x1 and the last row y1 (default true). Without, both ends are left out. */
  endpoint?: boolean | undefined;
}

/**
 * A band of a grid: `height` of its rows, from row `row` on, with the whole's coordinates, bit for bit. So a grid may be computed
 * in parts, on one machine or on several; `{ ...grid, height: 10, row: 20, rows: grid.height }` is rows 20 to 29.
 */
export interface GridBand extends Grid {
  /** The band's first row, an integer from 0. */
  row: number;
  /** Rows of the whole grid, from `row + height`: y0 and y1 are the whole's. */
  rows: number;
}

/** A grid, or a band of one, that leaves nothing to defaults. */
export type CompleteGrid = (Grid | GridBand) & {
  /** Whether the last column is x1 and the last row y1. */
  endpoint: boolean;
};

/**
 * `num` evenly spaced numbers from `start` to `stop`, as numpy.linspace gives them, bit for bit.
 *
 * Number i is `start + i·step`, one multiplication and one addition; with `endpoint` the last is exactly `stop`.
 * Source: https://numpy.org/doc/stable/reference/generated/numpy.linspace.html
 *
 * Throws TypeError or RangeError on a bad argument.
 *
 * @param start a finite number
 * @param stop a finite number, which may be below start; stop − start is finite, too
 * @param num an integer from 0 to 2³¹
 * @param endpoint whether `stop` is the last number; without, it is left out
 * @returns Float64Array of `num` numbers; of a single one, it is `start`
 */
export function linspace(start: number, stop: number, num: number, endpoint = true): Float64Array {
  checkLinspace(start, stop, num, endpoint);
  return section(start, stop, num, endpoint, 0, num);
}

/** `count` of linspace's numbers, from number `first` on. */
function section(start: number, stop: number, num: number, endpoint: boolean, first: number, count: number) {
  const numbers = new Float64Array(count);
  const length = stop - start;
  const parts = endpoint ? num - 1 : num;
  const step = length / parts;
  for (let i = 0; i < count; i++) {
    // Where the step is too small for an f64, numpy divides before it multiplies.
    numbers[i] = start + (step === 0 ? ((first + i) / parts) * length : (first + i) * step);
  }
  if (endpoint && first + count === num) numbers[count - 1] = stop;
  // Of a single number the step may be infinite, and 0 · Infinity is NaN. It is `start`, with `endpoint`, too.
  if (first === 0) numbers[0] = start + 0 * length;
  return numbers;
}

/**
 * The coordinates of a grid's columns (real parts, `width` of them) and rows (imaginary parts, `height`), in f64.
 * Every lane computes from these two arrays and maps no pixel itself. Throws TypeError or RangeError on a bad grid, as a lane does.
 */
export function coordinates(grid: Grid | GridBand): {
  /** Real parts, `width` of them. */
  columns: Float64Array;
  /** Imaginary parts, `height` of them. */
  rows: Float64Array;
} {
  const checked = checkGrid(grid);
  return coordinatesOf(checked)({ column: 0, row: 0, width: checked.width, height: checked.height });
}

/** Coordinates of a grid, or of a part of it. */
export type Axes = ReturnType<typeof coordinates>;

/** The coordinates of parts of a checked grid. A part with the columns of the part before shares its array of them. */
export function coordinatesOf(grid: CompleteGrid & Partial<GridBand>): (part: Rectangle) => Axes {
  const { x0, x1, y0, y1, endpoint, row: first = 0, rows = grid.height } = grid;
  let columns = new Float64Array(0);
  let from = 0;
  return ({ column, row, width, height }) => {
    if (column !== from || width !== columns.length) {
      columns = section(x0, x1, grid.width, endpoint, column, width);
      from = column;
    }
    return { columns, rows: section(y0, y1, rows, endpoint, first + row, height) };
  };
}

/** A part of a grid, in pixels. */
export interface Rectangle {
  /** Number of its first column in the grid. */
  column: number;
  /** Number of its first row in the grid. */
  row: number;
  /** Columns of the part. */
  width: number;
  /** Rows of the part. */
  height: number;
}

/**
 * Cuts a grid into bands of whole rows, from row 0 on. Where the grid is wider than `maxWidth`, a band is cut into tiles from left
 * to right. `pixels` says about how many a tile shall have when `left` are left.
 */
export function* partition(
  { width, height }: Pick<Grid, 'width' | 'height'>,
  { pixels, maxWidth = Infinity }: { pixels: (left: number) => number; maxWidth?: number },
): Generator<Rectangle, void, void> {
  const tileWidth = Math.min(width, maxWidth);
  for (let row = 0, tileHeight = 0; row < height; row += tileHeight) {
    const left = height - row;
    tileHeight = Math.min(left, Math.max(1, Math.floor(pixels(left * width) / tileWidth)));
    for (let column = 0; column < width; column += tileWidth) {
      yield { column, row, width: Math.min(tileWidth, width - column), height: tileHeight };
    }
  }
}
