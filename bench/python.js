/** The articles' own programs: runs those of bench/python/ with the Python that is here, and gives rows like those of compare(). */
import { execFile } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openCpu, presets } from 'twolane';
import { emptyRow } from './page/rows.js';
import { spread } from './spread.js';
import { inSeconds, sizeOf } from './sweep.js';

/** @typedef {import('twolane').LaneResult} PythonRow Python's programs tell nothing of compute and transfer; `setup` is imports, and for Cython the compiler */
/** @typedef {{ preset: 'salon' | 'gellert', size: number }} Case */

/** @type {{ name: string, script: string, precision: 'f64' | 'f32', threads: number }[]} */
const PROGRAMS = [
  { name: 'python', script: 'plain.py', precision: 'f64', threads: 1 },
  { name: 'numpy', script: 'masked.py', precision: 'f64', threads: 1 },
  { name: 'numexpr, 1 thread', script: 'blocks.py', precision: 'f64', threads: 1 },
  { name: 'numexpr, 2 threads', script: 'blocks.py', precision: 'f64', threads: 2 },
  { name: 'numexpr, 4 threads', script: 'blocks.py', precision: 'f64', threads: 4 },
  { name: 'cython', script: 'compiled.py', precision: 'f64', threads: 1 },
  { name: 'cython, 2 threads', script: 'compiled.py', precision: 'f64', threads: 2 },
  { name: 'cython, 4 threads', script: 'compiled.py', precision: 'f64', threads: 4 },
  { name: 'numpy complex64', script: 'tally.py', precision: 'f32', threads: 1 },
  { name: 'tensorflow', script: 'tensors.py', precision: 'f32', threads: 1 },
];

/** The programs' names, in the order of their rows. */
export const pythonNames = PROGRAMS.map(({ name }) => name);

const folder = fileURLToPath(new URL('python/', import.meta.url));
const execute = promisify(execFile);

/**
 * Runs Python and hands back what it prints. Throws the signal's reason, or an Error of one line.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {AbortSignal | undefined} signal
 */
async function python(command, args, signal) {
  try {
    // -B: no __pycache__ in the repository.
    const { stdout } = await execute(command, ['-B', ...args], { signal, maxBuffer: 2 ** 26 });
    return stdout;
  } catch (error) {
    signal?.throwIfAborted();
    const { stderr = '', signal: killedBy, message } = /** @type {any} */ (error);
    if (killedBy) throw new Error(`Python was ended by ${killedBy}`, { cause: error });
    // A traceback ends with the error, whose message may have several lines.
    const lines = stderr.trim().split('\n');
    const told = lines[lines.findLastIndex((/** @type {string} */ line) => line.startsWith('  ')) + 1] || lines.at(-1);
    throw new Error(told || message.split('\n')[0], { cause: error });
  }
}

/** What names Python, and its version; or why there is none. @param {AbortSignal | undefined} signal */
async function findPython(signal) {
  const command = process.env.PYTHON || 'python3';
  const name = process.env.PYTHON ? `PYTHON (${command})` : command;
  try {
    const version = (await python(command, ['-c', 'import platform; print(platform.python_version())'], signal)).trim();
    if (Number.parseInt(version) >= 3) return { command, version, reason: null };
    const what = version ? `Python ${version}` : 'no Python';
    return { command, version, reason: `${name} is ${what}, and the programs need Python 3` };
  } catch (error) {
    signal?.throwIfAborted();
    const { message } = /** @type {Error} */ (error);
    return { command, version: '', reason: /ENOENT/.test(message) ? `${name} is not here` : `${name}: ${message}` };
  }
}

/**
 * Compares a file of counts with those of the cpu lane, a tile at a time: of 15000 × 15000 pixels, neither need be in memory.
 *
 * @param {string} path
 * @param {import('twolane').Job} job
 * @param {import('twolane').Lane} lane
 * @param {AbortSignal | undefined} signal
 */
async function compareCounts(path, job, lane, signal) {
  let differing = 0;
  let largestDifference = 0;
  const file = await open(path);
  try {
    for await (const { column, row, width, height, counts } of lane.tiles(job, { signal })) {
      const theirs = new Float32Array(counts.length);
      const whole = width === job.grid.width;
      const length = whole ? counts.length : width;
      for (let i = 0; i < (whole ? 1 : height); i++) {
        const position = 4 * ((row + i) * job.grid.width + column);
        const { bytesRead } = await file.read(new Uint8Array(theirs.buffer, 4 * i * width, 4 * length), { position });
        if (bytesRead < 4 * length) throw new Error('Python has written too few counts');
      }
      for (let i = 0; i < counts.length; i++) {
        const difference = Math.abs(counts[i] - theirs[i]);
        if (difference === 0) continue;
        differing++;
        largestDifference = Math.max(largestDifference, difference);
      }
    }
  } finally {
    await file.close();
  }
  return { differing, largestDifference };
}

