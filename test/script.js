/** Programs that use twolane, each in a Node process of its own. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';

const IMPORT = "import { openCpu, presets } from 'twolane';";

/**
 * Runs a module, which may not hang.
 *
 * @param {string} code with what it imports at once, if not `openCpu` and `presets`
 * @param {string[]} args of Node
 * @returns {string} what it prints
 */
export function runScript(code, ...args) {
  const script = /\bimport\b/.test(code) ? code : `${IMPORT}\n${code}`;
  const { status, stdout, stderr, signal } = spawnSync(
    process.execPath,
    [...args, '--input-type=module', '--eval', script],
    { cwd: fileURLToPath(new URL('..', import.meta.url)), encoding: 'utf8', timeout: 300_000 },
  );
  assert.is(signal, null, 'it hangs');
  assert.is(status, 0, stderr);
  return stdout;
}
