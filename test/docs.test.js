/** The reference that `npm run docs` makes of the docstrings. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { suite } from './harness.js';

const test = suite('reference');
const root = fileURLToPath(new URL('..', import.meta.url));
const out = mkdtempSync(join(tmpdir(), 'twolane-'));
test.after(() => rmSync(out, { recursive: true }));

const bin = join(dirname(createRequire(import.meta.url).resolve('typedoc/package.json')), 'bin/typedoc');
const { status, stdout, stderr } = spawnSync(process.execPath, [bin, '--out', out], { cwd: root, encoding: 'utf8' });
const files = readdirSync(out, { recursive: true, encoding: 'utf8' }).map((path) => path.replaceAll('\\', '/'));
const text = (/** @type {string} */ path) => readFileSync(join(out, path), 'utf8');

test('it is made without a warning: all that is public is described, and every link resolves', () => {
  assert.is(status, 0, stdout + stderr);
  assert.not.match(stdout + stderr, 'warning');
});

test('every export has a page', async () => {
  for (const name of ['twolane', 'twolane/baselines', 'twolane/report']) {
    for (const item of Object.keys(await import(name))) {
      // Where a function and a type differ in case alone, one of them is numbered for file systems that tell them not apart.
      const found = files.some((path) => path === `${name}/${item}.html` || path === `${name}/${item}-1.html`);
      // What an entry exports a second time is described where it is first.
      assert.ok(found || files.includes(`twolane/${item}.html`), `${name}: ${item}`);
    }
  }
});

test('its pages load nothing from other hosts, and tell nothing of the machine that made them', () => {
  const pages = files.filter((path) => /\.(html|css|js)$/.test(path));
  assert.ok(pages.length > 50);
  for (const path of pages) {
    const content = text(path);
    assert.not.match(content, /<(?:script|link|img|iframe)[^>]+(?:src|href)="(?:https?:)?\/\//);
    if (path.endsWith('.css')) assert.not.match(content, /(?:url\(|@import )["']?(?:https?:)?\/\//);
    assert.not.ok(content.includes(root) || content.includes(out), path);
  }
});

test('its links to other hosts are those that are meant', () => {
  const hosts = files
    .filter((path) => path.endsWith('.html'))
    .flatMap((path) => [...text(path).matchAll(/href="(?:\w+:)?\/\/([^/"]+)/g)].map(([, host]) => host));
  const known = ['documen.tician.de', 'en.wikipedia.org', 'numpy.org', 'twgljs.org', 'www.npmjs.com'];
  assert.equal([...new Set(hosts)].sort(), known);
});

test.run(4);
