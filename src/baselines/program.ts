/** Runs array programs: what the array and the fused lane share. */
import { partition } from '../grid.js';
import { type BandTiming, type Cut, deal } from '../pool/band.js';
import { stopwatch } from '../task.js';

/** The size of a streamed tile, whose arrays take some 100 bytes a pixel. */
const TILE_PIXELS = 2 ** 16;

/**
 * A program of whole-array statements. It yields where the event loop may have a turn, and returns the counts of its band, which then
 * are cast to f32.
 */
export type Program = Generator<void, Parameters<typeof deal>[0], void>;

/** The arrays span the whole grid, or a band of whole rows for each thread, as they do in the articles; streamed tiles are small. */
export const cut: Cut = function* ({ grid }, { streamed }, threads) {
  const tiles = streamed
    ? partition(grid, { pixels: () => TILE_PIXELS, maxWidth: TILE_PIXELS })
    : partition(grid, { pixels: () => Math.ceil(grid.height / threads) * grid.width });
  for (const tile of tiles) yield [tile];
};

/** Runs a program into `counts`. A band engine's `run`. */
export async function runProgram(
  program: Program,
  counts: Float32Array[],
  breathe: () => Promise<void>,
): Promise<BandTiming> {
  const lap = stopwatch();
  let compute = 0;
  let step = program.next();
  while (!step.done) {
    compute += lap();
    await breathe();
    lap();
    step = program.next();
  }
  compute += lap();
  deal(step.value, counts);
  return { compute, transfer: lap() };
}
