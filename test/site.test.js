import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { decode } from 'fast-png';
import { openCpu } from 'twolane';
import * as assert from 'uvu/assert';
import {
  buildSite,
  colourOf,
  freePoints,
  hashOf,
  importView,
  keepContexts,
  loseContext,
  openExplorer,
  refuseContexts,
  releaseGpu,
  serveSite,
  settled,
  shoot,
  siteFolder,
  stallGpu,
  withoutWebGL,
} from './explorer.js';
import { suite } from './harness.js';
import { gpuCounts, openPage, renderers } from './page.js';
import { random, serialCount, serialCounts } from './reference.js';

const test = suite('site');

buildSite();
const {
  makeDifferences,
  MARK,
  parsePlace,
  formatPlace,
  viewOf,
  gridOf,
  iterationsAt,
  HOME,
  refusal,
  checkResolved,
  PALETTES,
  makeTable,
  amount,
  duration,
} = await importView();
const server = await serveSite();
test.after(() => server.close());
const folder = mkdtempSync(join(tmpdir(), 'twolane-'));
test.after(() => rmSync(folder, { recursive: true }));

/** A view with long orbits and some that never escape. */
const SEAHORSE = 're=-0.743643887&im=0.131825904&width=0.05';
/** A view whose middle row, on the real axis, is chaotic: those pixels take all iterations, and nothing spares them. */
const ENDLESS = 're=-1.7&im=0&width=0.3&iterations=16777216&smooth=off';
/** A view that takes seconds, in many steps. */
const SLOW = ENDLESS.replace('16777216', '6000000');

/** @typedef {import('puppeteer').Page} Page */

/** The view of the place in a page's URL, and the job of all its pixels. @param {Page} page */
async function jobOf(page) {
  const { place } = parsePlace(await hashOf(page));
  const size = await page.evaluate(() => {
    const { width, height } = /** @type {HTMLCanvasElement} */ (document.querySelector('canvas'));
    return [width, height];
  });
  const view = viewOf(place, size[0], size[1]);
  const job = { grid: gridOf({ ...view, stride: 1 }), maxIterations: iterationsAt(place) };
  return { place, view, job };
}

/**
 * Compares a screenshot with counts, at random points that nothing floats above.
 *
 * @param {Page} page
 * @param {(x: number, y: number) => { count: number, fraction: number }} at
 * @param {string} what
 */
async function samePicture(page, at, what) {
  const { place, job } = await jobOf(page);
  const shot = await shoot(page);
  const colours = new Set();
  for (const { x, y } of await freePoints(page, random(5), 200)) {
    const { count, fraction } = at(x, y);
    const colour = colourOf(count, fraction, job.maxIterations, place.palette);
    assert.equal(shot.at(x, y), colour, `${what}, pixel (${x}, ${y}), count ${count}`);
    colours.add(String(colour));
  }
  assert.ok(colours.size > 3, `${what}: there is something to see`);
}

/** The picture is that of the plain f64 loop at the place in the URL. @param {Page} page @param {string} what */
async function sameAsSerial(page, what) {
  const { view, job } = await jobOf(page);
  const at = (/** @type {number} */ x, /** @type {number} */ y) => ({
    count: serialCount((view.column + x) * view.step, -(view.row + y) * view.step, job.maxIterations, 4),
    fraction: 0,
  });
  await samePicture(page, at, what);
}

/** @param {Page} page @param {string} selector */
const textOf = (page, selector) => page.$eval(selector, (element) => /** @type {HTMLElement} */ (element).innerText);

const TITLES = {
  lanes: 'each lane paints what its counts predict, in f32 and in df64',
  both: 'both lanes stand side by side: the divider moves by mouse and keys, differing pixels are marked and counted',
  opening: 'until the gpu lane is open, which may take long, the cpu lane draws, and the panel says so',
  lost: 'a lost gpu lane is told of, and opens again by itself',
};

/** The tests of what does not depend on the renderer run in one browser. @type {import('puppeteer').Browser | null} */
let browser = null;

