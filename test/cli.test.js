import { spawn, spawnSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { deflateSync, inflateSync } from 'node:zlib';
import { rgb } from 'd3-color';
import { interpolateViridis } from 'd3-scale-chromatic';
import { decode } from 'fast-png';
import { presets } from 'twolane';
import * as assert from 'uvu/assert';
import { findBrowser, namedBrowser } from '../bench/browser.js';
import { checkOutput, writeOutput } from '../cli/output.js';
import { makeColours } from '../cli/palette.js';
import { chunk, SIGNATURE } from '../cli/png-chunks.js';
import { table } from '../cli/table.js';
import { readView } from '../cli/view.js';
import { salon, timed } from './comparison.js';
import { suite } from './harness.js';
import { differing, froundCounts, sameCounts, serialCounts, sum } from './reference.js';

const test = suite('command line');
const root = fileURLToPath(new URL('..', import.meta.url));
const script = join(root, 'dist', 'cli.js');
const folder = mkdtempSync(join(tmpdir(), 'twolane-'));
test.after(() => rmSync(folder, { recursive: true }));

const run = (/** @type {string[]} */ ...args) =>
  spawnSync(process.execPath, [script, ...args], { cwd: folder, maxBuffer: 2 ** 28 });

/** Runs a command that shall succeed and say nothing. @param {string[]} args @returns what it wrote to stdout */
function succeed(...args) {
  const { status, stdout, stderr } = run(...args);
  assert.is(status, 0, `${args}: ${stderr}`);
  assert.is(String(stderr), '');
  return stdout;
}

/** Runs a command that shall fail with one line. @param {string[]} args @returns the line */
function fail(...args) {
  const { status, stdout, stderr } = run(...args);
  assert.is(status, 2, `${args}: ${stderr}`);
  assert.is(stdout.length, 0);
  assert.match(String(stderr), /^twolane: [^\n]+\n$/);
  return String(stderr);
}

const read = (/** @type {string} */ file) => readFileSync(join(folder, file));

/** Counts of a .npy, by the format's own description. @param {Buffer} bytes */
function npy(bytes) {
  assert.is(bytes.toString('latin1', 0, 8), '\x93NUMPY\x01\0');
  const begin = 10 + bytes.readUInt16LE(8);
  assert.is(begin % 64, 0);
  const header = bytes.toString('latin1', 10, begin);
  const [, height, width] =
    /^{'descr': '<f4', 'fortran_order': False, 'shape': \((\d+), (\d+)\), }.*\n$/.exec(header) ?? [];
  const data = Uint8Array.from(bytes.subarray(begin));
  return { width: Number(width), height: Number(height), counts: new Float32Array(data.buffer) };
}

test('--version and --help', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  assert.is(String(succeed('--version')), `${version}\n`);
  for (const [args, ...words] of [
    [['--help'], 'render', 'join', 'Examples:', 'npx|\\$ twolane render'],
    [[], 'render', 'Examples:'],
    [
      ['render', '--help'],
      ...[
        'preset',
        'size',
        'center',
        'width',
        'iterations',
        'palette',
        'cycles',
        'out',
        'format',
        'lane',
        'threads',
        'shard',
      ].map((name) => `--${name}`),
      'Examples:',
    ],
    [['join', '--help'], '--out', '--palette', 'Example:'],
    [['compare', '--help'], '--lanes', '--sizes', '--report', '--json', '--csv', 'Examples:'],
  ]) {
    const text = String(succeed(.../** @type {string[]} */ (args)));
    for (const word of words) assert.match(text, new RegExp(String(word)));
  }
});

test('help is --help', () => {
  for (const command of [[], ['render'], ['compare']]) {
    assert.ok(succeed('help', ...command).equals(succeed(...command, '--help')), command.join());
  }
});

