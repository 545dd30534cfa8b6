/** Shards: bands of a picture in files of their own, which say what they are a part of. */
import { open, stat } from 'node:fs/promises';
import { UserError } from './command.js';
import { headerChunk, SIGNATURE } from './png-chunks.js';
import { bytesAt, decodePng } from './png.js';

/**
 * What a shard says of itself. All but `shard` is the same in all shards of a picture.
 *
 * @typedef {object} ShardText
 * @property {number} shard which one, from 1
 * @property {number} of how many
 * @property {import('twolane').CompleteGrid} grid the whole picture's
 * @property {number} maxIterations
 * @property {number} bailoutRadius
 * @property {string} lane
 * @property {string} precision
 * @property {import('./palette.js').Colours} [colours] of a PNG
 */

/** The rows of shard k of n: `[from, to)`, as equal as can be, in all n every row once. @param {Pick<ShardText, 'shard' | 'of'>} which @param {number} height */
export const shardRows = ({ shard, of }, height) => ({
  from: Math.floor(((shard - 1) * height) / of),
  to: Math.floor((shard * height) / of),
});

/**
 * A shard's file, opened.
 *
 * @typedef {object} Shard
 * @property {string} path
 * @property {ShardText} text
 * @property {'npy' | 'png'} format
 * @property {(rows: number) => AsyncGenerator<Uint8Array>} strips its pixels, at most so many rows at a time
 */

/** @param {string} path @param {string} reason */
const noShard = (path, reason) => new UserError(`'${path}' is no shard: ${reason}`);

/** @param {string} path */
const cutOff = (path) => noShard(path, 'it may be cut off, as it ends within its header');

/** @param {string} path @param {string | undefined} json @returns {ShardText} */
function parseText(path, json) {
  try {
    const text = JSON.parse(json ?? '');
    if (Number.isInteger(text.shard) && Number.isInteger(text.of) && text.grid) return text;
  } catch {
    // Not JSON: reported below.
  }
  throw noShard(path, 'it does not say what it is a part of');
}

/**
 * What is read of a shard that join has come to: of many, one file is open at a time.
 *
 * @param {string} path
 * @param {(file: import('node:fs/promises').FileHandle) => AsyncGenerator<Uint8Array>} read
 */
async function* reopened(path, read) {
  const file = await open(path);
  try {
    yield* read(file);
  } catch (error) {
    throw noShard(path, `it is damaged (${/** @type {Error} */ (error).message})`);
  } finally {
    await file.close();
  }
}

/** @param {string} path @param {import('node:fs/promises').FileHandle} file @returns {Promise<Shard>} */
async function openNpy(path, file) {
  const start = Buffer.alloc(10);
  await file.read(start, 0, 10, 0);
  const length = start.readUInt16LE(8);
  const { size } = await file.stat();
  if (size < 10 + length) throw cutOff(path);
  const header = Buffer.alloc(length);
  await file.read(header, 0, length, 10);
  const [, height, width, json] = /'<f4'.*\((\d+), (\d+)\), }(?: # (.*?))? *\n/.exec(header.toString('latin1')) ?? [];
  const text = parseText(path, json);
  const rowBytes = 4 * Number(width);
  const begin = 10 + length;
  const end = begin + rowBytes * Number(height);
  const { from, to } = shardRows(text, text.grid.height);
  if (size !== end || Number(height) !== to - from || Number(width) !== text.grid.width) {
    throw noShard(path, `${size} bytes are not what its header tells`);
  }
  return {
    path,
    text,
    format: 'npy',
    strips: (rows) =>
      reopened(path, async function* (file) {
        const most = rows * rowBytes;
        for (let position = begin; position < end; position += most) {
          yield await bytesAt(file, position, Math.min(most, end - position));
        }
      }),
  };
}

/** The colours of a strip of a PNG, which has checksums of its own. @param {Uint8Array} strip */
export const pixelsOf = (strip) => strip;

/**
 * The counts of a strip of a .npy. A disk that lost a block of it, or a transfer, mostly leaves zeros, which are none.
 *
 * @param {Uint8Array} strip with a buffer of its own
 * @param {Shard} shard
 */