for await (const { page: bench, check } of renderers(test, TITLES)) {
  browser ??= bench.browser();
  const open = (/** @type {string} */ hash, /** @type {Parameters<typeof openExplorer>[2]} */ options = {}) =>
    openExplorer(bench.browser(), `${server.url}#${hash}`, { width: 700, height: 490, ...options });

  check('lanes', async () => {
    for (const [hash, precision] of [
      ['lane=gpu&smooth=off', 'f32'],
      [`${SEAHORSE}&lane=gpu&smooth=off&iterations=300&palette=viridis`, 'f32'],
      ['re=-0.743643887&im=0.131825904&width=0.004&lane=gpu&smooth=off&iterations=300&palette=turbo', 'df64'],
    ]) {
      const { page, complaints } = await open(hash);
      const { job } = await jobOf(page);
      const counts = await gpuCounts(bench, job, /** @type {'f32'} */ (precision));
      const at = (/** @type {number} */ x, /** @type {number} */ y) => ({
        count: counts[y * job.grid.width + x],
        fraction: 0,
      });
      await samePicture(page, at, hash);
      assert.match(await textOf(page, '#timings'), precision);
      assert.match(await textOf(page, '#devices'), '(software)');
      // The same place by the other lane, without another link.
      await page.click('input[value=cpu]');
      await settled(page);
      await sameAsSerial(page, `${hash}, then cpu`);
      assert.match(await hashOf(page), 'lane=cpu');
      assert.equal(complaints, []);
      await page.close();
    }
  });

  check('both', async () => {
    const { page, complaints } = await open(`${SEAHORSE}&lane=both&smooth=off&iterations=400`);
    const { view, job } = await jobOf(page);
    const own = { cpu: serialCounts(job), gpu: await gpuCounts(bench, job, 'f32') };
    const differ = own.cpu.reduce((sum, count, i) => sum + Number(count !== own.gpu[i]), 0);
    assert.ok(differ > 0);
    const told = await textOf(page, '#differing');
    assert.is(told, `${differ.toLocaleString('en')} of ${(view.width * view.height).toLocaleString('en')}`);
    // Screen readers are told at the end only.
    await page.waitForFunction(
      (told) => document.getElementById('announcement')?.textContent?.endsWith(`Pixels that differ: ${told}.`),
      {},
      told,
    );

    const whole = async (/** @type {number} */ edge, /** @type {boolean} */ marks) => {
      const shot = await shoot(page);
      let marked = 0;
      const differsAt = (/** @type {number} */ i) => own.cpu[i] !== own.gpu[i];
      const around = [-1, 0, 1].flatMap((down) => [-1, 0, 1].map((right) => down * view.width + right));
      const points = [
        ...(await freePoints(page, random(8), 200)),
        ...(await freePoints(page, random(9), 20, ({ x, y }) => differsAt(y * view.width + x))),
      ];
      for (const { x, y } of points) {
        const i = y * view.width + x;
        const differs = differsAt(i);
        const count = (x < edge ? own.cpu : own.gpu)[i];
        const colour = colourOf(count, 0, job.maxIterations, 'inferno');
        // A mark covers the pixel's neighbours, too.
        const isMarked = marks && around.some((offset) => differsAt(i + offset));
        assert.equal(shot.at(x, y), isMarked ? [255, 0, 255] : colour, `(${x}, ${y}), divider at ${edge}`);
        if (differs) marked++;
      }
      return marked;
    };
    assert.ok((await whole(350, true)) >= 20);
    await page.click('#mark');
    await whole(350, false);
    await page.mouse.move(350, 100);
    await page.mouse.down();
    await page.mouse.move(525, 120, { steps: 4 });
    await page.mouse.up();
    await settled(page);
    await whole(525, false);
    const value = () => page.$eval('#divider', (divider) => Number(divider.getAttribute('aria-valuenow')));
    assert.is(await value(), 75);
    const before = await hashOf(page);
    await page.focus('#divider');
    await page.keyboard.press('ArrowLeft');
    assert.is(await value(), 73);
    await page.keyboard.press('Home');
    assert.is(await value(), 0);
    await settled(page);
    await whole(0, false);
    // The divider's keys are not the picture's.
    assert.is(await hashOf(page), before);
    assert.equal(complaints, []);
    await page.close();
  });

  check('opening', async () => {
    const { page } = await open(`${SEAHORSE}&lane=gpu&smooth=off&iterations=400`);
    await stallGpu(page);
    await page.reload();
    const { view, job } = await jobOf(page);
    const own = { cpu: serialCounts(job), gpu: await gpuCounts(bench, job, 'f32') };
    const at = (/** @type {'cpu' | 'gpu'} */ lane) => (/** @type {number} */ x, /** @type {number} */ y) => ({
      count: own[lane][y * view.width + x],
      fraction: 0,
    });
    const isThere = () =>
      samePicture(page, at('cpu'), '').then(
        () => true,
        () => false,
      );
    for (let tries = 0; tries < 50 && !(await isThere()); tries++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    await samePicture(page, at('cpu'), 'while it opens');
    assert.is(await textOf(page, '#devices'), 'gpu: opening; until then the cpu lane draws');
    assert.is(await page.$eval('main', (main) => main.getAttribute('aria-busy')), 'true');
    await releaseGpu(page);
    await settled(page);
    assert.match(await textOf(page, '#devices'), '(software)');
    await samePicture(page, at('gpu'), 'open');
    await page.close();
  });

  check('lost', async () => {
    const { page } = await open('lane=gpu&smooth=off', { prepare: keepContexts });
    const lose = async (/** @type {import('puppeteer').KeyInput} */ key) => {
      await loseContext(page);
      await page.keyboard.down('Shift');
      await page.keyboard.press(key);
      await page.keyboard.up('Shift');
    };
    await lose('ArrowRight');
    await page.waitForFunction(() => /is open again/.test(document.getElementById('notices')?.innerText ?? ''));
    await settled(page);
    const { job } = await jobOf(page);
    const counts = await gpuCounts(bench, job, 'f32');
    await samePicture(page, (x, y) => ({ count: counts[y * job.grid.width + x], fraction: 0 }), 'opened again');

    // Where it can't be opened again, the other lane takes over.
    await refuseContexts(page);
    await lose('ArrowLeft');
    await page.waitForFunction(() => /The cpu lane goes on/.test(document.getElementById('notices')?.innerText ?? ''));
    await settled(page);
    assert.match(await hashOf(page), 'lane=cpu');
    await sameAsSerial(page, 'the cpu lane instead');
    await page.close();
  });
}

test('when the browser’s GPU process ends, and all canvases are emptied, the picture and the marks come back', async () => {
  // A browser of its own, as it may trust the GPU less from then on.
  const { page: bench, close } = await openPage('swiftshader');
  try {
    const { page } = await openExplorer(
      bench.browser(),
      `${server.url}#${SEAHORSE}&lane=both&smooth=off&iterations=400`,
      {
        width: 700,
        height: 490,
      },
    );
    await page.evaluate(() => {
      const world = /** @type {any} */ (globalThis);
      document.querySelector('canvas')?.addEventListener('contextlost', () => (world.emptied = true));
    });
    const { at: first } = await shoot(page);
    const isMark = (/** @type {{ x: number, y: number }} */ { x, y }) => String(first(x, y)) === '255,0,255';
    const places = random(3);
    const points = [...(await freePoints(page, places, 500)), ...(await freePoints(page, places, 5, isMark))];
    const colours = async () => {
      const { at } = await shoot(page);
      return points.map(({ x, y }) => String(at(x, y)));
    };
    const before = await colours();
    assert.ok(new Set(before).size > 5);
    const client = await bench.browser().target().createCDPSession();
    await client.send('Browser.crashGpuProcess').catch(() => {});
    await page.waitForFunction('globalThis.emptied');
    const differ = async () => {
      const now = await colours();
      return now.filter((colour, i) => colour !== before[i]).length;
    };
    for (let tries = 0; tries < 50 && (await differ()) > 0; tries++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    assert.is(await differ(), 0);
  } finally {
    await close();
  }
});

/** @param {string} hash @param {Parameters<typeof openExplorer>[2]} [options] */
const open = (hash, options) =>
  openExplorer(
    /** @type {import('puppeteer').Browser} */ (browser),
    hash ? `${server.url}#${hash}` : server.url,
    options,
  );

/** Pixels along a tile's side. */
const SIDE = 128;

/**
 * Two tiles side by side, of a picture whose counts are 1 at some indices of each, or else 0.
 *
 * @param {number[]} ones
 * @param {() => void} [onRead] is called when counts are looked at
 */
function twoTiles(ones, onRead = () => {}) {
  const tiles = [0, SIDE].map((column) => {
    const counts = new Float32Array(SIDE * SIDE);
    for (const i of ones) counts[i] = 1;
    const tile = { step: 1, stride: 1, column, row: 0, width: SIDE, height: SIDE, maxIterations: 2, fractions: null };
    return Object.defineProperty(tile, 'counts', {
      get() {
        onRead();
        return counts;
      },
    });
  });
  const tile = (/** @type {number} */ column) => tiles.find((tile) => tile.column === column);
  return /** @type {any} */ ({ tile, tilesIn: () => tiles });
}

test('differing pixels in sight are counted once, until the view or a tile is another one', () => {
  let read = 0;
  const picture = (/** @type {number[]} */ ...ones) => twoTiles(ones, () => read++);
  const differences = makeDifferences();
  // The first differing pixel is in column 0, the second in column 5.
  const [zeros, other] = [picture(), picture(0, SIDE + 5)];
  const view = { step: 1, column: 0, row: 0, width: 2 * SIDE, height: SIDE };
  assert.equal(differences.count(view, zeros, other), { pixels: 2 * SIDE * SIDE, differing: 4 });
  const once = read;
  assert.equal(differences.count({ ...view }, zeros, other), { pixels: 2 * SIDE * SIDE, differing: 4 });
  assert.is(read, once);
  const moved = { ...view, column: 1, width: 2 * SIDE - 1 };
  assert.equal(differences.count(moved, zeros, other), { pixels: (2 * SIDE - 1) * SIDE, differing: 3 });
  assert.equal(differences.count(moved, zeros, picture()), { pixels: (2 * SIDE - 1) * SIDE, differing: 0 });
});

test('a tile of marks is drawn at once: differing pixels and their neighbours, beyond the tile’s edge, too', () => {
  const world = /** @type {any} */ (globalThis);
  world.ImageData = function (/** @type {number} */ width, /** @type {number} */ height) {
    this.data = new Uint8ClampedArray(4 * width * height);
  };
  world.document = {
    createElement() {
      const canvas = { image: /** @type {any} */ (null), width: 0, getContext: () => context };
      const context = { putImageData: (/** @type {any} */ image) => (canvas.image = image) };
      return canvas;
    },
  };
  // In a corner, inside, and in the corner across.
  const ones = [0, 5 * SIDE + 7, SIDE * SIDE - 1];
  const view = { step: 1, column: -10, row: -20, width: 400, height: 300 };
  const differences = makeDifferences();
  const pictures = /** @type {const} */ ([twoTiles([]), twoTiles(ones)]);
  while (!differences.update(view, ...pictures));
  /** @type {Set<string>} */
  const marked = new Set();
  let drawn = 0;
  const context = {
    drawImage(/** @type {any} */ { image, width }, /** @type {number} */ x, /** @type {number} */ y) {
      drawn++;
      new Uint32Array(image.data.buffer).forEach((pixel, i) => {
        if (pixel === MARK) marked.add([x + (i % width), y + Math.floor(i / width)].join());
      });
    },
  };
  differences.draw(/** @type {any} */ (context), view);
  delete world.ImageData;
  delete world.document;
  assert.is(drawn, 2);
  const expected = new Set();
  for (const left of [10, 10 + SIDE]) {
    for (const i of ones) {
      for (const down of [-1, 0, 1]) {
        for (const right of [-1, 0, 1]) {
          expected.add([left + (i % SIDE) + right, 20 + Math.floor(i / SIDE) + down].join());
        }
      }
    }
  }
  assert.equal([...marked].sort(), [...expected].sort());
});

test('a mark is told from each colour of each palette', () => {
  const bytes = (/** @type {Uint32Array} */ pixels) => new Uint8Array(pixels.buffer);
  const mark = bytes(Uint32Array.of(MARK));
  for (const name of /** @type {(keyof typeof PALETTES)[]} */ (Object.keys(PALETTES))) {
    const table = bytes(makeTable(name));
    for (let i = 0; i < table.length; i += 4) {
      const distance = Math.hypot(...[0, 1, 2].map((j) => table[i + j] - mark[j]));
      assert.ok(distance > 85, `${name} has ${table.subarray(i, i + 3)}`);
    }
  }
});

test('times and amounts are told with about three digits', () => {
  const times = [null, 0.04, 9.94, 42.4, 999.4, 999.6, 1234, 65_432, 999_400, 1_234_567].map(duration);
  assert.equal(
    times.map((time) => time.replace('\u00a0', ' ')),
    ['not measured', '0.0 ms', '9.9 ms', '42 ms', '999 ms', '1.00 s', '1.23 s', '65.4 s', '999 s', '1235 s'],
  );
  const amounts = [0, 999, 1000, 343_000, 999_960, 12_345_678, 1e9].map(amount);
  assert.equal(amounts, ['0 ', '999 ', '1.00 k', '343.0 k', '1.00 M', '12.3 M', '1.00 G']);
});

test('dragging moves the picture at once, and by whole pixels', async () => {
  const { page, complaints } = await open(`${SEAHORSE}&smooth=off`);
  const before = await jobOf(page);
  const old = await shoot(page);
  await page.mouse.move(600, 250);
  await page.mouse.down();
  await page.mouse.move(560, 280, { steps: 3 });
  await page.mouse.move(480, 300, { steps: 3 });
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  // The hand still holds it: what was there is in its new place.
  const held = await shoot(page);
  for (const { x, y } of await freePoints(page, random(2), 100)) {
    if (x < 660 && y > 100) assert.equal(held.at(x, y), old.at(x + 120, y - 50), `held, (${x}, ${y})`);
  }
  await page.mouse.up();
  await settled(page);
  const after = await jobOf(page);
  assert.is(after.view.step, before.view.step);
  assert.equal([after.view.column - before.view.column, after.view.row - before.view.row], [120, -50]);
  await sameAsSerial(page, 'dragged');
  assert.equal(complaints, []);
  await page.close();
});

test('the wheel, a double click and a pinch zoom at the pointer', async () => {
  const { page, complaints } = await open(`${SEAHORSE}&smooth=off&palette=cividis`, { calm: false, touch: true });
  /** The number under a point, in CSS pixels. @param {number} x @param {number} y */
  const under = async (x, y) => {
    const { view } = await jobOf(page);
    return { re: (view.column + x - 0.5) * view.step, im: -(view.row + y - 0.5) * view.step, step: view.step };
  };
  /** @param {number} x @param {number} y @param {() => Promise<void>} act @param {string} what */
  const zooms = async (x, y, act, what) => {
    const before = await under(x, y);
    await act();
    await settled(page);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await settled(page);
    const after = await under(x, y);
    const most = 1.5 * Math.max(before.step, after.step);
    assert.ok(
      Math.abs(after.re - before.re) <= most && Math.abs(after.im - before.im) <= most,
      `${what} at the pointer`,
    );
    await sameAsSerial(page, what);
    return after.step / before.step;
  };
  await page.mouse.move(500, 200);
  const wheel = () => page.mouse.wheel({ deltaY: -300 });
  assert.ok((await zooms(500, 200, wheel, 'wheel')) < 0.7);
  // A pinch on a touchpad comes as a wheel with Ctrl, as a mouse's does, whose steps are far larger.
  const withCtrl = (/** @type {number} */ deltaY) =>
    page.$eval(
      '#canvas',
      (canvas, deltaY) => {
        const options = { deltaY, clientX: 500, clientY: 200, ctrlKey: true, bubbles: true, cancelable: true };
        canvas.dispatchEvent(new WheelEvent('wheel', options));
      },
      deltaY,
    );
  const spread = await zooms(500, 200, () => withCtrl(-20), 'touchpad');
  assert.ok(Math.abs(spread - Math.exp(-0.2)) < 0.02, String(spread));
  const notch = await zooms(500, 200, () => withCtrl(120), 'wheel with Ctrl');
  assert.ok(notch > 1.5 && notch < 1.7, String(notch));
  const double = () => page.mouse.click(450, 260, { count: 2 });
  const halved = await zooms(450, 260, double, 'double click');
  assert.ok(Math.abs(halved - 0.5) < 1e-3);
  await page.keyboard.down('Shift');
  const doubled = await zooms(450, 260, double, 'double click with shift');
  await page.keyboard.up('Shift');
  assert.ok(Math.abs(doubled - 2) < 1e-3);

  const client = await page.createCDPSession();
  const touch = (/** @type {'touchStart' | 'touchMove' | 'touchEnd'} */ type, /** @type {number[][]} */ ...points) =>
    client.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
  const pinch = async () => {
    await touch('touchStart', [500, 250], [600, 250]);
    for (let i = 1; i <= 5; i++) await touch('touchMove', [500 - 10 * i, 250], [600 + 10 * i, 250]);
    await touch('touchEnd');
  };
  const pinched = await zooms(550, 250, pinch, 'pinch');
  assert.ok(Math.abs(pinched - 0.5) < 0.02, String(pinched));
  const tap = async () => {
    for (let i = 0; i < 2; i++) {
      await touch('touchStart', [520, 240]);
      await touch('touchEnd');
    }
  };
  const tapped = await zooms(520, 240, tap, 'double tap');
  assert.ok(Math.abs(tapped - 0.5) < 1e-3, String(tapped));

  // Where the width can't grow, the picture stays.
  await page.evaluate(() => (location.hash = 'width=16&re=-0.5&im=0.25&iterations=20&smooth=off'));
  await settled(page);
  await page.mouse.move(600, 100);
  await page.mouse.wheel({ deltaY: 300 });
  await settled(page);
  assert.match(await hashOf(page), /re=-0\.5&im=0\.25/);
  assert.equal(complaints, []);
  await page.close();
});

test('a zoom shows what is there at once, in its new place', async () => {
  const { page } = await open('re=-0.6&im=0.6&width=1.5&iterations=60&smooth=off&palette=viridis', { ratio: 2 });
  const { width, height } = (await jobOf(page)).view;
  const points = await freePoints(page, random(1), 200);
  for (const [key, factor] of /** @type {const} */ ([
    ['+', 1 / 1.5],
    ['-', 1.5],
    ['-', 1.5],
  ])) {
    const old = await shoot(page);
    await page.keyboard.press(key);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    const now = await shoot(page);
    let known = 0;
    let alike = 0;
    for (const { x, y } of points) {
      const from = [width / 2 + (x - width / 2) * factor, height / 2 + (y - height / 2) * factor].map(Math.round);
      const inside = from[0] > 700 && from[1] > 100 && from[0] < width - 200 && from[1] < height - 100;
      if (!inside) continue;
      known++;
      const before = old.at(from[0], from[1]);
      if (now.at(x, y).every((value, i) => Math.abs(value - before[i]) < 40)) alike++;
    }
    assert.ok(known > 30 && alike > 0.85 * known, `${alike} of ${known} points are where they belong after ${key}`);
    await settled(page);
  }
  await page.close();
});

test('by keyboard alone: the picture moves and zooms, and every control can be reached and used', async () => {
  const { page, complaints } = await open('smooth=off');
  const press = async (/** @type {import('puppeteer').KeyInput[]} */ ...keys) => {
    for (const key of keys) await page.keyboard.press(key);
    await settled(page);
    return (await jobOf(page)).view;
  };
  const start = (await jobOf(page)).view;
  const right = await press('ArrowRight');
  assert.ok(right.column > start.column && right.row === start.row);
  assert.ok((await press('ArrowDown')).row > start.row);
  await press('ArrowLeft');
  assert.equal(await press('ArrowUp'), start);
  const near = await press('+', '+');
  assert.ok(Math.abs(start.step / near.step - 2.25) < 1e-4);
  await sameAsSerial(page, 'zoomed by keys');
  assert.ok((await press('-')).step > near.step);
  assert.equal(await press('Home'), start);

  // Each stop of the tab key has a name.
  const stops = [];
  for (let i = 0; i < 30; i++) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const { id, tagName } = document.activeElement ?? document.body;
      const input = /** @type {HTMLInputElement} */ (document.activeElement);
      const name = input.getAttribute('aria-label') || input.labels?.[0]?.innerText || input.innerText;
      return { key: id || input.value || tagName, name: name?.trim() };
    });
    if (stop.key === 'BODY' || (stops.length && stop.key === stops[0].key)) break;
    stops.push(stop);
  }
  const keys = stops.map(({ key }) => key);
  for (const key of [
    'canvas',
    'toggle',
    'cpu',
    'palette',
    'smooth',
    'auto',
    'copy',
    'save',
    'compare',
    'in',
    'out',
    'home',
  ]) {
    assert.ok(keys.includes(key), `${key} among ${keys}`);
  }
  assert.equal(
    stops.filter(({ name }) => !name),
    [],
  );
  await page.focus('#auto');
  await page.keyboard.press('Space');
  await page.focus('#iterations');
  await page.keyboard.press('End');
  for (let i = 0; i < 4; i++) await page.keyboard.press('Backspace');
  await page.keyboard.type('77');
  await page.keyboard.press('Enter');
  await settled(page);
  assert.match(await hashOf(page), 'iterations=77');
  await sameAsSerial(page, '77 iterations');
  await page.focus('#palette');
  await page.keyboard.type('tu');
  await page.keyboard.press('Enter');
  await settled(page);
  assert.match(await hashOf(page), 'palette=turbo');
  await sameAsSerial(page, 'turbo');
  assert.equal(complaints, []);
  await page.close();
});

