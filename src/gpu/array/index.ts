/** The gpu-array lane: the array program of program.ts behind the Lane interface. */
import { checkKeys, type Work } from '../../check.js';
import { coordinatesOf, partition } from '../../grid.js';
import { type Lane, makeLane, type Run, type EngineTile } from '../../lane.js';
import { stopwatch } from '../../task.js';
import { abortable, describeRenderer, hold } from '../context.js';
import { makeReadback } from '../readback.js';
import { decide, makeTimer } from '../timer.js';
import { makeArrays } from './arrays.js';
import { runInBatches } from './batches.js';
import { makeArrayDevice } from './device.js';
import { countEscapes } from './program.js';
import { reserve, upload } from './upload.js';

/** Elements of an array, at most: 256 MiB for the arrays of one call. Larger grids are computed one such piece after another. */
const TILE_PIXELS = 2 ** 22;

/** Options of `openGpuArray`. */
export interface GpuArrayOptions {
  /** A context of yours to work in; default one of the lane's own. Its state is the same after every step, as `GpuOptions.gl` says. */
  gl?: WebGL2RenderingContext | undefined;
}

/**
 * Opens the seminar's gpuarray program, and the post's TensorFlow on the GPU, as a lane: one draw for each operation on arrays, in f32,
 * eight of them for each iteration.
 *
 * Nothing is fused, no pixel stops early, and constants and counters are arrays, too, that go to the GPU with z and c before counts come
 * back. It teaches what transfer and operations one by one cost: every draw reads and writes whole arrays for an addition or two,
 * which `openGpu` does in one draw without leaving the registers. A grid is one set of arrays up to 2²² pixels, 64 bytes each, in a
 * texture's limits; larger ones are computed one such tile after another.
 *
 * As with `precision: 'f32'` in `openGpu`, no depth is refused: where f32 can't tell neighbours apart, views are painted in blocks.
 *
 * Rejects with TypeError on a bad option, and with LaneUnavailableError where WebGL2 or EXT_color_buffer_float is missing, or a shader
 * does not compile. A call rejects with LaneLostError when the context is lost; the lane works again once it is restored.
 *
 * Source: the seminar's mandel_cuda, on PyCUDA's gpuarray, https://documen.tician.de/pycuda/array.html
 */
export async function openGpuArray(options: GpuArrayOptions = {}): Promise<Lane> {
  const start = performance.now();
  const { gl: borrowed } = checkKeys('options', options, ['gl']);
  const { gl, ready, release } = hold('gpu-array', borrowed, makeArrayDevice);

  async function* compute(work: Work, { signal, timing, place }: Run): AsyncGenerator<EngineTile, void, void> {
    const { grid, maxIterations } = work;
    const device = ready();
    const lap = stopwatch();
    const coordinates = coordinatesOf(grid);
    const mostWidth = Math.min(grid.width, device.maxSize);
    const mostRows = Math.min(grid.height, device.maxSize, Math.floor(TILE_PIXELS / mostWidth));
    const arrays = makeArrays(device, mostWidth, mostRows);
    const timer = makeTimer(device);
    const readback = makeReadback(device);
    let fenced: number | null = 0;
    let transfer = 0;
    try {
      await reserve(device, arrays, signal);
      for (const tile of partition(grid, { pixels: () => mostWidth * mostRows, maxWidth: mostWidth })) {
        const { column, row, width, height } = tile;
        arrays.begin(width, height);
        const inputs = await upload(device, arrays, work, coordinates(tile), signal);
        transfer += lap();
        const program = countEscapes(arrays, inputs, maxIterations);
        const { result, known } = await runInBatches(device, timer, program, signal);
        const ms = lap();
        fenced = known && fenced !== null ? fenced + ms : null;
        readback.start(result.framebuffer, { row: 0, width, height }, ['counts']);
        const counts = place(tile);
        await readback.finish([counts], signal);
        transfer += lap();
        timing.transfer = transfer;
        if (row + height === grid.height && column + width === grid.width) {
          const timed = await timer.result();
          Object.assign(timing, decide(timed, fenced));
        }
        yield { ...tile, counts };
        lap();
      }
    } finally {
      readback.delete();
      timer.delete();
      arrays.delete();
    }
  }

  return makeLane({
    name: 'gpu-array',
    device: describeRenderer(gl, ', one draw an operation'),
    precision: 'f32',
    setup: performance.now() - start,
    fallbackReason: null,
    run: (work, call) => abortable(compute(work, call), call.signal),
    close: release,
  });
}
