/** results.json: written after every case, read to go on from it. */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { reportCsv } from 'twolane/report';
import { UserError } from '../cli/command.js';
import { message } from './page/rows.js';

/**
 * @typedef {import('twolane').Comparison & { options: Record<string, unknown> }} Results a comparison, and the options it was made with
 */

/** Parts of the environment that make it another one. */
const SAME = ['twolane', 'node', 'cpu', 'cores', 'browser', 'renderer'];

/** @param {string} folder */
export const pathIn = (folder) => join(folder, 'results.json');

/** Makes the folder of the results, if it isn't there. Throws UserError if it can't be written. @param {string} folder */
export function makeFolder(folder) {
  try {
    if (!folder) throw new Error('it has no name');
    // Not { recursive: true }, which never returns in Node 20 where a file system refuses folders as /proc does.
    const missing = [];
    for (let path = resolve(folder); !existsSync(path); path = dirname(path)) missing.unshift(path);
    for (const path of missing) mkdirSync(path);
    accessSync(`${folder}/.`, constants.W_OK);
  } catch (error) {
    throw new UserError(`--out must be a folder that can be written, got '${folder}' (${message(error)})`, {
      exitCode: 2,
    });
  }
}

/** Fails now, not after minutes, where a folder stands in a file's place. @param {string[]} paths */
export function checkFiles(paths) {
  for (const path of paths.flatMap((path) => [path, partOf(path)])) {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) continue;
    throw new UserError(`'${path}' must be a file, got a folder`, { exitCode: 2 });
  }
}

/** What a file is called until it is complete. @param {string} path */
const partOf = (path) => `${path}.tmp`;

/** Writes a file so that it is either the old one or the new one, whenever the process ends. @param {string} path @param {string | Uint8Array} content */
export function writeWhole(path, content) {
  try {
    writeFileSync(partOf(path), content);
    renameSync(partOf(path), path);
  } catch (error) {
    throw new UserError(`'${path}' cannot be written (${message(error)})`);
  }
}

/** @param {string} folder @param {Results} results */
export function writeResults(folder, results) {
  writeWhole(pathIn(folder), `${JSON.stringify(results, null, 2)}\n`);
  return pathIn(folder);
}

/** @param {unknown} value */
const isObject = (value) => typeof value === 'object' && value !== null;

/** Whether a value is a job's results, as far as it takes to go on from them. @param {any} job */
const isJob = (job) =>
  typeof job?.name === 'string' &&
  Array.isArray(job.lanes) &&
  job.lanes.every(
    (/** @type {any} */ lane) =>
      typeof lane?.name === 'string' && (lane.status !== 'done' || typeof lane.total?.median === 'number'),
  );

/** @param {any} value */
const isResults = (value) =>
  typeof value?.date === 'string' &&
  Array.isArray(value.jobs) &&
  value.jobs.every(isJob) &&
  isObject(value.environment) &&
  isObject(value.options);

/** The results of an earlier npm start. Throws UserError if there are none. @param {string} folder @returns {Results} */
export function readResults(folder) {
  /** @type {string} */
  let reason;
  try {
    const results = JSON.parse(readFileSync(pathIn(folder), 'utf8'));
    if (isResults(results)) {
      // Refuses now, not after minutes, what the report would.
      reportCsv(results);
      return results;
    }
    reason = 'it is not written by npm start';
  } catch (error) {
    reason = message(error);
  }
  throw new UserError(`There are no results in '${pathIn(folder)}' (${reason})`, { exitCode: 2 });
}

/** @param {unknown} value */
const show = (value) => (typeof value === 'string' ? `'${value}'` : JSON.stringify(value));

/**
 * Throws UserError unless results were made in this environment, as far as it is known, and with these options.
 *
 * @param {Results} results
 * @param {Pick<Results, 'environment' | 'options'>} now
 */
export function checkSame(results, { environment, options }) {
  for (const [what, then, now, keys] of /** @type {const} */ ([
    ['option', results.options, options, Object.keys({ ...results.options, ...options })],
    ['machine and version', results.environment, environment, SAME.filter((key) => key in environment)],
  ])) {
    for (const key of keys) {
      if (JSON.stringify(then[key]) === JSON.stringify(now[key])) continue;
      const difference = `${key} ${show(then[key])}, now ${show(now[key])}`;
      throw new UserError(`--resume must go on with the same ${what}, got results with ${difference}`, { exitCode: 2 });
    }
  }
}