test('a link shows the same picture as the journey there, to the pixel, and back and forward work', async () => {
  const { page } = await open('smooth=off');
  /** @type {string[]} */
  const stations = [await hashOf(page)];
  const station = async () => {
    await settled(page);
    // A gesture by wheel is over when the wheel rests.
    await new Promise((resolve) => setTimeout(resolve, 500));
    await settled(page);
    stations.push(await hashOf(page));
  };
  await page.mouse.move(650, 180);
  await page.mouse.wheel({ deltaY: -240 });
  await station();
  await page.mouse.down();
  await page.mouse.move(513, 291, { steps: 5 });
  await page.mouse.up();
  await station();
  await page.select('#palette', 'viridis');
  await station();
  assert.is(new Set(stations).size, 4);
  const shot = await page.screenshot();

  const { page: other } = await open(stations[3].slice(1));
  const linked = await other.screenshot();
  const [here, there] = [decode(shot), decode(linked)];
  let differing = 0;
  const stride = here.channels * here.width;
  for (let row = 0; row < here.height; row++) {
    // Beside the panel, whose timings differ.
    const part = (/** @type {typeof here} */ { data }) =>
      Buffer.from(data.subarray(row * stride + 340 * here.channels, (row + 1) * stride));
    if (!part(here).equals(part(there))) differing++;
  }
  assert.is(differing, 0, 'rows that differ');
  await other.close();

  for (const hash of [stations[2], stations[1], stations[0]]) {
    await page.goBack();
    await settled(page);
    assert.is(await hashOf(page), hash);
    await sameAsSerial(page, `back at ${hash}`);
  }
  await page.goForward();
  await settled(page);
  assert.is(await hashOf(page), stations[1]);
  await sameAsSerial(page, 'forward');
  await page.close();
});