test('a bad argument gives one line and exit code 2, and writes nothing', () => {
  mkdirSync(join(folder, 'a-folder.png'));
  writeFileSync(join(folder, 'm.png'), 'old');
  const before = readdirSync(folder);
  for (const [args, message] of /** @type {[string, string][]} */ ([
    ['paint', 'paint'],
    ['help paint', "unknown command 'paint'"],
    ['paint --help', "unknown command 'paint'"],
    ['render', '--out must be given'],
    ['render --foo', "unknown option '--foo'"],
    ['join a.npy', '--out must be given'],
    ['render --out m.gif', ".png, .npy, .csv, or take --format, got 'm.gif'"],
    ['render --out m.png --sise 9', '--sise'],
    ['render --out m.png --preset salom', 'salon, gellert'],
    ['render --out m.png --size 0', 'an integer from 1'],
    ...['10x', '1e3', '1920X1080', '9x9x9'].map((size) => [`render --out m.png --size ${size}`, 'must be n or WxH']),
    ['render --out m.png --size 9x0', 'an integer from 1'],
    ['render --out m.png --center 1', 're,im'],
    ['render --out m.png --center=-0.5,0i', 'two finite numbers'],
    ['render --out m.png --center 1,', 'two finite numbers'],
    ['render --out m.png --width -1', 'above 0'],
    ['render --out m.png --center 0.3,0.1 --width 1e-15', '--width is too small'],
    ['render --out m.png --center=0.3,0.1 --size 100 --width 3.33e-15', 'some are the same'],
    ['render --out m.png --size 10x30 --width 1e308', '--width is too large'],
    ['render --out m.png --iterations 1.5', 'a whole number'],
    ['render --out m.png --iterations 0', '--iterations must be an integer from 1 to 16777216, got 0'],
    ['render --out m.png --preset gellert --iterations 16777216', '--iterations must be an integer from 0 to 16777215'],
    ['compare --preset gellert --iterations 16777216', '--iterations must be an integer from 0 to 16777215'],
    ['render --out m.png --palette mauve', 'inferno'],
    ['render --out m.png --cycles 0', 'an integer from 1'],
    ['render --out m.png --cycles 1001', 'an integer from 1 to 1000'],
    ['render --out m.npy --palette viridis', '--palette and --cycles must be left out with a .npy'],
    ['render --out m.csv --cycles 3', '--palette and --cycles must be left out with a .csv'],
    ['render --out m.npy --shard 1/2 --cycles 3', '--palette and --cycles must be left out with a .npy'],
    ['render --out m.png --threads 0', 'an integer from 1'],
    ['render --out m.png --lane tpu', 'cpu, gpu'],
    ['render --out m.png --lane gpu --threads 2', '--threads'],
    ['render --out m.png --browser=', '--browser must be left out with --lane cpu'],
    ['render --out m.png --lane gpu --browser=', "--browser must be a browser that starts, got ''"],
    ['render --out m.png --shard 0/4', 'k/n'],
    ['render --out m.png --shard 5/4', 'k/n'],
    ['render --out m.png --shard 5/400 --size 300', '300, got 400'],
    ['render --out m.csv --shard 1/4', '.npy or .png'],
    ['render --out no/such/folder/m.png --size 9', 'ENOENT'],
    ['render --out m.png/m.png --size 9', "--out 'm.png/m.png' cannot be written (E"],
    ['render --out a-folder.png/ --size 9', "the folder 'a-folder.png/'"],
    ['render --out a-folder.png --size 9', "the folder 'a-folder.png'"],
    ['render m.png --out m.png', 'argument'],
    ['render m.png', 'Expected 0 arguments but got 1. Name files by options, such as --out.'],
    ['compare --lanes basic,tpu', "Item 'tpu' must be one of basic, array, fused, compiled, cpu"],
    ['compare --sizes 0', 'an integer from 1'],
    ['compare --json - --csv -', '- may be given once only'],
    ['compare --report a-folder.png --sizes 9', "--report must be a file, got the folder 'a-folder.png'"],
    ['compare --sizes 16000 --json no/such.json', "--json 'no/such.json' cannot be written (ENOENT)"],
    ['compare --sizes 16000 --report m.png/r.html', "--report 'm.png/r.html' cannot be written (E"],
    ['compare --sizes 16000 --json c --csv ./c', "--json and --csv must be two files, got './c'"],
    ['join --out m.png', 'files'],
    ['join none.npy --out m.png', "'none.npy' cannot be read (ENOENT)"],
    ['join a-folder.png --out m.png', "'a-folder.png' cannot be read (EISDIR)"],
  ])) {
    assert.match(fail(...args.split(' ')), message);
  }
  assert.equal(readdirSync(folder), before);
});

test('.npy, .csv and .png hold the lane’s counts', () => {
  const job = presets.gellert(70, 99);
  const expected = serialCounts(job);
  const args = ['--preset', 'gellert', '--size', '70', '--iterations', '99'];
  for (const out of ['m.npy', 'm.csv', 'm.png']) succeed('render', ...args, '--out', out);
  const { width, height, counts } = npy(read('m.npy'));
  assert.equal([width, height], [70, 70]);
  sameCounts(counts, expected, '.npy');

  const lines = String(read('m.csv')).trimEnd().split('\n');
  assert.is(lines.length, 70);
  sameCounts(
    lines.flatMap((line) => line.split(',').map(Number)),
    expected,
    '.csv',
  );

  const { data, channels, ...size } = decode(read('m.png'));
  assert.equal([size.width, size.height, channels], [70, 70, 3]);
  /** @type {Map<number, number>} */
  const colours = new Map();
  for (const [i, count] of expected.entries()) {
    const colour = (data[3 * i] << 16) | (data[3 * i + 1] << 8) | data[3 * i + 2];
    assert.is(colours.get(count) ?? colour, colour, 'equal counts have one colour');
    colours.set(count, colour);
  }
  assert.is(colours.get(job.maxIterations), 0);
  assert.is([...colours.values()].filter((colour) => colour === 0).length, 1);
  assert.ok(new Set(colours.values()).size > 20);
  const pictures = [['--palette', 'viridis'], ['--cycles', '3'], []].map((flags) => {
    succeed('render', ...args, ...flags, '--out', 'other.png');
    return String(decode(read('other.png')).data);
  });
  assert.is(new Set(pictures).size, 3);
});

test('a palette is passed through with the logarithm of the count, there and back, without its dark end', () => {
  const colour = makeColours(2 ** 12, { palette: 'viridis', cycles: 3 });
  for (const [count, t] of [
    [1, 0.1],
    [2 ** 2, 0.55],
    [2 ** 4, 1],
    [2 ** 5, 0.775],
    [2 ** 8, 0.1],
    [2 ** 10, 0.55],
  ]) {
    const { r, g, b } = rgb(interpolateViridis(t));
    const seen = colour(Float32Array.of(count));
    assert.ok(
      [r, g, b].every((value, i) => Math.abs(seen[i] - value) <= 2),
      `${seen} at ${count}`,
    );
  }
  assert.equal([...colour(Float32Array.of(2 ** 12))], [0, 0, 0]);
});

