import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { decode } from 'fast-png';
import { presets } from 'twolane';
import * as assert from 'uvu/assert';
import { parseLane } from '../bench/lanes.js';
import { makeEstimate } from '../bench/progress.js';
import { suite } from './harness.js';
import { differing, froundCounts, serialCounts, sum } from './reference.js';

const test = suite('headless comparison');
const script = fileURLToPath(new URL('../bench/headless.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'twolane-'));
test.after(() => rmSync(folder, { recursive: true }));

// Python's own programs have a test of their own: here there is none.
const env = { ...process.env, PYTHON: '/no/such/python' };
const run = (/** @type {string[]} */ ...args) =>
  spawnSync(process.execPath, [script, ...args], { encoding: 'utf8', cwd: folder, env });

/** Flags that make a run short. */
const SHORT = ['--cases', 'salon', '--repeats', '1', '--renderer', 'swiftshader'];

/** @param {string} out @returns {any} */
const readResults = (out) => JSON.parse(readFileSync(join(out, 'results.json'), 'utf8'));

/** Status of each lane on each case. @param {any} results */
const statuses = ({ jobs }) =>
  jobs.map((/** @type {any} */ { lanes }) => lanes.map((/** @type {any} */ { status }) => status));

/** Starts the comparison, and collects what it prints. @param {string[]} args */
function start(...args) {
  const child = spawn(process.execPath, [script, ...args], { cwd: folder, env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  /** @type {Promise<number | null>} */
  const end = new Promise((resolve) => child.once('exit', resolve));
  return {
    child,
    end,
    output: () => output,
    /** @param {() => boolean} condition */
    async until(condition) {
      while (!condition()) {
        if (child.exitCode !== null) throw new Error(`it ends too early: ${output}`);
        await setTimeout(50);
      }
    },
  };
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Processes that a process has started, and those that they have started, where /proc has them. @param {number} pid @returns {number[]} */
function descendants(pid) {
  const names = existsSync('/proc/self') ? readdirSync('/proc') : [];
  const all = names.flatMap((name) => {
    try {
      const [, parent] = /\) \S (\d+) /.exec(readFileSync(`/proc/${name}/stat`, 'utf8')) ?? [];
      return [{ pid: Number(name), parent: Number(parent) }];
    } catch {
      return [];
    }
  });
  /** @param {number} pid @returns {number[]} */
  const below = (pid) => all.filter(({ parent }) => parent === pid).flatMap(({ pid }) => [pid, ...below(pid)]);
  return below(pid);
}

test('--help shows every flag and exits 0', () => {
  const { status, stdout } = run('--help');
  assert.is(status, 0);
  const flags = ['--out', '--cases', '--sizes', '--lanes', '--repeats', '--renderer', '--browser', '--help'];
  for (const flag of [...flags, '--full', '--patience', '--budget', '--peers', '--python', '--resume'])
    assert.match(stdout, flag);
  const named = stdout.replace(/\s+/g, ' ').match(/(?<![\w-])(?:\w+-)?\w+:\w+(?::\w+)*/g) ?? [];
  assert.ok(named.length >= 4, named.join());
  for (const name of named) assert.ok(parseLane(name), name);
});

test('a bad flag gives one line and exit code 2, before anything runs', () => {
  for (const [args, message] of /** @type {[string[], string][]} */ ([
    [['--case', 'salon'], '--case'],
    [['--cases', 'salom'], 'salon, gellert'],
    [['--sizes', '400,0'], "Item '0' must be an integer from 1"],
    [['--sizes', '1.5'], 'an integer from 1'],
    [['--lanes', 'cpu,tpu'], "Item 'tpu' must be one of basic, array, fused, compiled, cpu, gpu-array, gpu"],
    [['--lanes', 'basic:2'], 'fused:2'],
    [['--lanes', 'cpu:0'], 'fused:2'],
    [['--lanes', 'fused:2:4'], 'fused:2'],
    [['--patience', '0'], 'seconds above 0'],
    [['--budget', '1e3'], 'seconds above 0'],
    [['--resume'], 'results.json'],
    [['--repeats', 'many'], 'an integer from 1'],
    [['--renderer', 'metal'], 'hardware'],
    [['--browser', '/no/such/browser'], "'/no/such/browser'"],
    [['--out', script], script],
    [['--out', '/proc/twolane'], '/proc/twolane'],
    [['--out', ''], '--out'],
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

test('a folder in a file’s place gives one line and exit code 2, before anything runs', () => {
  for (const name of ['results.json', 'report.html', 'salon.png', 'report.md.tmp']) {
    const out = join(folder, `blocked-${name}`);
    mkdirSync(join(out, name), { recursive: true });
    const { status, stdout, stderr } = run('--out', out);
    assert.equal([status, stdout, stderr], [2, '', `'${join(out, name)}' must be a file, got a folder\n`]);
    assert.equal(readdirSync(out), [name]);
  }
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

test('writes results.json, a report and pictures, with the counts of every lane', () => {
  const out = join(folder, 'deep', 'results');
  const lanes = ['--lanes', 'basic,array,fused,compiled,cpu,gpu-array,gpu,array:unmasked,fused:2,cpu:1,gpu:df64'];
  const args = ['--out', out, '--sizes', '40,64', '--repeats', '2', '--renderer', 'swiftshader', ...lanes];
  const { status, stdout, stderr } = run(...args);
  assert.is(status, 0, stderr);
  assert.match(stdout, 'speed-up');
  const { date, environment, options, jobs } = readResults(out);
  assert.ok(Math.abs(Date.now() - Date.parse(date)) < 600_000);
  assert.equal(Object.keys(environment), [
    'twolane',
    'node',
    'platform',
    'cpu',
    'cores',
    'browser',
    'renderer',
    'software',
    'crossOriginIsolated',
  ]);
  assert.match(environment.renderer, 'SwiftShader');
  assert.is(environment.software, true);
  assert.is(environment.crossOriginIsolated, true);
  assert.is(options.repeats, 2);
  assert.equal(
    jobs.map((/** @type {any} */ { name }) => name),
    ['salon 40', 'salon 64', 'gellert 40', 'gellert 64'],
  );
  for (const { name, lanes, smooth, ...job } of jobs) {
    const [preset, size] = name.split(' ');
    assert.is(smooth, false);
    assert.equal(job, presets[/** @type {'salon' | 'gellert'} */ (preset)](Number(size)));
    const expected = serialCounts(job);
    const inF32 = froundCounts(job);
    for (const lane of lanes) {
      assert.equal([lane.status, lane.reason, lane.fallbackReason], ['done', null, null]);
      if (lane.precision !== 'df64') {
        const counts = lane.precision === 'f64' ? expected : inF32;
        assert.is(lane.countSum, sum(counts));
        assert.is(lane.differing, differing(counts, expected));
      }
      assert.ok(lane.total.min > 0 && lane.total.median >= lane.total.min);
      assert.ok(lane.compute.min > 0);
      assert.ok(lane.cold > 0 && lane.setup >= 0);
      assert.ok(lane.runs >= 1 && lane.runs <= 2);
    }
    assert.equal(
      lanes.map((/** @type {any} */ { name, precision }) => [name, precision]),
      [
        ['basic', 'f64'],
        ['array', 'f64'],
        ['fused', 'f64'],
        ['compiled', 'f64'],
        ['cpu', 'f64'],
        ['gpu-array', 'f32'],
        ['gpu', 'f32'],
        ['array, unmasked', 'f64'],
        ['fused, 2 threads', 'f64'],
        ['cpu, 1 thread', 'f64'],
        ['gpu, df64', 'df64'],
      ],
    );
    assert.match(lanes[7].device, 'unmasked');
    assert.match(lanes[8].device, '2 threads');
    assert.match(lanes[9].device, '1 thread');
  }
  for (const name of ['report.html', 'results.csv', 'report.md']) {
    const text = readFileSync(join(out, name), 'utf8');
    for (const lane of ['basic', 'gpu-array', 'fused, 2 threads']) assert.match(text, lane);
  }
  const html = readFileSync(join(out, 'report.html'), 'utf8');
  assert.is(html.match(/data:image\/png;base64,/g)?.length, 2);
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

test('a lane that cannot run fails in its row, the others go on, and the exit code is 1', () => {
  // Nothing is called hardware where the gpu lane says (software).
  const out = join(folder, 'hardware');
  const args = ['--out', out, ...SHORT, '--sizes', '16,17', '--lanes', 'basic,gpu,cpu', '--renderer', 'hardware'];
  const { status, stdout, stderr } = run(...args);
  const results = readResults(out);
  if (results.environment.renderer !== null) {
    assert.not.match(results.environment.renderer, '(software)');
    assert.is(status, 0, stderr);
    return;
  }
  assert.is(status, 1, stderr);
  assert.is(results.environment.software, null);
  for (const { lanes } of results.jobs) {
    const [basic, gpu, cpu] = lanes;
    assert.equal([basic.status, cpu.status], ['done', 'done']);
    assert.is(basic.countSum, cpu.countSum);
    const { name, status, reason, runs, ...rest } = gpu;
    assert.equal([name, status, runs], ['gpu', 'failed', 0]);
    assert.match(reason, 'no hardware renderer');
    assert.ok(Object.values(rest).every((value) => value === null));
    assert.match(stdout, `gpu failed: ${reason}`);
  }
});

test('one lane alone is held against the CPU lane', () => {
  const { status, stderr } = run(...SHORT, '--sizes', '50', '--lanes', 'gpu');
  assert.is(status, 0, stderr);
  const { jobs } = readResults(join(folder, 'results'));
  const job = presets.salon(50);
  assert.is(jobs[0].lanes.length, 1);
  assert.is(jobs[0].lanes[0].differing, differing(froundCounts(job), serialCounts(job)));
});

test('--peers adds lanes, and --python rows, which say why where there is no Python', () => {
  const out = join(folder, 'peers');
  const { status, stderr } = run('--out', out, ...SHORT, '--sizes', '24', '--lanes', 'cpu', '--peers', '--python');
  assert.is(status, 0, stderr);
  const [{ lanes }] = readResults(out).jobs;
  assert.equal(
    lanes.slice(0, 4).map((/** @type {any} */ { name, status }) => [name, status]),
    [
      ['cpu', 'done'],
      ['gpu.js', 'done'],
      ['tfjs-webgl', 'done'],
      ['tfjs-wasm', 'done'],
    ],
  );
  for (const { differing } of lanes.slice(1, 4)) assert.ok(differing < 24);
  assert.ok(lanes.length > 4);
  for (const { status, reason } of lanes.slice(4)) {
    assert.is(status, 'skipped');
    assert.match(reason, '/no/such/python');
  }
});

test('a lane that took longer than --patience is skipped at larger sizes', () => {
  const out = join(folder, 'patience');
  const lanes = ['--lanes', 'basic', '--patience', '0.00001'];
  const { status, stdout, stderr } = run('--out', out, ...SHORT, '--sizes', '32,64,16', ...lanes);
  assert.is(status, 0, stderr);
  const results = readResults(out);
  assert.equal(statuses(results), [['done'], ['skipped'], ['done']]);
  const { reason, total, device } = results.jobs[1].lanes[0];
  assert.match(reason, /^salon 32 took .* s, and patience is 0.00001 s$/);
  assert.is(total, null);
  assert.is(device, 'JavaScript, 1 thread');
  assert.match(stdout, `basic skipped: ${reason}`);
});

test('--resume keeps what is done, and runs what has failed or is missing', () => {
  const out = join(folder, 'resume');
  const args = ['--out', out, ...SHORT, '--sizes', '16,20,24', '--lanes', 'basic,cpu'];
  assert.is(run(...args).status, 0);
  const results = readResults(out);
  const [first, second, third] = results.jobs;
  // No run gives this figure again.
  for (const { lanes } of [first, third]) for (const lane of lanes) lane.setup = 123456;
  second.lanes[0] = { ...second.lanes[0], setup: null, total: null, countSum: null, status: 'failed', reason: 'test' };
  second.lanes[1].setup = 123456;
  results.jobs = [first, second];
  const save = (/** @type {any} */ content) => writeFileSync(join(out, 'results.json'), JSON.stringify(content));
  save(results);
  const { status, stderr } = run(...args, '--resume');
  assert.is(status, 0, stderr);
  const resumed = readResults(out);
  assert.is(resumed.date, results.date);
  assert.equal(resumed.jobs[0], first);
  assert.equal(resumed.jobs[1].lanes[1], second.lanes[1]);
  assert.is(resumed.jobs[1].lanes[0].countSum, sum(serialCounts(presets.salon(20))));
  assert.is(resumed.jobs[1].lanes[0].differing, 0);
  assert.equal(statuses(resumed), [
    ['done', 'done'],
    ['done', 'done'],
    ['done', 'done'],
  ]);
  assert.ok(resumed.jobs[2].lanes.every((/** @type {any} */ { setup }) => setup < 123456));

  const { environment } = resumed;
  for (const [content, flags, message] of /** @type {[any, string[], RegExp][]} */ ([
    [{ ...resumed, environment: { ...environment, cpu: 'Z80' } }, [], /same machine and version, .*'Z80'/],
    [{ ...resumed, environment: { ...environment, twolane: '0.0.1' } }, [], /same machine and version, .*'0\.0\.1'/],
    [{ ...resumed, environment: { ...environment, renderer: 'Voodoo' } }, [], /same machine and version, .*'Voodoo'/],
    [resumed, ['--repeats', '2'], /same option, .*repeats 1, now 2/],
    [resumed, ['--lanes', 'cpu'], /same option, .*cases/],
    [{}, [], /'.*results\.json' \(it is not written by npm start\)/],
    [{ ...resumed, date: 5 }, [], /not written by npm start/],
    [{ ...resumed, jobs: [{ ...first, grid: null }] }, [], /jobs\[0\]\.grid must be an object, got null/],
    [{ ...resumed, jobs: [null] }, [], /'.*results\.json' \(it is not written by npm start\)/],
    [{ ...resumed, jobs: [{ ...first, lanes: [{ name: 'cpu', status: 'done' }] }] }, [], /not written by npm start/],
  ])) {
    save(content);
    const { status, stderr } = run(...args, ...flags, '--resume');
    assert.is(status, 2, stderr);
    assert.match(stderr, message);
    assert.is(stderr.trimEnd().split('\n').length, 1, stderr);
    assert.equal(readResults(out), content);
  }
});

test('Ctrl-C closes the browser, writes what is done and exits 130', async () => {
  const out = join(folder, 'interrupted');
  const args = ['--out', out, '--cases', 'salon', '--sizes', '16,800', '--lanes', 'basic', '--renderer', 'swiftshader'];
  const { child, end, until, output } = start(...args, '--repeats', '1000', '--budget', '500');
  await until(() => existsSync(join(out, 'results.json')) && output().includes('salon 800'));
  const browsers = descendants(/** @type {number} */ (child.pid));
  assert.ok(browsers.length > 0 || !existsSync('/proc/self'));
  // npm passes on the signal that the terminal has sent already: both are one Ctrl-C.
  child.kill('SIGINT');
  child.kill('SIGINT');
  assert.is(await end, 130, output());
  assert.match(output(), 'Interrupted');
  assert.match(output(), 'salon 16, 16 × 16');
  const { jobs } = readResults(out);
  assert.equal(
    jobs.map((/** @type {any} */ { name }) => name),
    ['salon 16'],
  );
  assert.equal(
    readdirSync(out).filter((name) => name.endsWith('.tmp')),
    [],
  );
  // They may be the last to know.
  for (let i = 0; i < 100 && browsers.some(isAlive); i++) await setTimeout(100);
  assert.equal(browsers.filter(isAlive), []);
});

test('Ctrl-C before a lane runs says that nothing is done, and ends the search for a renderer', async () => {
  const out = join(folder, 'early');
  const { child, end, until, output } = start('--out', out, ...SHORT, '--sizes', '16', '--lanes', 'basic');
  await until(() => existsSync(out));
  child.kill('SIGINT');
  assert.is(await end, 130, output());
  assert.match(output(), 'Interrupted: nothing is done');
  assert.equal(readdirSync(out), []);
});

test('results are written though nobody reads the lines to their end', async () => {
  const out = join(folder, 'unread');
  const { child, end } = start('--out', out, ...SHORT, '--sizes', '16', '--lanes', 'basic');
  child.stdout.destroy();
  assert.is(await end, 0);
  assert.ok(existsSync(join(out, 'report.html')));
});

test('the time left grows with a lane’s rate, and ends at budget and patience', () => {
  const cases = [100, 200, 1000, 2000].map((size) => ({ name: `${size}`, size, lanes: ['a', 'b'] }));
  const estimate = makeEstimate({ cases, rounds: 2, patience: 500, budget: 300 });
  assert.is(estimate.total, 16);
  estimate.ran('100', 'a', 10);
  assert.is(estimate.left(), null, 'nothing is known of b');
  estimate.ran('100', 'b', 100);
  // a: 10 once, 20 twice, 100 twice, 200 twice. b: 100 once, 200 twice, 1000 once, which is beyond budget and patience.
  assert.is(estimate.left(), 10 + 40 + 200 + 400 + 100 + 400 + 1000);
  assert.is(estimate.done(), 2);
  estimate.skip('1000', 'b');
  estimate.skip('2000', 'b');
  estimate.ran('100', 'b', 400);
  assert.is(estimate.done(), 7);
  assert.is(estimate.left(), 650 + 800);
});

test.run(14);
