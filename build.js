/** Builds dist/: the kernels by asconfig.json, then bundles with the kernels and the GLSL embedded, then the types and the command line. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
 * What Plot always brings and none of our charts uses, 27 kB gzipped: maps, named colour schemes, dates, tips, legends. What uses
 * it all the same finds an error, not something missing; but for geoTransform, which Plot uses when it loads.
 */
const UNUSED =
  /\bd3-(geo|scale-chromatic|time|time-format)\/dist\/.*\.mjs$|\bplot\/src\/(time|marks\/tip|legends\/(ramp|swatches)|interactions\/pointer)\.js$/;

/**
 * Makes files smaller on their way into the bundle: WebAssembly becomes text that compresses well; GLSL loses its comments and
 * indentation; twgl the shapes that it makes for callers who draw them, 4 kB gzipped, because it does not say that making them
 * has no side effect; and Plot what is unused.
 *
 * @type {import('esbuild').Plugin}
 */
const slim = {
  name: 'slim',
  setup({ esbuild, onLoad }) {
    onLoad({ filter: UNUSED }, async ({ path }) => {
      const { metafile } = await esbuild.build({ entryPoints: [path], format: 'esm', write: false, metafile: true });
      const names = Object.values(metafile.outputs).flatMap((output) => output.exports);
      return {
        contents: names
          .map((name) => {
            const body = name === 'geoTransform' ? '' : `throw new Error('${name} is left out by build.js');`;
            return `export function ${name}() { ${body} }`;
          })
          .join('\n'),
      };
    });
    onLoad({ filter: /\.(vert|frag)$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(/\/\/.*|^\s+/gm, ''),
      loader: 'text',
    }));
    onLoad({ filter: /\.wasm$/ }, ({ path }) => ({
      contents: toText(readFileSync(path)),
      loader: 'text',
    }));
    onLoad({ filter: /twgl-full\.module\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(
        /^((?:const|var) \w+ = )(?=create\w+Func\()/gm,
        '$1/* @__PURE__ */ ',
      ),
    }));
  },
};

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
