/** What the lane finds out about the device at opening: its rate, and whether its df64 arithmetic is worth the name. */
import { escapeCount } from '../serial.js';
import { stopwatch } from '../task.js';
import type { Device } from './device.js';
import type { GpuArithmetic } from './precision.js';
import { render } from './render.js';
import { type GpuTimer, makeTimer } from './timer.js';

/** Milliseconds that a measurement should take, at least, beyond what any takes. */
const LONG = 4;
/** Measurements of a size that takes long enough. */
const RUNS = 3;
/** Pixels along a side in the first measurement and, on the fastest GPUs, in the last. */
const FIRST = 64;
const LAST = 2048;
/** Steps of a measurement. */
const STEPS = 256;
/** Its c: on the real axis, where orbits are bounded and chaotic. */
const CHAOTIC = -1.9;

/** Made when it is asked for: some servers refuse it while a module is loaded. */
const never = () => new AbortController().signal;

/** Pixel-steps per millisecond where no pixel escapes. Finds out, too, whether the device's timer works. */
export async function measureRate(device: Device, arithmetic: GpuArithmetic, signal = never()): Promise<number> {
  const measure = async (size: number, timer?: GpuTimer) => {
    signal.throwIfAborted();
    const lap = stopwatch();
    await render(
      device,
      {
        arithmetic,
        output: 'counts',
        columns: new Float64Array(size).fill(CHAOTIC),
        rows: new Float64Array(size),
        maxIterations: STEPS,
        bailout2: [4, 0],
        shortcuts: false,
      },
      signal,
      timer,
    );
    return lap();
  };
  // The first run compiles, the next ones show what any run takes.
  await measure(1);
  const base = Math.min(await measure(1), await measure(1));
  for (let size = FIRST; ; size *= 2) {
    const timer = makeTimer(device);
    try {
      // A busy moment of the machine must not pass for a slow GPU: the best of a few runs counts.
      let ms = Infinity;
      let runs = 0;
      do ms = Math.min(ms, (await measure(size, timer)) - base);
      while (++runs < RUNS && ms >= Math.max(LONG, base));
      if (ms < Math.max(LONG, base) && size < LAST) continue;
      // Some drivers put draws off and time nothing but their queueing.
      const timed = await timer.result();
      if (ms >= LONG && (timed === null || timed / runs < ms / 2)) device.timer = null;
      return (size * size * STEPS) / Math.max(ms, 1);
    } finally {
      timer.delete();
    }
  }
}

/** The self-test's grid: near the edge, where counts differ from pixel to pixel at steps far below f32's. */
const TEST = { size: 16, cRe: 0.001643721971153, cIm: 0.822467633298876, step: 2 ** -33, maxIterations: 1500 };

/** Share of the self-test's pixels whose count in df64 is not that of f64; in f32 nearly all differ. */
export async function testDf64(device: Device): Promise<number> {
  const { size, cRe, cIm, step, maxIterations } = TEST;
  const columns = Float64Array.from({ length: size }, (_, i) => cRe + i * step);
  const rows = Float64Array.from({ length: size }, (_, i) => cIm + i * step);
  const counts = await render(
    device,
    { arithmetic: 'df64', output: 'counts', columns, rows, maxIterations, bailout2: [4, 0], shortcuts: true },
    never(),
  );
  let differing = 0;
  for (const [i, count] of counts.entries()) {
    if (count !== escapeCount(columns[i % size], rows[Math.floor(i / size)], maxIterations, 4)) differing++;
  }
  return differing / counts.length;
}
