/** Speed of the CPU lane in Node and in Chromium, as ratios within one run: to the plain JavaScript loop, to native C, to one thread. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { Command, Option } from 'commander';
import { presets } from 'twolane';
import { findBrowser, launch, namedBrowser, openFirefox } from './browser.js';
import { integer, list, oneOf, SIGNAL_EXITS, UserError } from '../cli/command.js';
import { readCommand, runProgram } from './options.js';
import { makeSide } from './page/cpu.js';
import { serve } from './server.js';
import { spread } from './spread.js';

const SEAHORSE = { re: -0.7436438870371587, im: 0.13182590420531198 };

/** A square view of the seahorse valley. @param {number} width @param {number} maxIterations */
const seahorse = (width, maxIterations) => ({
  grid: {
    width: 400,
    height: 400,
    x0: SEAHORSE.re - width / 2,
    x1: SEAHORSE.re + width / 2,
    y0: SEAHORSE.im - width / 2,
    y1: SEAHORSE.im + width / 2,
  },
  maxIterations,
  bailoutRadius: 2,
});

/** @type {import('./globals.js').CpuWork[]} */
const WORKS = [
  {
    label: 'salon 400, 20 000 iterations, no shortcuts',
    job: presets.salon(400, 20000),
    who: 'bare',
    unit: 'C',
    target: 0.95,
  },
  { label: 'salon 1600, 512, no shortcuts', job: presets.salon(1600), who: 'bare', unit: 'C', target: 0.75 },
  { label: 'seahorse 1e-10, 400, 50 000', job: seahorse(1e-10, 50000), who: 'lane', unit: 'C', target: 0.9 },
  { label: 'seahorse 1e-3, 400, 5 000', job: seahorse(1e-3, 5000), who: 'lane', unit: 'C', target: 0.7 },
  { label: 'salon 400, 512', job: presets.salon(), who: 'lane', unit: 'JS', target: 30 },
  { label: 'salon 1600, 512', job: presets.salon(1600), who: 'lane', unit: 'JS', target: 30 },
  { label: 'salon 5000, 50', job: presets.salon(5000, 50), who: 'lane', unit: 'JS', target: 10 },
  { label: 'gellert 2500, 250', job: presets.gellert(2500), who: 'lane', unit: 'JS', target: 25 },
  {
    label: 'gellert 5000, 250, all threads',
    job: presets.gellert(5000),
    who: 'threads',
    unit: '1 thread',
    target: 1.9,
  },
  {
    label: 'seahorse 1e-10, 400, 50 000, all threads',
    job: seahorse(1e-10, 50000),
    who: 'threads',
    unit: '1 thread',
    target: 1.9,
  },
  { label: 'salon 64, 512, all threads', job: presets.salon(64), who: 'threads', unit: '1 thread', target: 1 },
];

/** Runs of native C in a row, of a millisecond each, of which the best counts. */
const CEILING_RUNS = 20;
/** Milliseconds after which no other run in a row begins, where the best of ours counts, too. */
const PATIENCE = 100;

/** Runs of a work in a row whose mean is one measurement, so that it takes a few milliseconds at least. @param {import('./globals.js').CpuWork} work */
const batch = ({ job }) => Math.max(1, Math.round(2e5 / (job.grid.width * job.grid.height)));

/** @param {number[]} values */
const spreadOf = (values) => ({ ...spread(values), max: Math.max(...values) });

/**
 * Compiles and starts the native ceiling; null without a C compiler that works. One process answers all questions: starting one makes all memory of
 * this process copy-on-write, so that what is measured next would pay for that page by page.
 */
