/** The CPU lane: the WebAssembly SIMD kernel behind the Lane interface. */
import { checkKeys, type Work } from '../check.js';
import { coordinates, partition } from '../grid.js';
import { type Lane, makeLane, type Run, type Tile } from '../lane.js';
import { breather, stopwatch } from '../task.js';
import { compileKernel, instantiateKernel, type Kernel } from './kernel.js';

/** Iterations between two looks at the clock, 1 to 3 ms. */
const SLICE = 2 ** 22;
/** The size of a tile: small enough for progress and for the second-level cache, large enough to amortize its start. */
const TILE_PIXELS = 2 ** 16;
/** Tiles of very wide grids are cut, so that a kernel's memory stays small. */
const TILE_WIDTH = 2 ** 16;

/**
 * Opens the CPU lane: escape counts in f64, bit-equal to the plain loop.
 *
 * Rejects with LaneUnavailableError where WebAssembly or its SIMD is missing or refused.
 */
export async function openCpu(options: Record<never, never> = {}): Promise<Lane> {
  const start = performance.now();
  checkKeys('options', options, []);
  const module = await compileKernel();
  // Calls that overlap take a kernel each, as a kernel works on one band at a time.
  const idle: Kernel[] = [instantiateKernel(module)];

  async function* run({ grid, maxIterations, bailoutRadius }: Work, { signal, timing, place }: Run) {
    const { columns, rows } = coordinates(grid);
    const bailout2 = bailoutRadius * bailoutRadius;
    const kernel = idle.pop() ?? instantiateKernel(module);
    const breathe = breather(signal);
    let compute = 0;
    let transfer = 0;
    try {
      for (const tile of partition(grid, {
        pixels: TILE_PIXELS,
        maxWidth: TILE_WIDTH,
      })) {
        const lap = stopwatch();
        kernel.start({
          columns: columns.subarray(tile.column, tile.column + tile.width),
          rows: rows.subarray(tile.row, tile.row + tile.height),
          maxIterations,
          bailout2,
          shortcuts: true,
        });
        transfer += lap();
        while (!kernel.advance(SLICE)) {
          compute += lap();
          await breathe();
          lap();
        }
        compute += lap();
        const counts = place(tile);
        kernel.read(counts);
        transfer += lap();
        timing.compute = compute;
        timing.transfer = transfer;
        await breathe();
        yield { ...tile, counts } satisfies Tile;
      }
    } finally {
      idle.push(kernel);
    }
  }

  return makeLane({
    name: 'cpu',
    device: 'WebAssembly SIMD f64x2, 1 thread',
    precision: 'f64',
    setup: performance.now() - start,
    fallbackReason: null,
    run,
    close() {
      idle.length = 0;
    },
  });
}
