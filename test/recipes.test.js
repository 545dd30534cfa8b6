/** The guide's recipes run as they are in docs/recipes/, and draw what the plain loop counts. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { decode } from 'fast-png';
import sirv from 'sirv';
import { openBasic } from 'twolane';
import * as assert from 'uvu/assert';
import { suite } from './harness.js';
import { openPage } from './page.js';

const test = suite('recipes');
const root = fileURLToPath(new URL('..', import.meta.url));
const recipes = '/docs/recipes/';

/** Serves a reader's project: page.html with a recipe in the place of canvas.js, and node_modules that hold twolane. */
async function serveProject() {
  const files = sirv(root, { dev: true });
  const server = createServer(async (request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === `${recipes}page.html`) {
      const html = readFileSync(join(root, pathname), 'utf8');
      return response.writeHead(200, { 'Content-Type': 'text/html' }).end(html.replace('canvas.js', search.slice(1)));
    }
    if (pathname === `${recipes}worker-thread.js` && bundles) {
      // What development servers and bundlers do, because import maps do not reach workers.
      const { outputFiles } = await build({
        entryPoints: [join(root, pathname)],
        bundle: true,
        write: false,
        format: 'esm',
        external: ['node:worker_threads'],
        logLevel: 'error',
      });
      return response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(outputFiles[0].text);
    }
    request.url = pathname.replace('/node_modules/twolane/', '/');
    files(request, response, () => void response.writeHead(404).end());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  test.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${port}${recipes}`;
}

/** Whether the server resolves names in workers. */
let bundles = true;
const url = await serveProject();
const { page, reason, close } = await openPage('swiftshader');
test.after(close);
/** @type {string[]} */
let problems = [];
page.on('pageerror', (error) => problems.push(String(error)));
page.on('requestfailed', (request) => problems.push(request.url()));
page.on('response', (response) => {
  if (!response.ok()) problems.push(`${response.status()} ${response.url()}`);
});

/** Opens page.html with a recipe, and waits for the end of its module. @param {string} recipe */
async function open(recipe) {
  problems = [];
  await page.goto(`${url}page.html?${recipe}`);
  await page.evaluate((url) => import(url).then(() => {}), `${url}${recipe}`);
  assert.equal(problems, []);
}

/** The colours that the page shows on its canvas, as one number a pixel: 0 is black. */
async function shown() {
  const canvas = await page.$('canvas');
  const bytes = /** @type {Uint8Array} */ (await canvas?.screenshot());
  const { width, height, channels, data } = decode(bytes);
  assert.equal([width, height], [600, 400]);
  return Uint32Array.from({ length: width * height }, (_, i) => {
    const [r, g, b] = data.subarray(i * channels);
    return (r << 16) | (g << 8) | b;
  });
}

const basic = await openBasic();
const grid = { width: 600, height: 400, x0: -2, x1: 1, y0: 1, y1: -1 };
const { counts } = await basic.escapeTime({ grid, maxIterations: 500 });

/** How many pixels are black, but escape, or the other way round. @param {Uint32Array} colours */
const wronglyBlack = (colours) => counts.filter((count, i) => (colours[i] === 0) !== (count === 500)).length;

/** Fails unless pixels of the same small count have the same colour, and of neighbouring counts another. @param {Uint32Array} colours */
function assertBands(colours) {
  const seen = [4, 5, 6].map((count) => new Set(colours.filter((_, i) => counts[i] === count)));
  assert.equal(
    seen.map(({ size }) => size),
    [1, 1, 1],
  );
  assert.is(new Set(seen.flatMap((colours) => [...colours])).size, 3);
}

test('canvas.js draws the set in black and the rest in colours without steps', async () => {
  await open('canvas.js');
  const colours = await shown();
  assert.is(wronglyBlack(colours), 0);
  assert.ok(new Set(colours.filter((_, i) => counts[i] === 5)).size > 50);
});

const texture = 'texture.js draws the counts of the GPU lane';
if (reason) test.skip(texture, reason);
else {
  test(texture, async () => {
    await open('texture.js');
    const colours = await shown();
    // It computes in f32, and the twin below counts in f64: they differ at the edge of the set.
    assert.ok(wronglyBlack(colours) < 100, `${wronglyBlack(colours)} pixels are wrongly black`);
    // Row 0 of the texture is at the bottom.
    const upright = colours.map((_, i) => colours[(399 - Math.floor(i / 600)) * 600 + (i % 600)]);
    assertBands(upright);
  });
}

test('worker.js has its canvas drawn by a worker, tile after tile', async () => {
  await open('worker.js');
  await page.waitForFunction(() => document.body.textContent?.includes('240000 of 240000 pixels'));
  let colours = await shown();
  // A worker's drawing reaches the screen in its own time.
  for (let i = 0; i < 50 && wronglyBlack(colours) > 0; i++) {
    await setTimeout(100);
    colours = await shown();
  }
  assert.is(wronglyBlack(colours), 0);
  assertBands(colours);
});

test('worker.js says so where the import of its worker cannot be resolved', async () => {
  bundles = false;
  try {
    await open('worker.js');
    await page.waitForFunction(() => document.body.textContent?.trim());
    assert.match(
      await page.evaluate(() => document.body.textContent ?? ''),
      /worker-thread\.js cannot be loaded|resolve/,
    );
  } finally {
    bundles = true;
  }
});

test('compare.js shows charts of all lanes', async () => {
  await open('compare.js');
  const { title, figures } = await page.evaluate(() => ({
    title: document.title,
    figures: [...document.querySelectorAll('figure')].map((figure) => ({
      caption: figure.querySelector('figcaption')?.textContent ?? '',
      text: figure.querySelector('svg')?.textContent ?? '',
      marks: figure.querySelectorAll('svg path, svg rect').length,
    })),
  }));
  assert.match(title, /^(\d+) of \1 runs$/);
  assert.equal(
    figures.map(({ caption }) => caption.split(' – ')[0]),
    ['Time', 'Where the time goes', 'Speed-up over basic'],
  );
  for (const { caption, text, marks } of figures) {
    assert.match(caption, ' – salon');
    for (const lane of reason ? ['cpu'] : ['cpu', 'gpu']) assert.match(text, lane);
    assert.ok(marks > 5);
  }
});

test('png.js writes the picture of the README', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'twolane-'));
  try {
    execFileSync(process.execPath, [`${root}docs/recipes/png.js`, join(folder, 'seahorses.png')]);
    const { width, height, channels, data } = decode(readFileSync(join(folder, 'seahorses.png')));
    assert.equal([width, height, channels], [800, 360, 3]);
    const committed = decode(readFileSync(`${root}docs/seahorses.png`)).data;
    assert.is(committed.length, data.length);
    // Engines may round a logarithm differently.
    assert.is(data.filter((value, i) => Math.abs(value - committed[i]) > 1).length, 0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.run(6, [0, 1]);
