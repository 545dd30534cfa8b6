import { createRequire, syncBuiltinESMExports } from 'node:module';
import { openCpu, presets } from 'twolane';
import * as assert from 'uvu/assert';
import { suite } from './harness.js';
import { openPage } from './page.js';
import { sameCounts, serialCounts } from './reference.js';

const test = suite('cpu lane’s fallbacks');
const threads = createRequire(import.meta.url)('node:worker_threads');
const job = presets.gellert(150);

/**
 * Opens a CPU lane while a property is replaced, and checks that it counts all the same.
 *
 * @param {any} object
 * @param {string} name
 * @param {unknown} value
 */
async function openWithout(object, name, value) {
  const original = object[name];
  Object.defineProperty(object, name, { value, configurable: true, writable: true });
  syncBuiltinESMExports();
  try {
    const lane = await openCpu({ threads: 2 });
    sameCounts((await lane.escapeTime(job)).counts, serialCounts(job), name);
    lane.close();
    return { device: lane.device, fallbackReason: lane.fallbackReason };
  } finally {
    Object.defineProperty(object, name, { value: original, configurable: true, writable: true });
    syncBuiltinESMExports();
  }
}

test('nothing is missing here, so there is no fallback', async () => {
  assert.equal(await openWithout(globalThis, 'twolaneTest', 1), {
    device: 'WebAssembly SIMD f64x2, 2 threads',
    fallbackReason: null,
  });
});

test('without WebAssembly it is the plain loop', async () => {
  assert.equal(await openWithout(globalThis, 'WebAssembly', undefined), {
    device: 'JavaScript, 1 thread',
    fallbackReason: 'WebAssembly is missing here',
  });
});

for (const [what, valid, fallbackReason] of /** @type {[string, boolean, string][]} */ ([
  ['without WebAssembly SIMD', false, 'WebAssembly SIMD is missing here'],
  ['where WebAssembly is refused', true, 'WebAssembly is refused here (no)'],
])) {
  test(`${what} it is the plain loop`, async () => {
    const compile = () => Promise.reject(new Error('no'));
    const replaced = { compile, validate: () => valid };
    assert.equal(await openWithout(globalThis, 'WebAssembly', replaced), {
      device: 'JavaScript, 1 thread',
      fallbackReason,
    });
  });
}

test('where WebAssembly has no memory it is the plain loop', async () => {
  const Instance = function () {
    throw new RangeError('no memory');
  };
  assert.equal(await openWithout(WebAssembly, 'Instance', Instance), {
    device: 'JavaScript, 1 thread',
    fallbackReason: 'WebAssembly has no memory here (no memory)',
  });
});

test('without workers it is the calling thread', async () => {
  const Refused = function () {
    throw new Error('no');
  };
  assert.equal(await openWithout(threads, 'Worker', Refused), {
    device: 'WebAssembly SIMD f64x2, 1 thread',
    fallbackReason: 'workers are missing or refused here (no)',
  });
});

test('where a worker’s script fails it is the calling thread', async () => {
  class Failing extends threads.Worker {
    constructor() {
      super('throw new Error("broken")', { eval: true });
    }
  }
  assert.equal(await openWithout(threads, 'Worker', Failing), {
    device: 'WebAssembly SIMD f64x2, 1 thread',
    fallbackReason: 'workers are missing or refused here (broken)',
  });
});

test('where a worker’s kernel fails it is the calling thread, at once', async () => {
  const { page, close } = await openPage('swiftshader');
  try {
    const result = await page.evaluate(async () => {
      const { Blob } = globalThis;
      globalThis.Blob = class extends Blob {
        /** @param {BlobPart[]} [parts] @param {BlobPropertyBag} [options] */
        constructor(parts = [], options) {
          super(["WebAssembly.Instance = function () { throw new RangeError('no memory'); };", ...parts], options);
        }
      };
      const { openCpu } = await import(/** @type {any} */ ('/dist/index.js'));
      const lane = await openCpu({ threads: 2 });
      globalThis.Blob = Blob;
      lane.close();
      return { device: lane.device, fallbackReason: lane.fallbackReason };
    });
    // Were it not told, it would be the one of a worker that does not start.
    assert.equal(result, {
      device: 'WebAssembly SIMD f64x2, 1 thread',
      fallbackReason: 'workers are missing or refused here (RangeError: no memory)',
    });
  } finally {
    await close();
  }
});

test('where workers cannot be constructed, no URL of their script is left', async () => {
  const { page, close } = await openPage('swiftshader');
  try {
    const left = await page.evaluate(async () => {
      const { createObjectURL, revokeObjectURL } = URL;
      let urls = 0;
      URL.createObjectURL = (blob) => {
        urls++;
        return createObjectURL(blob);
      };
      URL.revokeObjectURL = (url) => {
        urls--;
        revokeObjectURL(url);
      };
      globalThis.Worker = /** @type {any} */ (
        function () {
          throw new Error('no');
        }
      );
      const { openCpu } = await import(/** @type {any} */ ('/dist/index.js'));
      const lane = await openCpu({ threads: 3 });
      lane.close();
      return [urls, lane.fallbackReason];
    });
    assert.equal(left, [0, 'workers are missing or refused here (no)']);
  } finally {
    await close();
  }
});

for (const [policy, device, reason] of /** @type {[string, string, RegExp | null][]} */ ([
  ["script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:", 'WebAssembly SIMD f64x2, 2 threads', null],
  [
    "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'",
    'WebAssembly SIMD f64x2, 1 thread',
    /^workers are missing or refused here/,
  ],
  ["script-src 'self'; worker-src 'self' blob:", 'JavaScript, 1 thread', /^WebAssembly is refused here/],
  // An opaque origin, as that of a sandboxed frame or a file.
  ['sandbox allow-scripts', 'WebAssembly SIMD f64x2, 2 threads', null],
])) {
  test(`in a page under ${policy} it is ${device}`, async () => {
    const { page, close } = await openPage('swiftshader', {
      'Content-Security-Policy': policy,
      'Access-Control-Allow-Origin': '*',
    });
    try {
      const result = await page.evaluate(async () => {
        const { openCpu, presets } = await import(/** @type {any} */ ('/dist/index.js'));
        const lane = await openCpu({ threads: 2 });
        let turns = 0;
        const timer = setInterval(() => turns++);
        const { counts } = await lane.escapeTime(presets.salon(400, 5000));
        clearInterval(timer);
        const sum = (await lane.escapeTime(presets.salon())).counts.reduce(
          (/** @type {number} */ a, /** @type {number} */ b) => a + b,
          0,
        );
        lane.close();
        return { device: lane.device, reason: lane.fallbackReason, sum, turns, pixels: counts.length };
      });
      assert.is(result.device, device);
      assert.is(result.sum, 21_463_747);
      if (reason) assert.match(result.reason, reason);
      else assert.is(result.reason, null);
    } finally {
      await close();
    }
  });
}

test.run(13);
