/** The report's files: written from results alone, by twolane/report. */
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { presets } from 'twolane';
import { reportCsv, reportHtml, reportMarkdown } from 'twolane/report';
import { picture } from './picture.js';
import { writeWhole } from './results.js';

/** The largest pictures in pixels a side: files of their own, and those within report.html. */
const SIDE = { file: 2500, report: 600 };

/**
 * Writes report.html, results.csv, report.md and a picture of each preset's largest case.
 *
 * @param {string} out folder
 * @param {import('twolane').Comparison} comparison
 * @param {{ preset: 'salon' | 'gellert', size: number }[]} cases
 * @returns {Promise<string[]>} the paths
 */
export async function writeReport(out, comparison, cases) {
  /** @type {[name: string, content: string | Uint8Array][]} */
  const files = [];
  const pictures = [];
  for (const preset of new Set(cases.map(({ preset }) => preset))) {
    const largest = Math.max(...cases.filter((one) => one.preset === preset).map(({ size }) => size));
    const side = Math.min(largest, SIDE.report);
    const small = await picture(presets[preset](side));
    const url = `data:image/png;base64,${Buffer.from(small).toString('base64')}`;
    pictures.push({ name: `${preset} ${side}`, url });
    const large = largest > side ? await picture(presets[preset](Math.min(largest, SIDE.file))) : small;
    files.push([`${preset}.png`, large]);
  }
  const { document } = parseHTML('<!doctype html><html></html>');
  files.unshift(
    ['report.html', reportHtml(comparison, { document, pictures })],
    ['results.csv', reportCsv(comparison)],
    ['report.md', reportMarkdown(comparison)],
  );
  for (const [name, content] of files) writeWhole(join(out, name), content);
  return files.map(([name]) => join(out, name));
}
