import * as assert from 'uvu/assert';
import {
  catchFiles,
  colourOf,
  hashOf,
  keepContexts,
  loseContext,
  openExplorers,
  refuseContexts,
  settled,
  shoot,
  silenceWorkers,
  stallGpu,
  withoutWebGL,
} from './explorer.js';
import { suite } from './harness.js';
import { breakDf64 } from './page.js';

const test = suite('site-controls');

const open = await openExplorers(test);

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until a dialog says something. @param {import('puppeteer').Page} page @param {string} id @param {string} text */
const says = (page, id, text) =>
  page.waitForFunction((id, text) => document.getElementById(id)?.innerText.includes(text), {}, id, text);

/** Notes in each frame to come how much of the picture is another one than now. @param {import('puppeteer').Page} page */
const watchPicture = (page) =>
  page.evaluate(() => {
    const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById('canvas'));
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    const read = () => new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
    const first = read();
    const watched = { frames: 0, worst: 0 };
    Object.assign(globalThis, { watched });
    const look = () => {
      const differing = read().reduce((sum, pixel, i) => sum + Number(pixel !== first[i]), 0);
      watched.frames++;
      watched.worst = Math.max(watched.worst, differing / first.length);
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });

/** What has been noted of the picture. @param {import('puppeteer').Page} page @returns {Promise<{ frames: number, worst: number }>} */
const watched = (page) => page.evaluate(() => /** @type {any} */ (globalThis).watched);

test('a picture that is changed before it was announced is not announced', async () => {
  const page = await open('iterations=20');
  // In the page itself, as a slow machine's test would come too late.
  const told = await page.evaluate(async () => {
    const main = /** @type {HTMLElement} */ (document.querySelector('main'));
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const until = async (/** @type {string} */ busy) => {
      while (main.getAttribute('aria-busy') !== busy) await frame();
    };
    location.hash = 'width=0.05&re=-1.9&iterations=20';
    await until('true');
    await until('false');
    location.hash = 're=-1.7&im=0&width=0.3&iterations=16777216&smooth=off';
    await until('true');
    return document.getElementById('announcement')?.textContent;
  });
  await pause(1200);
  assert.is(await page.$eval('main', (main) => main.getAttribute('aria-busy')), 'true');
  assert.is(await page.$eval('#announcement', (element) => element.textContent), told);
  await page.evaluate(() => (location.hash = 'width=1&iterations=20'));
  await page.waitForFunction(() =>
    /side 1\S* Picture complete/.test(document.getElementById('announcement')?.innerText ?? ''),
  );
  await page.close();
});

test('the field of iterations tells what the picture has, but for what is being typed', async () => {
  const page = await open('iterations=50');
  const field = () =>
    page.$eval('#iterations', (element) => {
      const { value, validity } = /** @type {HTMLInputElement} */ (element);
      return { value, valid: validity.valid };
    });
  const type = async (/** @type {string} */ text) => {
    await page.click('#iterations', { count: 3 });
    await page.keyboard.type(text);
  };
  await type('77');
  await page.keyboard.press('Enter');
  await settled(page);
  assert.match(await hashOf(page), 'iterations=77');
  await page.evaluate(() => history.back());
  await page.waitForFunction(() => /iterations=50/.test(location.hash));
  await settled(page);
  assert.equal(await field(), { value: '50', valid: true });
  // What is not valid is kept as long as it can be corrected …
  await type('0');
  await page.keyboard.press('Enter');
  await page.mouse.move(600, 300);
  await page.mouse.wheel({ deltaY: -50 });
  await settled(page);
  assert.equal(await field(), { value: '0', valid: false });
  // … and no longer, which a notice tells, until it is right.
  await page.mouse.click(600, 300);
  await settled(page);
  assert.equal(await field(), { value: '50', valid: true });
  const notices = () => page.$eval('#notices', (element) => /** @type {HTMLElement} */ (element).innerText);
  assert.match(await notices(), 'Iterations must be an integer from 1 to 16,777,216.');
  assert.match(await hashOf(page), 'iterations=50');
  // The click that ends it may be on another setting.
  await type('0');
  await page.click('#smooth');
  await settled(page);
  assert.match(await notices(), 'Iterations must be an integer');
  await type('60');
  await page.keyboard.press('Enter');
  assert.is(await notices(), '');
  // A way back drops what is being typed: it would be a step over those that lie ahead.
  await page.select('#palette', 'magma');
  await settled(page);
  await type('77');
  await page.evaluate(() => history.back());
  await page.waitForFunction(() => !location.hash.includes('magma'));
  assert.equal(await field(), { value: '60', valid: true });
  await page.mouse.click(600, 300);
  await settled(page);
  assert.match(await hashOf(page), 'iterations=60');
  await page.evaluate(() => history.forward());
  await page.waitForFunction(() => location.hash.includes('magma'), { timeout: 10_000 });
  assert.match(await hashOf(page), 'iterations=60');
  await page.close();
});

test('a mouse button that was released where nobody heard of it drags no more', async () => {
  const page = await open('iterations=20&smooth=off');
  const client = await page.createCDPSession();
  const send = (
    /** @type {'mousePressed' | 'mouseMoved' | 'mouseReleased'} */ type,
    x = 0,
    buttons = 0,
    modifiers = 0,
  ) =>
    client.send('Input.dispatchMouseEvent', { type, x, y: 300, button: buttons ? 'left' : 'none', buttons, modifiers });
  const re = async () => Number(new URLSearchParams((await hashOf(page)).slice(1)).get('re'));
  await send('mousePressed', 500, 1);
  await send('mouseMoved', 540, 1);
  await settled(page);
  const dragged = await re();
  assert.ok(dragged < -0.75, `${dragged}`);
  for (const x of [600, 700]) await send('mouseMoved', x);
  await settled(page);
  assert.is(await re(), dragged);
  assert.is(await page.$eval('canvas', ({ className }) => className), '');
  // As a Mac opens its menu.
  await send('mouseReleased', 700);
  await send('mousePressed', 500, 1, 2);
  await send('mouseMoved', 600, 1, 2);
  await settled(page);
  assert.is(await re(), dragged);
  await page.close();
});

/** The numbers of the place in the URL. @param {import('puppeteer').Page} page */
async function numbersOf(page) {
  const parts = new URLSearchParams((await hashOf(page)).slice(1));
  return { re: Number(parts.get('re')), width: Number(parts.get('width')) };
}

test('a drag goes on over the panel, and only the first button of a mouse drags', async () => {
  const page = await open('width=2.5&iterations=20&smooth=off');
  const drag = async (/** @type {'left' | 'right'} */ button) => {
    await page.mouse.move(600, 300);
    await page.mouse.down({ button });
    await page.mouse.move(100, 120, { steps: 3 });
    await page.mouse.up({ button });
    await page.mouse.move(600, 200);
    await settled(page);
    return (await numbersOf(page)).re;
  };
  const dragged = await drag('left');
  // 500 pixels.
  assert.ok(Math.abs(dragged - 1.75) < 0.01, String(dragged));
  assert.is(await drag('right'), dragged);
  await page.close();
});

test('two flicks, or two taps apart from each other, are no double tap; two fingers move the picture, too', async () => {
  const page = await open('width=2.5&iterations=20&smooth=off', { touch: true });
  const client = await page.createCDPSession();
  let timestamp = Date.now() / 1000;
  // However slow the machine is, each comes 20 ms after the one before.
  const touch = (/** @type {'touchStart' | 'touchMove' | 'touchEnd'} */ type, /** @type {number[]} */ ...columns) => {
    timestamp += 0.02;
    const touchPoints = columns.map((x, id) => ({ x, y: 200, id }));
    return client.send('Input.dispatchTouchEvent', { type, touchPoints, timestamp });
  };
  /** Where a finger goes down, and up again. */
  for (const [from, to] of [
    [500, 600],
    [500, 600],
    [400, 400],
    [600, 600],
  ]) {
    await touch('touchStart', from);
    if (to !== from) for (const x of [from + 50, to]) await touch('touchMove', x);
    await touch('touchEnd');
  }
  await settled(page);
  await pause(500);
  const flicked = await numbersOf(page);
  assert.is(flicked.width, 2.5);
  await touch('touchStart', 500, 600);
  for (let i = 1; i <= 5; i++) await touch('touchMove', 500 + 20 * i, 600 + 20 * i);
  await touch('touchEnd');
  await settled(page);
  await pause(500);
  const moved = await numbersOf(page);
  assert.ok(Math.abs(moved.width / 2.5 - 1) < 0.02, String(moved.width));
  assert.ok(Math.abs(flicked.re - moved.re - 0.5) < 0.03, String(flicked.re - moved.re));
  await page.close();
});

