/** One draw over a small grid of its own, read back: for surveys and self-tests. */
import { makeWorkspace } from './compute.js';
import type { Device } from './device.js';
import { type Draw, draw } from './draw.js';
import type { GpuArithmetic } from './precision.js';
import { makeReadback } from './readback.js';
import type { Output } from './shaders.js';
import type { GpuTimer } from './timer.js';

export interface Rendering {
  arithmetic: GpuArithmetic;
  output: Exclude<Output, 'states'>;
  columns: Float64Array;
  rows: Float64Array;
  maxIterations: number;
  bailout2: [high: number, low: number];
  shortcuts: boolean;
}

/** Renders a grid in one draw of all steps, and gives the target's texels. */
export async function render(
  device: Device,
  rendering: Rendering,
  signal: AbortSignal,
  timer?: GpuTimer,
): Promise<Float32Array> {
  const { borrow } = device;
  const { columns, rows, output, maxIterations, ...inputs } = rendering;
  const [width, height] = [columns.length, rows.length];
  const workspace = borrow(() => makeWorkspace(device, { width, height, smooth: false }));
  const readback = makeReadback(device);
  const texels = new Float32Array(width * height);
  try {
    const target = borrow(() => {
      workspace.place({ columns, rows });
      const target = workspace.counts();
      const all = { ...inputs, ...workspace.coordinates, maxIterations, radiusBits: null };
      const part: Draw = {
        output,
        target,
        origin: [0, 0],
        row: 0,
        width,
        height,
        from: 1,
        to: maxIterations,
        states: null,
      };
      if (timer) timer.time(() => draw(device, all, part));
      else draw(device, all, part);
      return target;
    });
    readback.start(target.framebuffer, { row: 0, width, height }, ['counts']);
    await readback.finish([texels], signal);
    return texels;
  } finally {
    readback.delete();
    workspace.delete();
  }
}
