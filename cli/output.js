/** Where bytes go: to stdout, or to a file that is there as a whole or not at all. */
import { createWriteStream, rmSync } from 'node:fs';
import { realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { UserError } from './command.js';

/**
 * Checks, before anything is computed, that an output is no folder or terminal, and is in a folder.
 *
 * @param {string} out
 * @param {{ format?: string, flag?: string }} [options] `format`: of bytes, which do not go to a terminal
 * @returns whether the output is a file to replace: not stdout, a device or a pipe
 */
export async function checkOutput(out, { format = 'csv', flag = '--out' } = {}) {
  if (out === '-') {
    if (process.stdout.isTTY && format !== 'csv') {
      throw new UserError(`${flag} - must not be a terminal, as it gets bytes of a .${format}: redirect it`);
    }
    return false;
  }
  const found = await stat(out).catch(() => null);
  if (found?.isDirectory()) throw new UserError(`${flag} must be a file, got the folder '${out}'`);
  if (!found) {
    await stat(dirname(out)).catch(({ code }) => {
      throw new UserError(`${flag} '${out}' cannot be written (${code})`);
    });
  }
  return !found || found.isFile();
}

/**
 * Writes bytes as they come. A file has another name until it is complete, and is removed where that fails.
 *
 * @param {string} out
 * @param {AsyncIterable<Uint8Array>} bytes
 * @param {{ replaces: boolean, signal: AbortSignal }} options `replaces`: what checkOutput says
 */
export async function writeOutput(out, bytes, { replaces, signal }) {
  if (out === '-') {
    await pipeline(bytes, process.stdout, { signal, end: false });
    // Until the last byte has left the process.
    await new Promise((resolve) => process.stdout.write('', resolve));
    return;
  }
  // What a link leads to is replaced, not the link.
  const target = replaces ? await realpath(out).catch(() => out) : out;
  const path = replaces ? `${target}.${process.pid}.part` : out;
  const remove = () => rmSync(path, { force: true });
  // Where the process has to end at once, as after a second Ctrl-C.
  if (replaces) process.once('exit', remove);
  try {
    await pipeline(bytes, createWriteStream(path), { signal });
    if (replaces) await rename(path, target);
  } catch (error) {
    if (replaces) await rm(path, { force: true });
    const { code, syscall } = /** @type {NodeJS.ErrnoException} */ (error);
    if (!syscall || !code) throw error;
    throw new UserError(`--out '${out}' cannot be written (${code})`, { cause: error });
  } finally {
    process.off('exit', remove);
  }
}
