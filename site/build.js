/** Builds the explorer into site/dist/, from the package as it is in dist/; with --serve, again on every change, for a server. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build, context } from 'esbuild';
import { slim } from '../slim.js';

const serve = process.argv.includes('--serve');
const root = fileURLToPath(new URL('..', import.meta.url));
const dist = `${root}site/dist`;
// What is served while it is worked on is not what is put on a host: it goes when the server does.
const out = serve ? mkdtempSync(join(tmpdir(), 'twolane-site-')) : dist;
const STATIC = ['index.html', 'icon.svg'];

/** Copies what needs no building, whenever the rest is built. @type {import('esbuild').Plugin} */
const statics = {
  name: 'statics',
  setup({ onEnd }) {
    onEnd(() => {
      for (const name of STATIC) cpSync(`${root}site/${name}`, `${out}/${name}`);
    });
  },
};

/** @type {import('esbuild').BuildOptions} */
const options = {
  absWorkingDir: root,
  entryPoints: ['site/main.ts', 'site/style.css'],
  outdir: out,
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  minify: !serve,
  sourcemap: serve,
  // Of the parts that come later; the names change with their content, so that caches need no care.
  chunkNames: 'chunks/[name]-[hash]',
  plugins: [statics, slim],
  logOverride: { 'ignored-bare-import': 'silent' },
  ...(serve && { banner: { js: "new EventSource('/esbuild').addEventListener('change', () => location.reload());" } }),
};

/** Builds the package, of which the page is made. */
const buildPackage = () =>
  new Promise((resolve) => spawn(process.execPath, ['build.js'], { cwd: root, stdio: 'inherit' }).on('exit', resolve));

if (!existsSync(`${root}dist/index.js`)) await buildPackage();
mkdirSync(out, { recursive: true });
// All but the reference, which is made by npm run docs.
for (const name of readdirSync(out)) if (name !== 'api') rmSync(`${out}/${name}`, { recursive: true });
if (serve) {
  process.on('exit', () => rmSync(out, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit());
  if (existsSync(`${dist}/api`)) cpSync(`${dist}/api`, `${out}/api`, { recursive: true });
  const site = await context(options);
  const rebuild = () => site.rebuild().catch(() => console.log('waiting for the next change'));
  await rebuild();
  // 8000, or the next one that is free.
  const { port } = await site.serve({ servedir: out, host: '127.0.0.1' });
  console.log(`http://127.0.0.1:${port}/`);
  let working = Promise.resolve();
  /** What has changed since the last build. @type {Set<string>} */
  const changed = new Set();
  for (const folder of ['src', 'assembly', 'glsl', 'cli', 'site']) {
    watch(`${root}${folder}`, { recursive: true }, (_, name) => {
      if (name === null || name.startsWith('dist')) return;
      changed.add(`${folder}/${name}`);
      // Editors write in several steps: what comes at once is one change.
      working = working
        .then(() => setTimeout(100))
        .then(async () => {
          const files = [...changed];
          changed.clear();
          if (files.length === 0) return;
          console.log(`${files.join(', ')}: building again`);
          if (files.some((file) => !file.startsWith('site/'))) await buildPackage();
          await rebuild();
        });
    });
  }
} else {
  await build(options);
}
