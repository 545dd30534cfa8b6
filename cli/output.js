/** Where bytes go: to stdout, or to a file that is there as a whole or not at all. */
import { randomUUID } from 'node:crypto';
import { closeSync, constants, createWriteStream, openSync, rmSync } from 'node:fs';
import { access, chmod, chown, readlink, realpath, rename, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { UserError } from './command.js';

/**
 * An output that can be written, as far as that can be known beforehand.
 *
 * @typedef {object} Output
 * @property {string} out as given
 * @property {string} flag that gives it
 * @property {string} name in messages
 * @property {string | null} path to write to: of a file, in full, what a link leads to; null for stdout
 * @property {boolean} replaces whether it is a file to replace: not stdout, a device or a pipe
 * @property {import('node:fs').Stats} [found] what is there
 */

/** Names of files that are open already. Others in /dev are files as any, such as those of /dev/shm. */
const OPEN_FILE = /^\/(dev\/(std(in|out|err)$|fd\/)|proc\/[^/]+\/fd\/)/;

/** @param {string} name @param {unknown} error of the file system */
const unwritable = (name, error) =>
  new UserError(`${name} cannot be written (${/** @type {NodeJS.ErrnoException} */ (error).code})`, { cause: error });

/** The full path of a file that is not there; links are followed. @param {string} out @returns {Promise<string>} */
async function missingPath(out) {
  const path = join(await realpath(dirname(out)), basename(out));
  const target = await readlink(path).catch(() => null);
  return target === null ? path : missingPath(resolve(dirname(path), target));
}

/**
 * Checks, before anything is computed, that an output is no folder and no terminal for bytes, and can be written.
 *
 * @param {string} out
 * @param {{ format?: string, flag?: string }} [options] `format`: of bytes, which do not go to a terminal
 * @returns {Promise<Output>}
 */
export async function checkOutput(out, { format = 'csv', flag = '--out' } = {}) {
  // /dev/stdout, too: as any other file it would be replaced, while others go on writing to the one that it was.
  if (out === '-' || out === '/dev/stdout') {
    if (process.stdout.isTTY && format !== 'csv') {
      throw new UserError(`${flag} - must not be a terminal, as it gets bytes of a .${format}: redirect it`);
    }
    return { out, flag, name: 'stdout', path: null, replaces: false };
  }
  const name = `${flag} '${out}'`;
  if (out === '') throw new UserError(`${flag} must be a file, got ''`);
  const found = await stat(out).catch((error) => {
    // Links in a circle lead nowhere.
    if (error.code === 'ELOOP') throw unwritable(name, error);
    return null;
  });
  if (found?.isDirectory() || /[/\\]$/.test(out))
    throw new UserError(`${flag} must be a file, got the folder '${out}'`);
  const there = found ? { found } : {};
  const replaces = (!found || found.isFile()) && !OPEN_FILE.test(out);
  try {
    if (found) await access(out, constants.W_OK);
    // A pipe, such as /dev/fd/3 may lead to, has no path of its own.
    if (!replaces) return { out, flag, name, path: out, replaces, ...there };
    const path = found ? await realpath(out) : await missingPath(out);
    // The dot, because a file is no folder to write to.
    await access(`${dirname(path)}/.`, constants.W_OK);
    return { out, flag, name, path, replaces, ...there };
  } catch (error) {
    throw unwritable(name, error);
  }
}

/**
 * Writes bytes as they come. A file has another name until it is complete, and is removed where that fails.
 *
 * @param {Output} output
 * @param {AsyncIterable<Uint8Array> | Iterable<Uint8Array>} bytes
 * @param {AbortSignal} signal
 */
export async function writeOutput(output, bytes, signal) {
  const { name, path } = output;
  try {
    await (path === null ? writeStdout(bytes, signal) : writeFile({ ...output, path }, bytes, signal));
  } catch (error) {
    const { code, syscall } = /** @type {NodeJS.ErrnoException} */ (error);
    // Who reads stdout may have enough.
    const isOurs = syscall && code && !(path === null && code === 'EPIPE');
    throw isOurs ? unwritable(name, error) : error;
  }
}

/** @param {Parameters<typeof writeOutput>[1]} bytes @param {AbortSignal} signal */
async function writeStdout(bytes, signal) {
  await pipeline(bytes, process.stdout, { signal, end: false });
  // Until the last byte has left the process.
  await new Promise((resolve) => process.stdout.write('', resolve));
}

/** @param {Output & { path: string }} output @param {Parameters<typeof writeOutput>[1]} bytes @param {AbortSignal} signal */
async function writeFile({ path, replaces, found }, bytes, signal) {
  // A name may be as long as a system takes it: only its beginning is told. Containers that share a folder have processes of the same number.
  const name = `${basename(path).slice(0, 50)}.${randomUUID().slice(0, 8)}.part`;
  const part = replaces ? join(dirname(path), name) : path;
  const remove = () => {
    try {
      rmSync(part, { force: true });
    } catch {
      // What kept it from being written is the error to tell.
    }
  };
  // Until a named pipe has a reader, a thread waits in opening it, and the process for that thread.
  const releasePipe = () => {
    try {
      if (found?.isFIFO()) closeSync(openSync(part, constants.O_RDONLY | constants.O_NONBLOCK));
    } catch {
      // It may be another user's, who lets nobody read it.
    }
  };
  signal.throwIfAborted();
  signal.addEventListener('abort', releasePipe, { once: true });
  // Where the process has to end at once, as after a second Ctrl-C.
  if (replaces) process.once('exit', remove);
  try {
    // At once, so that nothing makes it after it is removed. A pipe waits for its reader, so that would hold the thread.
    const file = replaces ? { fd: openSync(part, 'wx') } : { flags: 'a' };
    await pipeline(bytes, createWriteStream(part, file), { signal });
    if (!replaces) return;
    if (found) {
      // Only root may.
      await chown(part, found.uid, found.gid).catch(() => {});
      await chmod(part, found.mode & 0o7777);
    }
    await rename(part, path);
  } catch (error) {
    if (replaces) remove();
    throw error;
  } finally {
    process.off('exit', remove);
    signal.removeEventListener('abort', releasePipe);
  }
}
