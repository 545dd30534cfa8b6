/** How much work the gpu lane puts into a draw: arithmetic, against GPUs that are made up here. */
import * as assert from 'uvu/assert';
import { suite } from './harness.js';
import { importSource } from './source.js';

const test = suite('gpu pace');

const { makePace } = await importSource('src/gpu/pace.ts');

/** Pixel-steps per millisecond of a small GPU. */
const RATE = 1e6;
/** Milliseconds of a draw: aimed at, and at most where nobody has looked at its pixels before. */
const TARGET = 18;
const WORST = 60;

/** @param {number} value @param {number} least @param {number} most @param {string} what */
const between = (value, least, most, what) => assert.ok(value >= least && value <= most, `${what}: ${value}`);

test('short jobs are cut by rows, longer ones surveyed, those of many iterations cut by them', () => {
  const { cut } = makePace(RATE);
  assert.is(cut(1000, 360, 1000), 'rows');
  assert.is(cut(1000, 361, 1000), 'survey');
  assert.is(cut(10_000, 10_000, 4096), 'survey');
  assert.is(cut(10, 10, 4096), 'rows');
  assert.is(cut(10, 10, 4097), 'iterations');
  // A single row is more than a draw may hold.
  assert.is(cut(60_000, 2, 1000), 'rows');
  assert.is(cut(60_001, 2, 1000), 'iterations');
});

test('a surveyed job is cut by iterations after all where a row of it is too much for a draw', () => {
  const { recut } = makePace(RATE);
  // A thin band takes as long as four rows.
  assert.is(recut((TARGET / 4) * RATE), 'survey');
  assert.is(recut((TARGET / 4) * RATE + 1), 'iterations');
});

test('a draw holds as many rows as its time allows, and one at least', () => {
  const { bandRows } = makePace(RATE);
  const work = () => RATE;
  assert.is(bandRows(1000, work, false), WORST);
  assert.is(bandRows(1000, work, true), TARGET);
  assert.is(bandRows(5, work, true), 5);
  assert.is(
    bandRows(1000, () => 1e12, true),
    1,
  );
  // Rows differ.
  assert.is(
    bandRows(1000, (/** @type {number} */ row) => row * RATE, true),
    6,
  );
});

test('tiles hold up to 2^22 pixels and 400 ms of work, and a row at least', () => {
  const { tileRows, tileWidth, surveyPixels } = makePace(RATE);
  assert.is(tileRows(1024, 1), 4096);
  assert.is(tileRows(1024, RATE), 400);
  assert.is(tileRows(2 ** 23, RATE), 1);
  assert.is(tileRows(1024, 1e12), 1);
  assert.is(tileWidth(2 ** 24), Math.floor((50 * 400 * RATE) / 2 ** 24));
  assert.is(makePace(1).tileWidth(2 ** 24), 256);
  assert.is(surveyPixels(1), 2 ** 14);
  assert.is(surveyPixels(4096), Math.floor((WORST * RATE) / 4096));
  assert.is(surveyPixels(2 ** 24), 2 ** 10);
});

test('what surveyed work takes is learnt, up faster than down, and not of one draw alone', () => {
  const pace = makePace(RATE);
  assert.is(pace.expected(5 * RATE), 5);
  // Another user of the GPU: one draw of a thousandfold time changes little.
  pace.learn(RATE, 1000);
  between(pace.expected(RATE), 1.5, 3, 'after an outlier');
  for (let i = 0; i < 30; i++) pace.learn(RATE, 10);
  between(pace.expected(RATE), 9.9, 10.1, 'after many draws');
  assert.is(
    pace.bandRows(1000, () => RATE, true),
    1,
  );
  // Draws that nobody has surveyed are bounded by the rate of pixels that never escape.
  assert.is(
    pace.bandRows(1000, () => RATE, false),
    WORST,
  );
  const up = makePace(RATE);
  up.learn(RATE, 2);
  const down = makePace(RATE);
  down.learn(RATE, 0.5);
  between((up.expected(RATE) - 1) / 1, 0.4, 0.6, 'half of the way up');
  between((1 - down.expected(RATE)) / 0.5, 0.2, 0.3, 'a quarter of the way down');
});

