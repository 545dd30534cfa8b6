/** The packed tarball in other people's projects: the common ways in. `npm run test:consumers` runs them all. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPage, checkRuntime, policies } from './consumers/check.js';
import { builds, makeProject, pack, serveFolder } from './consumers/projects.js';
import { suite } from './harness.js';
import { openPage } from './page.js';

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

test.run(10);
