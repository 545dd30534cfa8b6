/**
 * Escape counts on two lanes: WebAssembly SIMD on the CPU and a WebGL2 shader on the GPU.
 *
 * @module twolane
 */
export { openBasic } from './baselines/basic.js';
export {
  type CompareOptions,
  type CompareProgress,
  type Comparison,
  compare,
  type JobComparison,
  type LaneDone,
  type LaneResult,
  type Spread,
} from './compare.js';
export { type CpuOptions, openCpu } from './cpu/index.js';
export { LaneLostError, LaneUnavailableError } from './errors.js';
export { type CountsTexture, type GpuLane, type GpuOptions, openGpu } from './gpu/index.js';
export type { GpuArithmetic, Precision } from './gpu/precision.js';
export { type CompleteGrid, coordinates, type Grid, type GridBand, linspace } from './grid.js';
export type { Arithmetic, Image, ImageOptions, Job, Lane, Progress, RunOptions, Tile, Timing } from './lane.js';
export { type Preset, presets, score } from './presets.js';
