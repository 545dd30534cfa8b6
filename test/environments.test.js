/** Where twolane runs besides Node and pages as they come: test runners, other windows, frozen intrinsics, pages with policies. */
import * as assert from 'uvu/assert';
import { suite } from './harness.js';
import { openPage } from './page.js';
import { runScript } from './script.js';
import { importSource } from './source.js';

const test = suite('environments');

/** A job that takes several turns of the event loop, on the calling thread and on two; prints that counts are the plain loop's. */
const COMPUTE = `
  const { openBasic, openCpu } = await import('twolane');
  const job = { grid: { width: 300, height: 200, x0: -0.7445, x1: -0.7425, y0: 0.131, y1: 0.1325 }, maxIterations: 3000 };
  const basic = await openBasic();
  const expected = (await basic.escapeTime(job)).counts;
  for (const threads of [1, 2]) {
    const lane = await openCpu({ threads });
    const { counts } = await lane.escapeTime(job);
    let tiles = 0;
    for await (const tile of lane.tiles(job)) tiles += tile.counts.length;
    console.log(lane.device, lane.fallbackReason, counts.every((count, i) => count === expected[i]), tiles);
    lane.close();
  }
`;
const COMPUTED = [1, 2].map((n) => `WebAssembly SIMD f64x2, ${n} thread${n > 1 ? 's' : ''} null true 60000\n`).join('');

for (const [title, before, ...args] of /** @type {string[][]} */ ([
  ['with neither setImmediate nor MessageChannel', 'delete globalThis.setImmediate; delete globalThis.MessageChannel;'],
  ['with a setImmediate that only throws', 'globalThis.setImmediate = () => { throw new Error("not here"); };'],
  [
    'with a setImmediate and a MessageChannel that only throw',
    `globalThis.setImmediate = () => { throw new Error("not here"); };
     globalThis.MessageChannel = class { constructor() { throw new Error("not here"); } };`,
  ],
  [
    'with a Worker that a test setup has made up',
    'globalThis.Worker = class { constructor() { throw new Error("no such file"); } };',
  ],
  ['with frozen intrinsics', '', '--frozen-intrinsics', '--no-warnings'],
  // As on servers that refuse it outside of a request.
  [
    'with an AbortController that is refused while modules are loaded',
    `const { AbortController } = globalThis;
     globalThis.AbortController = class { constructor() { throw new Error("not now"); } };
     await import('twolane');
     await import('twolane/baselines');
     globalThis.AbortController = AbortController;`,
  ],
  [
    'with timers that stand still once it is loaded',
    `await import('twolane');
     globalThis.setImmediate = globalThis.setTimeout = () => ({ unref() {} });`,
  ],
])) {
  test(`computes ${title}`, () => assert.is(runScript(before + COMPUTE, ...args), COMPUTED));
}

test('asks Node for the cores where it plays a browser', () => {
  const cores = runScript(`
    Object.defineProperty(globalThis, 'navigator', { value: { hardwareConcurrency: 77 } });
    const { openCpu } = await import('twolane');
    const { availableParallelism } = await import('node:os');
    const lane = await openCpu();
    console.log(lane.device.match(/(\\d+) thread/)[1] - availableParallelism());
    lane.close();
  `);
  assert.is(cores, '0\n');
});

test('takes one thread where nothing tells the cores, and a comparison does not make them up', () => {
  const told = runScript(`
    delete globalThis.navigator;
    process.getBuiltinModule = () => { throw new Error('refused'); };
    const { compare, openCpu, presets } = await import('twolane');
    const lane = await openCpu();
    const { environment } = await compare([lane], [presets.salon(10)]);
    console.log(lane.device, environment.cores);
    lane.close();
  `);
  assert.is(told, 'WebAssembly SIMD f64x2, 1 thread null\n');
});

test('opens where the machine has more cores than a lane may have threads', () => {
  const device = runScript(`
    import { createRequire, syncBuiltinESMExports } from 'node:module';
    const require = createRequire(import.meta.url);
    require('node:os').availableParallelism = () => 1792;
    // None is started: what asks for the threads is looked at here.
    require('node:worker_threads').Worker = class { constructor() { throw new Error('refused'); } };
    syncBuiltinESMExports();
    const { openCpu } = await import('twolane');
    const lane = await openCpu();
    console.log(lane.device, lane.fallbackReason);
    lane.close();
  `);
  assert.match(device, /^WebAssembly SIMD f64x2, 1 thread .*refused/);
});

