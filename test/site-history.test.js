import * as assert from 'uvu/assert';
import { hashOf, openExplorers, settled, withoutWebGL } from './explorer.js';
import { suite } from './harness.js';

const test = suite('site-history');

const open = await openExplorers(test);

/** @typedef {import('puppeteer').Page} Page */

/** @param {Page} page */
const stepsOf = (page) => page.evaluate(() => history.length);

test('without the gpu lane the way back is free, and the lane is asked for once only', async () => {
  const page = await open('iterations=20', { prepare: withoutWebGL });
  await page.evaluate(() => (location.hash = 'lane=gpu&iterations=21'));
  await page.waitForFunction(() => /lane=cpu&iterations=21/.test(location.hash));
  await settled(page);
  await page.evaluate(() => (location.hash = 'lane=both&iterations=22'));
  await page.waitForFunction(() => /lane=cpu&iterations=22/.test(location.hash));
  await settled(page);
  const steps = await stepsOf(page);
  const asked = await page.evaluate(() => /** @type {any} */ (globalThis).asked);
  for (const iterations of [21, 20]) {
    await page.evaluate(() => history.back());
    await page.waitForFunction((value) => location.hash.includes(`iterations=${value}`), {}, iterations);
    await settled(page);
  }
  assert.is(await hashOf(page), '#iterations=20');
  assert.is(await stepsOf(page), steps);
  assert.is(await page.evaluate(() => /** @type {any} */ (globalThis).asked), asked);
  await page.close();
});

test('changes of one setting that follow at once are one step back, those of two are two', async () => {
  const page = await open('iterations=20&smooth=off');
  const before = await stepsOf(page);
  await page.focus('#iterations');
  for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowUp');
  assert.match(await hashOf(page), 'iterations=24');
  assert.is((await stepsOf(page)) - before, 1);
  await page.select('#palette', 'viridis');
  await page.select('#palette', 'turbo');
  assert.is((await stepsOf(page)) - before, 2);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  await page.select('#palette', 'viridis');
  assert.is((await stepsOf(page)) - before, 3);
  for (const hash of ['iterations=24&palette=turbo', 'iterations=24&palette=inferno', 'iterations=20&smooth=off']) {
    await page.evaluate(() => history.back());
    await page.waitForFunction((hash) => location.hash.includes(hash), {}, hash);
  }
  await settled(page);
  await page.close();
});

/** Goes back by a step, after `prepareActs`, and gives the place there. @param {Page} page */
async function back(page) {
  await page.evaluate('goBack()');
  await settled(page);
  return new URLSearchParams((await hashOf(page)).slice(1));
}

/** What the following tests do at once, so that no time passes in between. @param {Page} page */
const prepareActs = (page) =>
  page.evaluate(() => {
    const world = /** @type {any} */ (globalThis);
    const canvas = /** @type {HTMLElement} */ (document.getElementById('canvas'));
    const palettes = /** @type {HTMLSelectElement} */ (document.getElementById('palette'));
    world.press = (/** @type {string} */ key) =>
      canvas.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    world.wheel = () => canvas.dispatchEvent(new WheelEvent('wheel', { deltaY: -90, cancelable: true, bubbles: true }));
    world.goBack = () =>
      new Promise((resolve) => {
        addEventListener('popstate', () => resolve(undefined), { once: true });
        history.back();
      });
    world.choose = (/** @type {string} */ palette) => {
      palettes.value = palette;
      palettes.dispatchEvent(new Event('change'));
    };
  });

test('a movement, or a way back, between two changes of a setting makes them two steps; what follows Home is another', async () => {
  const page = await open('iterations=20&smooth=off');
  await prepareActs(page);
  const steps = await stepsOf(page);
  await page.evaluate("choose('viridis'); press('ArrowRight'); choose('turbo')");
  assert.is((await stepsOf(page)) - steps, 3);
  await page.evaluate("press('Home'); press('ArrowRight')");
  assert.is((await stepsOf(page)) - steps, 5);
  const moved = await hashOf(page);
  await page.evaluate("choose('viridis'); goBack().then(() => choose('magma'))");
  assert.match(await hashOf(page), 'palette=magma');
  await back(page);
  assert.is(await hashOf(page), moved);
  await page.close();
});

