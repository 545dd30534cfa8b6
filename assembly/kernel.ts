/**
 * Exact escape-time counts of a band of pixels: f64, two vector lanes at a time, one thread, resumable.
 *
 * Contract: `start` names f64[width] columns (cRe), f64[height] rows (cIm) and f32[width * height] counts,
 * row-major, all at or above `heapBase`; `advance(budget)` works for about that many point-iterations and
 * returns true once every count is written. Each count is the plain loop's, bit for bit. Below `heapBase`
 * lie, in this order: the lanes of the proofs (W_RE … STEPS, 8 bytes each), those of the chains (C_RE … PIXEL, 8 bytes a lane, 4 for PIXEL), the states of a
 * group (GROUP_RE, GROUP_IM), the padded last columns of a row (TAIL_RE), constants of the early phase (SPREAD,
 * TWO, BAILOUT2), the row of the early phase (ROW_IM), the states saved within two blocks in turn (BLOCK, OTHER) and the
 * queue of pixels that survived the early phase (QUEUE, ENTRY bytes each). Columns and rows are finite, width and
 * height >= 1, 1 <= maxIterations <= 2^24, 4 <= bailout2, finite.
 *
 * With statesPtr, f64[3 * width * height], a state (zRe, zIm, n) is kept there of the orbit of every pixel that escapes with a count above
 * SHORT: n is the count or up to SUB_STEPS less. src/smooth.ts goes on from there.
 *
 * prove():  8 blocks of 8 × 8 pixels side by side, each by the orbit of its middle and bounds on how far all others are from it. Where every
 *           pixel of a block provably has the same count, none is iterated.
 * early():  8 adjacent pixels in lockstep, tested at every step. Most pixels end here.
 * glide():  before that, bare steps: as many as the proof allows, then 8 between two tests where none is about to escape.
 * trap():   behind that, and on the chains now and then, whether orbits that have not escaped are caught near a cycle.
 * chains(): 6 vectors over the queue, BLOCK_STEPS bare steps between two tests; a vector lane that ends is
 *           refilled at once, and the chains stay loaded from one early phase to the next.
 */

const BLOCKS: i32 = 8; // proven side by side
const W_RE: usize = 0, W_IM: usize = 64, D_RE: usize = 128, D_IM: usize = 192, REST: usize = 256;
const MIDDLE: usize = 320, ALIVE: usize = 384, STEPS: usize = 448;
const C_RE: usize = 1024, C_IM: usize = 1152, Z_RE: usize = 1280, Z_IM: usize = 1408;
const SAVED_RE: usize = 1536, SAVED_IM: usize = 1664, BORN: usize = 1792, PIXEL: usize = 1920;
const GROUP_RE: usize = 2048, GROUP_IM: usize = 2112, TAIL_RE: usize = 2176;
const SPREAD: usize = 2240; // 8 bytes a mask of 2 bits, 4 masks for each vector of a group: 1 where a pixel is marked
const TWO: usize = 2368, BAILOUT2: usize = 2384; // vectors
const ROW_IM: usize = 2400; // cIm of the row, 8 times
const BLOCK: usize = 2464;
const LANES: i32 = 12;
const STATE_BYTES: usize = 192; // one saved state of all chains: re, im of chain 0, re, im of chain 1, …
const SUB_STEPS: i32 = 4; // between two saved states
const BLOCK_STEPS: i32 = 32; // between two tests; 16 costs 3 to 5 % of C on every bare view
const BLOCK_BYTES: usize = 8 * STATE_BYTES; // BLOCK_STEPS / SUB_STEPS states
const OTHER: usize = BLOCK + BLOCK_BYTES;
const QUEUE: usize = OTHER + BLOCK_BYTES;
const ENTRY: usize = 40; // cRe cIm zRe zIm f64, count i32, address of the count
const QUEUE_HIGH: usize = QUEUE + 256 * ENTRY; // 10 kB: stays in L1; the early phase overshoots by 8 at most
export const heapBase: usize = QUEUE_HIGH + 8 * ENTRY; // the caller's memory begins here; a multiple of 16
const FOREVER: f64 = 1e300; // a time on the chains' clock that never comes
const RENEWAL_STEPS: i32 = 128; // shortest time between two states kept for the cycle test
const SHORT: i32 = 33; // with statesPtr, the early phase's highest count
const GLIDE_STEPS: i32 = 8; // between two tests; 16 costs view d 6 %
const GLIDE_MAX: i32 = 512; // the chains are faster by 7 % on long orbits
const SAFE_MIN: i32 = 3; // known steps that are worth a glide
const CALM: i32 = 24; // bare steps of a group that let the next one glide, too
const ALL: i32 = 0xfff; // mask of all LANES
const NOISE: f64 = 2e-14; // of R², more than a step rounds by; prove() says how much that is
const PROOF_STEPS: i32 = 255; // of a block, at most
const TRAP: f64 = 1 / 128.0; // radius of a disc that is to trap orbits; 1 / 256 and 1 / 64 catch fewer
const TRAP_STEPS: i32 = 16; // longest way back into it
const TRAP_MIN: i32 = 100, LATE_MIN: i32 = 400; // maxIterations from which it pays, behind the early phase and on the chains
const LATE_STEPS: i32 = 192; // between two tries on the chains; 128 costs view c 1 %
const PROVEN: i32 = 65536; // marks, in STEPS, a block whose pixels all escape at the next step

