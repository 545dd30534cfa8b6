/** The packed tarball in other people's projects: the common ways in. `npm run test:consumers` runs them all. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { checkPage, checkRuntime, policies } from './consumers/check.js';
import { builds, makeProject, pack } from './consumers/projects.js';
import { suite } from './harness.js';
import { openPage } from './page.js';
import { serveFolder } from './serve.js';

const test = suite('consumers');
const folder = mkdtempSync(join(tmpdir(), 'twolane-'));
test.after(() => rmSync(folder, { recursive: true }));
const tarball = pack(folder);
const { page, close } = await openPage('swiftshader');
test.after(close);

for (const tool of ['an import map', 'Vite’s build', 'webpack', 'esbuild']) {
  test(`both lanes run in a page made with ${tool}`, async () => {
    const site = await serveFolder(await builds[tool](makeProject(tarball)));
    await checkPage(page.browser(), site.url);
    site.close();
  });
}

for (const [policy, device, reason] of policies) {
  test(`a bundle runs under ${policy}`, async () => {
    const site = await serveFolder(await builds.esbuild(makeProject(tarball)), policy);
    await checkPage(page.browser(), site.url, device, reason);
    site.close();
  });
}

test('the CPU lane runs with threads in Node', () => checkRuntime(makeProject(tarball), process.execPath));

test('the command line runs as installed, and says what the gpu lane lacks there', () => {
  const project = makeProject(tarball);
  const twolane = (/** @type {string[]} */ ...args) =>
    spawnSync('npx', ['twolane', ...args], { cwd: project, encoding: 'utf8', shell: process.platform === 'win32' });
  assert.is(twolane('render', '--size', '9', '--out', 'm.csv').status, 0);
  assert.is(readFileSync(join(project, 'm.csv'), 'utf8').split('\n').length, 10);
  const { status, stderr } = twolane('render', '--lane', 'gpu', '--out', 'm.png');
  assert.is(status, 2);
  assert.match(stderr, 'twolane: --lane gpu needs Puppeteer, which opens a browser: npm install puppeteer\n');
});

test.run(11);