test('a bad link gives a note, what is right of it and a right link, one that is too deep as deep as the lane sees', async () => {
  // The panel's own minus sign is no mistake.
  assert.equal(parsePlace('#re=−5e−1&im=-0.25').place, parsePlace('#re=-0.5&im=-0.25').place);
  assert.equal(parsePlace('#re=−5e−1').problems, []);
  for (const [hash, told] of [
    ['re=x', 're must be a number from -4 to 4, got ‘x’'],
    ['width=0', 'width must be a number'],
    ['lane=tpu', 'lane must be one of cpu, gpu, both'],
    ['iterations=1.5', 'iterations must be auto or an integer from 1 to 16777216'],
    ['iterations=99999999', 'iterations must be'],
    ['palette=constructor', 'palette must be one of inferno'],
    ['zoom=3', 'unknown part, ‘zoom’'],
    ['%E0%A4%A=1&&&=<b>', 'unknown part'],
    [
      're=-0.75&re=0.3',
      'The link is not quite right: the link has re more than once, of which the last that is right counts.',
    ],
    ['re=-0.75&re=0.3&re=zzz', 're must be a number from -4 to 4, got ‘zzz’. What is wrong is left out.'],
  ]) {
    const { page, complaints } = await open(`${hash}&smooth=off`);
    assert.match(await textOf(page, '#notices'), told);
    // The link in the URL is that of the picture, and right.
    assert.is(await hashOf(page), formatPlace(parsePlace(`#${hash}&smooth=off`).place));
    await sameAsSerial(page, hash);
    assert.equal(complaints, [], hash);
    await page.close();
  }
  const { page: mended } = await open('iterations=20&smooth=off');
  const steps = await mended.evaluate(() => history.length);
  await mended.evaluate(() => (location.hash = 're=9&iterations=20&smooth=off'));
  await settled(mended);
  assert.match(await textOf(mended, '#notices'), 'got ‘9’');
  assert.match(await hashOf(mended), 're=-0.75&');
  assert.is(await mended.evaluate(() => history.length), steps + 1);
  // Of another link it says nothing; and no key leads to a place that a link may not have.
  await mended.evaluate(() => (location.hash = 're=3.9&im=-3.9&iterations=20&smooth=off'));
  await settled(mended);
  assert.is(await textOf(mended, '#notices'), '');
  for (const key of /** @type {const} */ (['ArrowRight', 'ArrowDown'])) await mended.keyboard.press(key);
  await settled(mended);
  assert.match(await hashOf(mended), 're=4&im=-4&');
  await mended.close();
  const long = Array.from({ length: 400 }, (_, i) => `foo${i}=bar`).join('&');
  const { page: tall } = await open(long, { width: 390, height: 500 });
  assert.match(await textOf(tall, '#notices'), '‘foo2’; and 397 more. What is wrong is left out.');
  // The button that closes it is on the screen.
  await tall.click('#notices button');
  assert.is(await textOf(tall, '#notices'), '');
  await tall.close();
  const { page } = await open('re=-0.75&im=0.1&width=1e-20&iterations=500&smooth=off');
  assert.match(
    await textOf(page, '#notices'),
    'coordinates in f64 are true to scale down to a pixel step of 3.6 × 10⁻¹⁵',
  );
  const { place } = await jobOf(page);
  assert.ok(place.width > 1e-12 && place.width < 1e-11, `the URL says what is shown: ${place.width}`);
  await page.keyboard.press('-');
  await settled(page);
  assert.not.match(await textOf(page, '#notices'), 'f64');
  for (let i = 0; i < 4; i++) await page.keyboard.press('+');
  await settled(page);
  const { view } = await jobOf(page);
  assert.match(await textOf(page, '#notices'), 'sees no deeper');
  assert.ok(view.step >= 2 ** -48 && view.step < 2 ** -47, String(view.step));
  // The panel says how wide that is, and what nobody can see is no step back.
  const [, digits, exponent] = /^(\S+) × 10⁻(\S+)$/.exec(await textOf(page, '#width')) ?? [];
  assert.is(
    `${digits}e-${exponent.replace(/./gu, (digit) => String('⁰¹²³⁴⁵⁶⁷⁸⁹'.indexOf(digit)))}`,
    (500 * view.step).toExponential(3),
  );
  const length = await page.evaluate(() => history.length);
  for (let i = 0; i < 5; i++) await page.keyboard.press('+');
  await settled(page);
  assert.is(await page.evaluate(() => history.length), length);
  // A larger window has more pixels, so the same place would be too deep for it.
  await page.setViewport({ width: 900, height: 700 });
  await settled(page);
  const larger = await jobOf(page);
  assert.ok(larger.view.step >= 2 ** -48 && larger.view.step < 2 ** -47, String(larger.view.step));
  assert.ok(larger.place.width / 700 <= larger.view.step);
  // A smaller one has fewer: the same place is none too deep.
  await page.setViewport({ width: 900, height: 300 });
  await settled(page);
  assert.is(await textOf(page, '#notices'), '');
  await page.close();
});

