/**
 * Escape-time counts of a band of pixels by the plain loop: kernel.ts's scalar twin, which is what a compiler makes of
 * the definition. No SIMD, no interior test, no cycle test, one pixel after another.
 *
 * Contract: as kernel.ts; it has no memory of its own below `heapBase` and takes no shortcuts whatever `start` is told.
 */

export const heapBase: usize = 0;

let columnsPtr: usize, rowsPtr: usize, countPtr: usize; // countPtr is the next pixel's
let width: i32, height: i32, maxIterations: i32, bailout2: f64;
let column: i32, row: i32; // the next pixel
let zRe: f64, zIm: f64, n: i32; // of its orbit: z of index n - 1

export function start(
  columns: usize, rows: usize, counts: usize, columnCount: i32, rowCount: i32,
  limit: i32, radius2: f64, _shortcuts: bool,
): void {
  columnsPtr = columns; rowsPtr = rows; countPtr = counts; width = columnCount; height = rowCount;
  maxIterations = limit; bailout2 = radius2;
  column = row = 0;
  begin();
}

function begin(): void {
  zRe = zIm = 0;
  n = 1;
}

export function advance(budget: i32): bool {
  for (; row < height; row++) {
    const cIm = load<f64>(rowsPtr + (<usize>row << 3));
    for (; column < width; column++) {
      if (budget <= 0) return false;
      const cRe = load<f64>(columnsPtr + (<usize>column << 3));
      let re = zRe, im = zIm, count = n, escaped = false;
      const from = count, stop = min(maxIterations, count + budget);
      for (; count < stop; count++) {
        const t = re * re - im * im + cRe;
        im = 2 * re * im + cIm;
        re = t;
        if (re * re + im * im > bailout2) {
          escaped = true;
          break;
        }
      }
      budget -= count - from + 1; // a pixel costs something even if it ends at once
      if (!escaped && count < maxIterations) {
        zRe = re; zIm = im; n = count;
        return false;
      }
      store<f32>(countPtr, <f32>count);
      countPtr += 4;
      begin();
    }
    column = 0;
  }
  return true;
}