test('a page that is magnified is the browser’s to make smaller, by fingers and wheels on the picture, too', async () => {
  const page = await open('iterations=20&smooth=off&lane=both', { touch: true });
  const client = await page.createCDPSession();
  const touch = (/** @type {'touchStart' | 'touchMove' | 'touchEnd'} */ type, /** @type {number[]} */ ...columns) =>
    client.send('Input.dispatchTouchEvent', { type, touchPoints: columns.map((x, id) => ({ x, y: 200, id })) });
  const place = await hashOf(page);
  for (const selector of ['#canvas', '#divider']) {
    // As a pinch on the panel does.
    await client.send('Emulation.setPageScaleFactor', { pageScaleFactor: 2 });
    await page.waitForSelector('.magnified');
    assert.is(await page.$eval(selector, (element) => getComputedStyle(element).touchAction), 'auto');
    const wheel = page.$eval(selector, (element) =>
      element.dispatchEvent(new WheelEvent('wheel', { deltaY: 90, ctrlKey: true, bubbles: true, cancelable: true })),
    );
    assert.ok(await wheel, 'it is left to the browser');
    await page.$eval(selector, (element) => {
      for (const [type, clientX] of /** @type {const} */ ([
        ['pointerdown', 300],
        ['pointermove', 350],
        ['pointerup', 350],
      ])) {
        const options = { pointerId: 7, pointerType: 'touch', isPrimary: true, clientX, clientY: 200, bubbles: true };
        element.dispatchEvent(new PointerEvent(type, options));
      }
    });
    await pause(200);
    assert.is(await page.$eval('#divider', (divider) => divider.getAttribute('aria-valuenow')), '50');
    await touch('touchStart', 100);
    await touch('touchStart', 100, 500);
    for (let i = 1; i <= 15; i++) await touch('touchMove', 100 + 10 * i, 500 - 10 * i);
    await touch('touchEnd');
    await page.waitForFunction(() => visualViewport?.scale === 1);
    await page.waitForSelector('body:not(.magnified)');
    assert.is(await page.$eval(selector, (element) => getComputedStyle(element).touchAction), 'none');
  }
  await settled(page);
  assert.is(await hashOf(page), place);
  await page.close();
});

test('a page whose script does not come says so, once it has been waited for', async () => {
  const page = await open('iterations=20&smooth=off');
  const isShown = () =>
    page.$eval('#missing', (element) => {
      for (const animation of element.getAnimations()) animation.finish();
      return getComputedStyle(element).visibility === 'visible';
    });
  assert.not(await isShown());
  await page.setRequestInterception(true);
  page.on('request', (request) => void (/main\.js$/.test(request.url()) ? request.abort() : request.continue()));
  await page.reload();
  assert.is(await page.$eval('#missing', (element) => getComputedStyle(element).visibility), 'hidden');
  assert.ok(await isShown());
  await page.setJavaScriptEnabled(false);
  await page.reload();
  const display = (/** @type {string} */ selector) =>
    page.$eval(selector, (element) => getComputedStyle(element).display);
  assert.equal([await display('#missing'), await display('noscript .noscript')], ['none', 'grid']);
  await page.close();
});

test('a file is saved in a frame that may not submit forms', async () => {
  const page = await open('iterations=20&smooth=off');
  await page.evaluate(() => {
    const frame = document.createElement('iframe');
    frame.setAttribute('sandbox', 'allow-scripts allow-same-origin allow-downloads');
    frame.src = location.href.replace('#', '?framed#');
    document.body.append(frame);
  });
  const frame = await page.waitForFrame((frame) => frame.url().includes('?framed'));
  await frame.waitForSelector('main[aria-busy=false]');
  const name = await frame.evaluate(async () => {
    const click = (/** @type {string} */ id) => document.getElementById(id)?.click();
    const file = new Promise((resolve) => {
      HTMLAnchorElement.prototype.click = function () {
        resolve(this.download);
      };
    });
    click('save');
    click('save-start');
    return file;
  });
  assert.match(String(name), /^mandelbrot_.*\.png$/);
  await page.close();
});

test('in the lowest windows the buttons beside the picture are in reach', async () => {
  const page = await open('iterations=20&smooth=off', { width: 300, height: 150 });
  for (const id of ['#in', '#out', '#home']) {
    const { top, bottom } = await page.$eval(id, (button) => button.getBoundingClientRect().toJSON());
    assert.ok(top >= 0 && bottom <= 150, id);
  }
  await page.close();
});

test('the wheel zooms on the divider, too, in pixels or lines, and the page itself stays as large as it is', async () => {
  const page = await open('width=2.5&lane=both&iterations=20&smooth=off');
  const wheel = (/** @type {string} */ selector, /** @type {WheelEventInit} */ options) =>
    page.$eval(
      selector,
      (element, options) => {
        const point = { clientX: 450, clientY: 250, bubbles: true, cancelable: true };
        return element.dispatchEvent(new WheelEvent('wheel', { ...point, ...options }));
      },
      options,
    );
  for (const [selector, options, width] of /** @type {[string, WheelEventInit, number][]} */ ([
    ['canvas', { deltaY: 48 }, 2.5 * Math.exp(48 / 450)],
    ['#divider', { deltaY: -3, deltaMode: 1 }, 2.5],
  ])) {
    assert.not(await wheel(selector, options), 'it is left to the browser');
    await pause(600);
    await settled(page);
    assert.ok(Math.abs((await numbersOf(page)).width - width) < 1e-3, String((await numbersOf(page)).width));
  }
  // Safari's pinch.
  const pinch = () => new Event('gesturestart', { bubbles: true, cancelable: true });
  assert.not(await page.evaluate(`document.querySelector('canvas').dispatchEvent((${pinch})())`));
  await page.close();
});

test('the buttons beside the picture zoom in and out, and lead home; with shift an arrow key moves farther', async () => {
  const page = await open('width=2.6&iterations=20&smooth=off');
  const after = async (/** @type {string} */ id) => {
    await page.click(id);
    await settled(page);
    return (await numbersOf(page)).width;
  };
  const widths = [await after('#in'), await after('#out'), await after('#out'), await after('#home')];
  const wanted = [2.6 / 1.5, 2.6, 2.6 * 1.5, 2.6];
  assert.ok(
    widths.every((width, i) => Math.abs(width - wanted[i]) < 1e-6),
    String(widths),
  );
  const right = async () => {
    const before = (await numbersOf(page)).re;
    await page.keyboard.press('ArrowRight');
    await settled(page);
    return (await numbersOf(page)).re - before;
  };
  const near = await right();
  await page.keyboard.down('Shift');
  const far = await right();
  assert.ok(near > 0 && Math.abs(far / near - 4) < 0.1, `${near}, ${far}`);
  await page.close();
});

