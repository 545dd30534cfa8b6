/** The report's files: written from results alone, by twolane/report. */
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { presets } from 'twolane';
import { reportCsv, reportHtml, reportMarkdown } from 'twolane/report';
import { picture } from './picture.js';
import { writeWhole } from './results.js';

/** The largest pictures in pixels a side: files of their own, and those within report.html. */
const SIDE = { file: 2500, report: 600 };

/** @typedef {{ preset: 'salon' | 'gellert', size: number }[]} Cases */

const presetsOf = (/** @type {Cases} */ cases) => [...new Set(cases.map(({ preset }) => preset))];

/** The paths of the files that writeReport writes. @param {string} out folder @param {Cases} cases */
export const pathsOf = (out, cases) =>
  ['report.html', 'results.csv', 'report.md', ...presetsOf(cases).map((preset) => `${preset}.png`)].map((name) =>
    join(out, name),
  );

/**
 * Writes report.html, results.csv, report.md and a picture of each preset's largest case.
 *
 * @param {string} out folder
 * @param {import('twolane').Comparison} comparison
 * @param {Cases} cases
 * @returns {Promise<string[]>} the paths
 */
export async function writeReport(out, comparison, cases) {
  const images = [];
  const pictures = [];
  for (const preset of presetsOf(cases)) {
    const largest = Math.max(...cases.filter((one) => one.preset === preset).map(({ size }) => size));
    const side = Math.min(largest, SIDE.report);
    const small = await picture(presets[preset](side));
    const url = `data:image/png;base64,${Buffer.from(small).toString('base64')}`;
    pictures.push({ name: `${preset} ${side}`, url });
    const large = largest > side ? await picture(presets[preset](Math.min(largest, SIDE.file))) : small;
    images.push(large);
  }
  const { document } = parseHTML('<!doctype html><html></html>');
  const html = reportHtml(comparison, { document, pictures });
  const contents = [html, reportCsv(comparison), reportMarkdown(comparison), ...images];
  const paths = pathsOf(out, cases);
  for (const [i, path] of paths.entries()) writeWhole(path, contents[i]);
  return paths;
}