test('tiles that are cut by iterations grow where they are quick, and shrink where they take long', () => {
  const pace = makePace(RATE);
  const width = 256;
  const { next, most } = pace.iteratedRows(width);
  assert.is(most, Math.floor((WORST * RATE) / 64 / width));
  between(most / next, 16, 64, 'a beginning far below the most');
  pace.learnTile(200);
  assert.is(pace.iteratedRows(width).next, next);
  pace.learnTile(500);
  between(pace.iteratedRows(width).next / next, 0.45, 0.55, 'a long one');
  for (let i = 0; i < 30; i++) pace.learnTile(500);
  assert.is(pace.iteratedRows(width).next, 1);
  pace.learnTile(50);
  assert.is(pace.iteratedRows(width).next, 2);
  for (let i = 0; i < 30; i++) pace.learnTile(50);
  assert.is(pace.iteratedRows(width).next, most);
  pace.learnTile(500);
  assert.is(pace.iteratedRows(width).next, Math.floor(most / 2));
  // A row is drawn, however long.
  assert.equal(makePace(1).iteratedRows(2 ** 24), { next: 1, most: 1 });
});

// As many times as fast as was measured: other users of the GPU slow it down, and pixels that escape have it done sooner.
for (const speed of [0.02, 0.3, 1, 5, 100]) {
  test(`draws of a tile come to what they aim at, on a GPU ${speed} times as fast as was measured`, () => {
    const pace = makePace(RATE);
    const pixels = 20_000;
    const took = (/** @type {number} */ steps) => (pixels * steps) / (RATE * speed);
    for (let tile = 0; tile < 4; tile++) {
      let steps = pace.firstSteps(pixels);
      between(steps, 64, 4096, 'first steps');
      // The first one of all is bounded by what was measured.
      if (tile === 0) between((pixels * steps) / RATE, 0, WORST, 'the first draw');
      else if (steps > 64 && steps < 4096)
        between(took(steps), Math.min(0.9 * TARGET, 0.99 * (WORST / speed)), TARGET, `a first draw, tile ${tile}`);
      pace.learnFirst(pixels, steps, took(steps));
      for (let draw = 0; draw < 12; draw++) {
        const next = pace.nextSteps(pixels, steps, took(steps));
        assert.ok(next <= 8 * steps && next >= 32, `${next} steps after ${steps}`);
        steps = next;
      }
      const least = took(32);
      between(took(steps), Math.min(TARGET / 2, least), Math.max(WORST, least), 'in the end');
      if (speed < 1) between(took(steps), 0, Math.max(2 * TARGET, least), 'in the end, where it is slow');
      if (speed > 1) between(took(steps), 0.9 * TARGET, TARGET + 1, 'in the end, where it is fast');
    }
  });
}

test('a draw that took longer than thought has fewer steps follow, whatever was measured', () => {
  const { nextSteps } = makePace(RATE);
  assert.is(nextSteps(100, 1000, 180), 100);
  assert.is(nextSteps(100, 1000, 1e6), 32);
  assert.is(nextSteps(100, 1000, 9), 2000);
  assert.is(nextSteps(100, 1000, 0), 8000);
  // Twice as many, as long as that can't be too much for pixels that never escape.
  assert.is(nextSteps(100, 1000, 17), 2000);
  assert.is(nextSteps(40_000, 1000, 17), 1500);
});

test('work that nobody has surveyed is thought to take as long as the last', () => {
  const pace = makePace(RATE);
  assert.is(pace.guess(1000).ms, 0);
  pace.guess(1000).note(10);
  assert.is(pace.guess(500).ms, 5);
});

test.run(13);