test('a .csv of many lines has each row once', () => {
  succeed('render', '--size', '300', '--iterations', '60', '--out', 'rows.csv');
  const lines = String(read('rows.csv')).trimEnd().split('\n');
  assert.is(lines.length, 300);
  sameCounts(
    lines.flatMap((line) => line.split(',').map(Number)),
    serialCounts(presets.salon(300, 60)),
    '.csv',
  );
});

test('--iterations has the preset’s range', () => {
  succeed('render', '--preset', 'gellert', '--iterations', '0', '--size', '2x1', '--out', 'none.csv');
  assert.is(String(read('none.csv')), '1,1\n');
  succeed('render', '--iterations', '1', '--size', '2x1', '--out', 'none.csv');
  assert.is(String(read('none.csv')), '1,1\n');
});

test('stdout gets what a file would', () => {
  for (const format of ['png', 'npy', 'csv']) {
    const args = ['render', '--size', '50x31', '--iterations', '40', '--format', format];
    succeed(...args, '--out', 'same');
    assert.ok(succeed(...args, '--out', '-').equals(read('same')), format);
  }
  // Where nothing says more it is a picture; a file's ending may be in capitals.
  const args = ['render', '--size', '50x31', '--iterations', '40', '--out'];
  succeed(...args, 'SAME.PNG');
  assert.ok(succeed(...args, '-').equals(read('SAME.PNG')));
});

test('--center and --width give the middle of square pixels, the imaginary axis upwards', () => {
  const view = { preset: /** @type {const} */ ('salon'), size: { width: 3, height: 2 }, iterations: 7 };
  const { grid } = readView({ ...view, size: { width: 1, height: 1 }, center: { re: 0.3, im: 0.1 }, width: 1e-20 });
  assert.equal([grid.x0, grid.y0], [0.3, 0.1]);
  succeed('render', '--size', '1x3', '--center', '1,0', '--width', '1e-17', '--out', 'narrow.csv');
  assert.is(String(read('narrow.csv')), '3\n3\n3\n');
  assert.equal(readView({ ...view, center: { re: -0.5, im: 0.25 }, width: 3 }), {
    grid: { width: 3, height: 2, x0: -1.5, x1: 1.5, y0: 0.75, y1: -1.25, endpoint: false },
    maxIterations: 7,
    bailoutRadius: 2,
  });
  // What is not given is the preset's.
  const ends = ({ grid: { x0, x1, y0, y1 } } = readView(view)) => [x0, x1, y0, y1];
  assert.equal(ends(readView({ ...view, width: 6 })), [-2.5, 3.5, 1, -3]);
  const flat = { preset: /** @type {const} */ ('gellert'), size: { width: 5, height: 1 }, center: { re: 0, im: 0.25 } };
  assert.equal(ends(readView(flat)), [-1, 1.5, 0.25, -0.25]);
  succeed(
    'render',
    '--size',
    '33x20',
    '--center',
    '-0.7,0.3',
    '--width',
    '0.5',
    '--iterations',
    '300',
    '--out',
    'c.npy',
  );
  const job = readView({
    preset: 'salon',
    size: { width: 33, height: 20 },
    iterations: 300,
    center: { re: -0.7, im: 0.3 },
    width: 0.5,
  });
  sameCounts(npy(read('c.npy')).counts, serialCounts(job), 'view');
});

test('a picture of several strips is that of one call', () => {
  // 4.4 million pixels: two strips.
  const job = presets.salon(2100, 20);
  succeed('render', '--size', '2100', '--iterations', '20', '--out', 'large.npy');
  sameCounts(npy(read('large.npy')).counts, serialCounts(job), 'counts');
  const args = ['render', '--size', '2100', '--iterations', '20'];
  succeed(...args, '--out', 'large.png');
  succeed(...args, '--shard', '1/1', '--out', 'shard.png');
  succeed('join', 'shard.png', '--out', 'joined.png');
  assert.ok(read('joined.png').equals(read('large.png')));
});

test('shards joined are the whole, byte for byte', () => {
  const args = ['render', '--size', '90x77', '--iterations', '60'];
  for (const format of ['npy', 'png', 'csv']) succeed(...args, '--out', `whole.${format}`);
  for (const format of ['npy', 'png']) {
    // Names that sort in another order than the shards.
    const names = [1, 2, 3, 4, 5].map((k) => `part-${(7 * k) % 5}.${format}`);
    for (const [i, name] of names.entries()) succeed(...args, '--shard', `${i + 1}/5`, '--out', name);
    for (const to of format === 'npy' ? ['npy', 'png', 'csv'] : ['png']) {
      succeed('join', ...[...names].sort(), '--out', `joined.${to}`);
      assert.ok(read(`joined.${to}`).equals(read(`whole.${to}`)), `${format} to ${to}`);
    }
  }
  // A shard by itself is an array and a picture as any other.
  const { width, height, counts } = npy(read('part-4.npy'));
  assert.equal([width, height], [90, 15]);
  const job = presets.salon(90, 60);
  const rows = serialCounts({ ...job, grid: { ...job.grid, height: 77 } });
  sameCounts(counts, rows.subarray(15 * 90, 30 * 90), 'rows 15 to 29');
  assert.is(decode(read('part-4.png')).height, 15);
});

