/**
 * The approaches of the two articles that twolane grew out of, as lanes that show what each way costs: the seminar (compu-salon, episode
 * 10, high-performance Python) and the post (How To Make Python Code Run on the GPU).
 *
 * @module twolane/baselines
 */
export { type CompiledOptions, openCompiled } from '../cpu/compiled.js';
export { type ArrayOptions, openArray } from './array.js';
export { type GpuArrayOptions, openGpuArray } from '../gpu/array/index.js';
export { openBasic } from './basic.js';
export { type FusedOptions, openFused } from './fused.js';
