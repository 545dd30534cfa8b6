/** Draws docs/comparison.svg, the README's figure, from the results of npm start; or another file, from those of another folder. */
import { Command } from 'commander';
import { parseHTML } from 'linkedom';
import { charts } from 'twolane/report';
import { UserError } from '../cli/command.js';
import { readCommand, runProgram } from './options.js';
import { readResults, writeWhole } from './results.js';

const STYLE = `
  svg > * { font-family: system-ui, sans-serif; }
  svg { color: #1b1f24; background: #fff; --twolane-surface: #fff; }
  @media (prefers-color-scheme: dark) { svg { color: #e8eaed; background: #14171b; --twolane-surface: #14171b; } }
`;

/** @param {string} folder @param {string} file */
function drawFigure(folder, file) {
  const { document } = parseHTML('<!doctype html><html></html>');
  const [chart] = charts(readResults(folder), { document, width: 800 }).time;
  if (!chart) throw new UserError(`no lane of ${folder} has run, so there is nothing to draw: run npm start`);
  const { title, subtitle, svg } = chart;
  // A file of its own has no page to take colours and font from.
  const style = document.createElement('style');
  style.textContent = STYLE;
  svg.append(style);
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  writeWhole(file, `${svg.outerHTML}\n`);
  console.log(`${file}: ${title}, ${subtitle}`);
}

await runProgram(() => {
  const program = new Command('npm run figure --')
    .description('Draws the chart of the first case of results, as npm start writes them.')
    .argument('[folder]', 'where results.json is', 'results')
    .argument('[file]', 'what to write', 'docs/comparison.svg');
  readCommand(program, process.argv);
  const [folder, file] = program.processedArgs;
  drawFigure(folder, file);
});