test('a view is as wide as was asked for wherever it is not refused, to a sixteenth', () => {
  /** @type {any} */
  const lane = { precision: 'f64' };
  const next = random(3);
  let [shown, refused] = [0, 0];
  for (let i = 0; i < 2000; i++) {
    const [columns, rows] = [1 + Math.floor(8192 * next()), 1 + Math.floor(8192 * next())];
    const place = { ...HOME, re: 4 * next() - 2, im: 2 * next() - 1, width: 10 ** (-8 - 6 * next()) };
    const wanted = place.width / Math.min(columns, rows);
    const { step } = viewOf(place, columns, rows);
    if (refusal(lane, place, columns, rows) === null) {
      assert.ok(step >= wanted && step <= wanted * (1 + 1 / 16), `${step} for ${wanted} at ${place.re}`);
      shown++;
    } else refused++;
  }
  assert.ok(shown > 500 && refused > 100, `${shown} shown, ${refused} refused`);
  // On the screen, and in a file that has too many pixels for the place.
  const place = { ...HOME, re: -1.7490812, width: 4e-12 };
  assert.is(refusal(lane, place, 500, 500), null);
  assert.match(refusal(lane, place, 8192, 8192) ?? '', 'true to scale down to a pixel step of 7.1 × 10⁻¹⁵');
});

test('a lane that turns out to compute in less than it was asked for is refused what it cannot resolve', async () => {
  /** @type {any} Stands for a gpu lane whose driver breaks df64. */
  const lane = { precision: 'f32' };
  const deep = { ...HOME, width: 1e-6 };
  assert.is(refusal(lane, deep, 500, 500), null);
  assert.throws(
    () => checkResolved(lane, 'f32', { ...viewOf(deep, 500, 500), stride: 1 }),
    /f32 tells pixels apart down to a step of 4.8 × 10⁻⁷/,
  );
  assert.match(refusal(lane, deep, 500, 500) ?? '', 'f32');
  assert.is(refusal(lane, HOME, 500, 500), null);
});

test('near 0, where coordinates never end, pixels do where f64 ends for numbers of the orbits’ size', () => {
  for (const precision of ['f64', 'df64']) {
    /** @type {any} */
    const lane = { precision };
    const at = (/** @type {number} */ width) => refusal(lane, { ...HOME, re: 0, im: 0, width }, 500, 500);
    assert.is(at(4.5e-13), null);
    assert.is(at(4.4e-13), `${precision} tells pixels apart down to a step of 8.9 × 10⁻¹⁶ here`);
  }
  // Wider than the home view, and narrower.
  const iterations = [8, 1, 1 / 2, 1 / 4].map((size) => iterationsAt({ iterations: null, width: size * HOME.width }));
  assert.equal(iterations, [512, 512, 518, 536]);
  assert.is(iterationsAt({ iterations: 7, width: 1e-9 }), 7);
});

