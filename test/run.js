/**
 * Runs every test file, or those named by their beginnings or paths, and ends with the totals: `N passed, N failed`, and
 * `, N skipped` with reasons above.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runFile } from './run-file.js';

const folder = fileURLToPath(new URL('.', import.meta.url));
const named = process.argv.slice(2);
const tests = readdirSync(folder).filter((file) => file.endsWith('.test.js'));
const files = named.length
  ? named.flatMap((name) => (name.endsWith('.js') ? name : tests.filter((file) => file.startsWith(name))))
  : tests;

let passed = 0;
let failed = 0;
const skipped = [];
for (const file of files) {
  const report = await runFile(`${folder}${file}`);
  passed += report.passed;
  failed += report.failed;
  skipped.push(...report.skipped);
  if (report.problem) console.log(`${file}: ${report.problem}\n`);
}
for (const { title, reason } of skipped) console.log(`skipped: ${title} (${reason})`);
if (passed + failed === 0) failed = 1;
console.log(`${passed} passed, ${failed} failed${skipped.length ? `, ${skipped.length} skipped` : ''}`);
process.exitCode = failed ? 1 : 0;