test('a setting that is changed while the picture moves is a step from where the movement leads', async () => {
  for (const calm of [true, false]) {
    const page = await open('width=2&iterations=20&smooth=off', { calm });
    await prepareActs(page);
    await page.evaluate(calm ? "wheel(); wheel(); choose('viridis')" : "press('+'); choose('viridis')");
    await settled(page);
    const there = new URLSearchParams((await hashOf(page)).slice(1));
    assert.ok(Math.abs(Number(there.get('width')) - (calm ? 2 * Math.exp(-0.4) : 2 / 1.5)) < 1e-9, String(there));
    const before = await back(page);
    assert.equal([before.get('palette'), before.get('width')], ['inferno', there.get('width')]);
    await page.close();
  }
});

/** Notes the places of the links that the page puts into the clipboard. @param {Page} page */
async function catchLinks(page) {
  await page.evaluate(() => {
    const world = /** @type {any} */ (globalThis);
    world.copied = [];
    Object.defineProperty(navigator, 'clipboard', {
      value: { writeText: async (/** @type {string} */ text) => world.copied.push(text) },
    });
  });
  return async () => {
    /** @type {string[]} */
    const links = await page.evaluate(() => /** @type {any} */ (globalThis).copied);
    return links.map((link) => new URLSearchParams(new URL(link).hash.slice(1)));
  };
}

test('a link that is copied, and a file, while the picture glides is of where it glides to', async () => {
  const page = await open('iterations=20&smooth=off&width=0.5', { calm: false });
  const copied = await catchLinks(page);
  /** @param {string} id */
  const pressAndClick = (id) =>
    page.evaluate((id) => {
      document.getElementById('canvas')?.dispatchEvent(new KeyboardEvent('keydown', { key: '+', bubbles: true }));
      document.getElementById(id)?.click();
    }, id);
  await pressAndClick('copy');
  await settled(page);
  const [place] = await copied();
  assert.is(place.get('width'), new URLSearchParams((await hashOf(page)).slice(1)).get('width'));
  assert.ok(Number(place.get('width')) < 0.4);
  await pressAndClick('save');
  const width = await page.$eval('#width', ({ textContent }) => textContent);
  await settled(page);
  assert.is(await page.$eval('#width', ({ textContent }) => textContent), width);
  await page.close();
});

test('a click while the picture glides does not cut the gesture in two', async () => {
  const page = await open('iterations=20&smooth=off&width=0.5', { calm: false });
  const steps = await stepsOf(page);
  await page.focus('#canvas');
  await page.keyboard.press('+');
  // In the middle of it.
  await page.waitForFunction(() => document.querySelector('main')?.getAttribute('aria-busy') === 'true');
  await page.mouse.click(880, 100);
  await settled(page);
  await page.waitForFunction(() => location.hash.includes('width=0.3333'));
  assert.is((await stepsOf(page)) - steps, 1);
  await page.close();
});

/** Has the browser refuse changes of the URL until `allow()`, as it does where there are many. @param {Page} page @param {boolean} silent */
const refuseSteps = (page, silent) =>
  page.evaluate((silent) => {
    const world = /** @type {any} */ (globalThis);
    const { pushState, replaceState } = History.prototype;
    History.prototype.pushState = History.prototype.replaceState = () => {
      if (!silent) throw new DOMException('too many', 'SecurityError');
    };
    world.allow = () => {
      Object.assign(History.prototype, { pushState, replaceState });
    };
  }, silent);

