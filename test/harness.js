/**
 * uvu, without its silent successes: a file fails unless it runs its suite, declares how many tests it has and how many may be
 * skipped, and each of them finishes or is skipped with a reason. (By itself uvu 0.5 exits 0 after a throw in a before hook and for a file that never calls
 * run, and a throwing after.each turns a failing test green; that hook is not offered here.)
 */
import { suite as uvuSuite } from 'uvu';

/** @typedef {{ passed: number, failed: number, skipped: { title: string, reason: string }[], problem: string | null }} Report */

/** @param {string} name of the subject */
export function suite(name) {
  const inner = uvuSuite(name);
  /** @type {Report['skipped']} */
  const skipped = [];
  let registered = 0;
  let passed = 0;
  let expected = -1;
  let expectedSkips = [0];
  let hookError = '';

  /** @param {() => unknown} hook */
  const guarded = (hook) => async () => {
    try {
      await hook();
    } catch (error) {
      hookError = String(error);
      throw error;
    }
  };

  /**
   * @param {string} title a sentence in the present tense
   * @param {() => unknown} body
   */
  function test(title, body) {
    registered++;
    inner(title, async () => {
      await body();
      passed++;
    });
  }
  /** @param {string} title @param {string} reason */
  test.skip = (title, reason) => {
    registered++;
    skipped.push({ title: `${name}: ${title}`, reason });
    inner.skip(title);
  };
  /** @param {() => unknown} hook */
  test.before = (hook) => inner.before(guarded(hook));
  /** @param {() => unknown} hook */
  test.after = (hook) => inner.after(guarded(hook));
  /**
   * Runs the suite.
   *
   * @param {number} count how many tests it has, skipped ones included
   * @param {number[]} skips how many of them may be skipped: those of what may be missing, all together
   */
  test.run = (count, skips = [0]) => {
    expected = count;
    expectedSkips = skips;
    inner.run();
  };

  process.on('exit', (code) => {
    /** @type {string | null} */
    let problem = null;
    if (expected < 0) problem = 'the suite is never run';
    else if (expected !== registered) problem = `${expected} tests are expected, ${registered} are there`;
    else if (!expectedSkips.includes(skipped.length))
      problem = `${skipped.length} tests are skipped, expected are ${expectedSkips.join(' or ')}`;
    else if (hookError) problem = `a hook throws: ${hookError}`;
    else if (registered === 0) problem = 'there are no tests';
    const failed = Math.max(registered - passed - skipped.length, problem || code !== 0 ? 1 : 0);
    if (failed) process.exitCode = 1;
    process.send?.(/** @type {Report} */ ({ passed, failed, skipped, problem }));
  });
  return test;
}