function startCeiling() {
  const compiler = ['cc', 'gcc', 'clang'].find((name) => spawnSync(name, ['--version']).status === 0);
  if (!compiler) return null;
  const folder = mkdtempSync(join(tmpdir(), 'twolane-'));
  const program = join(folder, 'ceiling');
  const source = fileURLToPath(new URL('native/ceiling.c', import.meta.url));
  const compiled = spawnSync(compiler, ['-O3', '-ffp-contract=off', '-o', program, source]);
  const child = compiled.status === 0 && spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  rmSync(folder, { recursive: true });
  if (!child) return null;
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    /** Iterations/s by number of chains, from 4 to `most`: the best of some runs. @param {number} runs @param {number} most */
    async rate(runs, most) {
      child.stdin.write(`${runs} ${most}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error('The native ceiling ended');
      return /** @type {Record<string, number>} */ (JSON.parse(value));
    },
    close: () => void child.stdin.end(),
  };
}

/** @typedef {NonNullable<ReturnType<typeof startCeiling>>} Ceiling */

/** A new browser of an engine. @param {string} engine */
async function openEngine(engine) {
  if (engine === 'firefox') {
    const { browser, reason } = await openFirefox(console.error);
    if (!browser) throw new UserError(`${reason}: name one by the variable FIREFOX`);
    return browser;
  }
  return launch(namedBrowser(undefined) || (await findBrowser(console.error)), { args: [] });
}

/**
 * The measuring side: in this process, or in a page of a new browser.
 *
 * @param {string} engine of ENGINES
 * @param {number} threads
 * @returns {Promise<{ version: string, side: import('./page/cpu.js').Side, close(): Promise<void> }>}
 */
async function openSide(engine, threads) {
  const kernel = readFileSync(fileURLToPath(import.meta.resolve('twolane/kernel.wasm'))).toString('base64');
  if (engine === 'node') {
    const side = await makeSide(kernel, threads);
    return { version: `Node ${process.version}`, side, close: async () => side.close() };
  }
  const browser = await openEngine(engine);
  const server = await serve();
  const openHandle = async () => {
    const page = await browser.newPage();
    await page.goto(server.url);
    return page.evaluateHandle(
      async (kernel, threads) => {
        const { makeSide } = await import(/** @type {any} */ ('/cpu.js'));
        return makeSide(kernel, threads);
      },
      kernel,
      threads,
    );
  };
  const handle = await openHandle().catch(async (error) => {
    // It would keep this process alive.
    await browser.close();
    server.close();
    throw error;
  });
  /** @param {string} name */
  const remote = (name) => (/** @type {unknown} */ argument) =>
    handle.evaluate((/** @type {any} */ side, name, argument) => side[name](argument), name, argument);
  const names = /** @type {const} */ (['select', 'time', 'apart', 'check', 'open', 'compile', 'close']);
  const side = /** @type {any} */ (Object.fromEntries(names.map((name) => [name, remote(name)])));
  return {
    version: await browser.version(),
    side,
    async close() {
      await browser.close();
      server.close();
    },
  };
}

/**
 * Milliseconds of a measurement: of whole calls that write into an image that is kept, of the kernel's part of them, and of calls that
 * make a new image.
 *
 * @typedef {{ total: number, compute: number, fresh: number }} Times
 */

/**
 * Measures all works in one process of an engine, each against its ceiling or opponent, interleaved.
 *
 * @param {string} engine
 * @param {{ runs: number, threads: number, ceiling: Ceiling | null }} options
 */
async function measure(engine, { runs, threads, ceiling }) {
  const { version, side, close } = await openSide(engine, threads);
  const rows = [];
  for (const work of WORKS) {
    const { label, who, unit, target } = work;
    if (who === 'threads' && threads === 1) continue;
    await side.select(work);
    const { iterations, differing } = await side.check();
    /** @type {Times[]} */
    const ours = [];
    /** @type {Times[]} */
    const theirs = [];
    const alone = [];
    const together = [];
    const repeats = batch(work);
    /** @param {string} who @param {boolean} fresh */
    const timeOne = async (who, fresh) => {
      // Against C, what C is measured by: the best of some runs in a row.
      const best = unit === 'C';
      const times = await side.time({
        who,
        fresh,
        runs: best ? CEILING_RUNS : repeats,
        patience: best ? PATIENCE : Number.MAX_SAFE_INTEGER,
      });
      /** @param {'total' | 'compute'} key */
      const of = (key) => {
        const values = times.map((one) => one[key]);
        return best ? Math.min(...values) : values.reduce((sum, value) => sum + value / values.length, 0);
      };
      return { total: of('total'), compute: of('compute') };
    };
    /** @param {string} who @returns {Promise<Times>} */
    const time = async (who) => {
      const kept = await timeOne(who, false);
      return { ...kept, fresh: who === 'bare' ? kept.total : (await timeOne(who, true)).total };
    };
    /** The milliseconds that native C takes for the same iterations. @returns {Promise<Times | null>} */
    const native = async () => {
      if (!ceiling) return null;
      const total = (iterations / (await ceiling.rate(CEILING_RUNS, 4))['4']) * 1000;
      return { total, compute: total, fresh: total };
    };
    for (let run = -1; run < runs; run++) {
      const mine = await time(who);
      const other = unit === 'C' ? await native() : await time(unit === 'JS' ? 'js' : 'lane');
      const cores = who === 'threads' && repeats === 1 ? await side.apart() : null;
      if (run < 0) continue;
      if (cores) {
        alone.push(cores.alone);
        together.push(cores.together);
      }
      ours.push(mine);
      if (other) theirs.push(other);
    }
    /** How many times faster we are, by minima and by medians. @param {keyof Times} key */
    const compareBy = (key) => {
      const mine = spreadOf(ours.map((timing) => timing[key]));
      const other = theirs.length ? spreadOf(theirs.map((timing) => timing[key])) : null;
      return { mine, other, ratio: other && other.min / mine.min, medianRatio: other && other.median / mine.median };
    };
    const total = compareBy('total');
    rows.push({
      label,
      unit,
      target,
      total,
      fresh: compareBy('fresh'),
      compute: compareBy('compute'),
      // What as many threads reach on these cores that share nothing, each with the whole work.
      apart: together.length ? (threads * Math.min(...alone)) / Math.min(...together) : null,
      // Elsewhere most of the counts' sum is the interior's, which is not iterated.
      iterationsPerSecond: unit === 'C' ? (iterations / total.mine.min) * 1000 : null,
      differing,
    });
  }
  await side.open(1);
  const compile = [];
  for (let i = 0; i < 9; i++) compile.push(await side.compile());
  const opened = { one: await side.open(1), all: await side.open(threads), compile: spreadOf(compile).median };
  await close();
  return { engine, version, rows, opened };
}

/** @typedef {Awaited<ReturnType<typeof measure>>} Measured */

/** The table of one engine: for each work the best of its processes. @param {Measured[]} processes @param {number | null} best ceiling over 4 to 8 chains, per s */
function table(processes, best) {
  const head = [
    'work',
    'against',
    'reach',
    'best',
    'each process',
    'median',
    'new image',
    'compute',
    'apart',
    'ms',
    'G it/s',
    'of best C',
    'differ',
  ];
  const output = new Table({ head, style: { head: [], border: [], compact: true } });
  const show = (/** @type {number | null} */ value) => (value === null ? '–' : value.toFixed(2));
  /** Without what it is held against, the shortest time is the best. @param {Measured['rows'][0]} row */
  const score = ({ total }) => total.ratio ?? 1 / total.mine.min;
  for (const [i, { label, unit, target }] of processes[0].rows.entries()) {
    const rows = processes.map(({ rows }) => rows[i]);
    const winner = rows.reduce((a, b) => (score(b) > score(a) ? b : a));
    /** @type {(string | number)[]} */
    const cells = [
      label,
      unit,
      target,
      show(winner.total.ratio),
      rows.map(({ total }) => show(total.ratio)).join(' '),
      show(winner.total.medianRatio),
      show(winner.fresh.ratio),
      show(winner.compute.ratio),
      show(winner.apart),
      show(winner.total.mine.min),
      show(winner.iterationsPerSecond && winner.iterationsPerSecond / 1e9),
      show(winner.iterationsPerSecond && best && winner.iterationsPerSecond / best),
      Math.max(...rows.map(({ differing }) => differing)),
    ];
    output.push(cells);
  }
  return output.toString();
}

const ENGINES = /** @type {const} */ (['node', 'chromium', 'firefox']);

/** Fails now, not after minutes, if a file can't be written. @param {string} file */
function checkWritable(file) {
  try {
    appendFileSync(file, '');
  } catch (error) {
    const reason = /** @type {Error} */ (error).message;
    throw new UserError(`--json must be a file that can be written, got '${file}' (${reason})`, { exitCode: 2 });
  }
}

/** What a process of an engine prints; what ends this process from outside is passed on to it. @param {string} engine @param {string[]} args */
async function runProcess(engine, args) {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  /** @type {keyof typeof SIGNAL_EXITS | null} */
  let stopped = null;
  const stop = (/** @type {keyof typeof SIGNAL_EXITS} */ name) => {
    stopped = name;
    child.kill(name);
  };
  const names = Object.keys(SIGNAL_EXITS);
  for (const name of names) process.on(name, stop);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  const [status] = await once(child, 'close');
  for (const name of names) process.off(name, stop);
  if (stopped) throw new UserError('Interrupted.', { exitCode: SIGNAL_EXITS[stopped] });
  if (status !== 0) throw new UserError(`The ${engine} process failed`);
  return output;
}

async function main() {
  const { runs, processes, engines, json, only } = readCommand(
    new Command('npm run bench:cpu --')
      .description('Speed of the CPU lane, as ratios within one run.')
      .option('--runs <n>', 'timed runs of each work, after a warm-up', integer(1, 1000), 5)
      .option('--processes <n>', 'processes of each engine; the best counts', integer(1, 100), 3)
      .addOption(
        new Option('--engines <names>', 'engines, of node, chromium and firefox')
          .default(['node', 'chromium'], 'node,chromium')
          .argParser(list(oneOf(ENGINES))),
      )
      .option('--json <file>', 'file to write all figures to')
      .addOption(
        new Option('--only <engine>', 'one process of an engine, figures as JSON on stdout')
          .choices(ENGINES)
          .hideHelp(),
      ),
    process.argv,
  );
  if (json) checkWritable(json);
  const threads = availableParallelism();
  if (only) {
    const ceiling = startCeiling();
    try {
      console.log(JSON.stringify(await measure(only, { runs, threads, ceiling })));
    } finally {
      ceiling?.close();
    }
    return;
  }
  const ceiling = startCeiling();
  const chains = (await ceiling?.rate(200, 8)) ?? null;
  ceiling?.close();
  console.log(`${cpus()[0]?.model}, ${threads} cores`);
  console.log(
    chains
      ? `Native C, G iterations/s by chains: ${Object.entries(chains)
          .map(([count, rate]) => `${count}: ${(rate / 1e9).toFixed(2)}`)
          .join(', ')}`
      : 'No C compiler that works here, so nothing is held against native C.',
  );
  const best = chains && Math.max(...Object.values(chains));
  /** @type {Measured[]} */
  const all = [];
  for (const engine of engines) {
    /** @type {Measured[]} */
    const measured = [];
    for (let i = 0; i < processes; i++) {
      const args = [fileURLToPath(import.meta.url), '--only', engine, '--runs', String(runs)];
      const output = await runProcess(engine, args);
      measured.push(JSON.parse(output.trimEnd().split('\n').at(-1) ?? ''));
    }
    all.push(...measured);
    const { version, opened } = measured[0];
    console.log(`\n${version}, best of ${processes} processes, ${runs} runs each\n${table(measured, best)}`);
    const text = Object.entries({ '1 thread': opened.one, [`${threads} threads`]: opened.all }).map(
      ([name, { setup, cold }]) =>
        `${name}: ${setup.toFixed(1)} ms to open, ${cold.toFixed(1)} ms for the first salon 400`,
    );
    console.log(`Compiling the module: ${opened.compile.toFixed(1)} ms; ${text.join('; ')}`);
  }
  console.log(
    '\nRatios of minima: above 1 is faster than what it is held against. C: the bare recurrence, 4 chains, 128-bit vectors, no FMA; ' +
      'against it, the best of up to 20 runs in a row counts, of both.\n' +
      'Calls write into an image that is kept (`out`, for threads in shared memory), as C does; "new image": where each makes one, for which ' +
      'the system gives memory.\n' +
      'Compute: the ratio without the time for moving counts. Apart: how many times as much all cores do as one, each with a lane and work of ' +
      'its own. Of best C: against its best number of chains. Differ: pixels whose count is not that of the plain loop (against JS), of the other of ' +
      'lane and bare kernel (against C), of one thread (against 1 thread).',
  );
  if (json) {
    writeFileSync(
      json,
      `${JSON.stringify({ date: new Date().toISOString(), cpu: cpus()[0]?.model, threads, chains, processes: all }, null, 2)}\n`,
    );
  }
}

await runProgram(main);
