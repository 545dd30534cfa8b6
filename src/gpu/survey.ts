/** A look at a job in low resolution, which tells what its rows will cost. */
import type { Device } from './device.js';
import { render, type Rendering } from './render.js';

/** What a pixel costs beside its steps, in steps. */
const PIXEL = 16;
/** Most samples along an axis. */
const SIDE = 128;

/** Pixel-steps that a row of the grid is thought to hold. */
export type RowWork = (row: number) => number;

const samples = (all: Float64Array, count: number) =>
  Float64Array.from({ length: count }, (_, i) => all[Math.floor(((i + 0.5) * all.length) / count)]);

/** Counts the steps that a sample of a grid's pixels takes. */
export async function survey(
  device: Device,
  pixels: number,
  rendering: Omit<Rendering, 'output' | 'shortcuts'>,
  signal: AbortSignal,
): Promise<RowWork> {
  const [width, height] = [rendering.columns.length, rendering.rows.length];
  const side = Math.min(SIDE, Math.floor(Math.sqrt(pixels)));
  const [across, down] = [Math.min(width, side), Math.min(height, side)];
  const columns = samples(rendering.columns, across);
  const rows = samples(rendering.rows, down);
  const steps = await render(device, { ...rendering, output: 'work', shortcuts: true, columns, rows }, signal);
  const sums = Float64Array.from({ length: down }, (_, i) => {
    const row = steps.subarray(i * across, (i + 1) * across);
    return (row.reduce((sum, n) => sum + n, PIXEL * across) * width) / across;
  });
  return (row) => {
    // Between two samples, the dearer.
    const at = ((row + 0.5) * down) / height - 0.5;
    const clamp = (i: number) => Math.min(down - 1, Math.max(0, i));
    return Math.max(sums[clamp(Math.floor(at))], sums[clamp(Math.ceil(at))]);
  };
}