test('the zoom of the gpu lane ends with a notice, too', async () => {
  const { page } = await open('re=-0.75&im=0.1&width=1e-14&lane=gpu&iterations=20&smooth=off', {
    width: 400,
    height: 200,
  });
  assert.match(
    await textOf(page, '#notices'),
    'The gpu lane sees no deeper: coordinates in f64 are true to scale down to a pixel step of 3.6 × 10⁻¹⁵',
  );
  const { place, view } = await jobOf(page);
  assert.ok(view.step >= 2 ** -48 && view.step < 2 ** -47, `the URL says what is shown: ${place.width}`);
  const shown = await page.$eval('#width', (element) => element.textContent);
  assert.match(shown ?? '', '10⁻¹³');
  // Coordinates near 0 have no end, but the orbits there are as large as anywhere.
  await page.evaluate(() => (location.hash = 're=0&im=0&width=1e-300&lane=gpu&iterations=20&smooth=off'));
  await settled(page);
  assert.match(await textOf(page, '#notices'), 'df64 tells pixels apart down to a step of 8.9 × 10⁻¹⁶');
  await page.close();
});

test('the rate of iterations has those of escaped pixels, and is a lower bound where others took some, too', async () => {
  const { page } = await open('iterations=20');
  for (const [hash, told] of /** @type {[string, RegExp][]} */ ([
    // All inside by a formula; all escaped, after π / 0.01 iterations; some of all kinds.
    ['re=-0.1&im=0&width=0.1', /^–$/],
    ['re=-0.75&im=0.01&width=0.000001&iterations=1000', /^[\d.]+ [kMG]$/],
    ['re=-0.75&im=0.1&width=0.2', /^≥ [\d.]+ [MG]$/],
    // A million iterations each, had the lane not seen most orbits repeat.
    ['re=-1.7548776662466927&im=0&width=0.01&iterations=1000000', /^≥ ([\d.]+ [kM]|\d\.\d+ G)$/],
  ])) {
    await page.evaluate((hash) => (location.hash = hash), `${hash}&smooth=off`);
    await settled(page);
    assert.match((await textOf(page, '#timings')).match(/Iterations\/s\s+(.*)/)?.[1] ?? '', told, hash);
  }
  // Of so many iterations, computing takes the time.
  const timings = await textOf(page, '#timings');
  const [compute, transfer] = ['Compute', 'Transfer'].map((row) => {
    const [, time, unit] = new RegExp(`${row}\\s+([\\d.]+)\\s(m?s)\\b`).exec(timings) ?? [];
    return Number(time) * (unit === 's' ? 1000 : 1);
  });
  assert.ok(compute > transfer, `${compute} and ${transfer} ms`);
  await page.close();
});

test('palettes recolour without computing', async () => {
  const { page } = await open(`${SEAHORSE}&smooth=off`, {
    prepare: (page) =>
      page.evaluateOnNewDocument(() => {
        const { postMessage } = Worker.prototype;
        const world = /** @type {any} */ (globalThis);
        world.posted = 0;
        Worker.prototype.postMessage = function (/** @type {any} */ ...args) {
          world.posted++;
          return /** @type {any} */ (postMessage).apply(this, args);
        };
      }),
  });
  const posted = () => page.evaluate(() => /** @type {any} */ (globalThis).posted);
  const before = await posted();
  assert.ok(before > 0);
  for (const palette of ['viridis', 'sinebow', 'cividis']) {
    await page.select('#palette', palette);
    await settled(page);
    assert.match(await hashOf(page), `palette=${palette}`);
    await sameAsSerial(page, palette);
  }
  assert.is(await posted(), before);
  await page.close();
});

test('smooth colours add the fractions of the counts', async () => {
  const { page } = await open(`${SEAHORSE}&smooth=on`);
  const { job } = await jobOf(page);
  const cpu = await openCpu();
  const { counts, fractions } = await cpu.escapeTime({ ...job, smooth: true });
  cpu.close();
  const at = (/** @type {number} */ x, /** @type {number} */ y) => {
    const i = y * job.grid.width + x;
    return { count: counts[i], fraction: /** @type {Float32Array} */ (fractions)[i] };
  };
  await samePicture(page, at, 'smooth');
  await page.click('#smooth');
  await settled(page);
  await sameAsSerial(page, 'not smooth');
  await page.close();
});

test('it uses all pixels of a dense screen, and follows the window', async () => {
  const { page } = await open('smooth=off', {
    ...{ width: 390, height: 500, ratio: 2, touch: true },
    prepare: (page) =>
      page.evaluateOnNewDocument(() => {
        const original = matchMedia;
        globalThis.matchMedia = (query) => {
          const list = original(query);
          if (/resolution/.test(query)) /** @type {any} */ (globalThis).resolution = list;
          return list;
        };
      }),
  });
  assert.is((await jobOf(page)).view.width, 780);
  assert.is(await page.$eval('#panel', ({ className }) => className), 'collapsed');
  await sameAsSerial(page, 'a phone');
  const before = (await jobOf(page)).view;
  await page.mouse.move(200, 200);
  await page.mouse.down();
  await page.mouse.move(170, 220, { steps: 3 });
  await page.mouse.up();
  await settled(page);
  const after = (await jobOf(page)).view;
  assert.equal([after.column - before.column, after.row - before.row], [60, -40]);
  await page.setViewport({ width: 700, height: 390, deviceScaleFactor: 2, hasTouch: true });
  await settled(page);
  assert.is((await jobOf(page)).view.width, 1400);
  await sameAsSerial(page, 'turned');
  // Another screen, and the window's size in CSS pixels the same.
  for (const ratio of [1, 3]) {
    await page.setViewport({ width: 700, height: 390, deviceScaleFactor: ratio, hasTouch: true });
    // An emulated screen does not tell by itself.
    await page.evaluate(() => /** @type {any} */ (globalThis).resolution.dispatchEvent(new Event('change')));
    await settled(page);
    assert.is((await jobOf(page)).view.width, 700 * ratio);
  }
  await page.close();
});