let columnsPtr: usize, rowsPtr: usize, countsPtr: usize, statesPtr: usize;
let width: i32, height: i32, maxIterations: i32, bailout2: f64, shortcuts: bool;
let column: i32, row: i32; // the next group of the early phase
// Of the early phase; as locals, V8 11 computes them again for each group (views f and g: +2 to 3 %).
let steps: i32; // of a group, at most
let testInterior: bool, tipRow: bool; // whether the row meets the closed forms; whether it passes near -2
let halfWidth: f64; // of the blocks of 8 × 8 pixels, at most
let strip: i32, noted: bool; // 8 rows, and whether their counts begin, group by group, with what prove() found
let pause: i32, patience: i32; // strips of 8 rows without a proof, and how many there were the last time
let trapPause: i32, trapPatience: i32; // groups until trap() is tried again, and how many there were the last time
let nextTrap: f64, latePatience: i32; // when trap() is tried on the chains, and how many times it had failed before
let tipLane: i32, tipRe: f64, tipIm: f64, tipCount: i32; // the pixel that plain() is at
let cycles: i32; // pixels of the chains that closed a cycle since the last early phase
let glides: bool; // whether groups glide at all, in this early phase
let calm: bool; // whether the last group's pixels all escaped late, so that the next one glides
let queuePtr: usize; // a stack: order doesn't matter, and its top is warm
let idle: i32; // vector lanes without a pixel
let block: usize; // where the states of the block under way are: BLOCK or OTHER
let now: f64; // the chains' clock, in steps: a pixel's count is now - born
let nextFinish: f64; // no vector lane reaches maxIterations before that
let nextRenewal: f64, nextSave: f64, renewals: i32; // when renew() is due, when it saves states, and how often it has

export function start(
  columns: usize, rows: usize, counts: usize, columnCount: i32, rowCount: i32,
  limit: i32, radius2: f64, useShortcuts: bool, states: usize,
): void {
  columnsPtr = columns; rowsPtr = rows; countsPtr = counts; statesPtr = states; width = columnCount; height = rowCount;
  maxIterations = limit; bailout2 = radius2; shortcuts = useShortcuts;
  column = row = tipLane = tipCount = 0; strip = -1;
  queuePtr = QUEUE; block = BLOCK;
  now = 0; nextFinish = FOREVER; renewals = 0; nextRenewal = nextSave = shortcuts ? <f64>RENEWAL_STEPS : FOREVER;
  nextTrap = maxIterations >= LATE_MIN ? nextRenewal : FOREVER;
  idle = 0;
  halfWidth = spread(columns, columnCount);
  for (let lane: usize = 0; lane < <usize>LANES; lane++) rest(lane);
  for (let k = 0; k < 16; k++) store<i64>(<usize>k << 3, <i64>(k & 1 | (k & 2) << 7) << ((k >> 2) << 4), SPREAD);
  v128.store(TWO, f64x2.splat(2)); v128.store(BAILOUT2, f64x2.splat(radius2));
  // The last group of a row is padded with copies of the last column.
  const tail = width & ~7;
  for (let i = 0; i < 8; i++) store<f64>(TAIL_RE + (<usize>i << 3), load<f64>(columns + (<usize>min(tail + i, width - 1) << 3)));
}

export function advance(budget: i32): bool {
  while (true) {
    if (row < height && queuePtr < QUEUE_HIGH) {
      budget = early(budget);
      if (budget <= 0) return false;
    }
    if (queuePtr != QUEUE || row == height) budget = chains(budget);
    if (row == height && queuePtr == QUEUE && idle == LANES) {
      const rowBytes = <usize>width << 2;
      for (let k = height >> 1; k < height; k++)
        if (mirrored(k)) memory.copy(countsPtr + <usize>k * rowBytes, countsPtr + <usize>(height - 1 - k) * rowBytes, rowBytes);
      return true;
    }
    if (budget <= 0) return false;
  }
}

/** Whether a row of the lower half is the mirror image of its counterpart in the upper one: all its orbits are the conjugates', bit for bit. */
function mirrored(row: i32): bool {
  return shortcuts && statesPtr == 0 && row << 1 >= height
    && load<f64>(rowsPtr + (<usize>row << 3)) == -load<f64>(rowsPtr + (<usize>(height - 1 - row) << 3));
}

/** Whether one of 8 columns is near -2; the next function says why. */
function touchesTip(cRePtr: usize): bool {
  for (let at: usize = 0; at < 64; at += 8) if (abs(load<f64>(cRePtr + at) + 2) < 1e-4) return true;
  return false;
}

/**
 * The plain loop, at most 100,000 steps a call; whether the pixel ended, its count being tipCount. Elsewhere a test
 * that fails is taken to fail ever after (|z| > R >= |c|, R >= 2: the modulus grows). In rounded arithmetic that
 * holds by a wide margin, but for R = 2 and c within rounding of -2: pixels near that tip come here, so that nothing
 * has to be proved about them.
 */
function plain(cRe: f64, cIm: f64, pixel: usize): bool {
  const stop = tipCount + 100000;
  if (tipCount == 0) { tipRe = cRe; tipIm = cIm; tipCount = 1; }
  while (tipCount < maxIterations) {
    const a = tipRe * tipRe, b = tipIm * tipIm;
    if (a + b > bailout2) break;
    if (tipCount == stop) return false;
    tipIm = (tipRe + tipRe) * tipIm + cIm;
    tipRe = (a - b) + cRe;
    tipCount++;
  }
  if (statesPtr != 0) keep(pixel, tipRe, tipIm, tipCount);
  return true;
}

// @ts-ignore: decorator
@inline
function nextRe(re: v128, im: v128, cRe: v128): v128 {
  return f64x2.add(f64x2.sub(f64x2.mul(re, re), f64x2.mul(im, im)), cRe);
}

/** (re + re)·im has the bits of 2·re·im, and in C a shorter latency. */
// @ts-ignore: decorator
@inline
function nextIm(re: v128, im: v128, cIm: v128): v128 {
  return f64x2.add(f64x2.mul(f64x2.add(re, re), im), cIm);
}

/** Mask of states that haven't escaped; NaN, where an orbit left long ago ends, counts as escaped. */
// @ts-ignore: decorator
@inline
function inside(re: v128, im: v128, b2: v128): v128 {
  return f64x2.le(f64x2.add(f64x2.mul(re, re), f64x2.mul(im, im)), b2);
}

/** The same as 2 bits, from the squares. */
// @ts-ignore: decorator
@inline
function insideBits(re2: v128, im2: v128): i32 {
  return i64x2.bitmask(f64x2.le(f64x2.add(re2, im2), v128.load(BAILOUT2)));
}

