/** `twolane join`: the shards of a picture into one file. */
import { realpath } from 'node:fs/promises';
import { UserError } from './command.js';
import { coloursOf, encoders, formatOf } from './formats.js';
import { checkOutput, writeOutput } from './output.js';
import { encodePng } from './png.js';
import { makeProgress } from './progress.js';
import { stripRows } from './render.js';
import { countsOf, inOrder, openShard, pixelsOf } from './shard.js';

/**
 * @param {string[]} paths
 * @param {{ out: string, format?: import('./formats.js').Format } & Partial<import('./palette.js').Colours>} options
 * @param {AbortSignal} signal
 */
export async function join(paths, { out, format: named, ...given }, signal) {
  const format = formatOf({ out, format: named });
  const opened = [];
  for (const path of paths) opened.push(await openShard(path));
  const shards = inOrder(opened);
  const [{ text, format: from }] = shards;
  const { grid, maxIterations } = text;
  if (from === 'png' && format !== 'png') {
    throw new UserError(`--out must be a .png, as the shards hold colours and no counts, got a .${format}`);
  }
  const colours = coloursOf(given, format, text.colours);
  if (text.colours && JSON.stringify(colours) !== JSON.stringify(text.colours)) {
    throw new UserError('--palette and --cycles must be left out, as the shards have colours');
  }
  const output = await checkOutput(out, { format });
  for (const path of paths) {
    if ((await realpath(path)) === output.path) {
      throw new UserError(`--out must be another file than the shards, got '${out}'`);
    }
  }
  const progress = makeProgress(shards.length, 'shards', output);

  /** @template T @param {(strip: Uint8Array, shard: import('./shard.js').Shard) => T} read */
  async function* strips(read) {
    for (const [i, shard] of shards.entries()) {
      for await (const strip of shard.strips(stripRows(grid.width))) yield read(strip, shard);
      progress.update(i + 1);
    }
  }
  const picture = {
    width: grid.width,
    height: grid.height,
    maxIterations,
    colours,
    text: null,
  };
  try {
    const bytes = from === 'png' ? encodePng(strips(pixelsOf), picture) : encoders[format](strips(countsOf), picture);
    await writeOutput(output, bytes, signal);
  } finally {
    progress.stop();
  }
}