test('join refuses a shard that is missing, doubled, foreign, cut off, or none', () => {
  const shards = (/** @type {string} */ name, /** @type {string[]} */ ...args) =>
    [1, 2, 3].map((k) => {
      const out = `${name}-${k}.npy`;
      succeed('render', '--size', '20', ...args, '--shard', `${k}/3`, '--out', out);
      return out;
    });
  const [a1, a2, a3] = shards('a');
  const [b1] = shards('b', '--iterations', '9');
  succeed('render', '--size', '20', '--shard', '1/3', '--out', 'a-1.png');
  succeed('render', '--size', '20', '--out', 'a.npy');
  writeFileSync(join(folder, 'cut.npy'), read(a2).subarray(0, -1));
  const lost = read(a2);
  writeFileSync(join(folder, 'lost.npy'), lost.fill(0, lost.length - 40));
  for (const count of [513, 1.5, -1, NaN]) {
    const wrong = read(a2);
    wrong.writeFloatLE(count, wrong.length - 40);
    writeFileSync(join(folder, `count ${count}.npy`), wrong);
  }
  const changed = (/** @type {string} */ name, /** @type {string} */ from, /** @type {string} */ to) => {
    const text = read(name).toString('latin1');
    assert.ok(text.includes(from), text.slice(0, 300));
    writeFileSync(join(folder, `${to}.npy`), text.replace(from, to), 'latin1');
  };
  changed(a2, '(7, 20)', '(20, 7)');
  changed(a1, '"shard":1', '"shard":2');
  changed(a2, '"lane":"cpu"', '"lane":"gpu"');
  changed(a2, '"precision":"f64"', '"precision":"f32"');
  writeFileSync(join(folder, 'text.npy'), 'counts');
  for (const length of [0, 9, 99]) writeFileSync(join(folder, `cut-${length}.npy`), read(a2).subarray(0, length));
  for (const length of [9, 33, 99])
    writeFileSync(join(folder, `cut-${length}.png`), read('a-1.png').subarray(0, length));
  succeed('render', '--size', '20', '--shard', '1/13', '--out', 'many.npy');
  for (const [files, message] of /** @type {[string[], string][]} */ ([
    [[a1, a3], 'missing of 3 shards: 2\n'],
    [['many.npy'], 'missing of 13 shards: 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more\n'],
    [[a1, a2, a2, a3], "'a-2.npy' and 'a-2.npy' are both shard 2/3"],
    [[a1, a2, a3, b1], "'b-1.npy' is a shard of another picture than 'a-1.npy'"],
    [['a-1.png', a2, a3], 'another picture'],
    [[a1, '"lane":"gpu".npy', a3], 'another picture'],
    [[a1, '"precision":"f32".npy', a3], 'another picture'],
    [[a1, 'cut.npy', a3], "'cut.npy' is no shard"],
    [[a1, 'lost.npy', a3], "'lost.npy' is no shard: it has counts that are not integers from 1 to 512"],
    ...[513, 1.5, -1, NaN].map(
      (count) =>
        /** @type {[string[], string]} */ ([[a1, `count ${count}.npy`, a3], 'it has counts that are not integers']),
    ),
    ...['0.npy', '9.npy', '99.npy', '9.png', '33.png', '99.png'].map(
      (cut) => /** @type {[string[], string]} */ ([[`cut-${cut}`], `'cut-${cut}' is no shard: it may be cut off`]),
    ),
    [[a1, '(20, 7).npy', a3], 'bytes are not what its header tells'],
    [['"shard":2.npy'], 'bytes are not what its header tells'],
    [['text.npy'], "'text.npy' is no shard: it is neither .npy nor PNG"],
    [['a.npy'], "'a.npy' is no shard: it does not say what it is a part of"],
  ])) {
    assert.match(fail('join', ...files, '--out', 'never.npy'), message);
  }
  assert.match(fail('join', 'a-1.png', '--out', 'never.npy'), 'missing');
  succeed('render', '--size', '20', '--shard', '1/1', '--out', 'one.png');
  assert.match(fail('join', 'one.png', '--out', 'never.npy'), 'must be a .png');
  assert.match(fail('join', 'one.png', '--cycles', '2', '--out', 'never.png'), 'the shards have colours');
  const grey = ['--palette', 'grey', '--out', 'never.npy'];
  assert.match(fail('join', a1, a2, a3, ...grey), '--palette and --cycles must be left out with a .npy');
  assert.not(existsSync(join(folder, 'never.npy')));
  symlinkSync(a3, join(folder, 'link.npy'));
  for (const out of [a3, `./${a3}`, 'link.npy']) {
    const shard = read(a3);
    assert.match(fail('join', a1, a2, a3, '--out', out), `--out must be another file than the shards, got '${out}'`);
    assert.ok(read(a3).equals(shard));
  }
});