test('the divider leaves the browser its keys, and drags no more once its button is up', async () => {
  const page = await open('iterations=20&smooth=off&lane=both');
  const at = () => page.$eval('#divider', (divider) => divider.getAttribute('aria-valuenow'));
  await page.focus('#divider');
  for (const modifier of /** @type {const} */ (['Control', 'Alt', 'Meta'])) {
    await page.keyboard.down(modifier);
    await page.keyboard.press('End');
    await page.keyboard.up(modifier);
  }
  assert.is(await at(), '50');
  const client = await page.createCDPSession();
  const send = (
    /** @type {'mousePressed' | 'mouseMoved'} */ type,
    /** @type {number} */ x,
    buttons = 0,
    modifiers = 0,
  ) =>
    client.send('Input.dispatchMouseEvent', { type, x, y: 100, button: buttons ? 'left' : 'none', buttons, modifiers });
  // As a Mac opens its menu; and a release that nobody hears of.
  await send('mousePressed', 450, 1, 2);
  await send('mouseMoved', 459, 1, 2);
  assert.is(await at(), '50');
  await send('mouseMoved', 450);
  await send('mousePressed', 450, 1);
  await send('mouseMoved', 468, 1);
  assert.is(await at(), '52');
  await send('mouseMoved', 477);
  assert.is(await at(), '52');
  await page.close();
});

test('what goes with another place leaves its focus to what stays', async () => {
  const page = await open('iterations=20&smooth=off&lane=both');
  for (const [gone, heir] of [
    ['#divider', 'canvas'],
    ['#mark', 'cpu'],
    ['#iterations', 'auto'],
  ]) {
    await page.evaluate(() => (location.hash = 'iterations=20&smooth=off&lane=both'));
    await page.waitForFunction(() => !document.getElementById('divider')?.hidden);
    await page.focus(gone);
    await page.evaluate(() => (location.hash = 'lane=cpu&smooth=off'));
    await page.waitForFunction(() => document.getElementById('divider')?.hidden);
    const focused = await page.evaluate(() => {
      const { id, value } = /** @type {HTMLInputElement} */ (document.activeElement);
      return id || value;
    });
    assert.is(focused, heir, gone);
  }
  await page.close();
});

test('that a picture cannot be drawn is told until one is', async () => {
  const page = await open('iterations=20&smooth=off');
  await page.evaluate(() => {
    const world = /** @type {any} */ (globalThis);
    world.createImageData = CanvasRenderingContext2D.prototype.createImageData;
    const { Float32Array } = world;
    world.Float32Array = class extends Float32Array {
      /** @param {any[]} args */
      constructor(...args) {
        if (args[0] > 16384) throw new RangeError('no memory');
        super(.../** @type {[number]} */ (args));
      }
    };
    world.mend = () => (world.Float32Array = Float32Array);
    location.hash = 'iterations=21&smooth=off';
  });
  const told = () =>
    page.$$eval('#notices [data-subject=refusal]', (notices) => notices.map((one) => one.textContent ?? ''));
  await page.waitForSelector('#notices [data-subject=refusal]');
  assert.match((await told())[0], 'The cpu lane can’t draw this: no memory.');
  await page.evaluate(() => /** @type {any} */ (globalThis).mend());
  await page.evaluate(() => (location.hash = 'iterations=22&smooth=off'));
  await page.waitForFunction(() => /iterations=22/.test(location.hash));
  await settled(page);
  assert.equal(await told(), []);
  await page.close();
});

test('where all pixels are there already, the panel says that none were computed', async () => {
  const page = await open('iterations=50&smooth=off');
  const pixels = () =>
    page.$eval('#timings', (table) => /Pixels\s+(.*?)\s*\n/.exec(/** @type {HTMLElement} */ (table).innerText)?.[1]);
  const first = await pixels();
  assert.match(String(first), /^\d+\.\d k$/);
  await page.mouse.move(500, 200);
  await page.mouse.down();
  await page.mouse.move(501, 201);
  await page.mouse.up();
  await settled(page);
  assert.is(await pixels(), '0');
  await page.waitForFunction(() =>
    /nothing to compute/.test(document.getElementById('announcement')?.textContent ?? ''),
  );
  // Other colours are of the same pixels.
  await page.select('#palette', 'viridis');
  await settled(page);
  assert.is(await pixels(), '0');
  await page.close();
});

test('Home leads home while the picture still glides', async () => {
  const page = await open('', { calm: false });
  const width = () => page.$eval('#width', (element) => element.textContent);
  const home = await width();
  // In one task, so that no frame is in between.
  await page.evaluate(() => {
    for (const key of ['ArrowLeft', '+', '+', 'Home']) document.dispatchEvent(new KeyboardEvent('keydown', { key }));
  });
  await pause(300);
  await settled(page);
  assert.is(await width(), home);
  await page.close();
});

test('however often the window changes while the picture moves, it is drawn once a frame', async () => {
  const page = await open('iterations=50&lane=cpu', {
    calm: false,
    prepare: (page) =>
      page.evaluateOnNewDocument(() => {
        const world = /** @type {any} */ (globalThis);
        const { requestAnimationFrame, cancelAnimationFrame } = world;
        /** Frames to come. @type {Set<number>} */
        const due = new Set();
        world.frames = { drawn: 0, most: 0 };
        world.requestAnimationFrame = (/** @type {FrameRequestCallback} */ callback) => {
          const id = requestAnimationFrame((/** @type {number} */ now) => {
            due.delete(id);
            world.frames.drawn++;
            callback(now);
          });
          world.frames.most = Math.max(world.frames.most, due.add(id).size);
          return id;
        };
        world.cancelAnimationFrame = (/** @type {number} */ id) => {
          due.delete(id);
          cancelAnimationFrame(id);
        };
      }),
  });
  // Puppeteer's own, while the page was opened, do not count.
  await page.evaluate(() => {
    const world = /** @type {any} */ (globalThis);
    world.frames.most = 0;
  });
  await page.focus('canvas');
  for (let i = 0; i < 10; i++) {
    await page.keyboard.press('ArrowRight');
    await page.setViewport({ width: 640 + 10 * i, height: 400 });
    await pause(40);
  }
  const { drawn, most } = await page.evaluate(() => /** @type {any} */ (globalThis).frames);
  assert.ok(drawn > 1);
  assert.is(most, 1);
  await page.close();
});

test('notices leave the open panel and the zoom buttons free', async () => {
  for (const [width, height] of [
    [620, 360],
    [640, 360],
    [641, 900],
    [844, 390],
    [1024, 600],
    [1180, 800],
    [1181, 800],
  ]) {
    const page = await open('foo=bar&width=1e-20&re=-0.75&im=0.1&iterations=20', { width, height });
    if (await page.$('.collapsed')) await page.click('#toggle');
    const boxes = await page.$$eval('#panel, #zoom, #notices > *', (elements) =>
      elements.map((element) => {
        const { left, top, right, bottom } = element.getBoundingClientRect();
        return { left, top, right, bottom, isNotice: element.parentElement?.id === 'notices' };
      }),
    );
    const notices = boxes.filter(({ isNotice }) => isNotice);
    assert.is(notices.length, 2);
    for (const one of notices) {
      for (const other of boxes) {
        if (other === one) continue;
        const apart =
          one.right <= other.left || other.right <= one.left || one.bottom <= other.top || other.bottom <= one.top;
        assert.ok(apart, `${width} × ${height}: ${JSON.stringify([one, other])}`);
      }
      assert.ok(one.left >= 0 && one.top >= 0 && one.right <= width && one.bottom <= height, 'it is in the window');
    }
    await page.close();
  }
});

