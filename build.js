/** Builds dist/: the kernels by asconfig.json, then bundles with the kernels and the GLSL embedded, then the types and the command line. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { slim } from './slim.js';

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

/** Embeds `./file.js?script` as text: a module and all it imports, bundled into a classic script. @type {import('esbuild').Plugin} */
const script = {
  name: 'script',
  setup(build) {
    const suffix = '.js?script';
    build.onResolve({ filter: /\.js\?script$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, `${path.slice(0, -suffix.length)}.ts`),
      namespace: 'script',
    }));
    build.onLoad({ filter: /./, namespace: 'script' }, async ({ path }) => {
      const { outputFiles } = await build.esbuild.build({
        ...options,
        entryPoints: [path],
        format: 'iife',
        minify: true,
        write: false,
      });
      return { contents: outputFiles[0].text, loader: 'text' };
    });
  },
};

/** @type {import('esbuild').BuildOptions & { write?: undefined }} */
const options = { bundle: true, target: 'es2022' };

/**
 * Writes the licences of the packages that are bundled, which ask for it, to dist/THIRD-PARTY.txt.
 *
 * @param {import('esbuild').Metafile[]} metafiles
 */
function writeLicences(...metafiles) {
  const outputs = metafiles.flatMap(({ outputs }) => Object.values(outputs));
  const inputs = outputs.flatMap(({ inputs }) => Object.entries(inputs));
  const folders = inputs.flatMap(([path, { bytesInOutput }]) =>
    bytesInOutput > 0 ? (/^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []) : [],
  );
  const texts = [...new Set(folders)].sort().map((folder) => {
    const files = readdirSync(join(root, folder));
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const file = files.find((file) => /^licen[cs]e/i.test(file));
    if (!file && !license) throw new Error(`${name} must have a licence to be bundled, got none`);
    return `${name} ${version}\n\n${file ? readFileSync(join(root, folder, file), 'utf8').trim() : license}\n`;
  });
  writeFileSync(join(root, 'dist/THIRD-PARTY.txt'), texts.join(`\n${'-'.repeat(80)}\n\n`));
}

rmSync(join(root, 'dist'), { recursive: true, force: true });
for (const target of ['kernel', 'compiled']) {
  run('assemblyscript', 'bin/asc.js', `assembly/${target}.ts`, '--config', 'asconfig.json', '--target', target);
}
const library = await build({
  absWorkingDir: root,
  entryPoints: [
    'src/index.ts',
    'src/cpu/index.ts',
    'src/gpu/index.ts',
    'src/baselines/index.ts',
    'src/report/index.ts',
    // Chunks of their own, so that whoever writes CSV or Markdown ships no charts.
    'src/report/charts.ts',
    'src/report/markdown.ts',
  ],
  outdir: 'dist',
  ...options,
  plugins: [script, slim],
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  loader: { '.css': 'text' },
  metafile: true,
});
run('typescript', 'bin/tsc', '--project', 'src');
// The command line uses the package as an outsider does, and brings its own libraries.
const cli = await build({
  absWorkingDir: root,
  entryPoints: { cli: 'cli/index.js' },
  outdir: 'dist',
  bundle: true,
  minify: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  external: ['twolane', 'puppeteer', 'puppeteer-core'],
  banner: {
    // Some of those libraries are CommonJS, and require Node's modules.
    js: "import { createRequire as makeRequire } from 'node:module';\nconst require = makeRequire(import.meta.url);",
  },
  metafile: true,
});
writeLicences(library.metafile, cli.metafile);
