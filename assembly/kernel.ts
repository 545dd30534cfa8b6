// Escape counts of a band of pixels, two interleaved f64x2 chains in lockstep.
//
// Memory: columns f64[width] (cRe), rows f64[height] (cIm) and counts f32[width * height], row-major, lie where start() is told,
// from heapBase() on; below lies the state of an unfinished group of four pixels.

const STATE: usize = 1024;
const HEAP: usize = 2048;

let columnsPtr: usize = 0;
let rowsPtr: usize = 0;
let countsPtr: usize = 0;
let width: i32 = 0;
let pixels: i32 = 0;
let maxIterations: i32 = 0;
let bailout2: f64 = 0;
let pixel: i32 = 0;
let n: i32 = 0;

/** The first byte that the caller may use. */
export function heapBase(): usize {
  return HEAP;
}

/** Takes up a band; an unfinished one is dropped. */
export function start(
  columns: usize, rows: usize, counts: usize, bandWidth: i32, bandHeight: i32, max: i32, b2: f64, shortcuts: bool,
): void {
  columnsPtr = columns;
  rowsPtr = rows;
  countsPtr = counts;
  width = bandWidth;
  pixels = bandWidth * bandHeight;
  maxIterations = max;
  bailout2 = b2;
  pixel = 0;
  n = 0;
}

// @ts-ignore: decorator
@inline
function cRe(i: i32): f64 {
  return load<f64>(columnsPtr + (<usize>(i % width) << 3));
}

// @ts-ignore: decorator
@inline
function cIm(i: i32): f64 {
  return load<f64>(rowsPtr + (<usize>(i / width) << 3));
}

/** Works for about `budget` iterations; true when the band is finished. */
export function advance(budget: i32): bool {
  const b2 = f64x2.splat(bailout2);
  const one = f64x2.splat(1);
  let left = budget;
  for (; pixel < pixels; pixel += 4) {
    // Pixels behind the end repeat the last one.
    const p1 = min(pixel + 1, pixels - 1);
    const p2 = min(pixel + 2, pixels - 1);
    const p3 = min(pixel + 3, pixels - 1);
    const cRe0 = f64x2(cRe(pixel), cRe(p1));
    const cIm0 = f64x2(cIm(pixel), cIm(p1));
    const cRe1 = f64x2(cRe(p2), cRe(p3));
    const cIm1 = f64x2(cIm(p2), cIm(p3));
    if (n == 0) {
      for (let at: usize = 0; at < 64; at += 16) v128.store(STATE + at, f64x2.splat(0));
      for (let at: usize = 64; at < 96; at += 16) v128.store(STATE + at, one);
      for (let at: usize = 96; at < 128; at += 16) v128.store(STATE + at, i64x2.splat(-1));
      n = 1;
    }
    let zRe0 = v128.load(STATE), zIm0 = v128.load(STATE + 16), zRe1 = v128.load(STATE + 32), zIm1 = v128.load(STATE + 48);
    let count0 = v128.load(STATE + 64), count1 = v128.load(STATE + 80);
    let active0 = v128.load(STATE + 96), active1 = v128.load(STATE + 112);
    const stop = min(maxIterations, n + max(left >> 2, 1));
    const from = n;
    for (; n < stop; n++) {
      const re0 = f64x2.add(f64x2.sub(f64x2.mul(zRe0, zRe0), f64x2.mul(zIm0, zIm0)), cRe0);
      const re1 = f64x2.add(f64x2.sub(f64x2.mul(zRe1, zRe1), f64x2.mul(zIm1, zIm1)), cRe1);
      zIm0 = f64x2.add(f64x2.mul(f64x2.add(zRe0, zRe0), zIm0), cIm0);
      zIm1 = f64x2.add(f64x2.mul(f64x2.add(zRe1, zRe1), zIm1), cIm1);
      zRe0 = re0;
      zRe1 = re1;
      active0 = v128.and(active0, f64x2.le(f64x2.add(f64x2.mul(zRe0, zRe0), f64x2.mul(zIm0, zIm0)), b2));
      active1 = v128.and(active1, f64x2.le(f64x2.add(f64x2.mul(zRe1, zRe1), f64x2.mul(zIm1, zIm1)), b2));
      if (!v128.any_true(v128.or(active0, active1))) { n = maxIterations; break; }
      count0 = f64x2.add(count0, v128.and(active0, one));
      count1 = f64x2.add(count1, v128.and(active1, one));
    }
    left -= (n - from) << 2;
    if (n < maxIterations) {
      v128.store(STATE, zRe0); v128.store(STATE + 16, zIm0); v128.store(STATE + 32, zRe1); v128.store(STATE + 48, zIm1);
      v128.store(STATE + 64, count0); v128.store(STATE + 80, count1);
      v128.store(STATE + 96, active0); v128.store(STATE + 112, active1);
      return false;
    }
    n = 0;
    const out = countsPtr + (<usize>pixel << 2);
    const rest = pixels - pixel;
    store<f32>(out, <f32>f64x2.extract_lane(count0, 0));
    if (rest > 1) store<f32>(out + 4, <f32>f64x2.extract_lane(count0, 1));
    if (rest > 2) store<f32>(out + 8, <f32>f64x2.extract_lane(count1, 0));
    if (rest > 3) store<f32>(out + 12, <f32>f64x2.extract_lane(count1, 1));
    if (left <= 0) { pixel += 4; return pixel >= pixels; }
  }
  return true;
}