test('it saves pictures and counts, which are those of the place', async () => {
  const { page } = await open(`${SEAHORSE}&smooth=off&palette=turbo`);
  const client = await page.createCDPSession();
  await client.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: folder, eventsEnabled: true });
  /** @param {'png' | 'npy'} format @param {number} width @param {number} height */
  const save = async (format, width, height) => {
    const done = new Promise((resolve) =>
      client.on('Browser.downloadProgress', ({ state }) => state === 'completed' && resolve(undefined)),
    );
    await page.click(`input[value=${format}]`);
    for (const [id, value] of Object.entries({ 'save-width': width, 'save-height': height })) {
      await page.evaluate(
        (id, value) => {
          const input = /** @type {HTMLInputElement} */ (document.getElementById(id));
          input.value = value;
        },
        id,
        String(value),
      );
    }
    await page.click('#save-start');
    await done;
    const [name] = readdirSync(folder).filter((file) => file.includes(`_${width}x${height}_`) && file.endsWith(format));
    return readFileSync(join(folder, name));
  };
  const { place } = await jobOf(page);
  const [width, height] = [1500, 1201];
  const job = {
    grid: gridOf({ ...viewOf(place, width, height), stride: 1 }),
    maxIterations: iterationsAt(place),
  };
  const cpu = await openCpu();
  const { counts } = await cpu.escapeTime(job);
  cpu.close();

  await page.click('#save');
  const png = decode(await save('png', width, height));
  assert.equal([png.width, png.height, png.channels, png.depth], [width, height, 3, 8]);
  for (let i = 0; i < counts.length; i += 7) {
    const colour = colourOf(counts[i], 0, job.maxIterations, 'turbo');
    assert.equal([...png.data.subarray(3 * i, 3 * i + 3)], colour, `pixel ${i}`);
  }
  const npy = await save('npy', width, height);
  assert.equal([...npy.subarray(0, 8)], [0x93, ...Buffer.from('NUMPY'), 1, 0]);
  const start = 10 + npy.readUInt16LE(8);
  assert.is(start % 64, 0);
  const [, json] =
    /^\{'descr': '<f4', 'fortran_order': False, 'shape': \(1201, 1500\), \} # (.*?) *\n$/.exec(
      npy.toString('latin1', 10, start),
    ) ?? [];
  assert.equal(JSON.parse(json ?? 'null'), { ...job, bailoutRadius: 2 });
  assert.ok(npy.subarray(start).equals(Buffer.from(counts.buffer)), 'the counts');

  // With smooth colours, which counts have not.
  await page.click('#save-cancel');
  await page.click('#smooth');
  await page.click('#save');
  const small = { ...job, grid: gridOf({ ...viewOf(place, 90, 60), stride: 1 }), smooth: true };
  const lane = await openCpu();
  const image = await lane.escapeTime(small);
  lane.close();
  const { data } = decode(await save('png', 90, 60));
  for (const [i, count] of image.counts.entries()) {
    const fraction = /** @type {Float32Array} */ (image.fractions)[i];
    const colour = colourOf(count, fraction, job.maxIterations, 'turbo');
    assert.equal([...data.subarray(3 * i, 3 * i + 3)], colour, `smooth pixel ${i}`);
  }

  // The largest shows progress and can be stopped.
  await page.click('[data-size="8192"]');
  await page.click('input[value=png]');
  await page.click('#save-start');
  await page.waitForFunction(() => /[1-9] %/.test(document.getElementById('save-percent')?.innerText ?? ''));
  assert.is(await textOf(page, '#save-message'), '');
  await page.click('#save-cancel');
  await page.waitForFunction(() => document.getElementById('save-status')?.innerText === 'Cancelled');
  await page.type('#save-width', '0');
  assert.is(await textOf(page, '#save-status'), '', 'another file is asked for');
  await page.click('#save-cancel');
  assert.is(await page.$('dialog[open]'), null);
  await page.close();
});

test('it compares all lanes in the page, shows the report, and can be stopped', async () => {
  const { page, complaints } = await open('width=8&iterations=20', { width: 700, height: 490 });
  await page.click('#compare');
  await page.waitForSelector('#compare-dialog[open]');
  await page.click('#compare-start');
  const frame = await page.waitForSelector('#report iframe', { timeout: 120_000 });
  const report = await frame?.contentFrame();
  await report?.waitForSelector('svg');
  const text = await report?.evaluate(() => document.body.innerText);
  for (const word of ['basic', 'cpu', 'gpu', 'salon', 'this view, 700 × 490']) assert.match(text ?? '', word);
  assert.match(await textOf(page, '#compare-message'), /^Done/);
  // What it can be saved as.
  await page.evaluate(() => {
    const world = /** @type {any} */ (globalThis);
    world.files = [];
    const { createObjectURL } = URL;
    URL.createObjectURL = (/** @type {any} */ blob) => {
      world.blob = blob;
      return createObjectURL(blob);
    };
    HTMLAnchorElement.prototype.click = function () {
      world.files.push([this.download, world.blob]);
    };
  });
  const shown = () =>
    page.$$eval('#save-report, #save-csv, #compare-note', (all) =>
      all.map((element) => /** @type {HTMLElement} */ (element).hidden),
    );
  assert.equal(await shown(), [true, false, false]);
  await page.click('#save-report');
  await page.click('#save-csv');
  /** @type {[string, string][]} */
  const files = await page.evaluate(() => {
    /** @type {{ files: [string, Blob][] }} */
    const { files } = /** @type {any} */ (globalThis);
    return Promise.all(
      files.map(async ([name, blob]) => /** @type {[string, string]} */ ([name, (await blob.text()).slice(0, 15)])),
    );
  });
  assert.equal(
    files.map(([name]) => name),
    ['twolane.html', 'twolane.csv'],
  );
  assert.match(files[0][1], '<!doctype html>');
  assert.match(files[1][1], /^[\w,]+$/);
  await page.click('#compare-start');
  await page.waitForFunction(() => /%, after/.test(document.getElementById('compare-percent')?.innerText ?? ''));
  assert.is(await page.$('#report iframe'), null);
  assert.equal(await shown(), [false, true, true]);
  // Screen readers have the bar, and are not told of each run.
  assert.is(await textOf(page, '#compare-message'), '');
  await page.click('#compare-cancel');
  await page.waitForFunction(() => document.getElementById('compare-status')?.innerText === 'Cancelled');
  await page.keyboard.press('Escape');
  assert.is(await page.$('dialog[open]'), null);
  assert.equal(complaints, []);
  await page.close();
});

test('the picture waits while lanes are compared, and is completed afterwards', async () => {
  const { page, complaints } = await open('width=8&iterations=20&smooth=off', {
    width: 700,
    height: 490,
    prepare: (page) =>
      page.evaluateOnNewDocument(() => {
        const { postMessage } = Worker.prototype;
        const world = /** @type {any} */ (globalThis);
        // By worker: the picture's own are the first.
        const posted = new Map();
        world.ownPosts = () => [...posted.values()].slice(0, (world.own ??= posted.size)).reduce((a, b) => a + b, 0);
        Worker.prototype.postMessage = function (/** @type {any} */ ...args) {
          posted.set(this, (posted.get(this) ?? 0) + 1);
          return /** @type {any} */ (postMessage).apply(this, args);
        };
      }),
  });
  const posts = () => page.evaluate(() => /** @type {any} */ (globalThis).ownPosts());
  await posts();
  await page.click('#compare');
  await page.waitForSelector('#compare-dialog[open]');
  await page.evaluate((hash) => (location.hash = hash), SLOW);
  await page.waitForFunction((before) => /** @type {any} */ (globalThis).ownPosts() > before, {}, await posts());
  await page.click('#compare-start');
  await page.waitForFunction(() => /%/.test(document.getElementById('compare-status')?.innerText ?? ''));
  const before = await posts();
  /** In the moment in which the report appears. */
  const atEnd = await page.evaluate(
    () =>
      new Promise((resolve) => {
        new MutationObserver(() => {
          const busy = document.querySelector('main')?.getAttribute('aria-busy');
          resolve({ posts: /** @type {any} */ (globalThis).ownPosts(), busy });
        }).observe(/** @type {HTMLElement} */ (document.getElementById('report')), { childList: true });
      }),
  );
  assert.equal(atEnd, { posts: before, busy: 'true' });
  await settled(page);
  assert.ok((await posts()) > before);
  await page.keyboard.press('Escape');
  await sameAsSerial(page, 'after the comparison');
  assert.equal(complaints, []);
  await page.close();
});