test('join tells what is wrong with a damaged PNG', () => {
  succeed('render', '--size', '20', '--shard', '1/1', '--out', 'whole.png');
  const whole = read('whole.png');
  /** @type {{ type: string, data: Buffer }[]} */
  const parts = [];
  for (let position = 8; position < whole.length;) {
    const length = whole.readUInt32BE(position);
    parts.push({
      type: whole.toString('latin1', position + 4, position + 8),
      data: whole.subarray(position + 8, position + 8 + length),
    });
    position += 12 + length;
  }
  assert.equal(
    parts.map(({ type }) => type),
    ['IHDR', 'tEXt', 'IDAT', 'IEND'],
  );
  const withPixels = (/** @type {(rows: Buffer) => Buffer} */ change) =>
    Buffer.concat([
      SIGNATURE,
      ...parts.map(({ type, data }) => chunk(type, type === 'IDAT' ? deflateSync(change(inflateSync(data))) : data)),
    ]);
  const withByte = (/** @type {number} */ position, /** @type {number} */ value) => {
    const bytes = Buffer.from(whole);
    bytes[position] = value;
    return bytes;
  };
  for (const [name, bytes, message] of /** @type {[string, Buffer, string][]} */ ([
    ['half.png', whole.subarray(0, whole.length / 2), 'it is damaged (it ends too early)'],
    ['end.png', whole.subarray(0, -12), 'it is damaged (it ends too early)'],
    ['flipped.png', withByte(whole.length - 30, whole[whole.length - 30] ^ 1), 'it is damaged (a checksum differs)'],
    ['grey.png', withByte(25, 0), 'its header is not one of 20 × 20 pixels of 3 bytes'],
    ['short.png', withPixels((rows) => rows.subarray(61)), 'it is damaged (it does not have 20 rows)'],
    ['part.png', withPixels((rows) => rows.subarray(1)), 'it is damaged (it does not have 20 rows)'],
    ['long.png', withPixels((rows) => Buffer.concat([rows, rows])), 'it is damaged (it does not have 20 rows)'],
    ['filtered.png', withPixels((rows) => rows.fill(1, 61, 62)), 'it is damaged (its rows are filtered)'],
  ])) {
    writeFileSync(join(folder, name), bytes);
    assert.ok(fail('join', name, '--out', 'never.png').includes(`'${name}' is no shard: ${message}`), name);
  }
  assert.not(existsSync(join(folder, 'never.png')));
  // What is written by the same parts is a shard.
  writeFileSync(
    join(folder, 'same.png'),
    withPixels((rows) => rows),
  );
  succeed('join', 'same.png', '--out', 'joined.png');
  assert.equal(decode(read('joined.png')).data, decode(whole).data);
});

test('compare prints a table, and writes its results as data, CSV and a page', () => {
  const args = ['compare', '--sizes', '20, 30', '--iterations', '60', '--repeats', '2', '--threads', '2'];
  const text = String(succeed(...args, '--json', 'c.json', '--csv', 'c.csv', '--report', 'c.html'));
  const { jobs } = JSON.parse(String(read('c.json')));
  for (const [i, size] of [20, 30].entries()) {
    assert.match(text, `salon ${size}, ${size} × ${size}`);
    assert.is(jobs[i].name, `salon ${size}`);
    const expected = serialCounts(presets.salon(size, 60));
    for (const lane of jobs[i].lanes) assert.equal([lane.countSum, lane.differing, lane.runs], [sum(expected), 0, 2]);
  }
  const names = jobs[0].lanes.map((/** @type {any} */ { name }) => name);
  assert.equal(names, ['basic', 'array', 'fused', 'compiled', 'cpu']);
  assert.equal(
    jobs[0].lanes.map((/** @type {any} */ { device }) => /, 2 threads$/.test(device)),
    [false, false, true, true, true],
  );
  assert.is(String(read('c.csv')).trimEnd().split('\r\n').length, 1 + 2 * names.length);
  assert.match(String(read('c.html')), /^<!doctype html>[^]*<svg/);
  const {
    jobs: [again],
  } = JSON.parse(String(succeed(...args, '--lanes', 'cpu', '--json', '-')));
  assert.equal([again.lanes.length, again.lanes[0].device], [1, 'WebAssembly SIMD f64x2, 2 threads']);
});

test('compare gives 1 where a lane failed, and the others go on', () => {
  const without = `data:text/javascript,globalThis.Float64Array = new Proxy(Float64Array, {
    construct(made, args) {
      if (args[0] === 400) throw new RangeError('no memory');
      return Reflect.construct(made, args);
    },
  })`;
  const args = ['compare', '--lanes', 'array,basic', '--sizes', '20', '--repeats', '1', '--json', '-'];
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', without, script, ...args]);
  assert.equal([status, String(stderr)], [1, '']);
  const [{ lanes }] = JSON.parse(String(stdout)).jobs;
  assert.equal(
    lanes.map((/** @type {any} */ { status, reason }) => [status, reason]),
    [
      ['failed', 'no memory'],
      ['done', null],
    ],
  );
});

const partial = 'compare writes what can be written where one output fails, and says which';
const writesTheRest = () => {
  const command = `"${process.execPath}" "${script}" render --size 9 --format csv --out - > /dev/full`;
  const full = spawnSync('sh', ['-c', command]);
  assert.equal([full.status, String(full.stderr)], [2, 'twolane: stdout cannot be written (ENOSPC)\n']);
  const flags = ['--csv', '/dev/full', '--json', 'rest.json', '--report', 'rest.html'];
  const { status, stdout, stderr } = run('compare', '--sizes', '9', '--lanes', 'basic', '--repeats', '1', ...flags);
  assert.is(String(stderr), "twolane: --csv '/dev/full' cannot be written (ENOSPC)\n");
  assert.is(status, 2);
  assert.match(String(stdout), 'salon 9, 9 × 9');
  assert.is(JSON.parse(String(read('rest.json'))).jobs.length, 1);
  assert.match(String(read('rest.html')), '<svg');
};
// A device that takes no byte stands for a full disk.
if (existsSync('/dev/full')) test(partial, writesTheRest);
else test.skip(partial, 'there is no /dev/full');

