import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as api from 'twolane';
import * as assert from 'uvu/assert';
import { suite } from './harness.js';

const test = suite('README');
const root = new URL('..', import.meta.url);
const readme = readFileSync(new URL('README.md', root), 'utf8');

test('its example runs and prints what it says', () => {
  const [, code] = /```js\n([\s\S]*?)```/.exec(readme) ?? [];
  // Beside package.json, so that the package finds itself by its name.
  const file = fileURLToPath(new URL('readme-example.tmp.js', root));
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
  for (const name of Object.keys(api)) assert.match(readme, name);
});

test.run(2);