test('a control keeps the keys that it uses, and leaves the others to the picture', async () => {
  const page = await open('lane=both&iterations=20&smooth=off', { width: 700, height: 490 });
  /** What a key does: whether the picture moves. @param {import('puppeteer').KeyInput} key */
  const moves = async (key) => {
    const before = await hashOf(page);
    await page.keyboard.press(key);
    await settled(page);
    return (await hashOf(page)).replace(/&lane.*/, '') !== before.replace(/&lane.*/, '');
  };
  await page.click('input[value=gpu]');
  await page.click('input[value=both]');
  // Unshifted plus, and shifted minus.
  for (const key of /** @type {const} */ (['+', '=', '-', '_', '+', 'Home'])) assert.ok(await moves(key), key);
  assert.not(await moves('ArrowLeft'));
  assert.match(await hashOf(page), 'lane=gpu');
  await page.click('input[value=both]');
  // The divider is there with the next frame.
  await settled(page);
  await page.focus('#divider');
  assert.ok(await moves('+'));
  assert.ok(await moves('ArrowUp'));
  for (const key of /** @type {const} */ (['ArrowLeft', 'ArrowRight', 'Home', 'End'])) assert.not(await moves(key));
  await page.focus('#palette');
  assert.not(await moves('Home'));
  await page.focus('#iterations');
  assert.not(await moves('-'));
  await page.focus('#smooth');
  assert.ok(await moves('-'));
  // The browser's own, and a dialog's.
  await page.keyboard.down('Control');
  assert.not(await moves('ArrowUp'));
  await page.keyboard.up('Control');
  await page.click('#save');
  assert.not(await moves('+'));
  await page.close();
});

test('the panel tells the centre with its signs and the digits of its depth, the palette’s colours and their kind', async () => {
  const page = await open('re=-0.5&im=-0.25&width=0.002&iterations=20&smooth=off');
  assert.is(await page.$eval('#centre', ({ textContent }) => textContent), '−0.5000000 − 0.2500000i');
  await page.evaluate(() => (location.hash = 're=0.25&im=0.5&width=2&iterations=20&smooth=off'));
  await page.waitForFunction(() => document.getElementById('centre')?.textContent === '0.2500 + 0.5000i');
  await page.evaluate(() => (location.hash = 're=-1e-9&im=-1e-12&width=2.6&iterations=20&smooth=off'));
  await page.waitForFunction(() => document.getElementById('centre')?.textContent === '0.0000 + 0.0000i');
  const colours = () => page.$eval('#gradient', (element) => getComputedStyle(element).backgroundImage);
  const before = await colours();
  await page.select('#palette', 'viridis');
  assert.is.not(await colours(), before);
  const groups = await page.$$eval('#palette optgroup', (groups) =>
    groups.map((group) => [group.label, ...[...group.children].map((option) => option.getAttribute('value'))]),
  );
  assert.equal(groups, [
    ['Perceptually uniform', 'inferno', 'magma', 'plasma', 'viridis', 'cividis'],
    ['Others', 'grey', 'turbo', 'sinebow'],
  ]);
  const expanded = () => page.$eval('#toggle', (button) => button.getAttribute('aria-expanded'));
  for (const isOpen of ['true', 'false', 'true']) {
    assert.is(await expanded(), isOpen);
    await page.click('#toggle');
  }
  await page.close();
});

test('the panel says why a lane falls back, and the picture is there all the same', async () => {
  const page = await open('iterations=20&smooth=off', {
    prepare: (page) => page.evaluateOnNewDocument(() => Reflect.deleteProperty(globalThis, 'WebAssembly')),
  });
  assert.match(await page.$eval('#devices', ({ textContent }) => textContent ?? ''), /^cpu: .*\. .*WebAssembly/);
  await page.close();
});

test('what is told of a copied link goes with the next movement', async () => {
  const page = await open('iterations=20&smooth=off');
  for (const [isAllowed, told] of /** @type {const} */ ([
    [true, 'The link is in the clipboard.'],
    [false, 'The clipboard is closed to this page: copy the link from the address bar.'],
  ])) {
    await page.evaluate((isAllowed) => {
      Object.defineProperty(navigator, 'clipboard', {
        value: { writeText: async () => assertAllowed() },
        configurable: true,
      });
      function assertAllowed() {
        if (!isAllowed) throw new DOMException('no', 'NotAllowedError');
      }
    }, isAllowed);
    await page.click('#copy');
    await page.waitForFunction((told) => document.getElementById('notices')?.innerText === told, {}, told);
    await page.focus('canvas');
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction(() => document.getElementById('notices')?.innerText === '');
  }
  await page.close();
});

/** Where the divider is, in percent. @param {import('puppeteer').Page} page */
const dividerOf = (page) => page.$eval('#divider', (divider) => Number(divider.getAttribute('aria-valuenow')));

test('the divider stays under the hand where it is taken, and its labels are the picture’s', async () => {
  const page = await open('lane=both&iterations=20&smooth=off', { width: 1000, height: 400 });
  await page.mouse.move(512, 100);
  await page.mouse.down();
  await page.mouse.move(513, 100);
  assert.is(await dividerOf(page), 50);
  await page.mouse.move(612, 100, { steps: 3 });
  assert.is(await dividerOf(page), 60);
  await page.mouse.up();
  const label = await page.$eval('#divider .right', (element) => {
    const { right, top } = element.getBoundingClientRect();
    return document.elementFromPoint(right - 3, top + 9)?.id;
  });
  assert.is(label, 'canvas');
  await page.close();
});

test('a divider at the edge makes a phone’s window no wider', async () => {
  const page = await open('lane=both&iterations=20&smooth=off', { width: 390, height: 844, touch: true });
  // Only where windows can be wider than the screen; the page is loaded anew.
  await page.setViewport({ width: 390, height: 844, deviceScaleFactor: 1, hasTouch: true, isMobile: true });
  await settled(page);
  await page.focus('#divider');
  for (const [key, at] of /** @type {const} */ ([
    ['End', 100],
    ['Home', 0],
  ])) {
    await page.keyboard.press(key);
    await settled(page);
    assert.is(await dividerOf(page), at);
    assert.equal(await page.evaluate(() => [innerWidth, innerHeight]), [390, 844]);
    assert.equal(await cutOff(page), []);
  }
  await page.close();
});

test('the divider’s keys move it to both sides, as far as the edges, and it tells both shares', async () => {
  const page = await open('lane=both&iterations=20&smooth=off');
  // A click is enough for it to hear keys.
  await page.mouse.click(450, 100);
  for (const [key, at] of /** @type {const} */ ([
    ['ArrowRight', 52],
    ['PageDown', 42],
    ['PageUp', 52],
    ['ArrowLeft', 50],
    ['Home', 0],
    ['ArrowLeft', 0],
    ['End', 100],
    ['ArrowRight', 100],
  ])) {
    await page.keyboard.press(key);
    assert.is(await dividerOf(page), at, key);
    const text = await page.$eval('#divider', (divider) => divider.getAttribute('aria-valuetext'));
    assert.is(text, `cpu ${at} %, gpu ${100 - at} %`);
  }
  await page.close();
});

test('the divider can be taken where the open panel covers it', async () => {
  const page = await open('lane=both&iterations=20&smooth=off', { width: 900, height: 700 });
  await page.mouse.move(450, 100);
  await page.mouse.down();
  await page.mouse.move(90, 100, { steps: 3 });
  await page.mouse.up();
  assert.is(await dividerOf(page), 10);
  assert.is(await page.evaluate(() => document.elementFromPoint(90, 100)?.closest('#divider, #panel')?.id), 'panel');
  await page.mouse.move(90, 350);
  await page.mouse.down();
  await page.mouse.move(360, 350, { steps: 3 });
  await page.mouse.up();
  assert.is(await dividerOf(page), 40);
  await page.focus('#divider');
  await page.keyboard.press('PageUp');
  assert.is(await dividerOf(page), 50);
  await page.close();
});

test('a pinch with a finger on the divider zooms, and leaves the divider where it is', async () => {
  const page = await open('width=2.6&lane=both&iterations=20&smooth=off', { width: 1000, height: 400, touch: true });
  const client = await page.createCDPSession();
  const touch = (/** @type {'touchStart' | 'touchMove' | 'touchEnd'} */ type, /** @type {number[]} */ ...columns) =>
    client.send('Input.dispatchTouchEvent', { type, touchPoints: columns.map((x, id) => ({ x, y: 100, id })) });
  const width = async () => Number(new URLSearchParams((await hashOf(page)).slice(1)).get('width'));
  /** Whichever finger comes first. */
  for (const [first, second] of [
    [500, 600],
    [600, 500],
  ]) {
    const before = await width();
    const sign = Math.sign(second - first);
    await touch('touchStart', first);
    await touch('touchStart', first, second);
    for (let i = 1; i <= 5; i++) await touch('touchMove', first - 10 * sign * i, second + 10 * sign * i);
    await touch('touchEnd');
    await settled(page);
    await pause(500);
    assert.ok(Math.abs((await width()) / before - 0.5) < 0.02, `${first}: ${await width()} after ${before}`);
    assert.is(await dividerOf(page), 50);
  }
  await page.close();
});