/** Of a vector of the chains: 2 bits, 1 where the pixel is inside and its zRe not the saved one. */
// @ts-ignore: decorator
@inline
function passedBits(re: v128, im: v128, b2: v128, savedPtr: usize): i32 {
  return i64x2.bitmask(v128.and(inside(re, im, b2), f64x2.ne(re, v128.load(savedPtr))));
}

/** Two masks of 2 × 64 bits as one of 4 × 32. */
// @ts-ignore: decorator
@inline
function pack(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 0, 2, 4, 6);
}

/**
 * Mask of pixels inside the main cardioid or the period-2 bulb. The margin of 1e-13 is 200 times what the
 * tests round by, so that a hit lies inside for certain, and deeper than an orbit's own rounding noise (1e-16 a
 * step) could push it out; outside hits are iterated.
 */
// @ts-ignore: decorator
@inline
function interior(cRe: v128, im2: v128): v128 {
  const u = f64x2.sub(cRe, f64x2.splat(0.25)), v = f64x2.add(cRe, f64x2.splat(1));
  const q = f64x2.add(f64x2.mul(u, u), im2);
  const cardioid = f64x2.lt(f64x2.mul(q, f64x2.add(q, u)), f64x2.sub(f64x2.mul(im2, f64x2.splat(0.25)), f64x2.splat(1e-13)));
  return v128.or(cardioid, f64x2.lt(f64x2.add(f64x2.mul(v, v), im2), f64x2.splat(0.0625 - 1e-13)));
}

/** The middle of number i's group of 8: between the first and the last of it. */
function middle(at: usize, i: i32, count: i32): f64 {
  return (load<f64>(at + (<usize>(i & ~7) << 3)) + load<f64>(at + (<usize>min(i | 7, count - 1) << 3))) * 0.5;
}

/** How far at most one of the numbers is from the middle of its group. */
function spread(at: usize, count: i32): f64 {
  let far = 0.0;
  for (let i = 0; i < count; i++) far = max(far, abs(load<f64>(at + (<usize>i << 3)) - middle(at, i, count)));
  return far;
}

/**
 * Looks at the strip of 8 rows from `row` on, in blocks of 8 × 8 pixels. Where all of a block's pixels have the same count, it is
 * written, else minus the number of steps that none of them escapes in, for early(); the point-iterations that this took.
 *
 * A Taylor model of first order: with w the orbit of the block's middle and D = dw/dc, as computed, z of index n of every pixel is
 * w + D·δ + q, |q| <= REST, δ being the pixel's distance from the middle. The next q is 2·w·q + (D·δ + q)² and rounding, and |z|² lies
 * between |w|² - e and |w|² + e + |D·δ + q|², where e = 2·|Re(conj(w)·D·δ)| + 2·|w·q|. With |D·δ + q|² <= 1.25·|D·δ|² + 5·|q|² a step takes one root.
 * Rounding: while |z|, |w|, |D·δ| and |c| are below R, what a step's sums and products of z, w, D and q are off by comes to less than
 * 3e-15·R²; `noise` is seven times as much. The tests round by less than 1e-14 of R² where |w|² < 5·R², and have a margin of 1e-9; where |w|² is
 * above that, e < |w|² alone has |z| > |w|/2 > R.
 * View f: +40 %, g +19 %, e +7 %, d +6 %.
 */
function prove(row: i32): i32 {
  const rowPtr = rowsPtr + (<usize>row << 3), rows = min(8, height - row), halfHeight = spread(rowPtr, rows);
  const one = f64x2.splat(1), zero = f64x2.splat(0), cIm = f64x2.splat(middle(rowPtr, 0, rows));
  const halfRe = f64x2.splat(halfWidth), halfIm = f64x2.splat(halfHeight);
  const far2 = f64x2.splat(1.25 * (halfWidth * halfWidth + halfHeight * halfHeight)), noise = f64x2.splat(NOISE * bailout2);
  const low = f64x2.splat(bailout2 * (1 - 1e-9)), high = f64x2.splat(bailout2 * (1 + 1e-9));
  const last = min(maxIterations - 1, statesPtr != 0 ? SHORT - 1 : PROOF_STEPS), ends = last == maxIterations - 1 ? PROVEN : 0;
  const columns = width & ~7, rowBytes = <usize>width << 2;
  let outPtr = countsPtr + <usize>row * rowBytes, cost = 0, saved = 0;
  for (let column = 0; column < columns; column += 8 * BLOCKS) {
    for (let at: usize = 0; at < <usize>BLOCKS << 3; at += 16) {
      // Lane at / 8 is the group of column + at; those behind the last one are the last.
      const i = column + <i32>at, j = min(i, columns - 8), k = min(i + 8, columns - 8);
      const cRe = f64x2.replace_lane(f64x2.splat(middle(columnsPtr, j, width)), 1, middle(columnsPtr, k, width));
      v128.store(at, cRe, MIDDLE); v128.store(at, cRe, W_RE); v128.store(at, cIm, W_IM);
      v128.store(at, one, D_RE); v128.store(at, zero, D_IM); v128.store(at, zero, REST);
      v128.store(at, testInterior ? v128.not(interior(cRe, f64x2.mul(cIm, cIm))) : i64x2.splat(-1), ALIVE);
      v128.store(at, zero, STEPS);
    }
    let done = 0, going = 1;
    for (; i32(going != 0) & i32(done < last); done++) {
      going = 0;
      for (let at: usize = 0; at < <usize>BLOCKS << 3; at += 16) {
        let alive = v128.load(at, ALIVE);
        if (!v128.any_true(alive)) continue;
        going = 1;
        const re = v128.load(at, W_RE), im = v128.load(at, W_IM), dRe = v128.load(at, D_RE), dIm = v128.load(at, D_IM);
        const q = v128.load(at, REST), a = f64x2.mul(re, re), b = f64x2.mul(im, im), w2 = f64x2.add(a, b);
        const r = f64x2.mul(re, dRe), s = f64x2.mul(im, dIm), t = f64x2.mul(re, dIm), u = f64x2.mul(im, dRe);
        const g = f64x2.add(f64x2.mul(f64x2.abs(f64x2.add(r, s)), halfRe), f64x2.mul(f64x2.abs(f64x2.sub(t, u)), halfIm));
        const w = f64x2.sqrt(w2), wq = f64x2.mul(f64x2.add(w, w), q), e = f64x2.add(f64x2.add(g, g), wq);
        const d2 = f64x2.add(f64x2.mul(dRe, dRe), f64x2.mul(dIm, dIm));
        const second = f64x2.add(f64x2.mul(d2, far2), f64x2.mul(f64x2.mul(q, q), f64x2.splat(5)));
        const escapes = v128.and(alive, f64x2.gt(f64x2.sub(w2, e), high));
        alive = v128.and(alive, f64x2.lt(f64x2.add(f64x2.add(w2, e), second), low));
        v128.store(at, alive, ALIVE);
        v128.store(at, i64x2.sub(i64x2.sub(v128.load(at, STEPS), alive), v128.and(escapes, i64x2.splat(-PROVEN))), STEPS);
        v128.store(at, f64x2.add(f64x2.add(wq, second), noise), REST);
        const x = f64x2.sub(r, s), y = f64x2.add(t, u);
        v128.store(at, f64x2.add(f64x2.add(x, x), one), D_RE); v128.store(at, f64x2.add(y, y), D_IM);
        v128.store(at, nextIm(re, im, cIm), W_IM);
        v128.store(at, f64x2.add(f64x2.sub(a, b), v128.load(at, MIDDLE)), W_RE);
      }
    }
    cost += BLOCKS * done;
    for (let at: usize = 0; at < <usize>min(8 * BLOCKS, columns - column); at += 8) {
      const steps = load<i32>(at, STEPS) | load<i32>(at, ALIVE) & ends;
      let known: f32 = load<i32>(at, ALIVE) ? 0 : -<f32>steps; // pixels that may never escape are trap()'s
      if (steps >= PROVEN) {
        known = <f32>(steps - PROVEN + 1);
        saved += steps - PROVEN + 4;
      }
      for (let k = 0; k < rows; k++) {
        v128.store(outPtr + <usize>k * rowBytes, f32x4.splat(known)); v128.store(outPtr + <usize>k * rowBytes, f32x4.splat(known), 16);
      }
      outPtr += 32;
    }
  }
  // In vectors of 2 blocks, and of 2 pixels: where this did not pay, it is left for a while.
  pause = patience = saved * rows > cost ? 0 : min(patience + 1, 15);
  return cost << 2;
}