test('the table shows small ratios with their digits, and marks a cold run that is the timed one', () => {
  const lanes = [
    timed('basic', 1, { runs: 5, cold: 2 }),
    timed('slow', 234, { runs: 1, cold: 234 }),
    timed('fast', 0.0004, { runs: 1, cold: 2 }),
    timed('round', 1 / 999.7, { runs: 1, cold: 2 }),
  ];
  const text = table([salon(9, lanes)]);
  for (const [name, ...cells] of [
    ['basic', '5', '1.00 ×'],
    ['slow', '1, cold', '0.00427 ×'],
    ['fast', '1', '2500 ×'],
    ['round', '1', '1000 ×'],
  ]) {
    const line = text.split('\n').find((line) => line.includes(` ${name} `)) ?? '';
    const found = line.split('│').map((cell) => cell.trim());
    for (const cell of cells) assert.ok(found.includes(cell), `${cell} in ${line}`);
  }
  assert.match(text, 'Runs “1, cold”: ');
});

test('each column of the table has its own times, and lanes with the same to say share a line', () => {
  const fallbackReason = 'no SIMD';
  const times = { setup: 11, cold: 12, compute: { min: 1, median: 13 }, transfer: { min: 1, median: 14 } };
  const lanes = [
    timed('basic', 32, { runs: 5 }),
    timed('compiled', 16, { ...times, total: { min: 15, median: 16 }, runs: 4, differing: 17, fallbackReason }),
    timed('cpu', 16, { runs: 5, fallbackReason }),
  ];
  const lines = table([salon(9, lanes)]).split('\n');
  const cells = (/** @type {string} */ name) =>
    (lines.find((line) => line.includes(` ${name} `)) ?? '').split('│').map((cell) => cell.trim());
  const head = cells('lane');
  const row = cells('compiled');
  assert.equal(Object.fromEntries(head.map((name, i) => [name, row[i]])), {
    '': '',
    lane: 'compiled',
    device: 'JavaScript, 1 thread',
    'prec.': 'f64',
    'set-up': '11.0',
    cold: '12.0',
    compute: '13.0',
    transfer: '14.0',
    'total min': '15.0',
    median: '16.0',
    runs: '4',
    'speed-up': '2.00 ×',
    differ: '17',
  });
  assert.ok(lines.includes('compiled; cpu falls back: no SIMD'));
});

for (const [signal, code, times, often] of /** @type {const} */ ([
  ['SIGINT', 130, 1, ''],
  // As under npx, which hands on what the terminal sends to both.
  ['SIGINT', 130, 3, ', three times,'],
  ['SIGTERM', 143, 1, ''],
  // As of a terminal that is closed.
  ['SIGHUP', 129, 1, ''],
])) {
  test(`${signal}${often} leaves no half-written file, and the old one as it was`, async () => {
    const home = mkdtempSync(join(folder, 'interrupt-'));
    writeFileSync(join(home, 'm.npy'), 'old');
    const args = ['render', '--size', '8000', '--iterations', '100000', '--center', '-1.25,0.02', '--width', '0.01'];
    const child = spawn(process.execPath, [script, ...args, '--out', 'm.npy'], { cwd: home });
    const ended = new Promise((resolve) => child.on('exit', resolve));
    while (readdirSync(home).length < 2) {
      assert.is(child.exitCode, null);
      await setTimeout(20);
    }
    for (let i = 0; i < times; i++) {
      child.kill(signal);
      await setTimeout(2);
    }
    assert.is(await ended, code);
    assert.equal(readdirSync(home), ['m.npy']);
    assert.is(readFileSync(join(home, 'm.npy'), 'utf8'), 'old');
  });
}

test('nothing is left of a file whose first bytes fail at once', async () => {
  const home = mkdtempSync(join(folder, 'failing-'));
  for (let i = 0; i < 20; i++) {
    const output = await checkOutput(join(home, 'm.csv'));
    const bytes = (async function* () {
      if (i >= 0) throw new Error('no bytes');
      yield new Uint8Array(1);
    })();
    await writeOutput(output, bytes, new AbortController().signal).then(
      () => assert.unreachable('it should reject'),
      (error) => assert.is(error.message, 'no bytes'),
    );
    assert.equal(readdirSync(home), []);
  }
  await setTimeout(100);
  assert.equal(readdirSync(home), []);
});

test('two processes of the same number that write the same file leave one of theirs, whole', async () => {
  const home = mkdtempSync(join(folder, 'two-'));
  const write = async (/** @type {number} */ value, /** @type {number} */ pause) => {
    const bytes = (async function* () {
      for (let i = 0; i < 4; i++) {
        yield new Uint8Array(1000).fill(value);
        await setTimeout(pause);
      }
    })();
    await writeOutput(await checkOutput(join(home, 'file.npy')), bytes, new AbortController().signal);
  };
  await Promise.all([write(1, 50), write(2, 20)]);
  assert.equal(readdirSync(home), ['file.npy']);
  assert.equal(readFileSync(join(home, 'file.npy')), Buffer.alloc(4000, 1));
});

test('a signal ends what waits for a pipe or for threads, and join takes no pipe', async () => {
  assert.is(spawnSync('mkfifo', [join(folder, 'fifo')]).status, 0);
  assert.match(fail('join', 'fifo', '--out', 'm.npy'), "'fifo' is no shard: it must be a file");
  for (const args of ['--size 1 --out fifo --format csv', '--size 300 --threads 300 --out threads.npy']) {
    let end;
    // A signal that comes before the program listens ends it, too.
    for (let wait = 1500; wait < 20_000 && (!end || end === 'SIGTERM'); wait *= 2) {
      const child = spawn(process.execPath, [script, 'render', ...args.split(' ')], { cwd: folder });
      const ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal)));
      await setTimeout(wait);
      child.kill('SIGTERM');
      end = await Promise.race([ended, setTimeout(20_000, 'late')]);
      child.kill('SIGKILL');
    }
    assert.is(end, 143, args);
  }
});