test('in forced colours the chosen lane is still marked, and progress is seen', async () => {
  const page = await open('iterations=20');
  const client = await page.createCDPSession();
  await client.send('Emulation.setEmulatedMedia', {
    features: [
      { name: 'forced-colors', value: 'active' },
      { name: 'prefers-color-scheme', value: 'dark' },
    ],
  });
  assert.ok(await page.evaluate(() => matchMedia('(forced-colors: active)').matches));
  const [cpu, gpu] = await page.$$eval('#lane span', (spans) => spans.map((span) => getComputedStyle(span).color));
  assert.is.not(cpu, gpu);
  // The line that is laid over the picture as a difference keeps its white; a bar has an edge.
  const line = await page.$eval('#activity', (element) => getComputedStyle(element, '::after').backgroundColor);
  assert.match(line, '255, 255, 255');
  assert.is(await page.$eval('#save-progress', (bar) => getComputedStyle(bar).borderTopWidth), '1px');
  await page.close();
});

/** What reaches out of its box to the right, in the panel, the notices and an open dialog. @param {import('puppeteer').Page} page */
const cutOff = (page) =>
  page.$$eval('body, #panel, #panel *, #notices *, dialog[open], dialog[open] *', (elements) =>
    elements
      .filter((element) => {
        if (element.matches('legend, caption, svg, svg *, option, optgroup') || !element.getClientRects().length)
          return false;
        const { right } = element.getBoundingClientRect();
        const inner = element.clientWidth && element.scrollWidth > element.clientWidth + 1;
        return inner || right > innerWidth + 1;
      })
      .map(({ tagName, id, textContent }) => `${tagName} #${id} ${textContent?.trim()}`),
  );

test('text of twice the size is whole, and nothing scrolls sideways', async () => {
  for (const [width, height] of [
    [390, 844],
    [1280, 800],
  ]) {
    const page = await open('lane=both&iterations=20&smooth=off&foo=bar', {
      ...{ width, height, touch: width < 640 },
      prepare: async (page) => {
        const client = await page.createCDPSession();
        await client.send('Page.setFontSizes', { fontSizes: { standard: 32 } });
      },
    });
    assert.is(await page.$eval('.check', (element) => getComputedStyle(element).fontSize), '28px');
    await page.click('#toggle');
    // The divider's grip lies elsewhere.
    await page.click('label:has(input[value=cpu])');
    await page.click('label:has(input[value=gpu])');
    assert.match(await hashOf(page), 'lane=gpu');
    await page.click('label:has(input[value=both])');
    assert.equal(await cutOff(page), [], `${width} × ${height}`);
    await page.click('#save');
    assert.equal(await cutOff(page), [], `${width} × ${height}, saving`);
    await page.close();
  }
});

test('open controls on a phone leave the middle of the picture in sight', async () => {
  for (const [width, height] of [
    [390, 844],
    [360, 640],
    [640, 360],
    [844, 390],
  ]) {
    const page = await open('iterations=20', { width, height, touch: true });
    await page.click('#toggle');
    const middle = () => document.elementFromPoint(innerWidth / 2 + 1, innerHeight / 2)?.id;
    assert.is(await page.evaluate(middle), 'canvas', `${width} × ${height}`);
    await page.close();
  }
});

test('on a touch screen fields are large enough for iOS not to zoom the page', async () => {
  const page = await open('iterations=20', { touch: true });
  assert.ok(await page.evaluate(() => matchMedia('(pointer: coarse)').matches));
  const sizes = await page.$$eval('select, input[type=number]', (fields) =>
    fields.map((field) => parseFloat(getComputedStyle(field).fontSize)),
  );
  assert.ok(sizes.length === 4 && sizes.every((size) => size >= 16), String(sizes));
  await page.close();
});

test('a notice that is dismissed hands the focus to another one, the last one to the picture', async () => {
  const page = await open('foo=bar&width=1e-20&re=-0.75&im=0.1&iterations=20');
  const focused = () =>
    page.evaluate(() => document.activeElement?.closest('[data-subject], #canvas')?.outerHTML ?? '');
  const names = await page.$$eval('#notices button', (buttons) =>
    buttons.map((button) => button.getAttribute('aria-label')),
  );
  assert.equal(names, ['Dismiss', 'Dismiss']);
  await page.focus('[data-subject=link] button');
  await page.keyboard.press('Enter');
  assert.match(await focused(), 'data-subject="depth"');
  await page.keyboard.press('Enter');
  assert.match(await focused(), '<canvas');
  await page.close();
});

test('where the gpu lane cannot be had, its radio button hands the focus to the cpu lane’s', async () => {
  const page = await open('iterations=20', { prepare: keepContexts });
  // The page has looked whether there is WebGL2.
  await page.waitForFunction(() => /** @type {any} */ (globalThis).contexts.length > 0);
  await refuseContexts(page);
  await page.focus('input[value=cpu]');
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => /load the page anew/.test(document.getElementById('notices')?.innerText ?? ''));
  await settled(page);
  assert.equal(await page.$$eval('input[name=lane]:disabled', (inputs) => inputs.length), 2);
  assert.is(await page.evaluate(() => document.activeElement?.getAttribute('value')), 'cpu');
  assert.match(await hashOf(page), 'lane=cpu');
  await page.close();
});

test('a file whose lane is lost is not saved, and saved once the lane is open again', async () => {
  const page = await open('lane=gpu&iterations=20&smooth=off', { prepare: keepContexts });
  const client = await page.createCDPSession();
  await client.send('Browser.setDownloadBehavior', { behavior: 'deny' });
  await loseContext(page);
  await page.click('#save');
  await page.click('#save-start');
  await says(page, 'save-message', 'the gpu lane was lost. It is opened again');
  await page.waitForFunction(() => /is open again/.test(document.getElementById('notices')?.innerText ?? ''));
  await page.click('#save-start');
  await says(page, 'save-message', 'saved by gpu');
  await page.close();
});

test('a file can be given up while its lane opens', async () => {
  const page = await open('lane=gpu&iterations=20&smooth=off', { prepare: silenceWorkers });
  await page.evaluate(() => (location.hash = 'lane=cpu&iterations=20&smooth=off'));
  await page.waitForFunction(() => document.getElementById('devices')?.innerText === 'cpu: opening');
  await page.click('#save');
  await page.click('#save-start');
  await page.click('#save-cancel');
  await page.waitForFunction(() => document.getElementById('save-message')?.innerText === 'Cancelled');
  assert.is(await page.$eval('#devices', (element) => element.textContent), 'cpu: opening');
  await page.close();
});

test('a file’s name tells its place in full, and what is said of it goes with the next change', async () => {
  const place = 're=-0.7436438870371587&im=0.1318259042053119&width=1e-11';
  const page = await open(`${place}&iterations=300&smooth=off`);
  const files = await catchFiles(page);
  await page.click('#save');
  await page.click('#save-start');
  await says(page, 'save-message', 'saved by cpu');
  assert.equal(await files(), ['mandelbrot_-0.7436438870371587_0.1318259042053119_1e-11_300_900x500_cpu.png']);
  const bar = () => page.$eval('#save-progress', (bar) => /** @type {HTMLProgressElement} */ (bar).value);
  assert.is(await bar(), 1);
  assert.is(await page.$eval('#save-percent', (element) => element.textContent), '');
  await page.type('#save-width', '1');
  assert.is(await bar(), 0);
  assert.is(await page.$eval('#save-message', (element) => element.textContent), '');
  await page.close();
});