/** Rows in groups of 8 pixels until the queue is full, the budget is used up or the band ends; the budget left. */
function early(budget: i32): i32 {
  // Where the limit is low, it is cheaper to go on to it than to make an event of the chains for each pixel (view f: +3 %).
  const lockstep = i32(maxIterations < 96) & i32(statesPtr == 0) ? 96 : SHORT - 1;
  // Where orbits close cycles, chains find them sooner.
  glides = statesPtr == 0 && cycles == 0;
  calm = calm && glides;
  cycles = 0;
  const b2 = f64x2.splat(bailout2), limit = i32x4.splat(maxIterations), none = i32x4.splat(0);
  do {
    const rowIm = load<f64>(rowsPtr + (<usize>row << 3));
    const cIm = f64x2.splat(rowIm), cIm2 = f64x2.mul(cIm, cIm);
    testInterior = shortcuts && abs(rowIm) < 0.65;
    tipRow = bailout2 < 4 + 1e-10 && abs(rowIm) < 1e-4;
    if (mirrored(row)) {
      row++;
      continue;
    }
    if (strip != row >> 3) {
      strip = row >> 3;
      noted = shortcuts && pause == 0;
      if (noted) budget -= prove(strip << 3);
      else pause = max(pause - 1, 0);
    }
    v128.store(ROW_IM, cIm); v128.store(ROW_IM, cIm, 16); v128.store(ROW_IM, cIm, 32); v128.store(ROW_IM, cIm, 48);
    let outPtr = countsPtr + ((<usize>row * <usize>width + <usize>column) << 2), left = width - column;
    while (left > 0 && queuePtr < QUEUE_HIGH && budget > 0) {
      const cRePtr = left < 8 ? TAIL_RE : columnsPtr + (<usize>(width - left) << 3), firstRe = load<f64>(cRePtr);
      const known = i32(noted) & i32(left >= 8) & i32(tipLane == 0) ? load<f32>(outPtr) : 0;
      if (known > 0) {
        budget--;
        left -= 8;
        outPtr += 32;
        continue;
      }
      if (tipRow && touchesTip(cRePtr)) {
        // One call a pass; a pixel that has not ended is taken up again here.
        const ended = plain(load<f64>(cRePtr + (<usize>tipLane << 3)), rowIm, outPtr + (<usize>tipLane << 2));
        budget -= min(tipCount, 100000);
        if (!ended) continue;
        store<f32>(outPtr + (<usize>tipLane << 2), <f32>tipCount);
        tipCount = 0;
        if (++tipLane < min(left, 8)) continue;
        tipLane = 0;
        left -= 8;
        outPtr += 32;
        continue;
      }
      let insideA = none, insideB = none, bits = 1;
      if (i32(testInterior) & i32(firstRe > -1.3) & i32(firstRe < 0.38)) {
        insideA = pack(interior(v128.load(cRePtr), cIm2), interior(v128.load(cRePtr, 16), cIm2));
        insideB = pack(interior(v128.load(cRePtr, 32), cIm2), interior(v128.load(cRePtr, 48), cIm2));
        bits = i32x4.bitmask(v128.and(insideA, insideB)) ^ 15;
      }
      let countA = limit, countB = limit; // what interior pixels get
      if (bits) {
        let glided = 0, rePtr = cRePtr, imPtr = ROW_IM;
        steps = lockstep;
        const far = i32(calm && !v128.any_true(v128.or(insideA, insideB))), safe = statesPtr != 0 ? 0 : <i32>-known;
        if (far | i32(safe > SAFE_MIN)) {
          glided = glide(cRePtr, safe, far);
          budget -= glided << 3;
          if (glided) { rePtr = GROUP_RE; imPtr = GROUP_IM; }
        }
        if (far) {
          if (glided >= GLIDE_MAX - GLIDE_STEPS) glides = false;
          calm = glides && glided >= CALM;
        }
        steps = min(steps, maxIterations - 1 - glided);
        let re0 = v128.load(rePtr), re1 = v128.load(rePtr, 16), re2 = v128.load(rePtr, 32), re3 = v128.load(rePtr, 48);
        let im0 = v128.load(imPtr), im1 = v128.load(imPtr, 16), im2 = v128.load(imPtr, 32), im3 = v128.load(imPtr, 48), a: v128, b: v128;
        let done = 0, passed: i64 = 0x0101010101010101, mask: i32;
        // A step, then the test of the state before it, which shares its squares. V8 11 loses when states are spilled, as
        // the reload lengthens each orbit's chain: stores in between keep its order (and hand survivors over), counts
        // are bytes of one integer, and TWO and BAILOUT2 are loads. Doubling by * frees the adders (f: +3 %).
        do {
          a = f64x2.mul(re0, re0); b = f64x2.mul(im0, im0);
          im0 = f64x2.add(f64x2.mul(f64x2.mul(re0, v128.load(TWO)), im0), cIm);
          re0 = f64x2.add(f64x2.sub(a, b), v128.load(cRePtr));
          v128.store(GROUP_RE, re0); v128.store(GROUP_IM, im0);
          mask = insideBits(a, b); passed += load<i64>(<usize>mask << 3, SPREAD); bits = mask;
          a = f64x2.mul(re1, re1); b = f64x2.mul(im1, im1);
          im1 = f64x2.add(f64x2.mul(f64x2.mul(re1, v128.load(TWO)), im1), cIm);
          re1 = f64x2.add(f64x2.sub(a, b), v128.load(cRePtr, 16));
          v128.store(GROUP_RE, re1, 16); v128.store(GROUP_IM, im1, 16);
          mask = insideBits(a, b); passed += load<i64>(<usize>mask << 3, SPREAD + 32); bits |= mask;
          a = f64x2.mul(re2, re2); b = f64x2.mul(im2, im2);
          im2 = f64x2.add(f64x2.mul(f64x2.mul(re2, v128.load(TWO)), im2), cIm);
          re2 = f64x2.add(f64x2.sub(a, b), v128.load(cRePtr, 32));
          v128.store(GROUP_RE, re2, 32); v128.store(GROUP_IM, im2, 32);
          mask = insideBits(a, b); passed += load<i64>(<usize>mask << 3, SPREAD + 64); bits |= mask;
          a = f64x2.mul(re3, re3); b = f64x2.mul(im3, im3);
          im3 = f64x2.add(f64x2.mul(f64x2.mul(re3, v128.load(TWO)), im3), cIm);
          re3 = f64x2.add(f64x2.sub(a, b), v128.load(cRePtr, 48));
          v128.store(GROUP_RE, re3, 48); v128.store(GROUP_IM, im3, 48);
          mask = insideBits(a, b); passed += load<i64>(<usize>mask << 3, SPREAD + 96); bits |= mask;
          done++;
        } while (i32(bits != 0) & i32(done < steps)); // one branch: with two, V8 11 sinks the step behind the first
        budget -= done << 3;
        // Survivors go on from z of index glided + done + 1; those that fail its test have their count.
        if (bits && glided + done < maxIterations - 1) {
          a = pack(inside(re0, im0, b2), inside(re1, im1, b2)); b = pack(inside(re2, im2, b2), inside(re3, im3, b2));
          bits = i32x4.bitmask(v128.andnot(a, insideA)) | i32x4.bitmask(v128.andnot(b, insideB)) << 4;
          if (bits == 255) calm = glides;
          if (shortcuts && maxIterations >= TRAP_MIN && --trapPause < 0) {
            const trapped = trap(cRePtr, ROW_IM, GROUP_RE, GROUP_IM, 64) & bits, lanes = i32x4.splat(trapped);
            budget -= 256;
            bits ^= trapped;
            insideA = v128.or(insideA, i32x4.ne(v128.and(lanes, i32x4(1, 2, 4, 8)), none));
            insideB = v128.or(insideB, i32x4.ne(v128.and(lanes, i32x4(16, 32, 64, 128)), none));
            trapPause = trapPatience = trapped ? 0 : min(trapPatience + 1, 63);
          }
          enqueue(bits & ((1 << min(left, 8)) - 1), cRePtr, rowIm, glided + done + 1, outPtr);
        }
        a = i16x8.extend_low_i8x16_u(i64x2.splat(passed)); b = i32x4.splat(glided);
        countA = v128.bitselect(limit, i32x4.min_s(i32x4.add(i32x4.extend_low_i16x8_u(a), b), limit), insideA);
        countB = v128.bitselect(limit, i32x4.min_s(i32x4.add(i32x4.extend_high_i16x8_u(a), b), limit), insideB);
      }
      const outA = f32x4.convert_i32x4_s(countA), outB = f32x4.convert_i32x4_s(countB);
      if (left >= 8) {
        v128.store(outPtr, outA); v128.store(outPtr, outB, 16);
      } else {
        v128.store(GROUP_RE, outA); v128.store(GROUP_RE, outB, 16);
        for (let at: usize = 0; at < <usize>left << 2; at += 4) store<f32>(outPtr + at, load<f32>(GROUP_RE + at));
      }
      budget -= 8;
      left -= 8;
      outPtr += 32;
    }
    column = width - left;
    if (left > 0) break;
    column = 0;
    row++;
  } while (row < height && queuePtr < QUEUE_HIGH && budget > 0);
  return budget;
}

