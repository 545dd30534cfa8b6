import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { presets } from 'twolane';
import * as assert from 'uvu/assert';
import { pythonNames, runPython } from '../bench/python.js';
import { suite } from './harness.js';
import { serialCounts, sum } from './reference.js';

const test = suite('python');
const python = process.env.PYTHON || 'python3';
const folder = mkdtempSync(join(tmpdir(), 'twolane-test-'));
test.after(() => rmSync(folder, { recursive: true }));

/** Whether Python imports a module. @param {string} module */
const has = (module) => spawnSync(python, ['-c', `import ${module}`]).status === 0;
const hasPython = has('sys');
const hasNumpy = has('numpy');

/** Adds a test where a condition holds, else a counted skip. @param {boolean} condition @param {string} reason */
const where = (condition, reason) => (/** @type {string} */ title, /** @type {() => Promise<void>} */ body) => {
  if (condition) test(title, body);
  else test.skip(title, reason);
};

/** Runs the programs with another PYTHON. @param {string} command @param {Parameters<typeof runPython>} args */
async function runWith(command, ...args) {
  const before = process.env.PYTHON;
  process.env.PYTHON = command;
  try {
    return await runPython(...args);
  } finally {
    if (before === undefined) delete process.env.PYTHON;
    else process.env.PYTHON = before;
  }
}

where(hasNumpy, 'there is no python3 with numpy')(
  'gives a row for each program, with the counts of the definition and times',
  async () => {
    const cases = /** @type {const} */ ([
      { preset: 'salon', size: 61, names: pythonNames },
      { preset: 'gellert', size: 48, names: ['python', 'numpy complex64'] },
    ]);
    const results = [];
    for (const { names, ...one } of cases) {
      /** @type {string[]} */
      const seen = [];
      results.push((await runPython([one], { names, repeats: 2, onRow: (_, { name }) => seen.push(name) }))[0]);
      assert.equal(seen, names);
    }
    for (const [i, { preset, size }] of cases.entries()) {
      const expected = sum(serialCounts(presets[preset](size)));
      for (const row of results[i]) {
        const what = `${preset} ${row.name}: ${row.reason}`;
        if (row.status === 'skipped') {
          assert.match(String(row.reason), /^(numexpr|Cython|TensorFlow) is not installed$|C compiler|compile/, what);
          assert.equal([row.device, row.precision, row.setup, row.total, row.countSum], Array(5).fill(null));
          continue;
        }
        assert.is(row.status, 'done', what);
        assert.is(row.runs, 2);
        assert.ok(row.total && row.total.min > 0 && row.total.median >= row.total.min, what);
        assert.ok(row.cold && row.cold > 0 && row.setup && row.setup > 0, what);
        assert.equal([row.compute, row.transfer], [null, null]);
        // Python's own loop rounds as the definition does; compiled ones may fuse or take a root, f32 rounds otherwise.
        const allowed = row.name === 'python' ? 0 : row.precision === 'f64' ? 0.005 : 0.05;
        assert.ok(row.differing !== null && row.differing <= allowed * size * size, `${what} ${row.differing}`);
        assert.is(row.largestDifference === 0, row.differing === 0);
        assert.ok(Math.abs(Number(row.countSum) - expected) <= row.differing * Number(row.largestDifference), what);
      }
    }
    assert.equal(
      readdirSync(fileURLToPath(new URL('../bench/python', import.meta.url))).filter((name) => /cache/.test(name)),
      [],
    );
  },
);

where(hasPython && process.platform !== 'win32', 'there is no python3')(
  'a missing module gives rows that name it, and the others run',
  async () => {
    const bare = join(folder, 'bare');
    // Without site-packages, where every module of others is.
    writeFileSync(bare, `#!/bin/sh\nexec '${python}' -S -E "$@"\n`);
    chmodSync(bare, 0o755);
    const names = ['python', 'numpy', 'numexpr, 1 thread', 'cython'];
    const [rows] = await runWith(bare, [{ preset: 'salon', size: 8 }], { repeats: 1, names });
    for (const { name, status, reason } of rows) {
      assert.equal([status, reason], name === 'python' ? ['done', null] : ['skipped', 'numpy is not installed'], name);
    }
  },
);

where(hasPython, 'there is no python3')('patience and budget end what takes too long', async () => {
  const cases = /** @type {const} */ ([
    { preset: 'salon', size: 30 },
    { preset: 'salon', size: 30 },
    // More pixels, but fewer pixels × maxIterations.
    { preset: 'gellert', size: 40 },
  ]);
  const results = await runPython(cases, { names: ['python'], patience: 0, budget: 0 });
  const [first, again, smaller] = results.map((rows) => rows[0]);
  assert.equal([first.status, first.runs, first.total?.min], ['done', 1, first.cold]);
  assert.is(again.status, 'skipped');
  assert.match(String(again.reason), /^salon 30 took .* s, and patience is 0 s$/);
  assert.is(smaller.status, 'done');
});

where(hasPython, 'there is no python3')('an abort ends Python and rejects with its reason', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const log = (/** @type {string} */ line) => {
    if (line.startsWith('Running')) setTimeout(() => controller.abort(reason), 300);
  };
  try {
    await runPython([{ preset: 'salon', size: 4000 }], { log, signal: controller.signal });
    assert.unreachable();
  } catch (error) {
    assert.is(error, reason);
  }
});

test('without Python every row is skipped, and one line says why', async () => {
  /** @type {string[]} */
  const lines = [];
  const log = (/** @type {string} */ line) => lines.push(line);
  const [rows] = await runWith(join(folder, 'no-python'), [{ preset: 'salon', size: 8 }], { log });
  assert.is(rows.length, pythonNames.length);
  for (const { status, reason } of rows) {
    assert.is(status, 'skipped');
    assert.match(String(reason), /^PYTHON \(.*no-python\) is not here$/);
  }
  assert.equal(lines, [`No Python programs: ${rows[0].reason}.`]);
});

// Without numpy, on Windows, without Python.
test.run(5, [0, 1, 2, 4]);