export function countsOf({ buffer }, { path, text: { maxIterations } }) {
  const counts = new Float32Array(buffer);
  const isCount = (/** @type {number} */ count) => count >= 1 && count <= maxIterations && Number.isInteger(count);
  if (!counts.every(isCount)) throw noShard(path, `it has counts that are not integers from 1 to ${maxIterations}`);
  return counts;
}

/** @param {string} path @param {import('node:fs/promises').FileHandle} file @returns {Promise<Shard>} */
async function openPng(path, file) {
  // The signature and the header are 33 bytes; encodePng's text comes next. Pixels are read later, of one shard at a time.
  const start = Buffer.alloc(2 ** 12);
  await file.read(start, 0, start.length, 0);
  const length = start.readUInt32BE(33);
  // Behind 4 bytes of length and 4 of type come the chunk and 4 of its checksum.
  if ((await file.stat()).size < 45 + length) throw cutOff(path);
  const [, json] = /^tEXttwolane\0(.*)$/s.exec(start.toString('latin1', 37, 41 + length)) ?? [];
  const text = parseText(path, json);
  const { from, to } = shardRows(text, text.grid.height);
  const picture = { width: text.grid.width, height: to - from };
  if (!start.subarray(0, 33).equals(Buffer.concat([SIGNATURE, headerChunk(picture.width, picture.height)]))) {
    throw noShard(path, `its header is not one of ${picture.width} × ${picture.height} pixels of 3 bytes`);
  }
  return { path, text, format: 'png', strips: (rows) => reopened(path, (file) => decodePng(file, picture, rows)) };
}

/** Opens a file that --shard wrote. Throws UserError where it is none. @param {string} path @returns {Promise<Shard>} */
export async function openShard(path) {
  const unreadable = (/** @type {NodeJS.ErrnoException} */ { code }) =>
    new UserError(`'${path}' cannot be read (${code})`);
  const fail = (/** @type {NodeJS.ErrnoException} */ error) => {
    throw unreadable(error);
  };
  // Opening a pipe would wait for somebody who writes; and it could be read once only.
  const found = await stat(path).catch(fail);
  if (!found.isFile() && !found.isDirectory()) throw noShard(path, 'it must be a file');
  const file = await open(path).catch(fail);
  try {
    const magic = Buffer.alloc(6);
    const { bytesRead } = await file.read(magic, 0, 6, 0).catch(fail);
    if (bytesRead < 6) throw cutOff(path);
    const kind = magic.toString('latin1');
    if (kind === '\x93NUMPY') return await openNpy(path, file);
    if (kind.startsWith('\x89PNG')) return await openPng(path, file);
  } finally {
    await file.close();
  }
  throw noShard(path, 'it is neither .npy nor PNG');
}

/** @param {Shard} shard */
const pictureOf = ({ text: { shard: _, ...rest }, format }) => JSON.stringify([format, rest]);

/** All shards of one picture in their order. Throws UserError where one is missing, doubled or foreign. @param {Shard[]} shards */
export function inOrder(shards) {
  const { text } = shards[0];
  /** @type {Map<number, Shard>} */
  const found = new Map();
  for (const shard of shards) {
    if (pictureOf(shard) !== pictureOf(shards[0])) {
      throw new UserError(`'${shard.path}' is a shard of another picture than '${shards[0].path}'`);
    }
    const other = found.get(shard.text.shard);
    if (other) throw new UserError(`'${shard.path}' and '${other.path}' are both shard ${shard.text.shard}/${text.of}`);
    found.set(shard.text.shard, shard);
  }
  const numbers = Array.from({ length: text.of }, (_, i) => i + 1);
  const missing = numbers.filter((number) => !found.has(number));
  if (missing.length > 0) {
    const more = missing.length > 10 ? ` and ${missing.length - 10} more` : '';
    throw new UserError(`missing of ${text.of} shards: ${missing.slice(0, 10).join(', ')}${more}`);
  }
  return numbers.map((number) => /** @type {Shard} */ (found.get(number)));
}
