/** The comparison as Markdown tables, for pasting. */
import { bandText, cases, crossovers, crossoverText, type JobRows, runs, speedUp, workText } from './figures.js';
import * as format from './format.js';
import type { Comparison } from '../compare.js';

/** Text that Markdown shows as it is, in a table, too. */
const escape = (text: string) => text.replace(/\s+/g, ' ').replace(/[\\`*_~[\]<>|&#]/g, '\\$&');

function table(head: string[], align: string[], rows: string[][]): string {
  return [head, align, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const LEFT = ':--';
const RIGHT = '--:';
const HEAD = [
  'lane',
  'device',
  'prec.',
  'runs',
  'set-up',
  'cold',
  'compute',
  'transfer',
  'total min',
  'median',
  'speed-up',
  'differ',
  'largest',
  'count sum',
];

/** A job's heading, its table, and why lanes fell back. */
function job(rows: JobRows): string {
  const { grid, name } = rows.job;
  const lines = rows.rows.map(({ label, result }) => [
    escape(label),
    result.total || !result.status
      ? escape(format.value(result.device))
      : `${result.status}: ${escape(result.reason ?? 'no reason given')}`,
    result.precision ?? format.NONE,
    runs(result),
    format.time(result.setup),
    format.time(result.cold),
    format.time(result.compute?.median),
    format.time(result.transfer?.median),
    format.time(result.total?.min),
    format.time(result.total?.median),
    format.ratio(speedUp(rows, label)),
    format.integer(result.differing),
    format.integer(result.largestDifference),
    format.integer(result.countSum),
  ]);
  const fallbacks = rows.rows.flatMap(({ label, result }) =>
    result.fallbackReason ? [`- ${escape(label)}: ${escape(result.fallbackReason)}`] : [],
  );
  return [
    `### ${escape(name)}`,
    `${format.integer(grid.width)} × ${format.integer(grid.height)} = ${format.integer(rows.pixels)} pixels, ` +
      `x ${format.coordinate(grid.x0)}…${format.coordinate(grid.x1)}, y ${format.coordinate(grid.y0)}…${format.coordinate(grid.y1)}${bandText(grid)}, ` +
      workText(rows.job, ', '),
    lines.length ? table(HEAD, [LEFT, LEFT, LEFT, ...HEAD.slice(3).map(() => RIGHT)], lines) : 'No lane ran.',
    ...(fallbacks.length ? [fallbacks.join('\n')] : []),
  ].join('\n\n');
}

/** The tables of `reportMarkdown`. */
export function markdown(comparison: Comparison): string {
  const groups = cases(comparison);
  const environment = Object.entries(comparison.environment).map(([key, value]) => [
    escape(format.words(key)),
    escape(format.value(value)),
  ]);
  const crossed = crossovers(groups).map((row) => [
    escape(row.title),
    `${row.challenger} over ${row.holder}`,
    escape(crossoverText(row.crossed)),
  ]);
  const parts = [
    `# twolane: lanes compared, ${escape(format.date(comparison.date))}`,
    ...(environment.length ? [table(['machine', ''], [LEFT, LEFT], environment)] : []),
    ...groups.flatMap(({ jobs }) => jobs.map(job)),
    ...(groups.length ? [] : ['No job ran.']),
    ...(crossed.length
      ? ['## Where the GPU overtakes the CPU', table(['case', 'lanes', 'size'], [LEFT, LEFT, LEFT], crossed)]
      : []),
    'Set-up: opening the lane, once. Cold: its first run. Compute, transfer and median: medians of the timed runs. Speed-up: over basic. ' +
      'Runs “1, cold”: the first run alone used up the time for the job, so that it is the timed one, too. ' +
      `Differ and largest: pixels whose count is not the reference’s, and by how much at most. ${format.NONE}: not measured.`,
  ];
  return `${parts.join('\n\n')}\n`;
}