test('the sizes to choose are the window’s, twice that as far as can be, and squares', async () => {
  const page = await open('lane=both&iterations=20&smooth=off', { width: 1000, height: 500 });
  const files = await catchFiles(page);
  await page.click('#save');
  const size = async (/** @type {string} */ name) => {
    await page.click(`#sizes [data-size="${name}"]`);
    return page.$$eval('#save-width, #save-height', (fields) =>
      fields.map((field) => /** @type {HTMLInputElement} */ (field).value).join(),
    );
  };
  assert.is(await size('double'), '2000,1000');
  assert.is(await size('4096'), '4096,4096');
  assert.is(await size('window'), '1000,500');
  // Beside each other, the lane on the left computes files.
  await page.click('#save-start');
  await says(page, 'save-message', 'saved by cpu');
  assert.match((await files())[0], /_1000x500_cpu\.png$/);
  await size('8192');
  assert.is(await page.$eval('#save-message', (element) => element.textContent), '');
  await page.close();
  const wide = await open('iterations=20&smooth=off', { width: 5000, height: 100 });
  await wide.evaluate(() => document.getElementById('save')?.click());
  await wide.evaluate(() => /** @type {HTMLElement} */ (document.querySelector('[data-size=double]')).click());
  assert.is(await wide.$eval('#save-width', (field) => /** @type {HTMLInputElement} */ (field).value), '8192');
  assert.is(await wide.$eval('#save-height', (field) => /** @type {HTMLInputElement} */ (field).value), '164');
  await wide.close();
});

test('while a file is made its settings stay, the focus is on Cancel, and Escape gives it up', async () => {
  const page = await open('iterations=20&smooth=off');
  const files = await catchFiles(page);
  await page.click('#save');
  await page.click('#sizes [data-size="8192"]');
  await page.focus('#save-start');
  await page.keyboard.press('Enter');
  assert.is(await page.evaluate(() => document.activeElement?.id), 'save-cancel');
  const enabled = () =>
    page.$$eval('#save-dialog :is(button, input):enabled', (controls) => controls.map(({ id }) => id));
  assert.equal(await enabled(), ['save-cancel']);
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => document.querySelector('#save-start:enabled'));
  assert.equal(await files(), []);
  // Of a file that came to nothing, nothing is told.
  await page.click('#save');
  assert.is(await page.$eval('#save-status', ({ textContent }) => textContent?.trim()), '');
  await page.close();
});

test('a file with more pixels than f64 tells apart at its place is not saved', async () => {
  const page = await open('re=-1.7490812&im=0&width=4e-12&iterations=20&smooth=off');
  await page.click('#save');
  await page.click('#sizes [data-size="8192"]');
  await page.click('#save-start');
  await says(page, 'save-message', 'Not saved: coordinates in f64 are true to scale down to a pixel step of');
  await page.close();
});

test('a gpu lane that turns out to be in f32 saves no file that is too fine for it', async () => {
  const place = 're=-0.743643&im=0.131826&width=0.0004';
  const page = await open(`${place}&lane=gpu&iterations=100&smooth=off`, { prepare: breakDf64 });
  const files = await catchFiles(page);
  await page.click('#save');
  for (const format of ['png', 'npy']) {
    await page.$eval(`input[value=${format}]`, (radio) => /** @type {HTMLInputElement} */ (radio).click());
    await page.click('#sizes [data-size="8192"]');
    await page.click('#save-start');
    await says(page, 'save-message', 'Not saved: f32 tells pixels apart down to a step of 4.8 × 10⁻⁷ here');
  }
  assert.equal(await files(), []);
  await page.click('#sizes [data-size=window]');
  await page.click('#save-start');
  await says(page, 'save-message', 'saved by gpu');
  await page.close();
});

test('where pictures cannot be compressed, the counts can be saved', async () => {
  const page = await open('iterations=20&smooth=off');
  const files = await catchFiles(page);
  await page.evaluate(() => Reflect.deleteProperty(globalThis, 'CompressionStream'));
  await page.click('#save');
  await page.click('#save-start');
  await says(page, 'save-message', 'Not saved: this browser cannot compress a picture');
  await page.$eval('input[value=npy]', (radio) => /** @type {HTMLInputElement} */ (radio).click());
  await page.click('#save-start');
  await says(page, 'save-message', 'saved by cpu');
  assert.equal(await files(), ['mandelbrot_-0.75_0_2.6_20_900x500_cpu.npy']);
  await page.close();
});

test('fields show all their digits in the narrowest windows', async () => {
  const page = await open('iterations=20', { width: 256, height: 400 });
  /** @param {string} id @param {string} value */
  const cut = (id, value) =>
    page.$eval(
      id,
      (element, value) => {
        const field = /** @type {HTMLInputElement} */ (element);
        field.value = value;
        return field.scrollWidth - field.clientWidth;
      },
      value,
    );
  await page.click('#toggle');
  await page.click('#save');
  assert.is(await cut('#save-width', '8192'), 0);
  assert.ok((await cut('#save-width', '8192819281928192')) > 0);
  await page.click('#save-cancel');
  await page.setViewport({ width: 1000, height: 700 });
  assert.is(await cut('#iterations', '16777216'), 0);
  await page.close();
});

test('a comparison can be given up while its lanes open, and keeps its extent while it runs', async () => {
  const page = await open('iterations=20', { prepare: withoutWebGL });
  await silenceWorkers(page);
  await page.click('#compare');
  await page.waitForSelector('#compare-dialog[open]');
  await page.click('#compare-start');
  await says(page, 'compare-message', 'Opening the lanes');
  const disabled = () => page.$$eval('#compare-dialog :disabled', (elements) => elements.map(({ id }) => id));
  assert.equal(await disabled(), ['', '', 'compare-start']);
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => document.querySelectorAll('#compare-dialog :disabled').length === 0);
  // Of a comparison that came to nothing, nothing is told.
  await page.click('#compare');
  assert.is(await page.$eval('#compare-status', ({ textContent }) => textContent?.trim()), '');
  await page.close();
});

test('a thorough comparison begins with larger pictures, and closes its lanes when it is given up', async () => {
  const page = await open('width=8&iterations=20', {
    prepare: async (page) => {
      await withoutWebGL(page);
      await page.evaluateOnNewDocument(() => {
        const world = /** @type {any} */ (globalThis);
        world.workers = new Set();
        const { terminate } = Worker.prototype;
        world.Worker = class extends Worker {
          constructor(/** @type {any[]} */ ...args) {
            super(.../** @type {[string]} */ (args));
            world.workers.add(this);
          }
        };
        Worker.prototype.terminate = function () {
          world.workers.delete(this);
          terminate.call(this);
        };
      });
    },
  });
  const workers = () => page.evaluate(() => /** @type {any} */ (globalThis).workers.size);
  const before = await workers();
  await page.click('#compare');
  await page.waitForSelector('#compare-dialog[open]');
  await page.click('label:has(input[value=thorough])');
  const first = page.evaluate(
    () =>
      new Promise((resolve) => {
        const percent = /** @type {HTMLElement} */ (document.getElementById('compare-percent'));
        const look = () => percent.textContent && resolve(percent.textContent);
        new MutationObserver(look).observe(percent, { childList: true });
      }),
  );
  await page.focus('#compare-start');
  await page.keyboard.press('Enter');
  assert.is(await page.evaluate(() => document.activeElement?.id), 'compare-cancel');
  assert.match(String(await first), '%, after salon 200');
  assert.ok((await workers()) > before);
  await page.click('#compare-cancel');
  await says(page, 'compare-message', 'Cancelled');
  assert.is(await page.$eval('#compare-progress', (bar) => /** @type {HTMLProgressElement} */ (bar).value), 0);
  await page.waitForFunction((before) => /** @type {any} */ (globalThis).workers.size === before, {}, before);
  await page.click('#compare-cancel');
  assert.is(await page.$('dialog[open]'), null);
  await page.close();
});

