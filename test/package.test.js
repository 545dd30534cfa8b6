import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import * as assert from 'uvu/assert';
import { suite } from './harness.js';

const test = suite('package');
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'twolane-'));
test.after(() => rmSync(folder, { recursive: true }));

/** @param {string} command @param {string[]} args */
const run = (command, args, cwd = folder) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', shell: process.platform === 'win32' });

const require = createRequire(import.meta.url);
/** The packed package and the paths in it, made by the first test. */
let tarball = '';
/** @type {string[]} */
let paths = [];

test('packs what is needed, and nothing else', () => {
  const [{ filename, files }] = JSON.parse(
    run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root),
  );
  tarball = join(folder, filename);
  paths = files.map((/** @type {{ path: string }} */ { path }) => path);
  for (const path of ['LICENSE', 'README.md', 'CHANGELOG.md', 'package.json', 'dist/index.js', 'dist/kernel.wasm']) {
    assert.ok(paths.includes(path), path);
  }
  assert.ok(
    paths.every((path) => /^(dist\/|docs\/|[^/]+$)/.test(path)),
    paths.join(),
  );
  writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "type": "module", "private": true }');
  run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${filename}`]);
  assert.equal(Object.keys(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).dependencies), ['twolane']);
});

test('every relative link and picture of the Markdown that is packed is packed, too', () => {
  const pages = paths.filter((path) => path.endsWith('.md'));
  let links = 0;
  for (const page of pages) {
    const text = readFileSync(join(root, page), 'utf8').replace(/^```[\s\S]*?^```/gm, '');
    for (const [, target] of text.matchAll(/\]\(([^)#\s]+)/g)) {
      if (/^\w+:/.test(target)) continue;
      assert.ok(paths.includes(posix.join(posix.dirname(page), target)), `${page}: ${target}`);
      links++;
    }
  }
  assert.ok(pages.length >= 5 && links > 5);
});

test('publint has nothing to say', async () => {
  const { buffer, byteOffset, byteLength } = readFileSync(tarball);
  const { messages, pkg } = await publint({
    strict: true,
    pack: { tarball: buffer.slice(byteOffset, byteOffset + byteLength) },
  });
  assert.equal(
    messages.map((message) => formatMessage(message, pkg, { color: false })),
    [],
  );
});

test('are-the-types-wrong has nothing to say of a package of ES modules', () => {
  const cli = join(dirname(require.resolve('@arethetypeswrong/cli/package.json')), 'dist', 'index.js');
  // By .attw.json, in which kernel.wasm is left out: no module, without types to be wrong. The program exits 1 where it finds a problem.
  const { analysis } = JSON.parse(run(process.execPath, [cli, tarball, '--format', 'json'], root));
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  assert.equal(
    Object.keys(analysis.entrypoints),
    Object.keys(exports).filter((path) => path !== './kernel.wasm'),
  );
});

test('works as installed, in Node', () => {
  writeFileSync(
    join(folder, 'main.js'),
    `import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compare, openCpu, openGpu, presets, LaneUnavailableError } from 'twolane';
import { openBasic } from 'twolane/baselines';
const lanes = [await openBasic(), await openCpu()];
const { lanes: results } = await compare(lanes, presets.salon(), { repeats: 1 });
const gpu = await openGpu().catch((error) => error instanceof LaneUnavailableError && error.message);
const kernel = readFileSync(fileURLToPath(import.meta.resolve('twolane/kernel.wasm')));
console.log(JSON.stringify([results.map(({ countSum }) => countSum), gpu, WebAssembly.validate(kernel)]));
`,
  );
  assert.equal(JSON.parse(run(process.execPath, ['main.js'])), [
    [21_463_747, 21_463_747],
    'WebGL2 is missing here, so the gpu lane cannot run',
    true,
  ]);
});

test('its types compile under strict, without @types/node', () => {
  writeFileSync(
    join(folder, 'main.ts'),
    `import { compare, openCpu, openGpu, presets, score, type Grid, type Image, type Lane } from 'twolane';
