/** Draws docs/comparison.svg, the README's figure, from the results of npm start; or FILE.svg from those of a FOLDER: FOLDER FILE.svg. */
import { writeFileSync } from 'node:fs';
import { parseHTML } from 'linkedom';
import { charts } from 'twolane/report';
import { readResults } from './results.js';

const [folder = 'results', file = 'docs/comparison.svg'] = process.argv.slice(2);
const { document } = parseHTML('<!doctype html><html></html>');
const [{ title, subtitle, svg }] = charts(readResults(folder), { document, width: 800 }).time;
// A file of its own has no page to take colours and font from.
const style = document.createElement('style');
style.textContent = `
  svg > * { font-family: system-ui, sans-serif; }
  svg { color: #1b1f24; background: #fff; --twolane-surface: #fff; }
  @media (prefers-color-scheme: dark) { svg { color: #e8eaed; background: #14171b; --twolane-surface: #14171b; } }
`;
svg.append(style);
svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
writeFileSync(file, `${svg.outerHTML}\n`);
console.log(`${file}: ${title}, ${subtitle}`);