test('a report is there as long as the view is, and no longer', async () => {
  const page = await open('width=8&iterations=1000', { prepare: withoutWebGL, width: 700, height: 490 });
  await page.click('#compare');
  await page.waitForSelector('#compare-dialog[open]');
  await page.click('#compare-start');
  await page.waitForSelector('#report iframe', { timeout: 120_000 });
  // As many pixels of the view as 100 million iterations allow.
  const frame = await (await page.$('#report iframe'))?.contentFrame();
  assert.match((await frame?.evaluate(() => document.body.innerText)) ?? '', 'this view, 378 × 265');
  const reopen = async () => {
    await page.keyboard.press('Escape');
    await page.click('#compare');
    await page.waitForSelector('#compare-dialog[open]');
    return page.evaluate(() => [
      document.querySelectorAll('#report iframe').length,
      document.getElementById('compare-message')?.innerText.slice(0, 4) ?? '',
    ]);
  };
  // Escape closes it from within the report, too.
  await page.click('#report iframe');
  assert.is(await page.evaluate(() => document.activeElement?.tagName), 'IFRAME');
  assert.equal(await reopen(), [1, 'Done']);
  await page.keyboard.press('Escape');
  await page.evaluate(() => (location.hash = 'width=7&iterations=20'));
  await page.waitForFunction(() => /width=7/.test(location.hash));
  await settled(page);
  assert.equal(await reopen(), [0, '']);
  await page.close();
});

test('a comparison that comes late leaves an open dialog alone, and one that cannot be loaded is told', async () => {
  /** @type {import('puppeteer').HTTPRequest[]} */
  const held = [];
  const page = await open('width=8&iterations=20', {
    prepare: async (page) => {
      await page.setRequestInterception(true);
      page.on('request', (request) => {
        if (/compare-dialog/.test(request.url())) held.push(request);
        else void request.continue();
      });
    },
  });
  const dialogs = () => page.$$eval('dialog[open]', (found) => found.map(({ id }) => id));
  await page.click('#compare');
  await page.click('#save');
  while (held.length === 0) await pause(10);
  await held[0].continue();
  await pause(300);
  assert.equal(await dialogs(), ['save-dialog']);
  await page.keyboard.press('Escape');
  await page.click('#compare');
  await page.waitForSelector('#compare-dialog[open]');
  await page.close();

  const failing = await open('width=8&iterations=20', {
    prepare: async (page) => {
      await page.setRequestInterception(true);
      page.on('request', (request) => {
        if (/compare-dialog/.test(request.url())) void request.abort();
        else void request.continue();
      });
    },
  });
  await failing.click('#compare');
  const notice = await failing.waitForSelector('#notices [data-subject=comparison]');
  assert.match(String(await notice?.evaluate((element) => element.textContent)), 'To try again, load the page anew.');
  await failing.close();
});

test('the first thing to be seen of a place that takes long is the whole of it, blurred', async () => {
  const page = await open('iterations=20&smooth=off');
  await page.evaluate(() => (location.hash = 're=-1.7&im=0&width=0.003&iterations=16777216&smooth=off'));
  const pixels = await page.waitForFunction(
    () => document.getElementById('timings')?.innerText.match(/Pixels\s+(\d+)\s/)?.[1],
    { polling: 'raf' },
  );
  assert.ok(Number(await pixels.jsonValue()) < (900 * 500) / 32 ** 2);
  const colours = await page.evaluate(() => {
    const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector('canvas'));
    const { data } = /** @type {any} */ (canvas.getContext('2d')).getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  });
  assert.ok(colours > 10, `${colours} colours`);
  assert.is(await page.$eval('main', (main) => main.getAttribute('aria-busy')), 'true');
  await page.close();
});

test('a view of which nothing is there yet says that it is computed, once that takes long', async () => {
  const page = await open('lane=gpu&iterations=20&smooth=off', { prepare: silenceWorkers });
  const told = (/** @type {string} */ visibility) =>
    page.waitForFunction(
      (wanted) =>
        getComputedStyle(/** @type {Element} */ (document.querySelector('#activity span'))).visibility === wanted,
      { polling: 'raf' },
      visibility,
    );
  await told('hidden');
  const place = 're=-0.7436438870371587&im=0.1318259042053119&width=1e-4&iterations=20&smooth=off';
  await page.evaluate((place) => (location.hash = `lane=cpu&${place}`), place);
  await told('visible');
  // What one lane has, the other one shows.
  await page.evaluate((place) => (location.hash = `lane=gpu&${place}`), place);
  await settled(page);
  await told('hidden');
  await page.evaluate((place) => (location.hash = `lane=cpu&${place}`), place);
  await pause(500);
  await told('hidden');
  // A part of the view is more than nothing, too.
  await page.evaluate((place) => (location.hash = `lane=gpu&${place}`), place);
  await settled(page);
  await stallGpu(page);
  await page.mouse.move(880, 100);
  await page.mouse.down();
  await page.mouse.move(340, 100, { steps: 5 });
  await page.mouse.up();
  await pause(800);
  assert.is(await page.$eval('main', (main) => main.getAttribute('aria-busy')), 'true');
  await told('hidden');
  await page.evaluate(() => (location.hash = 'lane=gpu&re=-1.7&im=0.01&width=1e-4&iterations=20&smooth=off'));
  await told('visible');
  await page.close();
});

test('beside each other, a lane that is late shows what the other one has, and its label says so', async () => {
  const page = await open('lane=gpu&iterations=20&smooth=off');
  await stallGpu(page);
  await page.evaluate(() => (location.hash = 'lane=both&re=-0.745&im=0.11&width=0.01&iterations=200&smooth=off'));
  await page.waitForFunction(() => /cpu \d.* · gpu …/.test(document.getElementById('summary')?.innerText ?? ''));
  assert.equal(await page.$$eval('#divider .busy', (labels) => labels.map(({ textContent }) => textContent)), ['gpu']);
  const colours = await page.evaluate(() => {
    const { width, height } = /** @type {HTMLCanvasElement} */ (document.querySelector('canvas'));
    const context = /** @type {HTMLCanvasElement} */ (document.querySelector('canvas')).getContext('2d');
    const { data } = /** @type {any} */ (context).getImageData(width / 2, 0, width / 2, height);
    return new Set(new Uint32Array(data.buffer)).size;
  });
  assert.ok(colours > 50, `${colours} colours`);
  await page.click('input[value=cpu]');
  await settled(page);
  await page.close();
});

test('a lane that is late shows the other one’s pixels, and none of its own of other settings over them', async () => {
  const page = await open('lane=gpu&re=-0.745&im=0.11&width=0.01&iterations=60&smooth=off');
  await page.evaluate(() => (location.hash = 'lane=cpu&re=-0.745&im=0.11&width=0.03&iterations=600&smooth=off'));
  await settled(page);
  await stallGpu(page);
  await watchPicture(page);
  await page.click('label:has(input[value=gpu])');
  await page.waitForFunction(() => /^gpu …/.test(document.getElementById('summary')?.innerText ?? ''));
  await pause(500);
  assert.is(await page.$eval('main', (main) => main.getAttribute('aria-busy')), 'true');
  const { frames, worst } = await watched(page);
  assert.ok(frames > 0);
  assert.is(worst, 0);
  await page.close();
});

test('from one lane to the other the picture stays sharp, however long its painting takes', async () => {
  const page = await open('lane=gpu&re=-0.745&im=0.11&width=0.5&iterations=60&smooth=off', { width: 700 });
  await watchPicture(page);
  await page.evaluate(() => {
    const { prototype } = CanvasRenderingContext2D;
    const { putImageData } = prototype;
    prototype.putImageData = /** @type {any} */ (
      function (/** @type {any} */ ...args) {
        for (const end = performance.now() + 6; performance.now() < end;);
        /** @type {any} */ (putImageData).apply(/** @type {any} */ (this), args);
      }
    );
  });
  await page.click('label:has(input[value=cpu])');
  await settled(page);
  const { frames, worst } = await watched(page);
  assert.ok(frames > 2);
  // Counts in f32 differ here and there.
  assert.ok(worst < 0.01, String(worst));
  await page.close();
});

