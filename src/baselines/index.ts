export { openBasic } from './basic.js';
