/** A look at a job in low resolution, which tells what its rows will cost. */
import type { Axes, Grid, Rectangle } from '../grid.js';
import type { Device } from './device.js';
import { render, type Rendering } from './render.js';

/** What a pixel costs beside its steps, in steps. */
const PIXEL = 16;
/** Most samples along an axis. */
const SIDE = 128;

/** Pixel-steps that a row of the grid is thought to hold. */
export type RowWork = (row: number) => number;

/** The middles of `count` equal parts of so many pixels. */
const middles = (pixels: number, count: number) =>
  Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * pixels) / count));

export interface Survey extends Pick<Rendering, 'arithmetic' | 'maxIterations' | 'bailout2'> {
  /** Samples, at most. */
  pixels: number;
  grid: Pick<Grid, 'width' | 'height'>;
  /** The coordinates of a part of the grid. */
  coordinates(part: Rectangle): Axes;
}

/** Counts the steps that a sample of a grid's pixels takes: what rows are thought to hold, and the dearest of them. */
export async function survey(
  device: Device,
  { pixels, grid: { width, height }, coordinates, ...rendering }: Survey,
  signal: AbortSignal,
): Promise<{ rowWork: RowWork; dearest: number }> {
  const side = Math.min(SIDE, Math.floor(Math.sqrt(pixels)));
  const [across, down] = [Math.min(width, side), Math.min(height, side)];
  const pixel = (column: number, row: number) => coordinates({ column, row, width: 1, height: 1 });
  const columns = Float64Array.from(middles(width, across), (column) => pixel(column, 0).columns[0]);
  const rows = Float64Array.from(middles(height, down), (row) => pixel(0, row).rows[0]);
  const steps = await render(device, { ...rendering, output: 'work', shortcuts: true, columns, rows }, signal);
  const sums = Float64Array.from({ length: down }, (_, i) => {
    const row = steps.subarray(i * across, (i + 1) * across);
    return (row.reduce((sum, n) => sum + n, PIXEL * across) * width) / across;
  });
  const rowWork = (row: number) => {
    // Between two samples, the dearer.
    const at = ((row + 0.5) * down) / height - 0.5;
    const clamp = (i: number) => Math.min(down - 1, Math.max(0, i));
    return Math.max(sums[clamp(Math.floor(at))], sums[clamp(Math.ceil(at))]);
  };
  return { rowWork, dearest: Math.max(...sums) };
}