test('a picture is made though nobody can read the warnings', async () => {
  const args = ['--import', 'data:text/javascript,delete globalThis.WebAssembly', script, 'render', '--size', '30'];
  for (const isRead of [true, false]) {
    const child = spawn(process.execPath, [...args, '--out', `warned-${isRead}.csv`], { cwd: folder });
    let text = '';
    if (isRead) child.stderr.on('data', (data) => (text += data));
    else child.stderr.destroy();
    assert.is(await new Promise((resolve) => child.on('close', resolve)), 0);
    if (isRead) assert.match(text, /^twolane: [^\n]*WebAssembly[^\n]*\n$/);
  }
  assert.ok(read('warned-true.csv').equals(read('warned-false.csv')));
});

test('a name may be as long as the system takes it', () => {
  const name = `${'é'.repeat(125)}.csv`;
  succeed('render', '--size', '1', '--iterations', '1', '--out', name);
  assert.is(String(read(name)), '1\n');
});

test('/dev/stdout is stdout, which others write to, too', () => {
  const command = `(echo head; "$0" "$1" render --size 2 --iterations 1 --format csv --out /dev/stdout; echo tail) > log`;
  spawnSync('sh', ['-c', command, process.execPath, script], { cwd: folder });
  assert.is(String(read('log')), 'head\n1,1\n1,1\ntail\n');
});

test('a file in shared memory is replaced as any other', async () => {
  const file = join(existsSync('/dev/shm') ? '/dev/shm' : folder, `twolane-${process.pid}.csv`);
  writeFileSync(file, 'old');
  try {
    assert.ok((await checkOutput(file)).replaces);
    succeed('render', '--size', '1', '--iterations', '1', '--out', file);
    assert.is(readFileSync(file, 'utf8'), '1\n');
  } finally {
    rmSync(file);
  }
});

test('what a link leads to is written, and the link stays', () => {
  writeFileSync(join(folder, 'target.csv'), 'old');
  symlinkSync('target.csv', join(folder, 'link.csv'));
  succeed('render', '--size', '1', '--iterations', '1', '--out', 'link.csv');
  assert.ok(lstatSync(join(folder, 'link.csv')).isSymbolicLink());
  assert.is(String(read('target.csv')), '1\n');
});

test('a link to what is not there makes that, and links in a circle are refused', () => {
  mkdirSync(join(folder, 'links', 'far'), { recursive: true });
  symlinkSync('links/near.csv', join(folder, 'dangling.csv'));
  symlinkSync('far/end.csv', join(folder, 'links', 'near.csv'));
  succeed('render', '--size', '1', '--iterations', '1', '--out', 'dangling.csv');
  for (const link of ['dangling.csv', 'links/near.csv'])
    assert.ok(lstatSync(join(folder, link)).isSymbolicLink(), link);
  assert.is(String(read('links/far/end.csv')), '1\n');
  assert.equal(readdirSync(join(folder, 'links', 'far')), ['end.csv']);

  symlinkSync('nowhere/end.csv', join(folder, 'links', 'lost.csv'));
  assert.match(fail('render', '--out', 'links/lost.csv'), "'links/lost.csv' cannot be written (ENOENT)");
  symlinkSync('circle.csv', join(folder, 'circle.csv'));
  assert.match(fail('render', '--out', 'circle.csv'), "--out 'circle.csv' cannot be written (ELOOP)");
  assert.ok(lstatSync(join(folder, 'circle.csv')).isSymbolicLink());
});

test('a file that is replaced keeps its mode and owner', () => {
  const file = join(folder, 'mode.csv');
  writeFileSync(file, 'old', { mode: 0o600 });
  // Only root may give a file away.
  if (process.getuid?.() === 0) chownSync(file, 1, 1);
  const before = statSync(file);
  succeed('render', '--size', '1', '--iterations', '1', '--out', 'mode.csv');
  for (const key of /** @type {const} */ (['mode', 'uid', 'gid'])) assert.is(statSync(file)[key], before[key]);
  assert.is.not(statSync(file).size, before.size);
});

test('a progress bar stays out of counts on the same terminal', () => {
  const csv = ['--format', 'csv', '--out'];
  succeed('render', '--size', '5x3', '--shard', '1/1', '--out', 'terminal.npy');
  for (const [terminals, out, isShown] of /** @type {const} */ ([
    [['stderr'], '-', true],
    [['stderr', 'stdout'], 'terminal.csv', true],
    [['stderr', 'stdout'], '-', false],
  ])) {
    const module = `data:text/javascript,${terminals.map((name) => `process.${name}.isTTY = true;`).join('')}`;
    for (const args of [
      ['render', '--size', '5x3'],
      ['join', 'terminal.npy'],
    ]) {
      const { status, stderr } = spawnSync(process.execPath, ['--import', module, script, ...args, ...csv, out], {
        cwd: folder,
        encoding: 'utf8',
      });
      assert.is(status, 0, stderr);
      assert.is(stderr.includes('left'), isShown, `${args} ${out}: ${stderr}`);
    }
  }
});

