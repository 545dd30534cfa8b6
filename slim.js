/** Makes files smaller on their way into a bundle. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * Bytes as text for src/cpu/module.ts: each is a character from ' ' to '|', by its distance from 248 so that most of a kernel's
 * need one only, or '}' or '~' and a character, 93 or 186 further. Servers compress that better than base64, which hides what
 * repeats: openCpu is 0.4 kB smaller by it, gzipped.
 *
 * @param {Uint8Array} bytes
 */
function toText(bytes) {
  let text = '';
  for (const byte of bytes) {
    const distance = (byte + 8) % 256;
    text += ['', '}', '~'][Math.floor(distance / 93)] + String.fromCharCode(32 + (distance % 93));
  }
  return text;
}

/**
 * What Plot always brings and none of our charts uses, 30 kB gzipped: maps, named colour schemes, dates, tips, legends, groups. What uses
 * it all the same finds an error, not something missing; but for geoTransform, which Plot uses when it loads.
 */
const UNUSED =
  /\bd3-(geo|scale-chromatic|time|time-format)\/dist\/.*\.mjs$|\bplot\/src\/(time|marks\/tip|legends\/(ramp|swatches)|interactions\/pointer|scales\/(schemes|diverging|temporal)|transforms\/(group|exclusiveFacets))\.js$/;

/** Libraries in one file that makes much when it loads, and does not say that this has no side effect: what nobody uses could not go. */
const ONE_FILE = /\bd3-[\w-]+\/dist\/.*\.mjs$|\btwgl-full\.module\.js$/;

/**
 * WebAssembly becomes text that compresses well; GLSL loses its comments and indentation; Plot, d3 and twgl what is unused.
 *
 * @type {import('esbuild').Plugin}
 */
export const slim = {
  name: 'slim',
  setup({ esbuild, onLoad }) {
    onLoad({ filter: UNUSED }, async ({ path }) => {
      const { metafile } = await esbuild.build({ entryPoints: [path], format: 'esm', write: false, metafile: true });
      const names = Object.values(metafile.outputs).flatMap((output) => output.exports);
      const unused = `function unused() { throw new Error('${basename(path)} is left out by slim.js'); }`;
      const exports = names.map((name) =>
        name === 'geoTransform' ? `export function ${name}() {}` : `export { unused as ${name} };`,
      );
      return { contents: [unused, ...exports].join('\n') };
    });
    onLoad({ filter: ONE_FILE }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(
        /^((?:const|var|let) \w+ = )(?=\(function|(?:new )?[\w.$]+\()/gm,
        '$1/* @__PURE__ */ ',
      ),
    }));
    onLoad({ filter: /\.(vert|frag)$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(/\/\/.*|^\s+/gm, ''),
      loader: 'text',
    }));
    onLoad({ filter: /\.wasm$/ }, ({ path }) => ({
      contents: toText(readFileSync(path)),
      loader: 'text',
    }));
  },
};
