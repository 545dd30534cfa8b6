/** The peers by name, and where the benchmark's server has what they need in the page. */

/** Names of the peers' lanes, the keys of `peers` in lanes.js. */
export const peerNames = /** @type {const} */ (['gpu.js', 'tfjs-webgl', 'tfjs-wasm']);

/** lanes.js with the peers in it. It is bundled when a page first asks for it. */
export const PEERS_URL = '/peers.js';

/** The folder of TensorFlow.js's .wasm files. */
export const TFJS_WASM_URL = '/tfjs-wasm/';
