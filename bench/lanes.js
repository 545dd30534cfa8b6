/** The lanes of the comparison: which there are, and what their names on the command line mean. */
import { PEERS_URL, peerNames } from './peers/names.js';

/**
 * @typedef {object} Kind
 * @property {string} module that exports the opener, as the page imports it
 * @property {string} opener its name; the peers' are by name in `peers`
 * @property {('threads' | 'masked' | 'precision')[]} takes options that a name may set
 * @property {boolean} [gpu] whether it needs a renderer
 */

const MAX_THREADS = 64;

/** @type {Record<string, Kind>} */
const KINDS = {
  basic: { module: 'twolane/baselines', opener: 'openBasic', takes: [] },
  array: { module: 'twolane/baselines', opener: 'openArray', takes: ['masked'] },
  fused: { module: 'twolane/baselines', opener: 'openFused', takes: ['threads'] },
  compiled: { module: 'twolane/baselines', opener: 'openCompiled', takes: ['threads'] },
  cpu: { module: 'twolane', opener: 'openCpu', takes: ['threads'] },
  'gpu-array': { module: 'twolane/baselines', opener: 'openGpuArray', takes: [], gpu: true },
  gpu: { module: 'twolane', opener: 'openGpu', takes: ['precision'], gpu: true },
};

export const laneNames = Object.keys(KINDS);

// --peers adds them; tfjs-wasm needs no renderer.
for (const name of peerNames) {
  KINDS[name] = { module: PEERS_URL, opener: name, takes: [], gpu: name !== 'tfjs-wasm' };
}

/** What may stand behind a colon: the option that it sets, and what the label says. @type {Record<string, (text: string) => { value: unknown, label: string } | null>} */
const VARIANTS = {
  threads(text) {
    const threads = Number(text);
    if (!/^[1-9]\d*$/.test(text) || threads > MAX_THREADS) return null;
    return { value: threads, label: threads === 1 ? '1 thread' : `${threads} threads` };
  },
  masked: (text) => (text === 'unmasked' ? { value: false, label: text } : null),
  precision: (text) => (text === 'f32' || text === 'df64' ? { value: text, label: text } : null),
};

/**
 * A lane by its name on the command line, such as 'cpu', 'fused:2' or 'array:unmasked'; null if there is none of that name.
 *
 * @param {string} spec
 * @returns {import('./globals.js').LaneSpec | null}
 */
export function parseLane(spec) {
  const [name, ...variants] = spec.split(':');
  if (!Object.hasOwn(KINDS, name)) return null;
  const { module, opener, takes, gpu = false } = KINDS[name];
  /** @type {Record<string, unknown>} */
  const options = {};
  const labels = [name];
  for (const key of takes) {
    const index = variants.findIndex((text) => VARIANTS[key](text));
    if (index < 0) continue;
    const [text] = variants.splice(index, 1);
    const { value, label } = /** @type {{ value: unknown, label: string }} */ (VARIANTS[key](text));
    options[key] = value;
    labels.push(label);
  }
  return variants.length > 0 ? null : { label: labels.join(', '), module, opener, options, gpu };
}
