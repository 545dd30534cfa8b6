import * as assert from 'uvu/assert';
import { findBrowser, launch, namedBrowser } from '../bench/browser.js';
import { serve } from '../bench/server.js';
import { planOf, sweep } from '../bench/sweep.js';
import { answerOf } from '../cli/browser.js';
import { suite } from './harness.js';

const test = suite('sweep');
const server = await serve();
const path = namedBrowser(undefined) || (await findBrowser((line) => console.log(line)));
let browser = await launch(path, { args: [] });
test.after(async () => {
  await browser.close();
  server.close();
});

/**
 * Runs a plan, and collects what it hands out.
 *
 * @param {ReturnType<typeof planOf>} plan
 * @param {(lane: string) => void} onBegin
 * @param {Partial<Parameters<typeof sweep>[0]>} [options]
 */
async function run(plan, onBegin, options) {
  /** @type {import('twolane').JobComparison[]} */
  const results = [];
  /** @type {unknown} */
  let reason = null;
  const progress = {
    start() {},
    begin: (/** @type {string} */ _, /** @type {string} */ lane) => onBegin(lane),
    ran() {},
    skip() {},
    stop() {},
  };
  await sweep({
    plan,
    kept: [],
    async browser() {
      if (!browser.connected) browser = await launch(path, { args: [] });
      return browser;
    },
    url: server.url,
    refuse: () => null,
    repeats: 2,
    patience: Infinity,
    budget: Infinity,
    signal: new AbortController().signal,
    progress,
    onResult: (result) => results.push(result),
    ...options,
  }).catch((error) => (reason = error));
  return { results, reason };
}

/** Name, status and differing pixels of each lane of each case. @param {import('twolane').JobComparison[]} results */
const rows = (results) =>
  results.map(({ lanes }) => lanes.map(({ name, status, differing }) => [name, status, differing]));

/** Ends the page's process. */
async function crash() {
  for (const page of (await Promise.all(browser.browserContexts().map((context) => context.pages()))).flat()) {
    if (page.url() !== server.url) continue;
    const session = await page.createCDPSession();
    // There is nobody left to answer.
    session.send('Page.crash').catch(() => {});
  }
}

// The plain loop takes long enough to be interrupted.
const slow = planOf([{ preset: 'salon', size: 1600, lanes: ['cpu', 'basic', 'cpu:1'] }]);

test('where a page dies, only the guilty lane fails, and the next case runs', async () => {
  const next = planOf([{ preset: 'gellert', size: 50, lanes: ['cpu', 'cpu:1'] }]);
  const { results, reason } = await run([...slow, ...next], (lane) => lane === 'basic' && crash(), { budget: 1 });
  assert.is(reason, null);
  assert.equal(rows(results), [
    [
      ['cpu', 'done', 0],
      ['basic', 'failed', null],
      ['cpu, 1 thread', 'done', 0],
    ],
    [
      ['cpu', 'done', 0],
      ['cpu, 1 thread', 'done', 0],
    ],
  ]);
  assert.match(String(results[0].lanes[1].reason), 'the page has died');
});

test('where the browser dies, another one goes on', async () => {
  let killed = false;
  const kill = (/** @type {string} */ lane) => {
    if (lane !== 'basic' || killed) return;
    killed = true;
    browser.process()?.kill('SIGKILL');
  };
  const { results } = await run(slow, kill, { budget: 1 });
  assert.ok(killed);
  assert.ok(rows(results)[0].every(([, status]) => status === 'done'));
});

test('an abort hands out the lanes that are done of the case at hand, and the rest runs later', async () => {
  const controller = new AbortController();
  const stop = { budget: 1, signal: controller.signal };
  const { results, reason } = await run(slow, (lane) => lane === 'basic' && controller.abort('enough'), stop);
  assert.is(reason, 'enough');
  assert.equal(rows(results), [[['cpu', 'done', 0]]]);
  /** @type {string[]} */
  const ran = [];
  const resumed = await run(slow, (lane) => ran.push(lane), { budget: 1, kept: results });
  assert.equal(ran, ['basic', 'cpu, 1 thread']);
  assert.equal(rows(resumed.results), [
    [
      ['cpu', 'done', 0],
      ['basic', 'done', 0],
      ['cpu, 1 thread', 'done', 0],
    ],
  ]);
  assert.equal(resumed.results[0].lanes[0], results[0].lanes[0]);
});

test('an abort before a lane is done hands out nothing', async () => {
  const controller = new AbortController();
  const stop = { signal: controller.signal, repeats: 1000 };
  const { results, reason } = await run(slow, () => controller.abort('enough'), stop);
  assert.is(reason, 'enough');
  assert.equal(results, []);
});

test('a browser that does not answer is ended in time, or on abort', async () => {
  const silent = async () => {
    const mute = await launch(path, { args: [] });
    const page = await mute.newPage();
    return { mute, ask: () => page.evaluate(() => new Promise(() => {})) };
  };
  for (const [options, message] of /** @type {const} */ ([
    [() => ({ patience: 100 }), 'the browser does not answer'],
    [() => ({ signal: AbortSignal.timeout(100) }), 'The operation was aborted due to timeout'],
  ])) {
    const { mute, ask } = await silent();
    const reason = await answerOf(mute, ask, options()).catch((error) => error.message);
    assert.is(reason, message);
    assert.is(mute.connected, false);
    await mute.close();
  }
  assert.is(await answerOf(browser, async () => 5, { patience: 100 }), 5);
});

test.run(5);