/**
 * Iterates the 8 pixels at cRePtr from z of index 1, none of which escapes in `safe` steps: about so many, and `far` ones until one has
 * escaped, at most GLIDE_MAX; how many steps lead to the state left in GROUP_RE and GROUP_IM, the last one whose test all passed. A test
 * that passes was passed all along, as in the chains. View d: +13 %, as a step with its test takes 40 % longer than a bare one.
 */
function glide(cRePtr: usize, safe: i32, far: i32): i32 {
  const cRe0 = v128.load(cRePtr), cRe1 = v128.load(cRePtr, 16), cRe2 = v128.load(cRePtr, 32), cRe3 = v128.load(cRePtr, 48);
  const cIm = v128.load(ROW_IM), limit = min(maxIterations - 1, GLIDE_MAX + 1);
  let re0 = cRe0, re1 = cRe1, re2 = cRe2, re3 = cRe3, im0 = cIm, im1 = cIm, im2 = cIm, im3 = cIm, t: v128;
  let done = 0, block = safe > SAFE_MIN ? safe - 1 : GLIDE_STEPS;
  while (done + block < limit) {
    let k = block; // two steps unrolled gain nothing, four and eight lose 13 to 17 % on V8 11
    do {
      t = nextRe(re0, im0, cRe0); im0 = nextIm(re0, im0, cIm); re0 = t;
      t = nextRe(re1, im1, cRe1); im1 = nextIm(re1, im1, cIm); re1 = t;
      t = nextRe(re2, im2, cRe2); im2 = nextIm(re2, im2, cIm); re2 = t;
      t = nextRe(re3, im3, cRe3); im3 = nextIm(re3, im3, cIm); re3 = t;
    } while (--k);
    const b2 = v128.load(BAILOUT2);
    const passed = v128.and(v128.and(inside(re0, im0, b2), inside(re1, im1, b2)), v128.and(inside(re2, im2, b2), inside(re3, im3, b2)));
    if (i64x2.bitmask(passed) != 3) break;
    v128.store(GROUP_RE, re0); v128.store(GROUP_IM, im0);
    v128.store(GROUP_RE, re1, 16); v128.store(GROUP_IM, im1, 16);
    v128.store(GROUP_RE, re2, 32); v128.store(GROUP_IM, im2, 32);
    v128.store(GROUP_RE, re3, 48); v128.store(GROUP_IM, im3, 48);
    done += block;
    if (!far) break;
    block = GLIDE_STEPS;
  }
  return done;
}