/**
 * Runs the articles' programs on cases, one after another: a cold run, then timed ones. The interpreter is what the environment
 * variable PYTHON names, or python3. What can't run becomes a row that says why.
 *
 * @param {readonly Case[]} cases
 * @param {object} [options]
 * @param {readonly string[]} [options.names] programs, of `pythonNames`; default all
 * @param {(line: string) => void} [options.log] is told the Python at hand and every program that starts
 * @param {AbortSignal} [options.signal] ends Python; the call then rejects with the signal's reason
 * @param {number} [options.patience] ms, default Infinity: a program whose first run of a case takes longer is skipped on later cases
 *   that are no smaller, in pixels × maxIterations
 * @param {number} [options.repeats] timed runs, default 5
 * @param {number} [options.budget] ms, default 10 000: a program runs no more once its runs of a case have taken longer; if the first
 *   did, that is the timed one
 * @param {readonly (readonly PythonRow[])[]} [options.kept] for each case rows of an earlier call: those that are done are taken over
 * @param {(index: number, row: PythonRow) => void} [options.onRow] is told each row as it is there, with its case's index
 * @returns {Promise<PythonRow[][]>} for each case a row for each program
 */
export async function runPython(cases, options = {}) {
  const { names = pythonNames, log = () => {}, signal, onRow = () => {} } = options;
  const { kept = [] } = options;
  const { patience = Infinity, repeats = 5, budget = 10_000 } = options;
  signal?.throwIfAborted();
  const { command, version, reason } = await findPython(signal);
  log(reason ? `No Python programs: ${reason}.` : `Python ${version} runs the articles’ programs.`);

  /** The smallest case that a program took too long over. @type {Map<string, { name: string, size: number, ms: number }>} */
  const slow = new Map();
  const temporary = await mkdtemp(join(tmpdir(), 'twolane-python-'));
  const lane = await openCpu();

  /** @param {typeof PROGRAMS[number]} program @param {Case} one @param {number} index @returns {Promise<PythonRow>} */
  async function runOne({ name, script, precision, threads }, { preset, size }, index) {
    const job = presets[preset](size);
    const settle = (/** @type {number} */ ms) => {
      if (ms <= patience || sizeOf(job) >= (slow.get(name)?.size ?? Infinity)) return;
      slow.set(name, { name: `${preset} ${size}`, size: sizeOf(job), ms });
    };
    const done = kept[index]?.find((row) => row.name === name && row.status === 'done');
    if (done) {
      settle(done.cold ?? 0);
      return done;
    }
    if (reason) return emptyRow(name, 'skipped', reason);
    const limit = slow.get(name);
    if (limit && sizeOf(job) >= limit.size) {
      const reason = `${limit.name} took ${inSeconds(limit.ms)}, and patience is ${inSeconds(patience)}`;
      return emptyRow(name, 'skipped', reason);
    }
    log(`Running ${preset} ${size} ${name} …`);
    const counts = join(temporary, 'counts');
    const { grid, ...rest } = job;
    const argument = { ...grid, ...rest, preset, threads, repeats, budget, counts, build: temporary };
    try {
      const printed = await python(command, [join(folder, script), JSON.stringify(argument)], signal);
      const { skipped, device, setup, times, countSum } = JSON.parse(printed.trim().split('\n').at(-1) ?? '');
      if (skipped) return emptyRow(name, 'skipped', skipped);
      const [cold, ...warm] = times;
      settle(cold);
      const timed = warm.length > 0 ? warm : times;
      const agreement = await compareCounts(counts, job, lane, signal);
      const about = { device, precision, setup, runs: timed.length, total: spread(timed), cold, countSum };
      return { ...emptyRow(name, 'failed', ''), status: 'done', reason: null, ...about, ...agreement };
    } catch (error) {
      signal?.throwIfAborted();
      return emptyRow(name, 'failed', /** @type {Error} */ (error).message);
    }
  }

  try {
    const results = [];
    for (const [index, one] of cases.entries()) {
      const rows = [];
      for (const program of PROGRAMS.filter(({ name }) => names.includes(name))) {
        const row = await runOne(program, one, index);
        rows.push(row);
        onRow(index, row);
      }
      results.push(rows);
    }
    return results;
  } finally {
    lane.close();
    await rm(temporary, { recursive: true, force: true });
  }
}