import { openBasic } from 'twolane/baselines';
const grid: Grid = { width: 3, height: 2, x0: -2, x1: 1, y0: -1, y1: 1 };
const lanes: Lane[] = [await openBasic(), await openCpu(), await openGpu()];
const image: Image = await lanes[0]!.escapeTime({ grid }, { signal: AbortSignal.timeout(9), onProgress: ({ done }) => done });
const counts: Float32Array = score(image.counts, 512);
const compute: number | null = image.timing.compute;
for await (const tile of lanes[1]!.tiles(presets.gellert(9))) tile.row satisfies number;
const median: number = (await compare(lanes, { grid }, { repeats: 2 })).lanes[0]!.total.median;
// @ts-expect-error: maxIter is not a key
await lanes[0]!.escapeTime({ grid, maxIter: 5 });
export { counts, compute, median };
`,
  );
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ]) {
    const compilerOptions = { strict: true, noUncheckedIndexedAccess: true, noEmit: true, target: 'es2022', types: [] };
    const config = { compilerOptions: { ...compilerOptions, module, moduleResolution }, files: ['main.ts'] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    try {
      run(process.execPath, [tsc]);
    } catch (error) {
      assert.unreachable(/** @type {{ stdout: string }} */ (error).stdout);
    }
  }
});

/** The longest part of a WebAssembly module's text that no minifier quotes in another way. @param {string} name */
function embedded(name) {
  const files = readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.js'),
  );
  for (const file of files) {
    const [, text] =
      readFileSync(join(root, 'dist', file), 'utf8').match(new RegExp(`var ${name}_default = (.*);`)) ?? [];
    if (text) return text.split(/["'`\\$]/).reduce((a, b) => (b.length > a.length ? b : a));
  }
  throw new Error(`dist/ must embed ${name}.wasm, got none`);
}

test('whoever imports one lane ships that lane only', async () => {
  /** @param {string} name */
  const bundle = async (name, from = 'twolane') => {
    const { outputFiles } = await build({
      stdin: { contents: `export { ${name} } from '${from}';`, resolveDir: folder },
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
    });
    return outputFiles[0].text;
  };
  const cpu = await bundle('openCpu');
  const gpu = await bundle('openGpu');
  const basic = await bundle('openBasic');
  const charts = await bundle('charts', 'twolane/report');
  const html = await bundle('reportHtml', 'twolane/report');
  const sizes = Object.entries({ openCpu: cpu, openGpu: gpu, openBasic: basic, charts, reportHtml: html });
  console.log(`\n${sizes.map(([name, text]) => `${name} ${gzipSync(text).length} bytes gzipped`).join(', ')}`);
  assert.ok(gzipSync(gpu).length <= 20_000);
  assert.ok(gzipSync(cpu).length <= 14_560);
  assert.ok(gzipSync(charts).length <= 64_000);
  const [kernel, twin] = ['kernel', 'compiled'].map(embedded);
  assert.ok(kernel.length > 100 && twin.length > 50 && cpu.includes(kernel) && !cpu.includes('#version 300 es'));
  assert.ok(gpu.includes('#version 300 es') && !gpu.includes('WebAssembly.'));
  assert.ok(!basic.includes('WebAssembly.') && !basic.includes('#version 300 es'));

  const [array, fused, compiled] = await Promise.all(
    ['openArray', 'openFused', 'openCompiled'].map((name) => bundle(name, 'twolane/baselines')),
  );
  assert.ok(compiled.includes(twin) && !compiled.includes(kernel) && !cpu.includes(twin));
  for (const other of [gpu, basic, array, fused]) assert.ok(!other.includes(kernel) && !other.includes(twin));
  for (const other of [cpu, gpu, basic, compiled]) assert.ok(!other.includes('typed arrays'));
  assert.ok(!array.includes('onmessage=async') && !basic.includes('onmessage=async'));
});

test.run(7);