/**
 * Which of the pixels at cRePtr and cImPtr, as bits, have orbits that provably never escape: after z, which is at rePtr and imPtr, they come
 * within TRAP_STEPS from a disc of radius TRAP back into the same disc. A disc around z is mapped into one of radius r around the next z, the next r being
 * (2·|z| + r)·r and rounding, as in prove(). It begins anew where the orbit is far nearer to 0, as there it shrinks. Such orbits take hundreds of
 * steps to close a cycle. A view of a small copy of the set: +50 %; e +14 %; on the chains, another
 * +7 to 31 %, and bulbs of high periods +33 %.
 */
function trap(cRePtr: usize, cImPtr: usize, rePtr: usize, imPtr: usize, bytes: usize): i32 {
  const size = f64x2.splat(TRAP), noise = f64x2.splat(NOISE * bailout2);
  let bits = 0;
  for (let at: usize = 0; at < bytes; at += 16) {
    const cRe = v128.load(cRePtr + at), cIm = v128.load(cImPtr + at);
    let re = v128.load(rePtr + at), im = v128.load(imPtr + at), fromRe = re, fromIm = im, r = size;
    let near = f64x2.splat(bailout2), trapped = f64x2.splat(0), k = TRAP_STEPS;
    do {
      const a = f64x2.mul(re, re), b = f64x2.mul(im, im), z2 = f64x2.add(a, b), z = f64x2.sqrt(z2);
      const nearer = f64x2.lt(z2, near);
      near = v128.bitselect(f64x2.mul(z2, f64x2.splat(0.25)), near, nearer);
      fromRe = v128.bitselect(re, fromRe, nearer); fromIm = v128.bitselect(im, fromIm, nearer); r = v128.bitselect(size, r, nearer);
      r = f64x2.add(f64x2.mul(f64x2.add(f64x2.add(z, z), r), r), noise);
      im = nextIm(re, im, cIm);
      re = f64x2.add(f64x2.sub(a, b), cRe);
      const x = f64x2.sub(re, fromRe), y = f64x2.sub(im, fromIm), t = f64x2.sub(size, r);
      trapped = v128.or(trapped, f64x2.lt(f64x2.add(f64x2.mul(x, x), f64x2.mul(y, y)), f64x2.mul(t, f64x2.abs(t))));
    } while (i32(--k != 0) & i32(i64x2.bitmask(trapped) != 3));
    bits |= i64x2.bitmask(trapped) << <i32>(at >> 3);
  }
  return bits;
}

/** Puts the marked pixels of a group, all of the same count, on the queue. */
function enqueue(bits: i32, cRePtr: usize, cIm: f64, count: i32, outPtr: usize): void {
  for (; bits; bits &= bits - 1) {
    const lane = <usize>ctz(bits), at = lane << 3;
    store<f64>(queuePtr, load<f64>(cRePtr + at)); store<f64>(queuePtr, cIm, 8);
    store<f64>(queuePtr, load<f64>(at, GROUP_RE), 16); store<f64>(queuePtr, load<f64>(at, GROUP_IM), 24);
    store<i32>(queuePtr, count, 32); store<usize>(queuePtr, outPtr + (lane << 2), 36);
    queuePtr += ENTRY;
  }
}

function keep(pixel: usize, zRe: f64, zIm: f64, n: i32): void {
  const at = statesPtr + (pixel - countsPtr) * 6;
  store<f64>(at, zRe); store<f64>(at, zIm, 8); store<f64>(at, <f64>n, 16);
}

