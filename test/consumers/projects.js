/** Throw-away projects that have the packed tarball installed and run app.js: one for every way to bring it into a page. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import * as vite from 'vite';
import webpack from 'webpack';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs npm, quietly. Throws an error whose message is npm's own. @param {string} folder @param {string[]} args */
export function npm(folder, ...args) {
  const flags = ['--no-audit', '--no-fund', '--loglevel', 'error'];
  try {
    return execFileSync('npm', [...args, ...flags], {
      cwd: folder,
      encoding: 'utf8',
      stdio: 'pipe',
      shell: process.platform === 'win32',
    });
  } catch (error) {
    const { stderr } = /** @type {{ stderr: string }} */ (error);
    throw new Error(stderr.trim().split('\n')[0], { cause: error });
  }
}

/** Packs what is built in dist/. @param {string} folder @returns the tarball's path */
export function pack(folder) {
  const [{ filename }] = JSON.parse(npm(root, 'pack', '--json', '--ignore-scripts', '--pack-destination', folder));
  return join(folder, filename);
}

/** @param {string} [head] what the page loads before its script */
const html = (head = '') => `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <title>consumer</title>
  <link rel="icon" href="data:," />
  ${head}
  <script type="module" src="./main.js"></script>
</html>
`;

/** Makes a project beside the tarball, in which main.js is app.js. @param {string} tarball @returns its folder */
export function makeProject(tarball) {
  const folder = mkdtempSync(join(tarball, '..', 'project-'));
  writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "type": "module", "private": true }\n');
  npm(folder, 'install', '--offline', tarball);
  copyFileSync(fileURLToPath(new URL('app.js', import.meta.url)), join(folder, 'main.js'));
  writeFileSync(join(folder, 'index.html'), html());
  return folder;
}

/**
 * @typedef {{ url: string, close(): unknown }} Site
 * @typedef {(folder: string) => Promise<string>} Build gives the folder to serve; throws on a warning, too
 */

/** @param {string} folder */
function makeDist(folder) {
  const dist = join(folder, 'dist');
  mkdirSync(dist);
  copyFileSync(join(folder, 'index.html'), join(dist, 'index.html'));
  return dist;
}

/** @param {readonly unknown[]} warnings */
function refuseWarnings(warnings) {
  if (warnings.length > 0) throw new Error(`it warns: ${JSON.stringify(warnings)}`);
}

/** Vite's logger, which keeps what it is told. */
function makeLogger() {
  /** @type {string[]} */
  const warnings = [];
  const keep = (/** @type {string} */ text) => void warnings.push(text);
  const logger = vite.createLogger('silent');
  return { warnings, logger: { ...logger, warn: keep, warnOnce: keep, error: keep } };
}

/** Tools that make a folder of static files, each with no more configuration than it takes to name the entry. @type {Record<string, Build>} */
export const builds = {
  async 'an import map'(folder) {
    const { exports } = JSON.parse(readFileSync(join(folder, 'node_modules/twolane/package.json'), 'utf8'));
    const imports = Object.fromEntries(
      ['.', './baselines', './report'].map((path) => [
        path.replace('.', 'twolane'),
        `./node_modules/twolane/${exports[path].default}`,
      ]),
    );
    writeFileSync(join(folder, 'index.html'), html(`<script type="importmap">${JSON.stringify({ imports })}</script>`));
    return folder;
  },

  async 'Vite’s build'(folder) {
    const { warnings, logger } = makeLogger();
    await vite.build({ root: folder, customLogger: logger, logLevel: 'warn' });
    refuseWarnings(warnings);
    return join(folder, 'dist');
  },

  async webpack(folder) {
    const dist = makeDist(folder);
    const entry = {
      context: folder,
      mode: /** @type {const} */ ('production'),
      entry: './main.js',
      output: { path: dist },
    };
    // All ways in at once are more than webpack likes in one file: the report brings its charts.
    const compiler = webpack({ ...entry, performance: { hints: false } });
    /** @type {import('webpack').Stats | undefined} */
    const stats = await new Promise((resolve, reject) =>
      compiler?.run((error, stats) => (error ? reject(error) : resolve(stats))),
    );
    const { errors = [], warnings = [] } = stats?.toJson() ?? {};
    refuseWarnings([...errors, ...warnings].map(({ message }) => message));
    return dist;
  },

  async Rollup(folder) {
    const dist = makeDist(folder);
    /** @type {string[]} */
    const warnings = [];
    const bundle = await rollup({
      input: join(folder, 'main.js'),
      plugins: [nodeResolve()],
      onwarn: ({ message }) => void warnings.push(message),
    });
    await bundle.write({ dir: dist });
    refuseWarnings(warnings);
    return dist;
  },

  async esbuild(folder) {
    const dist = makeDist(folder);
    const { warnings } = await build({
      absWorkingDir: folder,
      entryPoints: ['main.js'],
      bundle: true,
      outdir: 'dist',
      logLevel: 'silent',
    });
    refuseWarnings(warnings);
    return dist;
  },
};

/** Vite's development server. @param {string} folder @returns {Promise<Site>} */
export async function viteDev(folder) {
  const { warnings, logger } = makeLogger();
  const server = await vite.createServer({ root: folder, customLogger: logger });
  await server.listen();
  return {
    url: String(server.resolvedUrls?.local[0]),
    async close() {
      await server.close();
      refuseWarnings(warnings);
    },
  };
}