test('in a realm of its own, as test runners make them, it gives and takes arrays of both realms', () => {
  const told = runScript(
    `
    import { readFileSync } from 'node:fs';
    import { dirname, resolve } from 'node:path';
    import vm from 'node:vm';
    const names = ['console', 'process', 'performance', 'setTimeout', 'clearTimeout', 'setImmediate', 'AbortController', 'AbortSignal', 'MessageChannel', 'URL', 'TextDecoder', 'DOMException'];
    const context = vm.createContext(Object.fromEntries(names.map((name) => [name, globalThis[name]])));
    const modules = new Map();
    const link = async (specifier, { identifier }) => {
      if (specifier.startsWith('node:')) {
        const module = await import(specifier);
        return new vm.SyntheticModule(Object.keys(module), function () { for (const key of Object.keys(module)) this.setExport(key, module[key]); }, { context });
      }
      const path = resolve(dirname(identifier), specifier);
      if (!modules.has(path)) modules.set(path, new vm.SourceTextModule(readFileSync(path, 'utf8'), { context, identifier: path }));
      return modules.get(path);
    };
    const module = await link('./dist/index.js', { identifier: resolve('main.js') });
    await module.link(link);
    await module.evaluate();
    context.twolane = module.namespace;
    context.OtherArray = Float32Array;
    await vm.runInContext(\`(async () => {
      const { compare, openCpu, presets, score } = twolane;
      const lane = await openCpu({ threads: 2 });
      const job = { ...presets.salon(200), smooth: true };
      for await (const { counts, fractions } of lane.tiles(job)) {
        if (!(counts instanceof Float32Array && fractions instanceof Float32Array)) throw new Error('of another realm');
        score(counts, 512);
      }
      const out = { counts: new OtherArray(40000), fractions: new OtherArray(new SharedArrayBuffer(160000)) };
      const image = await lane.escapeTime(job, { out });
      if (image.counts !== out.counts) throw new Error('not in place');
      const { lanes: [{ differing }] } = await compare([lane], presets.salon(200), { repeats: 1, reference: out.counts });
      console.log(differing);
      lane.close();
    })()\`, context);
  `,
    '--experimental-vm-modules',
    '--no-warnings',
  );
  assert.is(told, '0\n');
});

test('takes a context, a signal and arrays of another window', async () => {
  const { page, close } = await openPage('swiftshader');
  try {
    const told = await page.evaluate(async () => {
      const { openBasic, openGpu } = await import('twolane');
      const frame = document.body.appendChild(document.createElement('iframe'));
      const other = /** @type {any} */ (frame.contentWindow);
      const lane = await openGpu({ gl: other.document.createElement('canvas').getContext('webgl2') });
      const job = { grid: { width: 20, height: 10, x0: -2, x1: 1, y0: -1, y1: 1 } };
      const { signal } = new other.AbortController();
      const out = { counts: new other.Float32Array(200) };
      const { counts } = await lane.escapeTime(job, { signal, out });
      lane.close();
      const basic = await openBasic();
      const expected = (await basic.escapeTime(job)).counts;
      const controller = new other.AbortController();
      controller.abort('enough');
      const reason = await basic
        .escapeTime(job, { signal: controller.signal })
        .catch((/** @type {unknown} */ error) => error);
      return { own: counts === out.counts, same: counts.every((count, i) => count === expected[i]), reason };
    });
    assert.equal(told, { own: true, same: true, reason: 'enough' });
  } finally {
    await close();
  }
});

for (const [policy, threads] of /** @type {[string, number][]} */ ([
  ["require-trusted-types-for 'script'", 2],
  ["require-trusted-types-for 'script'; trusted-types twolane", 2],
  ["require-trusted-types-for 'script'; trusted-types other", 1],
])) {
  test(`under ${policy} it has ${threads} thread${threads > 1 ? 's' : ''}, time and again`, async () => {
    const { page, close } = await openPage('swiftshader', { 'Content-Security-Policy': policy });
    try {
      const { lanes, refused } = await page.evaluate(async () => {
        let refused = 0;
        addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
          if (effectiveDirective === 'trusted-types') refused++;
        });
        const { openCpu } = await import(/** @type {any} */ ('/dist/index.js'));
        const opened = [];
        for (let i = 0; i < 2; i++) {
          const { device, fallbackReason, close } = await openCpu({ threads: 2 });
          close();
          opened.push({ device, fallbackReason });
        }
        return { lanes: opened, refused };
      });
      // A policy that is refused is asked for once.
      assert.is(refused, threads > 1 ? 0 : 1);
      for (const { device, fallbackReason } of lanes) {
        assert.is(device, `WebAssembly SIMD f64x2, ${threads} thread${threads > 1 ? 's' : ''}`);
        if (threads > 1) assert.is(fallbackReason, null);
        else assert.match(fallbackReason, /^workers are missing or refused here/);
      }
    } finally {
      await close();
    }
  });
}

const { describeEnvironment } = await importSource('src/environment.ts');

/** What is told where `process` is another one. @param {unknown} process */
function describe(process) {
  const original = globalThis.process;
  Object.assign(globalThis, { process });
  try {
    // All that is asked of it is asked at once.
    return describeEnvironment();
  } finally {
    globalThis.process = original;
  }
}

test('Deno and Bun, which pass for Node, are named, and a page with a process is no Node', async () => {
  const on = { platform: 'linux', arch: 'x64' };
  for (const [versions, runtime] of /** @type {[Record<string, string>, string][]} */ ([
    [{ node: '22.1.0' }, 'Node.js 22.1.0'],
    [{ node: '22.1.0', deno: '2.5.0' }, 'Deno 2.5.0'],
    [{ node: '22.1.0', bun: '1.3.0' }, 'Bun 1.3.0'],
  ])) {
    const told = await describe({ versions, ...on });
    assert.equal([told.runtime, told.platform, told.crossOriginIsolated], [runtime, 'linux x64', null]);
  }
  const page = await describe({ versions: {}, ...on });
  assert.equal([page.runtime, page.platform], [globalThis.navigator?.userAgent ?? null, null]);
});

test.run(16);
