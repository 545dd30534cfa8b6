/** The comparison as a table for the terminal. */
import Table from 'cli-table3';

const NONE = '–';

/** @param {number | null | undefined} milliseconds */
function time(milliseconds) {
  if (milliseconds === null || milliseconds === undefined) return NONE;
  return milliseconds.toFixed(milliseconds < 10 ? 2 : milliseconds < 100 ? 1 : 0);
}

/** @param {import('./globals.js').LaneRow} lane @param {import('./globals.js').LaneRow | undefined} basic */
function row(lane, basic) {
  const speedUp = lane.total && basic?.total ? `${(basic.total.median / lane.total.median).toFixed(1)} ×` : NONE;
  return [
    lane.name,
    lane.device ?? NONE,
    lane.precision ?? NONE,
    time(lane.setup),
    time(lane.cold),
    time(lane.compute?.median),
    time(lane.transfer?.median),
    time(lane.total?.min),
    time(lane.total?.median),
    speedUp,
    lane.differing ?? NONE,
  ];
}

/** @param {import('./globals.js').CaseResult[]} cases */
export function table(cases) {
  const head = [
    'lane',
    'device',
    'prec.',
    'setup',
    'cold',
    'compute',
    'transfer',
    'total min',
    'median',
    'speed-up',
    'differ',
  ];
  const colAligns = head.map((_, i) => (i < 3 ? /** @type {const} */ ('left') : /** @type {const} */ ('right')));
  const parts = cases.map(({ preset, grid, maxIterations, lanes }) => {
    const output = new Table({
      head,
      colAligns,
      style: { head: [], border: [], compact: true },
      colWidths: [null, 34],
      wordWrap: true,
    });
    const basic = lanes.find(({ name }) => name === 'basic');
    for (const lane of lanes) output.push(row(lane, basic));
    const reasons = lanes.flatMap(({ name, fallbackReason }) => (fallbackReason ? [`${name}: ${fallbackReason}`] : []));
    const pixels = grid.width * grid.height;
    return [
      `${preset}, ${grid.width} × ${grid.height} = ${pixels} pixels, maxIterations ${maxIterations}`,
      output.toString(),
      ...reasons,
    ].join('\n');
  });
  const key =
    'Milliseconds: setup once, cold the first run, then medians and the smallest total of the timed runs; – was not measured.\n' +
    'Speed-up: over the plain JavaScript loop. Differ: pixels whose count is not that of the plain f64 loop.';
  return ['', ...parts, key, ''].join('\n\n');
}