test('bytes are not written to a terminal', () => {
  const module = 'data:text/javascript,process.stdout.isTTY = true;';
  for (const format of ['png', 'npy']) {
    const args = ['--import', module, script, 'render', '--size', '9', '--format', format, '--out', '-'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    assert.equal([status, stdout], [2, '']);
    assert.match(stderr, `must not be a terminal, as it gets bytes of a .${format}`);
  }
});

test('whoever reads stdout may stop early', () => {
  const render = `"${process.execPath}" "${script}" render --size 3000 --iterations 9 --format csv --out -`;
  const command = `{ ${render}; echo $? >&2; } | head -c 4`;
  const { status, stdout, stderr } = spawnSync(command, { shell: true, encoding: 'utf8', timeout: 120_000 });
  assert.equal([status, stdout, stderr], [0, '1,1,', '141\n']);
});

test('--lane gpu renders in a browser', async () => {
  const browser = namedBrowser(undefined) || (await findBrowser(console.log));
  const { status, stderr } = run('render', '--lane', 'gpu', '--browser', browser, '--size', '150', '--out', 'gpu.npy');
  assert.is(status, 0, String(stderr));
  const { counts } = npy(read('gpu.npy'));
  // Exactly the f32 reference on a software renderer; a real GPU may differ in few pixels.
  assert.ok(differing(counts, froundCounts(presets.salon(150))) <= 0.01 * counts.length);
  for (const k of [1, 2]) {
    const args = ['--browser', browser, '--size', '150', '--shard', `${k}/2`, '--out', `gpu-${k}.npy`];
    assert.is(run('render', '--lane', 'gpu', ...args).status, 0);
    assert.match(read(`gpu-${k}.npy`).toString('latin1', 0, 500), '"lane":"gpu","precision":"f32"');
  }
  succeed('join', 'gpu-2.npy', 'gpu-1.npy', '--out', 'gpu-joined.npy');
  assert.ok(read('gpu-joined.npy').equals(read('gpu.npy')));
  const deep = run('render', '--lane', 'gpu', '--browser', browser, '--width', '1e-12', '--out', 'deep.npy');
  assert.is(deep.status, 2);
  assert.match(String(deep.stderr), '\ntwolane: --width is too small for --lane gpu: the grid');
});

test('--lane gpu says so where a software renderer stands for the GPU', () => {
  const home = join(folder, 'software');
  const puppeteer = join(home, 'node_modules', 'puppeteer');
  mkdirSync(puppeteer, { recursive: true });
  writeFileSync(join(puppeteer, 'package.json'), '{ "type": "module", "exports": "./index.js" }');
  writeFileSync(
    join(puppeteer, 'index.js'),
    `const image = { text: Buffer.from(Float32Array.of(7).buffer).toString('base64'), precision: 'f32' };
const lane = { device: 'Lavapipe (software)', fallbackReason: null };
const page = {
  ...Object.fromEntries(['setRequestInterception', 'on', 'goto', 'exposeFunction'].map((name) => [name, async () => {}])),
  evaluate: async (_, job) => (job ? image : lane),
};
export const launch = async () => ({ newPage: async () => page, close: async () => {} });`,
  );
  const args = [script, 'render', '--lane', 'gpu', '--browser', process.execPath, '--size', '1', '--out', 'm.csv'];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: home, encoding: 'utf8' });
  assert.is(stderr, 'twolane: the gpu lane runs on the CPU, by Lavapipe (software)\n');
  assert.is(status, 0);
  assert.is(readFileSync(join(home, 'm.csv'), 'utf8'), '7\n');
});

test('--lane gpu takes the system’s browser where Puppeteer has none, and else says what to do', () => {
  const home = join(folder, 'browserless');
  const puppeteer = join(home, 'node_modules', 'puppeteer');
  const path = join(home, 'bin');
  for (const made of [puppeteer, path]) mkdirSync(made, { recursive: true });
  writeFileSync(join(puppeteer, 'package.json'), '{ "type": "module", "exports": "./index.js" }');
  writeFileSync(
    join(puppeteer, 'index.js'),
    `export const executablePath = () => '/no/such/browser';
export function launch({ executablePath }) { throw new Error('tried ' + executablePath); }`,
  );
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, PATH: path };
  delete env.PUPPETEER_EXECUTABLE_PATH;
  const render = (/** @type {string[]} */ ...flags) => {
    const args = [script, 'render', '--lane', 'gpu', '--size', '9', '--out', 'm.npy', ...flags];
    const options = { cwd: home, env, encoding: /** @type {const} */ ('utf8') };
    const { status, stderr } = spawnSync(process.execPath, args, options);
    assert.is(status, 2, stderr);
    return stderr;
  };
  assert.is(
    render(),
    'twolane: --lane gpu needs Chrome or Chromium, and none is found: give --browser PATH, or run npx puppeteer browsers install chrome\n',
  );
  env.PUPPETEER_EXECUTABLE_PATH = 'other';
  assert.match(render(), "PUPPETEER_EXECUTABLE_PATH must be a browser that starts, got 'other'");
  assert.is(render('--browser', 'none'), "twolane: --browser must be a browser that starts, got 'none'\n");
  delete env.PUPPETEER_EXECUTABLE_PATH;
  // As Ubuntu has it.
  writeFileSync(join(path, 'chromium-browser'), '#!/bin/sh\necho It needs a snap\nexit 1\n', { mode: 0o755 });
  assert.match(render(), 'none is found');
  const chromium = join(path, 'chromium');
  writeFileSync(chromium, '#!/bin/sh\necho Chromium 1.0\n', { mode: 0o755 });
  assert.is(render(), `twolane: '${chromium}' does not start (tried ${chromium})\n`);
});

test.run(38, [0, 1]);
