/** Builds dist/: the kernel by asconfig.json, then bundles with the kernel and the GLSL embedded, then the types. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const require = createRequire(import.meta.url);
const root = dirname(fileURLToPath(import.meta.url));

/**
 * Runs a package's command-line program in the repository's root.
 * @param {string} name of the package
 * @param {string} bin path of the program in it
 * @param {string[]} args
 */
function run(name, bin, ...args) {
  const script = join(dirname(require.resolve(`${name}/package.json`)), bin);
  execFileSync(process.execPath, [script, ...args], {
    cwd: root,
    stdio: 'inherit',
  });
}

rmSync(join(root, 'dist'), { recursive: true, force: true });
run('assemblyscript', 'bin/asc.js', '--config', 'asconfig.json');
await build({
  absWorkingDir: root,
  entryPoints: ['src/index.ts', 'src/cpu/index.ts', 'src/gpu/index.ts', 'src/baselines/index.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  target: 'es2022',
  loader: { '.wasm': 'base64', '.vert': 'text', '.frag': 'text' },
});
run('typescript', 'bin/tsc', '--project', 'src');
