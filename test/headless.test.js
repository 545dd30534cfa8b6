import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decode } from 'fast-png';
import { presets } from 'twolane';
import * as assert from 'uvu/assert';
import { suite } from './harness.js';
import { differing, froundCounts, serialCounts, sum } from './reference.js';

const test = suite('headless comparison');
const script = fileURLToPath(new URL('../bench/headless.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'twolane-'));
test.after(() => rmSync(folder, { recursive: true }));

const run = (/** @type {string[]} */ ...args) =>
  spawnSync(process.execPath, [script, ...args], { encoding: 'utf8', cwd: folder });

test('--help shows every flag and exits 0', () => {
  const { status, stdout } = run('--help');
  assert.is(status, 0);
  for (const flag of ['--out', '--cases', '--sizes', '--lanes', '--repeats', '--renderer', '--browser', '--help']) {
    assert.match(stdout, flag);
  }
});

test('a bad flag gives one line and exit code 2, before anything runs', () => {
  for (const [args, message] of /** @type {[string[], string][]} */ ([
    [['--case', 'salon'], '--case'],
    [['--cases', 'salom'], 'salon, gellert'],
    [['--sizes', '400,0'], 'an integer from 1'],
    [['--sizes', '1.5'], 'an integer from 1'],
    [['--lanes', 'cpu,tpu'], 'basic, cpu, gpu'],
    [['--repeats', 'many'], 'an integer from 1'],
    [['--renderer', 'metal'], 'hardware'],
    [['--browser', '/no/such/browser'], "'/no/such/browser'"],
    [['--out', script], script],
    [['--out'], '--out'],
    [['salon'], 'argument'],
  ])) {
    const { status, stdout, stderr } = run(...args);
    assert.is(status, 2, `${args}: ${stderr}`);
    assert.is(stdout, '');
    assert.match(stderr, message);
    assert.is(stderr.trimEnd().split('\n').length, 1, stderr);
    assert.not.match(stderr, ' at ');
  }
  assert.not(existsSync(join(folder, 'results')));
});

test('the CPU benchmark has a help, and bad flags give one line and exit code 2', () => {
  const bench = (/** @type {string[]} */ ...args) =>
    spawnSync(process.execPath, [fileURLToPath(new URL('../bench/cpu.js', import.meta.url)), ...args], {
      encoding: 'utf8',
    });
  const { status, stdout } = bench('--help');
  assert.is(status, 0);
  for (const flag of ['--runs', '--processes', '--engines', '--json']) assert.match(stdout, flag);
  for (const [args, message] of /** @type {[string[], string][]} */ ([
    [['--engines', 'deno'], 'node, chromium'],
    [['--runs', '0'], 'an integer from 1'],
    [['--json', folder], folder],
  ])) {
    const { status, stderr } = bench(...args);
    assert.is(status, 2, stderr);
    assert.match(stderr, message);
    assert.is(stderr.trimEnd().split('\n').length, 1, stderr);
  }
});

test('writes results.json and pictures, with the counts of every lane', () => {
  const out = join(folder, 'deep', 'results');
  const args = ['--out', out, '--sizes', '40,64', '--repeats', '2', '--renderer', 'swiftshader'];
  const { status, stdout, stderr } = run(...args);
  assert.is(status, 0, stderr);
  assert.match(stdout, 'speed-up');
  const { date, environment, cases } = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8'));
  assert.ok(Math.abs(Date.now() - Date.parse(date)) < 600_000);
  assert.equal(Object.keys(environment), [
    'node',
    'browser',
    'renderer',
    'software',
    'cpu',
    'cores',
    'crossOriginIsolated',
  ]);
  assert.match(environment.renderer, 'SwiftShader');
  assert.is(environment.software, true);
  assert.is(environment.crossOriginIsolated, true);
  assert.equal(
    cases.map((/** @type {any} */ { preset, grid }) => [preset, grid.width]),
    [
      ['salon', 40],
      ['salon', 64],
      ['gellert', 40],
      ['gellert', 64],
    ],
  );
  for (const { preset, lanes, ...job } of cases) {
    assert.equal(job, presets[/** @type {'salon' | 'gellert'} */ (preset)](job.grid.width));
    const expected = serialCounts(job);
    const inF32 = froundCounts(job);
    for (const lane of lanes) {
      const counts = lane.precision === 'f64' ? expected : inF32;
      assert.is(lane.countSum, sum(counts));
      assert.is(lane.differing, differing(counts, expected));
      assert.is(lane.fallbackReason, null);
      assert.ok(lane.total.min > 0 && lane.total.median >= lane.total.min);
      assert.ok(lane.compute.min > 0);
      assert.is(lane.transfer === null, lane.name === 'basic');
      assert.ok(lane.cold > 0 && lane.setup >= 0);
    }
    assert.equal(
      lanes.map((/** @type {any} */ { name }) => name),
      ['basic', 'cpu', 'gpu'],
    );
  }
  for (const preset of /** @type {const} */ (['salon', 'gellert'])) {
    const { width, height, data, channels } = decode(readFileSync(join(out, `${preset}.png`)));
    assert.equal([width, height, channels], [64, 64, 3]);
    const job = presets[preset](64);
    // Black where the orbit did not escape, and only there; more than a handful of colours elsewhere.
    const colours = new Set();
    for (const [i, count] of serialCounts(job).entries()) {
      const [r, g, b] = data.subarray(3 * i, 3 * i + 3);
      assert.is(r + g + b === 0, count === job.maxIterations);
      colours.add((r << 16) | (g << 8) | b);
    }
    assert.ok(colours.size > 10);
  }
});

test('without a renderer the other lanes run, and the gpu lane’s row says why', () => {
  // Nothing is called hardware where the gpu lane says (software).
  const out = join(folder, 'hardware');
  const args = ['--out', out, '--cases', 'salon', '--sizes', '16', '--repeats', '1', '--renderer', 'hardware'];
  const { status, stdout, stderr } = run(...args);
  assert.is(status, 0, stderr);
  const { environment, cases } = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8'));
  const [basic, cpu, gpu] = cases[0].lanes;
  assert.is(basic.countSum, cpu.countSum);
  if (environment.renderer !== null) {
    assert.not.match(environment.renderer, '(software)');
    return;
  }
  assert.is(environment.software, null);
  const { name, fallbackReason, ...rest } = gpu;
  assert.is(name, 'gpu');
  assert.match(fallbackReason, 'no hardware renderer');
  assert.ok(Object.values(rest).every((value) => value === null));
  assert.match(stdout, fallbackReason);
});

test('one lane alone is held against the plain f64 loop', () => {
  const args = ['--cases', 'salon', '--sizes', '50', '--lanes', 'gpu', '--repeats', '1', '--renderer', 'swiftshader'];
  const { status, stderr } = run(...args);
  assert.is(status, 0, stderr);
  const { cases } = JSON.parse(readFileSync(join(folder, 'results', 'results.json'), 'utf8'));
  const job = presets.salon(50);
  assert.is(cases[0].lanes.length, 1);
  assert.is(cases[0].lanes[0].differing, differing(froundCounts(job), serialCounts(job)));
});

test.run(6);
