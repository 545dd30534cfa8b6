import { presets } from 'twolane';
import * as assert from 'uvu/assert';
import { peerNames, PEERS_URL } from '../bench/peers/names.js';
import { suite } from './harness.js';
import { openPage } from './page.js';
import { differing, froundCounts } from './reference.js';

const test = suite('peers');
const { page, reason, close } = await openPage('swiftshader');
test.after(close);

// More iterations than gpu.js runs in a loop whose bound it does not see.
const LONG = { ...presets.salon(17, 3000), bailoutRadius: 1e30 };

/** @type {import('twolane').Preset[]} */
const JOBS = [
  presets.salon(64, 100),
  presets.gellert(61, 80),
  {
    grid: { width: 37, height: 5, x0: -0.8, x1: -0.7, y0: 0.3, y1: 0, endpoint: false },
    maxIterations: 60,
    bailoutRadius: 3,
  },
  { ...presets.salon(3), maxIterations: 1 },
  {
    grid: { width: 1, height: 1, x0: 0.25, x1: 1, y0: 0.5, y1: 1, endpoint: true },
    maxIterations: 64,
    bailoutRadius: 2,
  },
];

for (const name of peerNames) {
  const title = `${name} gives the counts of the definition in f32, and times inside the total`;
  if (reason) {
    test.skip(title, reason);
    continue;
  }
  test(title, async () => {
    const jobs = name === 'gpu.js' ? [...JOBS, LONG] : JOBS;
    const { about, images, aborted, closed } = await page.evaluate(
      async (name, url, jobs, long) => {
        /** @type {typeof import('../bench/peers/lanes.js')} */
        const { peers } = await import(url);
        // Opened again after it was closed, as a page of several comparisons does.
        (await peers[name]()).close();
        const lane = await peers[name]();
        const controller = new AbortController();
        setTimeout(() => controller.abort('enough'), 30);
        const aborted = await Promise.all([
          lane.escapeTime(jobs[0], { signal: AbortSignal.abort('before') }).catch((error) => error),
          name === 'gpu.js' || lane.escapeTime(long, { signal: controller.signal }).catch((error) => error),
        ]);
        const images = [];
        for (const job of jobs) {
          const { counts, ...image } = await lane.escapeTime(job);
          images.push({ ...image, isFloat32: counts instanceof Float32Array, counts: [...counts] });
        }
        const { device, precision, setup, fallbackReason } = lane;
        lane.close();
        const closed = await lane.escapeTime(jobs[0]).catch(String);
        return { about: { name: lane.name, device, precision, setup, fallbackReason }, images, aborted, closed };
      },
      name,
      PEERS_URL,
      jobs,
      LONG,
    );
    assert.is(about.name, name);
    assert.match(about.device, name === 'tfjs-wasm' ? /WebAssembly SIMD, \d+ threads?/ : /SwiftShader.*\(software\)$/);
    assert.equal([about.precision, about.fallbackReason], ['f32', null]);
    assert.ok(about.setup > 0);
    assert.equal(aborted, ['before', name === 'gpu.js' ? true : 'enough']);
    assert.match(String(closed), `the ${name} lane is closed`);
    for (const [i, { counts, isFloat32, width, height, timing, precision }] of images.entries()) {
      const job = jobs[i];
      assert.equal([width, height, precision, isFloat32], [job.grid.width, job.grid.height, 'f32', true]);
      const share = differing(counts, froundCounts(job)) / counts.length;
      assert.ok(share <= 0.002, `${JSON.stringify(job)}: ${share}`);
      const { compute, transfer, total } = timing;
      assert.ok(total > 0);
      if (name === 'tfjs-wasm') {
        assert.ok(compute && compute > 0 && transfer && transfer > 0, JSON.stringify(timing));
        assert.ok(compute + transfer <= total + 0.01, JSON.stringify(timing));
      } else assert.equal([compute, transfer], [null, null]);
    }
  });
}

test.run(3, [0, 3]);