test('work that is out of date is stopped', async () => {
  const { page } = await openExplorer(/** @type {any} */ (browser), `${server.url}#${SEAHORSE}&smooth=off`, {
    prepare: (page) =>
      page.evaluateOnNewDocument(() => {
        const { abort } = AbortController.prototype;
        const world = /** @type {any} */ (globalThis);
        world.aborted = 0;
        AbortController.prototype.abort = function (/** @type {any} */ reason) {
          world.aborted++;
          return abort.call(this, reason);
        };
      }),
  });
  const aborted = () => page.evaluate(() => /** @type {any} */ (globalThis).aborted);
  const before = await aborted();
  // This would take many seconds.
  await page.evaluate((hash) => (location.hash = hash), ENDLESS);
  await page.waitForFunction(() => document.querySelector('main')?.getAttribute('aria-busy') === 'true');
  await new Promise((resolve) => setTimeout(resolve, 700));
  assert.is(await page.$eval('main', (main) => main.getAttribute('aria-busy')), 'true');
  await page.evaluate((hash) => (location.hash = hash), `${SEAHORSE}&smooth=off`);
  await settled(page);
  assert.ok((await aborted()) > before);
  await sameAsSerial(page, 'afterwards');
  await page.close();
});

test('without WebGL2 there is the cpu lane, and one line that says so', async () => {
  for (const hash of ['smooth=off', 'lane=both&smooth=off']) {
    const { page, complaints } = await openExplorer(/** @type {any} */ (browser), `${server.url}#${hash}`, {
      prepare: withoutWebGL,
    });
    await page.waitForFunction(() => /WebGL2/.test(document.getElementById('notices')?.innerText ?? ''));
    assert.match(await textOf(page, '#lane-note'), 'WebGL2');
    const disabled = await page.$$eval('input[name=lane]', (inputs) =>
      inputs.map((input) => /** @type {HTMLInputElement} */ (input).disabled),
    );
    assert.equal(disabled, [false, true, true]);
    await settled(page);
    assert.match(await textOf(page, '#devices'), 'WebAssembly');
    await page.click('input[value=cpu]');
    await sameAsSerial(page, hash);
    assert.is((await page.$$('#notices > *')).length, 1);
    assert.equal(complaints, []);
    await page.close();
  }
});

test('nothing shifts, nothing comes from elsewhere, and all of it is less than 150 kB', async () => {
  const { page, complaints } = await open('', {
    prepare: (page) =>
      page.evaluateOnNewDocument(() => {
        /** What moved, and from where to where. @type {string[]} */
        const shifts = [];
        Object.assign(globalThis, { shifts });
        new PerformanceObserver((list) => {
          for (const entry of /** @type {any[]} */ (list.getEntries())) {
            if (entry.hadRecentInput) continue;
            shifts.push(`${entry.value} at ${entry.startTime} ms, input at ${entry.lastInputTime} ms`);
            for (const { node, previousRect, currentRect } of entry.sources) {
              shifts.push(`${node?.id || node?.nodeName}: ${JSON.stringify([previousRect, currentRect])}`);
            }
          }
        }).observe({ type: 'layout-shift', buffered: true });
      }),
  });
  assert.is(await hashOf(page), '');
  const shifts = () => page.evaluate(() => /** @type {any} */ (globalThis).shifts);
  await page.click('input[value=both]');
  await settled(page);
  assert.equal(await shifts(), []);
  // Where the whole panel is in sight, and both lanes open while it is.
  await page.setViewport({ width: 1280, height: 800 });
  await page.goto('about:blank');
  await page.goto(`${server.url}#lane=both`);
  await settled(page);
  assert.equal(await shifts(), []);
  assert.equal(complaints, []);
  await page.close();
  // The explorer's own files: not those of the reference beside it.
  const files = readdirSync(siteFolder, { recursive: true, encoding: 'utf8' }).filter(
    (file) => /\.\w+$/.test(file) && !/^api\b/.test(file),
  );
  const bytes = (/** @type {string} */ file) => gzipSync(readFileSync(join(siteFolder, file))).length;
  const sum = (/** @type {string[]} */ names) => names.reduce((total, file) => total + bytes(file), 0);
  const first = sum(files.filter((file) => !/compare-dialog/.test(file)));
  const all = sum(files);
  console.log(`\nsite: ${first} bytes gzipped in the first load, ${all} with the comparison`);
  assert.ok(first < all && all < 150_000);
});

test('500 pans and zooms leave no more memory in use than 100', async () => {
  const { page } = await open(`${SEAHORSE}&smooth=off&iterations=100`, {
    width: 500,
    height: 300,
    prepare: (page) =>
      page.evaluateOnNewDocument(() => {
        const { createElement } = document;
        const world = /** @type {any} */ (globalThis);
        world.canvases = 0;
        document.createElement = /** @type {any} */ (
          function (/** @type {any} */ ...args) {
            if (args[0] === 'canvas') world.canvases++;
            return /** @type {any} */ (createElement).apply(document, args);
          }
        );
      }),
  });
  const client = await page.createCDPSession();
  const next = random(11);
  const wander = async (/** @type {number} */ steps) => {
    for (let i = 0; i < steps; i++) {
      const key = /** @type {const} */ (['ArrowLeft', 'ArrowUp', '+', 'ArrowRight', 'ArrowDown', '-'])[i % 6];
      if (next() < 0.1) await page.keyboard.down('Shift');
      await page.keyboard.press(key);
      await page.keyboard.up('Shift');
    }
    await settled(page);
    await client.send('HeapProfiler.collectGarbage');
    const { usedSize, backingStorageSize = 0 } = /** @type {any} */ (await client.send('Runtime.getHeapUsage'));
    const canvases = await page.evaluate(() => /** @type {any} */ (globalThis).canvases);
    return { bytes: usedSize + backingStorageSize, canvases };
  };
  const early = await wander(100);
  const late = await wander(400);
  console.log(`\nmemory: ${JSON.stringify(early)} after 100, ${JSON.stringify(late)} after 500`);
  assert.ok(late.bytes < 1.1 * early.bytes + 500_000, `${late.bytes} bytes after ${early.bytes}`);
  assert.ok(late.canvases < early.canvases + 60, `${late.canvases} canvases after ${early.canvases}`);
  await page.close();
});

test.run(8 + 26, [0, 4, 8]);
