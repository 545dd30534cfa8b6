/** Runs a consumer and checks what it computed. */
import { execFileSync } from 'node:child_process';
import { presets } from 'twolane';
import * as assert from 'uvu/assert';
import { froundCounts, sum } from '../reference.js';

const SUM = 21_463_747;
const THREADED = 'WebAssembly SIMD f64x2, 2 threads';
const gpuSum = sum(froundCounts(presets.salon()));

/**
 * @typedef {{ device: string | null, fallbackReason: string | null, countSum: number | null }} Result
 * @typedef {Record<'cpu' | 'basic' | 'gpu', Result> & { report: string }} Results of app.js
 */

/** The CPU lane's `device` and `fallbackReason` under content-security policies. @type {[policy: string, device: string, reason: RegExp | null][]} */
export const policies = [
  ["script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:", THREADED, null],
  [
    "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'",
    'WebAssembly SIMD f64x2, 1 thread',
    /^workers are missing or refused here/,
  ],
  ["script-src 'self'; worker-src 'self' blob:", 'JavaScript, 1 thread', /^WebAssembly is refused here/],
  ["default-src 'none'; script-src 'self'", 'JavaScript, 1 thread', /^WebAssembly is refused here/],
  [
    "require-trusted-types-for 'script'; trusted-types twolane; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:",
    THREADED,
    null,
  ],
];

/**
 * @param {Results} results
 * @param {string} device
 * @param {RegExp | null} reason
 */
function checkCpu({ cpu, basic, report }, device, reason) {
  assert.is(cpu.device, device, String(cpu.fallbackReason));
  assert.is(cpu.countSum, SUM);
  if (reason) assert.match(String(cpu.fallbackReason), reason);
  else assert.is(cpu.fallbackReason, null);
  assert.match(report, '20 × 20');
  assert.match(report, 'basic');
  assert.equal(basic, { device: 'JavaScript, 1 thread', fallbackReason: null, countSum: SUM });
}

/**
 * Opens a consumer's page and checks both lanes' results, and that nothing failed on the way there.
 *
 * @param {import('puppeteer').Browser} browser on SwiftShader
 * @param {string} url
 * @param {string} [device] the CPU lane's
 * @param {RegExp | null} [reason] its fallbackReason; the browser then complains in its console, so that may have errors
 */
export async function checkPage(browser, url, device = THREADED, reason = null) {
  const context = await browser.createBrowserContext();
  try {
    const page = await context.newPage();
    /** @type {string[]} */
    const problems = [];
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('requestfailed', (request) => problems.push(`${request.url()} fails`));
    page.on(
      'response',
      (response) => response.status() >= 400 && problems.push(`${response.status()} ${response.url()}`),
    );
    await page.goto(url);
    try {
      await page.waitForFunction('globalThis.results', { timeout: 120_000 });
    } catch (error) {
      assert.unreachable([String(error), ...problems].join('\n'));
    }
    /** @type {Results} */
    const results = /** @type {any} */ (await page.evaluate('results'));
    checkCpu(results, device, reason);
    assert.match(String(results.gpu.device), 'SwiftShader');
    assert.is(results.gpu.fallbackReason, null);
    assert.is(results.gpu.countSum, gpuSum);
    if (!reason) assert.equal(problems, []);
  } finally {
    await context.close();
  }
}

/**
 * Runs a project's main.js outside a browser and checks its results: the CPU lane's, and why there is no GPU lane.
 *
 * @param {string} folder
 * @param {string} command
 * @param {string[]} args
 */
export function checkRuntime(folder, command, ...args) {
  const output = execFileSync(command, [...args, 'main.js'], { cwd: folder, encoding: 'utf8', timeout: 120_000 });
  /** @type {Results} */
  const results = JSON.parse(output);
  checkCpu(results, THREADED, null);
  assert.is(results.gpu.fallbackReason, 'LaneUnavailableError: WebGL2 is missing here, so the gpu lane cannot run');
}
