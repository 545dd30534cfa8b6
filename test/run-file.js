/** Runs one test file in a process of its own. */
import { fork } from 'node:child_process';

/**
 * @param {string} path
 * @param {{ silent?: boolean }} options
 * @returns {Promise<import('./harness.js').Report>} what the file reports of itself; one failure if it reports nothing
 */
export function runFile(path, { silent = false } = {}) {
  return new Promise((resolve) => {
    /** @type {import('./harness.js').Report} */
    let report = { passed: 0, failed: 1, skipped: [], problem: 'the file ends without a report' };
    const child = fork(path, { silent });
    child.on('message', (message) => {
      report = /** @type {typeof report} */ (message);
    });
    child.on('exit', (code) => {
      if (code !== 0 && report.failed === 0)
        report = { ...report, failed: 1, problem: `the file ends with code ${code}` };
      resolve(report);
    });
  });
}
