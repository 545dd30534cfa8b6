/** Runs every test file, or those named, and ends with the totals: `N passed, N failed`, and `, N skipped` with reasons above. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runFile } from './run-file.js';

const folder = fileURLToPath(new URL('.', import.meta.url));
const named = process.argv.slice(2);
const files = readdirSync(folder).filter(
  (file) => file.endsWith('.test.js') && (named.length === 0 || named.some((name) => file.startsWith(name))),
);

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