/** Leaves a vector lane without a pixel: 0² + 0 neither escapes nor, with a NaN saved, closes a cycle. */
function rest(lane: usize): void {
  const at = lane << 3;
  store<f64>(at, 0, C_RE); store<f64>(at, 0, C_IM); store<f64>(at, 0, Z_RE); store<f64>(at, 0, Z_IM);
  store<f64>(at, NaN, SAVED_RE); store<f64>(at, FOREVER, BORN);
  idle++;
}

function refill(lane: usize): void {
  if (queuePtr == QUEUE) return rest(lane);
  queuePtr -= ENTRY;
  const at = lane << 3, born = now - <f64>load<i32>(queuePtr, 32);
  store<f64>(at, load<f64>(queuePtr), C_RE); store<f64>(at, load<f64>(queuePtr, 8), C_IM);
  store<f64>(at, load<f64>(queuePtr, 16), Z_RE); store<f64>(at, load<f64>(queuePtr, 24), Z_IM);
  store<f64>(at, NaN, SAVED_RE); store<f64>(at, born, BORN);
  store<usize>(lane << 2, load<usize>(queuePtr, 36), PIXEL);
  nextFinish = min(nextFinish, born + <f64>(maxIterations - 1));
}

/**
 * Ends the pixels of the marked vector lanes that escaped in the block before time `end`, or were back at a saved state then.
 * Inlined by order: the optimizer did so by itself before states were kept, and the figures are of that.
 */
// @ts-ignore: decorator
@inline
function retire(bits: i32, end: f64): void {
  const begin = block ^ BLOCK ^ OTHER;
  for (; bits; bits &= bits - 1) {
    const lane = <usize>ctz(bits), at = lane << 3;
    const state = (lane >> 1) * 32 + ((lane & 1) << 3);
    const endRe = load<f64>(block + state), endIm = load<f64>(block + state, 16);
    if (!(endRe * endRe + endIm * endIm <= bailout2)) {
      // Refilled first, so that its stores are under way while the replay computes (view c: +4 to 6 %).
      const pixel = load<usize>(lane << 2, PIXEL), age = <i32>(end - load<f64>(at, BORN));
      const cRe = load<f64>(at, C_RE), cIm = load<f64>(at, C_IM);
      refill(lane);
      // The last saved state that was inside (the first one always is), then SUB_STEPS - 1 steps, each counted while
      // inside: no branch on data, so nothing to mispredict. A scalar replay of the whole block cost a third of view d.
      const first = begin + state, last = first + BLOCK_BYTES;
      let passed = 0;
      for (let from = first + STATE_BYTES; from < last; from += STATE_BYTES) {
        const zRe = load<f64>(from), zIm = load<f64>(from, 16);
        passed += i32(zRe * zRe + zIm * zIm <= bailout2);
      }
      const from = first + <usize>passed * STATE_BYTES;
      let count = age - BLOCK_STEPS + passed * SUB_STEPS + 1;
      let zRe = load<f64>(from), zIm = load<f64>(from, 16);
      for (let k = 1; k < SUB_STEPS; k++) {
        const t = (zRe * zRe - zIm * zIm) + cRe;
        zIm = (zRe + zRe) * zIm + cIm;
        zRe = t;
        count += i32(zRe * zRe + zIm * zIm <= bailout2);
      }
      store<f32>(pixel, <f32>min(count, maxIterations));
      if (statesPtr != 0) keep(pixel, load<f64>(from), load<f64>(from, 16), age - BLOCK_STEPS + passed * SUB_STEPS);
    } else if (endRe == load<f64>(at, SAVED_RE) && endIm == load<f64>(at, SAVED_IM)) {
      store<f32>(load<usize>(lane << 2, PIXEL), <f32>maxIterations);
      cycles++;
      refill(lane);
    } // else a false alarm: only the real parts are equal
  }
}

/** Ends the pixels that have passed every test up to time `end`, and finds when the next one will. */
function finish(end: f64): void {
  const forever = f64x2.splat(FOREVER), latest = f64x2.splat(end - <f64>(maxIterations - 1));
  let bits = 0, first = forever;
  for (let at: usize = 0; at < <usize>LANES << 3; at += 16) {
    const born = v128.load(at, BORN), due = f64x2.le(born, latest);
    first = f64x2.pmin(first, v128.bitselect(forever, born, due));
    bits |= i64x2.bitmask(due) << <i32>(at >> 3);
  }
  nextFinish = min(f64x2.extract_lane(first, 0), f64x2.extract_lane(first, 1)) + <f64>(maxIterations - 1);
  stay(bits);
}

/** Ends the pixels of the marked vector lanes as such that never escape; whether there was one, as some lanes may be without. */
function stay(bits: i32): bool {
  let any = false;
  for (; bits; bits &= bits - 1) {
    const lane = <usize>ctz(bits);
    if (load<f64>(lane << 3, BORN) == FOREVER) continue;
    store<f32>(load<usize>(lane << 2, PIXEL), <f32>maxIterations);
    refill(lane);
    any = true;
  }
  return any;
}

/**
 * Tries trap() on the chains, and saves every chain's state for the cycle test: equal bits at two times mean an endless cycle, so the pixel never
 * escapes. All lanes at once, 128 << (0, 1, 0, 2, 0, 1, 0, 3, …) steps apart: short cycles are found soon, long
 * ones eventually, and a lane needs no schedule of its own.
 */
function renew(): void {
  if (now >= nextTrap) {
    latePatience = stay(trap(C_RE, C_IM, Z_RE, Z_IM, 8 * LANES)) ? 0 : min(latePatience + 1, 255);
    nextTrap = now + <f64>(LATE_STEPS * (latePatience + 1));
  }
  if (now >= nextSave) {
    for (let at: usize = 0; at < <usize>LANES << 3; at += 16) {
      const busy = f64x2.lt(v128.load(at, BORN), f64x2.splat(FOREVER));
      v128.store(at, v128.bitselect(v128.load(at, Z_RE), f64x2.splat(NaN), busy), SAVED_RE);
      v128.store(at, v128.load(at, Z_IM), SAVED_IM);
    }
    nextSave = now + <f64>(RENEWAL_STEPS << min(ctz(++renewals), 12));
  }
  nextRenewal = min(nextSave, nextTrap);
}

