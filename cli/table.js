/** The comparison as a table for the terminal. */
import Table from 'cli-table3';

const NONE = '–';

/** @param {number | null | undefined} milliseconds */
function time(milliseconds) {
  if (milliseconds === null || milliseconds === undefined) return NONE;
  if (milliseconds === 0) return '0';
  return milliseconds < 99.95 ? milliseconds.toPrecision(3) : milliseconds.toFixed(0);
}

/** Three digits, as in the report: a small ratio never reads 0. @param {number} ratio */
const times = (ratio) => `${ratio < 999.5 ? ratio.toPrecision(3) : Math.round(ratio)} ×`;

/** Timed runs; the first is the only one where it alone used up the time for the size. @param {import('twolane').LaneResult} lane */
const runs = ({ runs, cold, total }) => (runs === 1 && cold === total?.median ? '1, cold' : runs);

/** @param {import('twolane').LaneResult} lane @param {import('twolane').LaneResult | undefined} basic */
function row(lane, basic) {
  if (lane.status !== 'done') return [lane.name, lane.device ?? NONE, { colSpan: COLUMNS - 2, content: lane.status }];
  const speedUp = lane.total && basic?.total ? times(basic.total.median / lane.total.median) : NONE;
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
    runs(lane),
    speedUp,
    lane.differing ?? NONE,
  ];
}

const HEAD = [
  'lane',
  'device',
  'prec.',
  'set-up',
  'cold',
  'compute',
  'transfer',
  'total min',
  'median',
  'runs',
  'speed-up',
  'differ',
];
const COLUMNS = HEAD.length;

/** @param {import('twolane').JobComparison[]} jobs */
export function table(jobs) {
  const colAligns = HEAD.map((_, i) => (i < 3 ? /** @type {const} */ ('left') : /** @type {const} */ ('right')));
  const parts = jobs.map(({ name, grid, maxIterations, lanes }) => {
    const output = new Table({
      head: HEAD,
      colAligns,
      style: { head: [], border: [], compact: true },
      colWidths: [null, 34],
      wordWrap: true,
    });
    const basic = lanes.find(({ name }) => name === 'basic');
    for (const lane of lanes) output.push(row(lane, basic));
    /** Names of the lanes that have the same to say. @type {Map<string, string[]>} */
    const notes = new Map();
    for (const { name, status, reason, fallbackReason } of lanes) {
      for (const note of [reason && `${status}: ${reason}`, fallbackReason && `falls back: ${fallbackReason}`]) {
        if (note) notes.set(note, [...(notes.get(note) ?? []), name]);
      }
    }
    const reasons = [...notes].map(([note, names]) => `${names.join('; ')} ${note}`);
    const pixels = grid.width * grid.height;
    return [
      `${name}, ${grid.width} × ${grid.height} = ${pixels} pixels, maxIterations ${maxIterations}`,
      output.toString(),
      ...reasons,
    ].join('\n');
  });
  const key =
    'Milliseconds: set-up once, cold the first run, then medians and the smallest total of the timed runs; – was not measured.\n' +
    'Runs “1, cold”: the first run alone used up the lane’s time for the size, so that it is the timed one, too.\n' +
    'Speed-up: over the plain JavaScript loop. Differ: pixels whose count is not the reference’s, a lane in f64.';
  return ['', ...parts, key, ''].join('\n\n');
}
