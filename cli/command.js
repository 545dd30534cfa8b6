/** Command lines: parsers of values, and errors of one line. */
import { InvalidArgumentError } from 'commander';

/** An error whose message is all that a user needs: printed as one line, without a stack. */
export class UserError extends Error {
  /** @param {string} message @param {ErrorOptions & { exitCode?: number }} options `exitCode`: of the benchmarks' programs */
  constructor(message, { exitCode = 1, ...options } = {}) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** Exit codes by the signals that end a program. */
export const SIGNAL_EXITS = /** @type {const} */ ({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 });

/** Milliseconds in which signals are one Ctrl-C: npm and npx hand on to a process what the terminal has sent to it already. */
export const ONE_KEYPRESS = 500;

/** A parser of integers. @param {number} low @param {number} high */
export const integer = (low, high) => (/** @type {string} */ text) => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < low || value > high) {
    throw new InvalidArgumentError(`It must be an integer from ${low} to ${high}.`);
  }
  return value;
};

/** A parser of comma-separated lists without repetition. @template T @param {(item: string) => T} parse of one: its errors begin with 'It' */
export const list = (parse) => (/** @type {string} */ text) => {
  const items = text.split(',').map((part) => {
    const item = part.trim();
    try {
      return parse(item);
    } catch (error) {
      // Commander quotes the whole list.
      throw new InvalidArgumentError(/** @type {Error} */ (error).message.replace(/^It/, `Item '${item}'`));
    }
  });
  return [...new Set(items)];
};

/** A parser of one name of several. @template {string} T @param {readonly T[]} names */
export const oneOf = (names) => (/** @type {string} */ text) => {
  const name = names.find((name) => name === text);
  if (!name) throw new InvalidArgumentError(`It must be one of ${names.join(', ')}.`);
  return name;
};

const SIDE = integer(1, 2 ** 24);

/** A parser of picture sizes: `2000` or `1920x1080`. @param {string} text */
export function size(text) {
  const [, width, height = width] = /^(\d+)(?:[x×](\d+))?$/.exec(text) ?? [];
  if (!width) throw new InvalidArgumentError('It must be n or WxH, such as 2000 or 1920x1080.');
  return { width: SIDE(width), height: SIDE(height) };
}

/** A parser of iterations; how many there may be is the preset's to say. @param {string} text */
export function iterations(text) {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** @param {string} text */
const isNumber = (text) => text.trim() !== '' && Number.isFinite(Number(text));

/** A parser of points of the complex plane: `-0.75,0.1`. @param {string} text */
export function point(text) {
  const parts = text.split(',');
  if (parts.length !== 2 || !parts.every(isNumber)) {
    throw new InvalidArgumentError('It must be two finite numbers with a comma between: re,im.');
  }
  const [re, im] = parts.map(Number);
  return { re, im };
}

/** A parser of lengths. @param {string} text */
export function length(text) {
  if (!isNumber(text) || Number(text) <= 0) throw new InvalidArgumentError('It must be a finite number above 0.');
  return Number(text);
}

/** A parser of `k/n`: shard k, from 1, of n. @param {string} text */
export function shard(text) {
  const [, k, n] = /^(\d+)\/(\d+)$/.exec(text)?.map(Number) ?? [0, 0, 0];
  if (k < 1 || k > n) throw new InvalidArgumentError('It must be k/n, with k from 1 to n.');
  return { shard: k, of: n };
}
