export { type CompiledOptions, openCompiled } from '../cpu/compiled.js';
export { type ArrayOptions, openArray } from './array.js';
export { openBasic } from './basic.js';
