/** The main job: compares the lanes on the two articles' cases in a headless browser, prints tables, writes a report. */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, machine, release, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import { ONE_KEYPRESS, SIGNAL_EXITS, UserError } from '../cli/command.js';
import { findBrowser, namedBrowser, openBrowser } from './browser.js';
import { readOptions, runProgram } from './options.js';
import { emptyRow, message } from './page/rows.js';
import { makeProgress } from './progress.js';
import { pythonNames, runPython } from './python.js';
import { pathsOf, writeReport } from './report.js';
import { checkFiles, checkSame, makeFolder, pathIn, readResults, writeResults } from './results.js';
import { serve } from './server.js';
import { planOf, sizeOf, sweep, WARMUP } from './sweep.js';
import { table } from '../cli/table.js';

const log = (/** @type {string} */ line) => console.log(line);

/** A signal that the first Ctrl-C aborts; the second ends the process, and its browser with it. */
function onInterrupt() {
  const controller = new AbortController();
  let first = 0;
  for (const [name, exitCode] of Object.entries(SIGNAL_EXITS)) {
    process.on(name, () => {
      if (!first) {
        first = Date.now();
        controller.abort(new UserError('Interrupted: --resume goes on from here.', { exitCode }));
      } else if (Date.now() - first > ONE_KEYPRESS) process.exit(exitCode);
    });
  }
  return controller.signal;
}

/** What ends an interrupted run: there may be nothing to go on from. @param {AbortSignal} signal @param {readonly unknown[]} jobs results */
const interruption = ({ reason }, jobs) =>
  jobs.length > 0
    ? reason
    : new UserError('Interrupted: nothing is done, so nothing is written.', { exitCode: reason.exitCode });

/** What is known of the machine before a browser runs. */
function describeMachine() {
  const { version } = JSON.parse(readFileSync(fileURLToPath(import.meta.resolve('twolane/package.json')), 'utf8'));
  return {
    twolane: /** @type {string} */ (version),
    node: process.version,
    platform: `${type()} ${release()} ${machine()}`,
    cpu: cpus()[0]?.model ?? null,
    cores: availableParallelism(),
  };
}

/** @param {ReturnType<typeof readOptions>} options */
async function main({ out, cases, resume, browser: path, ...options }) {
  const signal = onInterrupt();
  const plan = planOf(cases);
  const { repeats, patience, budget, python, renderer } = options;
  const settings = {
    cases: plan.map(({ name, lanes }) => `${name}: ${lanes.map(({ label }) => label).join('; ')}`),
    ...options,
  };
  const before = resume ? readResults(out) : null;
  const machine = describeMachine();
  // What differs is said before anything runs, as far as it can be known.
  if (before) checkSame(before, { environment: machine, options: settings });
  const named = namedBrowser(path);
  makeFolder(out);
  checkFiles([pathIn(out), ...pathsOf(out, cases)]);
  const executablePath = named || (await findBrowser(log));
  const server = await serve();
  const start = () => openBrowser({ executablePath, renderer, url: server.url, handleSignals: false, signal, log });
  let opened = await start().catch((error) => {
    server.close();
    if (signal.aborted) throw interruption(signal, before?.jobs ?? []);
    const [reason] = message(error).split('\n');
    throw new UserError(`The browser '${executablePath}' does not start (${reason})`, { exitCode: named ? 2 : 1 });
  });
  try {
    if (signal.aborted) throw interruption(signal, before?.jobs ?? []);
    const { renderer: device, reason } = opened;
    /** @type {import('./results.js').Results} */
    const results = {
      date: before?.date ?? new Date().toISOString(),
      environment: {
        ...machine,
        browser: await opened.browser.version(),
        renderer: device,
        software: device === null ? null : device.endsWith('(software)'),
        crossOriginIsolated: before?.environment.crossOriginIsolated ?? null,
      },
      options: settings,
      jobs: before?.jobs ?? [],
    };
    if (before) checkSame(before, results);
    log(`${results.environment.browser}, ${device ?? `no GPU lanes: ${reason}`}`);

    const progress = makeProgress({
      cases: plan.map(({ name, job, lanes }) => ({
        name,
        size: sizeOf(job),
        lanes: lanes.map(({ label }) => label),
      })),
      rounds: WARMUP + repeats,
      patience,
      budget,
    });
    /** @param {import('twolane').LaneResult} row */
    const isPython = ({ name }) => pythonNames.includes(name);
    const byCase = new Map(results.jobs.map((result) => [result.name, result]));
    const pythonRows = plan.map(({ name }) => byCase.get(name)?.lanes.filter(isPython) ?? []);
    function save() {
      results.jobs = plan.flatMap(({ name }, i) => {
        const result = byCase.get(name);
        if (!result) return [];
        return { ...result, lanes: [...result.lanes.filter((row) => !isPython(row)), ...pythonRows[i]] };
      });
      return writeResults(out, results);
    }
    try {
      await sweep({
        plan,
        kept: results.jobs,
        async browser() {
          if (!opened.browser.connected) opened = await start();
          signal.throwIfAborted();
          return opened.browser;
        },
        url: server.url,
        // Nobody has asked for a renderer with 'auto', so that having none is no failure.
        refuse: ({ label, gpu }) =>
          gpu && device === null
            ? emptyRow(label, renderer === 'auto' ? 'skipped' : 'failed', /** @type {string} */ (reason))
            : null,
        repeats,
        patience,
        budget,
        signal,
        progress,
        onResult(result, crossOriginIsolated) {
          byCase.set(result.name, result);
          results.environment.crossOriginIsolated ??= crossOriginIsolated;
          save();
        },
      });
      progress.stop();
      if (python) {
        await runPython(cases, {
          log,
          signal,
          patience,
          repeats,
          budget,
          kept: pythonRows,
          onRow(index, row) {
            pythonRows[index] = [...pythonRows[index].filter(({ name }) => name !== row.name), row];
            save();
          },
        });
      }
    } catch (error) {
      if (error !== signal.reason) throw error;
    } finally {
      progress.stop();
    }

    if (signal.aborted && results.jobs.length === 0) throw interruption(signal, results.jobs);
    log(table(results.jobs));
    const written = [save(), ...(await writeReport(out, results, cases))];
    log(`Wrote ${written.join(', ')}.`);
    signal.throwIfAborted();
    if (results.jobs.some(({ lanes }) => lanes.some(({ status }) => status === 'failed'))) process.exitCode = 1;
  } finally {
    await opened.browser.close();
    server.close();
  }
}

// Whoever reads the lines may leave, as head does, and a terminal may close: the results are in files.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
}

await runProgram(() => main(readOptions(process.argv)));
