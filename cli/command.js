/** Command lines: parsers of values, and errors of one line. */
import { InvalidArgumentError } from 'commander';

/** An error whose message is all that a user needs: printed as one line, without a stack. */
export class UserError extends Error {}

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
  if (!name) throw new InvalidArgumentError(`It must be of ${names.join(', ')}.`);
  return name;
};

const SIDE = integer(1, 2 ** 24);

/** A parser of picture sizes: `2000` or `1920x1080`. @param {string} text */
export function size(text) {
  const [, width, height = width] = /^(\d+)(?:[x×](\d+))?$/.exec(text) ?? ['', text];
  return { width: SIDE(width), height: SIDE(height) };
}

/** A parser of finite numbers. @param {string} text */
function number(text) {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a finite number.');
  return value;
}

/** A parser of points of the complex plane: `-0.75,0.1`. @param {string} text */
export function point(text) {
  const parts = text.split(',');
  if (parts.length !== 2) throw new InvalidArgumentError('It must be two numbers with a comma between: re,im.');
  const [re, im] = parts.map(number);
  return { re, im };
}

/** A parser of lengths. @param {string} text */
export function length(text) {
  const value = number(text);
  if (value <= 0) throw new InvalidArgumentError('It must be above 0.');
  return value;
}

/** A parser of `k/n`: shard k, from 1, of n. @param {string} text */
export function shard(text) {
  const [, k, n] = /^(\d+)\/(\d+)$/.exec(text)?.map(Number) ?? [0, 0, 0];
  if (k < 1 || k > n) throw new InvalidArgumentError('It must be k/n, with k from 1 to n.');
  return { shard: k, of: n };
}