/**
 * Iterates the queue's pixels until it is empty (to the last pixel once the early phase is over) or the budget is
 * used up; the budget left.
 */
function chains(budget: i32): i32 {
  for (let lane: usize = 0; idle && queuePtr != QUEUE && lane < <usize>LANES; lane++)
    if (load<f64>(lane << 3, BORN) == FOREVER) { idle--; refill(lane); }
  if (idle == LANES) return budget;
  const begin = now, stop = now + <f64>(budget / LANES), last = row == height, b2 = f64x2.splat(bailout2);
  do {
    let re0 = v128.load(Z_RE), im0 = v128.load(Z_IM),
      re1 = v128.load(Z_RE, 16), im1 = v128.load(Z_IM, 16),
      re2 = v128.load(Z_RE, 32), im2 = v128.load(Z_IM, 32),
      re3 = v128.load(Z_RE, 48), im3 = v128.load(Z_IM, 48),
      re4 = v128.load(Z_RE, 64), im4 = v128.load(Z_IM, 64),
      re5 = v128.load(Z_RE, 80), im5 = v128.load(Z_IM, 80);
    const cRe0 = v128.load(C_RE), cIm0 = v128.load(C_IM),
      cRe1 = v128.load(C_RE, 16), cIm1 = v128.load(C_IM, 16),
      cRe2 = v128.load(C_RE, 32), cIm2 = v128.load(C_IM, 32),
      cRe3 = v128.load(C_RE, 48), cIm3 = v128.load(C_IM, 48),
      cRe4 = v128.load(C_RE, 64), cIm4 = v128.load(C_IM, 64),
      cRe5 = v128.load(C_RE, 80), cIm5 = v128.load(C_IM, 80);
    // Coordinates in locals: as loads they'd gain 5 to 18 % on V8 15 and lose 5 to 26 % on V8 11.
    const until = min(min(nextFinish, nextRenewal), stop);
    // A block's test is done at its end, but looked at after the first SUB_STEPS of the next, when the mask has long been there: a branch
    // that is mispredicted then costs little (view c: +2 to 5 %, and +20 % where another hardware thread shares the core). So new pixels
    // join, and time stops, SUB_STEPS into a block. Their state in its first slot is another pixel's, but is never looked up,
    // as the one in the second slot, their own, is inside.
    let time = now - <f64>SUB_STEPS, mask = ALL, going = 1, t: v128, here = block, to = here + STATE_BYTES;
    while (true) {
      const blockEnd = here + BLOCK_BYTES;
      do {
        v128.store(to, re0); v128.store(to, im0, 16);
        v128.store(to, re1, 32); v128.store(to, im1, 48);
        v128.store(to, re2, 64); v128.store(to, im2, 80);
        v128.store(to, re3, 96); v128.store(to, im3, 112);
        v128.store(to, re4, 128); v128.store(to, im4, 144);
        v128.store(to, re5, 160); v128.store(to, im5, 176);
        let k = SUB_STEPS; // two steps unrolled: one and four are slower by 5 to 10 % on V8 11
        do {
          t = nextRe(re0, im0, cRe0); im0 = nextIm(re0, im0, cIm0); re0 = t;
          t = nextRe(re1, im1, cRe1); im1 = nextIm(re1, im1, cIm1); re1 = t;
          t = nextRe(re2, im2, cRe2); im2 = nextIm(re2, im2, cIm2); re2 = t;
          t = nextRe(re3, im3, cRe3); im3 = nextIm(re3, im3, cIm3); re3 = t;
          t = nextRe(re4, im4, cRe4); im4 = nextIm(re4, im4, cIm4); re4 = t;
          t = nextRe(re5, im5, cRe5); im5 = nextIm(re5, im5, cIm5); re5 = t;
          t = nextRe(re0, im0, cRe0); im0 = nextIm(re0, im0, cIm0); re0 = t;
          t = nextRe(re1, im1, cRe1); im1 = nextIm(re1, im1, cIm1); re1 = t;
          t = nextRe(re2, im2, cRe2); im2 = nextIm(re2, im2, cIm2); re2 = t;
          t = nextRe(re3, im3, cRe3); im3 = nextIm(re3, im3, cIm3); re3 = t;
          t = nextRe(re4, im4, cRe4); im4 = nextIm(re4, im4, cIm4); re4 = t;
          t = nextRe(re5, im5, cRe5); im5 = nextIm(re5, im5, cIm5); re5 = t;
        } while (k -= 2);
      } while (i32((to += STATE_BYTES) != blockEnd) & going);
      if (!going) break;
      time += <f64>BLOCK_STEPS;
      mask = passedBits(re0, im0, b2, SAVED_RE) | passedBits(re1, im1, b2, SAVED_RE + 16) << 2 | passedBits(re2, im2, b2, SAVED_RE + 32) << 4
        | passedBits(re3, im3, b2, SAVED_RE + 48) << 6 | passedBits(re4, im4, b2, SAVED_RE + 64) << 8 | passedBits(re5, im5, b2, SAVED_RE + 80) << 10;
      going = i32(mask == ALL) & i32(time < until);
      to = here ^= BLOCK ^ OTHER;
    }
    now = time + <f64>SUB_STEPS; block = here;
    v128.store(Z_RE, re0); v128.store(Z_IM, im0);
    v128.store(Z_RE, re1, 16); v128.store(Z_IM, im1, 16);
    v128.store(Z_RE, re2, 32); v128.store(Z_IM, im2, 32);
    v128.store(Z_RE, re3, 48); v128.store(Z_IM, im3, 48);
    v128.store(Z_RE, re4, 64); v128.store(Z_IM, im4, 64);
    v128.store(Z_RE, re5, 80); v128.store(Z_IM, im5, 80);
    if (mask != ALL) retire(ALL ^ mask, time);
    if (time >= nextFinish) finish(time);
    if (now >= nextRenewal) renew();
  } while (now < stop && (idle == 0 || last && idle < LANES));
  return budget - <i32>(now - begin) * LANES;
}
