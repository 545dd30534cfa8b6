export { type CompiledOptions, openCompiled } from '../cpu/compiled.js';
export { type ArrayOptions, openArray } from './array.js';
export { type GpuArrayOptions, openGpuArray } from '../gpu/array/index.js';
export { openBasic } from './basic.js';
export { type FusedOptions, openFused } from './fused.js';
