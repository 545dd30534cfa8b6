import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as api from 'twolane';
import * as baselines from 'twolane/baselines';
import * as report from 'twolane/report';
import * as assert from 'uvu/assert';
import { suite } from './harness.js';

const test = suite('README and docs');
const root = fileURLToPath(new URL('..', import.meta.url));
const read = (/** @type {string} */ path) => readFileSync(join(root, path), 'utf8');
const readme = read('README.md');

test('its example runs and prints what it says', () => {
  const [, code] = /```js\n([\s\S]*?)```/.exec(readme) ?? [];
  // Beside package.json, so that the package finds itself by its name.
  const file = join(root, 'readme-example.tmp.js');
  try {
    writeFileSync(file, code);
    const lines = execFileSync(process.execPath, [file], { encoding: 'utf8' });
    assert.match(lines, /^60000\n/);
    assert.match(lines, 'compute:');
    assert.match(lines, 'WebGL2 is missing here');
    assert.match(lines, /cpu \d+\.\d+ 0\n$/);
  } finally {
    rmSync(file, { force: true });
  }
});

test('it names the two commands, and every export', () => {
  assert.match(readme, 'npm ci && npm start');
  assert.match(readme, 'npm ci && npm test');
  for (const name of Object.keys({ ...api, ...baselines, ...report })) assert.match(readme, name);
});

test('every script it names is there, and the other way round', () => {
  const { scripts } = JSON.parse(read('package.json'));
  const named = [...readme.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name);
  for (const name of named) assert.ok(scripts[name], name);
  // What developers of the package run all day, and npm itself, needs no words.
  const known = ['build', 'prepare', 'start', 'lint', 'format', 'types', 'test'];
  assert.equal(
    Object.keys(scripts).filter((name) => !known.includes(name) && !named.includes(name)),
    [],
  );
});

test('links lead to files and headings that are there', () => {
  const slug = (/** @type {string} */ heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/ /g, '-');
  const pages = ['README.md', 'CHANGELOG.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)];
  let links = 0;
  for (const page of pages.filter((name) => name.endsWith('.md'))) {
    const text = read(page).replace(/^```[\s\S]*?^```/gm, '');
    for (const [, target] of text.matchAll(/\]\(((?!https:)[^)]+)\)/g)) {
      const [path, anchor] = target.split('#');
      const file = path ? join(dirname(page), path) : page;
      assert.ok(existsSync(join(root, file)), `${page} links to ${target}`);
      if (anchor) {
        const headings = [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => slug(heading));
        assert.ok(headings.includes(anchor), `${page} links to ${target}`);
      }
      links++;
    }
  }
  assert.ok(links > 10);
});

test('the guide shows all recipes as they are', () => {
  const blocks = [...read('docs/guide.md').matchAll(/^<!-- recipes\/(\S+) -->\n\n```\w+\n([\s\S]*?)^```$/gm)];
  assert.equal(blocks.map(([, name]) => name).sort(), readdirSync(join(root, 'docs/recipes')).sort());
  for (const [, name, code] of blocks) {
    assert.ok(code === read(`docs/recipes/${name}`), `the guide's ${name} differs`);
    assert.ok(code.split('\n').length <= 25, `${name} is long`);
  }
});

test.run(5);