test('before the surroundings are known, they have the colour of no count', async () => {
  const page = await open('iterations=20&smooth=off', {
    prepare: (page) =>
      page.evaluateOnNewDocument(() => {
        const world = /** @type {any} */ (globalThis);
        world.fills = [];
        const { prototype } = /** @type {any} */ (CanvasRenderingContext2D);
        const { fillRect } = prototype;
        prototype.fillRect = function (/** @type {any} */ ...args) {
          world.fills.push(this.fillStyle);
          fillRect.apply(this, args);
        };
      }),
  });
  await page.keyboard.press('ArrowRight');
  await settled(page);
  /** @type {string[]} */
  const fills = await page.evaluate(() => /** @type {any} */ (globalThis).fills);
  const background = await page.$eval('body', (body) => getComputedStyle(body).backgroundColor);
  assert.is(fills[0], '#36363c');
  assert.is(background, 'rgb(54, 54, 60)');
  assert.is.not(fills.at(-1), fills[0]);
  await page.close();
});

test('what another lane’s picture shows is recoloured, too', async () => {
  const page = await open('lane=gpu&iterations=50&smooth=off', { prepare: silenceWorkers });
  await page.click('label:has(input[value=cpu])');
  await page.select('#palette', 'viridis');
  const { at } = await shoot(page);
  const seen = at(890, 10);
  const wanted = colourOf(2, 0, 50, 'viridis');
  assert.ok(
    seen.every((value, i) => Math.abs(value - wanted[i]) <= 1),
    `${seen}`,
  );
  await page.close();
});

test('on paper it is the picture that was on the screen, which stays as it is', async () => {
  const page = await open('iterations=20&smooth=off', { width: 640, height: 400 });
  const width = () => page.$eval('canvas', (canvas) => canvas.width);
  await page.emulateMediaType('print');
  await page.pdf();
  await page.setViewport({ width: 500, height: 400 });
  await pause(200);
  assert.is(await width(), 640);
  await page.reload();
  await settled(page);
  assert.is(await width(), 500);
  await page.setViewport({ width: 600, height: 400 });
  await page.emulateMediaType('screen');
  await page.waitForFunction(() => document.querySelector('canvas')?.width === 600);
  await settled(page);
  await page.close();
});

test('counts that are there are coloured anew, smoothly or not', async () => {
  const place = 're=-0.745&im=0.11&width=0.05&iterations=200';
  const picture = (/** @type {import('puppeteer').Page} */ page) =>
    page.$eval('canvas', (canvas) => canvas.toDataURL());
  const stepped = await open(`${place}&smooth=off`);
  const wanted = await picture(stepped);
  await stepped.close();
  const page = await open(place);
  const smooth = await picture(page);
  assert.ok(smooth !== wanted);
  await page.evaluate(() => {
    const world = /** @type {any} */ (globalThis);
    world.asked = 0;
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (/** @type {[any]} */ ...args) {
      world.asked++;
      return postMessage.apply(this, args);
    };
  });
  const timings = () => page.$eval('#timings', (table) => /** @type {HTMLElement} */ (table).innerText);
  const took = await timings();
  for (const look of [wanted, smooth]) {
    await page.click('#smooth');
    await settled(page);
    assert.is(await picture(page), look);
    assert.is(await timings(), took);
  }
  assert.is(await page.evaluate(() => /** @type {any} */ (globalThis).asked), 0);
  // What is computed without fractions is computed again with them, and only that.
  await page.click('#smooth');
  await page.focus('canvas');
  await page.keyboard.press('ArrowRight');
  await settled(page);
  await page.click('#smooth');
  await settled(page);
  const moved = await picture(page);
  const fresh = await open((await hashOf(page)).slice(1));
  assert.is(await picture(fresh), moved);
  await fresh.close();
  await page.close();
});

test('what one lane cannot draw is told when the other one is done, too', async () => {
  const page = await open('lane=both&iterations=20&smooth=off', { width: 640, height: 400 });
  const told = (/** @type {boolean} */ refused) =>
    page.waitForFunction(
      (refused) => /The gpu lane can’t draw this/.test(document.getElementById('notices')?.innerText ?? '') === refused,
      {},
      refused,
    );
  await page.evaluate(() => {
    const { prototype } = WebGL2RenderingContext;
    prototype.checkFramebufferStatus = () => WebGL2RenderingContext.FRAMEBUFFER_UNSUPPORTED;
    prototype.getError = () => WebGL2RenderingContext.OUT_OF_MEMORY;
    prototype.readPixels = () => {};
    // The cpu lane is the slower one.
    const { postMessage } = Worker.prototype;
    /** @type {(() => void)[]} */
    const held = [];
    Worker.prototype.postMessage = function (/** @type {[any]} */ ...args) {
      held.push(() => postMessage.apply(this, args));
    };
    /** @type {any} */ (globalThis).letCpuGo = () => {
      Worker.prototype.postMessage = postMessage;
      for (const send of held) send();
    };
    location.hash = 'lane=both&re=-1.7&im=0&width=0.3&iterations=300&smooth=off';
  });
  await told(true);
  assert.is(await page.$eval('main', (main) => main.getAttribute('aria-busy')), 'true');
  await page.evaluate(() => /** @type {any} */ (globalThis).letCpuGo());
  await settled(page);
  assert.match(await page.$eval('#summary', ({ textContent }) => textContent ?? ''), /^cpu \d/);
  await told(true);
  await page.evaluate(() => (location.hash = 'lane=cpu&re=-1.7&im=0&width=0.2&iterations=300&smooth=off'));
  await told(false);
  await page.close();
});

test('a gpu lane whose context is lost while it opens is opened again', async () => {
  const page = await open('lane=gpu&iterations=20&smooth=off', {
    prepare: (page) =>
      page.evaluateOnNewDocument(() => {
        const world = /** @type {any} */ (globalThis);
        world.lost = false;
        const { getContext } = OffscreenCanvas.prototype;
        OffscreenCanvas.prototype.getContext = /** @type {any} */ (
          function (/** @type {any} */ ...args) {
            const context = /** @type {any} */ (getContext).apply(/** @type {any} */ (this), args);
            if (args[0] === 'webgl2' && !world.lost) {
              world.lost = true;
              setTimeout(() => context.getExtension('WEBGL_lose_context').loseContext());
            }
            return context;
          }
        );
      }),
  });
  await page.waitForFunction(() => /is open again/.test(document.getElementById('notices')?.innerText ?? ''));
  await settled(page);
  assert.match(await hashOf(page), 'lane=gpu');
  assert.match(await page.$eval('#summary', ({ textContent }) => textContent ?? ''), /^gpu \d/);
  await page.close();
});

test('the picture tells screen readers its keys', async () => {
  const page = await open('iterations=20');
  const client = await page.createCDPSession();
  await client.send('DOM.enable');
  const { root } = await client.send('DOM.getDocument');
  const { nodeId } = await client.send('DOM.querySelector', { nodeId: root.nodeId, selector: '#canvas' });
  const { nodes } = await client.send('Accessibility.getPartialAXTree', { nodeId, fetchRelatives: false });
  assert.match(nodes[0].description?.value, 'arrow keys');
  await page.close();
});

test('the comparison says in plain words which lanes cannot run', async () => {
  const page = await open('width=8&iterations=20', { prepare: withoutWebGL });
  await page.click('#compare');
  await page.waitForSelector('#compare-dialog[open]');
  await page.click('#compare-start');
  await page.waitForSelector('#report iframe', { timeout: 120_000 });
  assert.is(
    await page.$eval('#compare-message', (element) => element.textContent),
    'Done. WebGL2 is missing here, so the gpu-array lane cannot run. WebGL2 is missing here, so the gpu lane cannot run',
  );
  await page.close();
});

test.run(59);
