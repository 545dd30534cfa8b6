export { type CompiledOptions, openCompiled } from '../cpu/compiled.js';
export { openBasic } from './basic.js';
