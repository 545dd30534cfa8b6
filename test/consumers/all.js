/** The packed tarball in every kind of project, and in other runtimes, which are installed from npm where it can be reached. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from '../harness.js';
import { openPage } from '../page.js';
import { serveFolder } from '../serve.js';
import { checkPage, checkRuntime, policies } from './check.js';
import { builds, makeProject, npm, pack, viteDev } from './projects.js';

const test = suite('all consumers');
const folder = mkdtempSync(join(tmpdir(), 'twolane-'));
test.after(() => rmSync(folder, { recursive: true }));
const tarball = pack(folder);
const { page, close } = await openPage('swiftshader');
test.after(close);

for (const [tool, build] of Object.entries(builds)) {
  test(`both lanes run in a page made with ${tool}, and under every policy`, async () => {
    const built = await build(makeProject(tarball));
    let site = await serveFolder(built);
    await checkPage(page.browser(), site.url);
    site.close();
    // An import map is a script in the page: these policies would need its hash.
    if (tool === 'an import map') return;
    for (const [policy, device, reason] of policies) {
      site = await serveFolder(built, policy);
      await checkPage(page.browser(), site.url, device, reason);
      site.close();
    }
  });
}

test('both lanes run in Vite’s development server', async () => {
  const site = await viteDev(makeProject(tarball));
  await checkPage(page.browser(), site.url);
  await site.close();
});

/** @type {[name: string, bin: string, ...args: string[]][]} */
const runtimes = [
  ['node@20', 'node'],
  ['node@22', 'node'],
  // Deno asks for every right that it is not given; threads need none.
  ['deno@2', 'deno', 'run', '--no-prompt'],
  ['bun@1', 'bun', 'run'],
];

for (const [name, bin, ...args] of runtimes) {
  const title = `the CPU lane runs with threads in ${name}`;
  const home = join(folder, name);
  mkdirSync(home);
  writeFileSync(join(home, 'package.json'), '{ "private": true }\n');
  try {
    npm(home, 'install', name);
  } catch (error) {
    test.skip(title, /** @type {Error} */ (error).message);
    continue;
  }
  test(title, () => checkRuntime(makeProject(tarball), join(home, 'node_modules', '.bin', bin), ...args));
}

test.run(10, [0, 1, 2, 3, 4]);
