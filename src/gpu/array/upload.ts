/** What the program starts from, on its way to the GPU, with turns for the page. */
import type { Work } from '../../check.js';
import type { Axes } from '../../grid.js';
import { breather } from '../../task.js';
import { type Fence, finished, setFence } from '../fence.js';
import { MAX_F32 } from '../precision.js';
import { type Arrays, type GpuArray, type Kind, KINDS } from './arrays.js';
import type { ArrayDevice } from './device.js';
import { HELD, type Inputs } from './program.js';

/** Elements that are uploaded between two fences: 2 MiB, so that the page's thread need not wait for room in the browser's buffers. */
const UPLOAD_PIXELS = 2 ** 18;

/** Makes room for the program's arrays. Whether there was memory for them is asked once the GPU is through: the page never waits for it. */
export async function reserve(device: ArrayDevice, arrays: Arrays, signal: AbortSignal): Promise<void> {
  const breathe = breather(signal);
  const reserved: GpuArray[] = [];
  for (const kind of KINDS) {
    for (let i = 0; i < HELD[kind]; i++) {
      reserved.push(device.borrow(() => arrays.reserve(kind)));
      await breathe();
    }
  }
  await finished(device, signal);
  for (const array of reserved) {
    device.borrow(() => arrays.check(array));
    await breathe();
  }
}

/**
 * Uploads what the program starts from, constants and counters as whole arrays, too, in bands of rows, two in flight; resolves when the
 * GPU has them all.
 */
export async function upload(
  device: ArrayDevice,
  arrays: Arrays,
  { maxIterations, bailoutRadius }: Work,
  { columns, rows }: Axes,
  signal: AbortSignal,
): Promise<Inputs> {
  const [width, height] = [columns.length, rows.length];
  const bandRows = Math.min(height, Math.max(1, Math.floor(UPLOAD_PIXELS / width)));
  let queued = 0;
  let before: Fence | null = null;

  const toGpu = async (kind: Kind, numbersOf: (band: Float64Array) => Float32Array): Promise<GpuArray> => {
    const array = device.borrow(() => arrays.empty(kind));
    for (let row = 0; row < height; row += bandRows) {
      const band = rows.subarray(row, row + bandRows);
      device.borrow(() => arrays.fill(array, row, band.length, numbersOf(band)));
      queued += band.length * width;
      if (queued < UPLOAD_PIXELS) continue;
      queued = 0;
      const fence = setFence(device);
      try {
        await before?.passed(signal);
      } finally {
        before?.delete();
        before = fence;
      }
    }
    return array;
  };
  const full = (kind: Kind, value: number) => {
    const numbers = new Float32Array((kind === 'R32F' ? 1 : 2) * bandRows * width).fill(value);
    return toGpu(kind, () => numbers);
  };

  const points = (band: Float64Array) => {
    const numbers = new Float32Array(2 * band.length * width);
    let i = 0;
    for (const cIm of band) {
      for (const cRe of columns) {
        numbers[i++] = cRe;
        numbers[i++] = cIm;
      }
    }
    return numbers;
  };

  try {
    const inputs: Inputs = {
      z: await full('RG32F', 0),
      c: await toGpu('RG32F', points),
      counts: await full('R32F', maxIterations),
      bailout2: await full('R32F', Math.min(bailoutRadius * bailoutRadius, MAX_F32)),
      zero: await full('RG32F', 0),
      escaped: await full('R32F', 0),
      n: await full('R32F', 1),
    };
    await finished(device, signal);
    return inputs;
  } finally {
    (before as Fence | null)?.delete();
  }
}
