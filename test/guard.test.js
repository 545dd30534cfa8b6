import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { suite } from './harness.js';
import { runFile } from './run-file.js';

const test = suite('guard');
const run = (/** @type {string} */ name) =>
  runFile(fileURLToPath(new URL(`guard/${name}.js`, import.meta.url)), { silent: true });

test('a healthy suite passes, and its skip is counted with its reason', async () => {
  const { passed, failed, skipped, problem } = await run('passes');
  assert.equal({ passed, failed, problem }, { passed: 1, failed: 0, problem: null });
  assert.equal(skipped, [{ title: 'a healthy suite: is skipped', reason: 'to be counted' }]);
});

for (const name of [
  'before-throws',
  'after-throws',
  'never-run',
  'test-missing',
  'test-fails',
  'test-skipped',
  'no-suite',
]) {
  test(`${name} fails`, async () => {
    assert.is((await run(name)).failed, 1);
  });
}

test.run(8);