test('a step that the browser refuses without a word comes later', async () => {
  const page = await open('iterations=20&smooth=off');
  const steps = await stepsOf(page);
  await refuseSteps(page, true);
  await page.select('#palette', 'viridis');
  await settled(page);
  assert.is(await hashOf(page), '#iterations=20&smooth=off');
  await page.evaluate(() => /** @type {any} */ (globalThis).allow());
  await page.waitForFunction(() => location.hash.includes('palette=viridis'));
  assert.is((await stepsOf(page)) - steps, 1);
  await page.close();
});

test('many changes that follow at once are a few of the URL, which has the last one in the end', async () => {
  const page = await open('iterations=20&smooth=off&width=0.5');
  const steps = await stepsOf(page);
  await page.evaluate(() => {
    const world = /** @type {any} */ (globalThis);
    world.written = 0;
    for (const name of /** @type {const} */ (['pushState', 'replaceState'])) {
      const original = history[name];
      history[name] = (...args) => {
        world.written++;
        original.apply(history, args);
      };
    }
    const input = /** @type {HTMLInputElement} */ (document.getElementById('iterations'));
    for (let i = 0; i < 50; i++) {
      input.stepUp();
      for (const type of ['input', 'change']) input.dispatchEvent(new Event(type, { bubbles: true }));
    }
    const canvas = document.getElementById('canvas');
    for (let i = 0; i < 50; i++)
      canvas?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
  });
  const centre = await page.$eval('#centre', ({ textContent }) => textContent?.replace('−', '-') ?? '');
  await page.waitForFunction((re) => location.hash.includes(`re=${re}`), {}, /^-?\d\.\d{2}/.exec(centre)?.[0]);
  assert.match(await hashOf(page), 'iterations=70');
  assert.is((await stepsOf(page)) - steps, 2);
  const written = await page.evaluate(() => /** @type {any} */ (globalThis).written);
  // Of the 100 changes.
  assert.ok(written <= 30, `${written} times`);
  await page.close();
});

test('where the browser refuses steps, a link is to what is shown, and the step comes later', async () => {
  const page = await open('iterations=20&smooth=off');
  const copied = await catchLinks(page);
  await refuseSteps(page, false);
  const before = await hashOf(page);
  const steps = await stepsOf(page);
  await page.keyboard.press('ArrowRight');
  await settled(page);
  await page.click('#copy');
  await page.waitForFunction(() => /clipboard/.test(document.getElementById('notices')?.innerText ?? ''));
  assert.is(await hashOf(page), before);
  const [place] = await copied();
  const re = Number(place.get('re'));
  assert.ok(re > -0.75, String(place));
  assert.match(
    await page.$eval('#centre', ({ textContent }) => textContent?.replace('−', '-') ?? ''),
    String(re).slice(0, 5),
  );

  await page.evaluate(() => /** @type {any} */ (globalThis).allow());
  await page.select('#palette', 'viridis');
  const hash = await hashOf(page);
  assert.match(hash, `re=${re}`);
  assert.match(hash, 'palette=viridis');
  // The place, and the palette.
  assert.is((await stepsOf(page)) - steps, 2);
  for (const wanted of [/palette=inferno/, /^#iterations=20&smooth=off$/]) {
    await page.evaluate(() => history.back());
    await page.waitForFunction((wanted) => new RegExp(wanted).test(location.hash), {}, wanted.source);
  }
  await settled(page);
  await page.close();
});

test('after a way back from another page, the box and the picture say the same of the marks', async () => {
  const page = await open('lane=both&iterations=20');
  await page.click('#mark');
  // Such a page is made anew, and its form restored.
  await page.evaluate(() => addEventListener('unload', () => {}));
  await page.goto(new URL('icon.svg', page.url()).href);
  await page.goBack();
  await settled(page);
  assert.ok(await page.$eval('#mark', (box) => /** @type {HTMLInputElement} */ (box).checked));
  await page.close();
});

test.run(10);
