import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { parseHTML } from 'linkedom';
import { charts, reportCsv, reportHtml, reportMarkdown } from 'twolane/report';
import * as assert from 'uvu/assert';
import { comparison, gellert, lane, salon, sweep, timed } from './comparison.js';
import { suite } from './harness.js';
import { told } from './told.js';
import { openPage } from './page.js';

const test = suite('report');
const { document } = parseHTML('<!doctype html><html></html>');

/** A one-pixel picture. */
const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const NASTY = `<img src="x" onerror='1'>&amp;|"a",\`b\`*c*\\`;

/** @param {import('twolane/report').Comparison} data */
const html = (data, pictures = [{ name: 'salon', url: PIXEL }]) => reportHtml(data, { document, pictures });
/** @param {import('twolane/report').Comparison} data */
const parse = (data) => parseHTML(html(data)).document;
/** Text as it reads, with plain spaces. @param {{ textContent: string | null } | null} node */
const read = (node) => (node?.textContent ?? '').replace(/[\s\u202f]+/g, ' ').trim();
/** The section of a heading. @param {Document} page @param {string} heading */
const section = (page, heading) => {
  const found = [...page.querySelectorAll('section')].find((one) => read(one.querySelector('h2')) === heading);
  assert.ok(found, heading);
  return /** @type {Element} */ (found);
};
/** Cells of the tables of a section, row by row. @param {Document} page @param {string} heading */
const cellsOf = (page, heading) =>
  [...section(page, heading).querySelectorAll('tbody tr')].map((row) => [...row.children].map(read));
/** Titles of a chart's marks. @param {Element} svg */
const titles = (svg) => [...svg.querySelectorAll('title')].map(read);

/** Comparisons that lack something. @type {Record<string, import('twolane/report').Comparison>} */
const POOR = {
  'no jobs': comparison(),
  'a job without lanes': comparison(salon(400, [])),
  'one job, one lane': comparison(salon(400, [timed('cpu', 3)])),
  'only skipped lanes': comparison(salon(400, [lane({ status: 'skipped', reason: 'it took too long' })])),
  'no basic and no gpu': comparison(salon(400, [timed('cpu', 3)]), salon(1600, [timed('cpu', 40)])),
  'null everywhere': comparison(
    salon(400, [lane({ device: null, precision: null, setup: null, status: 'failed', runs: 0 })]),
  ),
  'twenty lanes': comparison(
    ...[400, 1600].map((n) =>
      salon(
        n,
        Array.from({ length: 20 }, (_, i) => timed(`lane ${i}`, (i + 10) * n)),
      ),
    ),
  ),
  'lanes of one name': comparison(salon(400, [timed('cpu', 3), timed('cpu', 5)])),
  'names with markup': comparison(
    salon(
      400,
      [
        timed(NASTY, 3, { device: NASTY, fallbackReason: NASTY }),
        lane({ name: `${NASTY}2`, status: 'failed', reason: NASTY }),
      ],
      {
        name: NASTY,
      },
    ),
  ),
  'times of 0': comparison(
    salon(400, [
      timed('cpu', 0, { compute: { min: 0, median: 0 }, transfer: { min: 0, median: 0 } }),
      timed('basic', 4),
    ]),
  ),
  'an odd grid': comparison({
    ...salon(1, [timed('basic', 0.004)]),
    name: '3 × 2',
    grid: { width: 3, height: 2, x0: 1e-9, x1: -1e21, y0: 0, y1: 1, endpoint: true },
  }),
};

test('draws a line a lane for every case, with its medians at its marks', () => {
  const data = sweep();
  const { time } = charts(data, { document, width: 984 });
  assert.equal(
    time.map(({ title }) => title),
    ['salon', 'gellert'],
  );
  for (const [i, { svg }] of time.entries()) {
    const jobs = data.jobs.filter(({ name }) => name.startsWith(time[i].title));
    const ran = jobs.flatMap(({ lanes }) => lanes).filter(({ total }) => total);
    assert.is(titles(svg).length, ran.length);
    assert.is(svg.getAttribute('role'), 'img');
    assert.ok(svg.getAttribute('aria-label'));
    assert.is(svg.querySelectorAll('[aria-label]').length, 0);
    assert.is(svg.querySelectorAll('[data-mark="line"]').length, new Set(ran.map(({ name }) => name)).size);
    assert.is(svg.getAttribute('width'), '984');
  }
  const basic = /** @type {{ median: number }} */ (data.jobs[1].lanes[0].total).median;
  assert.ok(titles(time[0].svg).includes(`basic, 1 600²: ${basic.toPrecision(3)} ms`));
});

test('divides a first call into set-up, compute, transfer and the rest', () => {
  const spread = (/** @type {number} */ median) => ({ min: median / 2, median });
  const data = comparison(
    salon(400, [
      timed('gpu', 60, { setup: 40, compute: spread(30), transfer: spread(20) }),
      timed('cpu', 60, { setup: null, compute: spread(30) }),
      timed('basic', 30, { setup: 10 }),
      // Medians of the parts that are more than the total's.
      timed('array', 60, { setup: null, compute: spread(60), transfer: spread(20) }),
    ]),
  );
  const [{ svg }] = charts(data, { document }).split;
  assert.equal(titles(svg).sort(), [
    'array, 400², compute: 60.0 ms, 75 %',
    'array, 400², transfer: 20.0 ms, 25 %',
    'basic, 400², not split: 30.0 ms, 75 %',
    'basic, 400², set-up: 10.0 ms, 25 %',
    'cpu, 400², compute: 30.0 ms, 50 %',
    'cpu, 400², other: 30.0 ms, 50 %',
    'gpu, 400², compute: 30.0 ms, 30 %',
    'gpu, 400², other: 10.0 ms, 10 %',
    'gpu, 400², set-up: 40.0 ms, 40 %',
    'gpu, 400², transfer: 20.0 ms, 20 %',
  ]);
  assert.match(read(svg), 'not split');
  const totals = [...svg.querySelectorAll('g[data-mark=text]')].at(-1)?.children ?? [];
  assert.equal([...totals].map(read), ['100 ms', '60.0 ms', '40.0 ms', '80.0 ms']);
});

test('gives the speed-up over basic, and none where basic did not run', () => {
  const data = comparison(
    salon(400, [timed('basic', 60), timed('cpu', 2.5)]),
    salon(1600, [lane({ name: 'basic', status: 'skipped', reason: 'patience' }), timed('cpu', 40)]),
  );
  const [{ svg }] = charts(data, { document }).speedUp;
  assert.equal(titles(svg), ['cpu, 400²: 24.0 ×']);
  assert.equal(cellsOf(parse(data), 'Speed-up over basic'), [
    ['basic', '1.00 ×', '–'],
    ['cpu', '24.0 ×', '–'],
  ]);
  const without = comparison(salon(400, [timed('cpu', 3)]));
  assert.is(charts(without, { document }).speedUp.length, 0);
  assert.match(read(section(parse(without), 'Speed-up over basic')), 'did not run');
});

/** Crossover of two lanes that take given times on 100², 1000² and 10000² pixels. @param {number[]} cpu @param {number[]} gpu */
const crossover = (cpu, gpu) => {
  const jobs = [100, 1000, 10000].flatMap((n, i) =>
    i in cpu ? [salon(n, [timed('cpu', cpu[i]), ...(gpu[i] ? [timed('gpu', gpu[i])] : [])])] : [],
  );
  const [[, lanes, text]] = cellsOf(parse(comparison(...jobs)), 'Where the GPU overtakes the CPU');
  assert.is(lanes, 'gpu over cpu');
  return text;
};

test('finds where the GPU overtakes the CPU, between sizes on logarithmic axes', () => {
  // A tenth of the lead before, as much after: the middle of 10⁴ and 10⁶ in their logarithms is 10⁵.
  assert.is(crossover([1, 100], [10, 10]), 'from about 100 k pixels (316²) on');
  // 10 times slower, then 1000 times faster: a quarter of the way.
  assert.is(crossover([1, 1000], [10, 1]), 'from about 31.6 k pixels (178²) on');
  assert.is(crossover([2, 20, 200], [1, 30, 20]), 'from about 1.99 M pixels (1 412²) on');
  assert.is(crossover([1, 10, 100], [10, 20, 10]), 'from about 2.9 M pixels (1 704²) on');
});

test('the crossover goes by pixels, and pairs times of one grid where another has as many', () => {
  const job = (/** @type {number} */ width, /** @type {number} */ height, /** @type {number[]} */ [cpu, gpu]) => ({
    ...salon(800, [timed('cpu', cpu), timed('gpu', gpu)]),
    name: `${width} × ${height}`,
    grid: { ...salon(800, []).grid, width, height },
  });
  const jobs = [job(1600, 50, [5, 10]), job(200, 800, [10, 20]), job(800, 200, [10, 5]), job(800, 800, [40, 15])];
  const data = comparison(...jobs);
  const cells = section(parse(data), 'Where the GPU overtakes the CPU').querySelectorAll('tbody td');
  assert.is(read(cells[2]), 'from about 160 k pixels (400²) on');
});

test('says where the GPU is ahead from the start, never, no longer, or did not run', () => {
  assert.is(crossover([1, 10], [0.5, 5]), 'from the smallest size on, 10 k pixels (100²)');
  assert.is(crossover([1, 10], [2, 20]), 'not reached up to 1 M pixels (1 000²)');
  assert.is(crossover([1, 10, 100], [2, 20]), 'not reached up to 1 M pixels (1 000²)');
  assert.is(crossover([1, 10], [1, 10]), 'not reached up to 1 M pixels (1 000²)');
  assert.is(crossover([10, 10], [1, 100]), 'not reached: behind again from about 100 k pixels (316²) on');
  assert.is(crossover([1, 10, 100], [5, 8, 150]), 'not reached: behind again from about 5.13 M pixels (2 265²) on');
  assert.is(crossover([1], [0.5]), 'ahead at 10 k pixels (100²), the only size that both ran');
  const skipped = comparison(salon(100, [timed('cpu', 1), lane({ name: 'gpu', status: 'skipped' })]));
  assert.match(read(section(parse(skipped), 'Where the GPU overtakes the CPU')), 'not known: no size ran on both');
  assert.match(
    read(section(parse(POOR['no basic and no gpu']), 'Where the GPU overtakes the CPU')),
    'No pair of lanes ran: gpu over cpu, gpu-array over array.',
  );
});

test('takes jobs in any order, and names the fastest lane of the largest', () => {
  const [small, large] = [
    salon(100, [timed('basic', 4), timed('gpu', 10), timed('cpu', 1), timed('gpu-array', 40), timed('array', 20)]),
    salon(1000, [
      timed('basic', 400),
      timed('gpu', 10),
      timed('cpu', 100, { total: { min: 9, median: 100 } }),
      timed('gpu-array', 200),
      timed('array', 2000),
    ]),
  ];
  for (const jobs of [
    [small, large],
    [large, small],
  ]) {
    const page = parse(comparison(...jobs));
    const [winner, crossed, ...more] = [...page.querySelectorAll('.brief li')].map(read);
    assert.is(winner.replaceAll(/\s+/g, ' '), 'Fastest on salon 1000 gpu, 10.0 ms 40.0 × as fast as basic');
    assert.match(crossed, 'from about 100 k pixels (316²) on');
    assert.is(more.length, 0);
    assert.match(reportMarkdown(comparison(...jobs)), '| salon | gpu over cpu | from about 100 k pixels (316²) on |');
  }
  assert.match(read(parse(comparison(small)).querySelector('.brief li')), 'cpu, 1.00 ms');
});

test('sets jobs of other iterations or another radius apart, and tells their titles apart', () => {
  const job = salon(400, [timed('cpu', 1)]);
  const data = comparison(job, { ...job, bailoutRadius: 4 }, { ...job, maxIterations: 100 }, { ...job, smooth: true });
  const groups = charts(data, { document }).time.map(({ title }) => title);
  assert.is(groups.length, 4);
  assert.is(new Set(groups).size, 4);
  assert.match(groups[1], 'bailout radius 4');
  assert.match(groups[2], 'maxIterations 100');
  assert.match(groups[3], 'smooth');
  assert.not.match(groups[0], 'smooth');
  assert.match(reportMarkdown(data), 'bailout radius 2, smooth\n');
  const summaries = [...section(parse(data), 'Every number').querySelectorAll('summary')].map(read);
  assert.is(new Set(summaries).size, 4);
  assert.match(summaries[3], /^salon 400 \(.*; smooth\)$/);
  assert.is(charts(comparison(job), { document }).time[0].title, 'salon');
});

test('rounds a number of pixels into the next unit, no share down to 0 and none up to 100 %', () => {
  const grid = { ...salon(1, []).grid, width: 999, height: 1001 };
  const job = { ...salon(1, [timed('cpu', 3, { differing: 5, largestDifference: 1 }), timed('gpu', 1)]), grid };
  const page = parse(comparison(job));
  assert.match(read(page.querySelector('header')), /on 1 job, 1 M pixels/);
  assert.match(read(section(page, 'Agreement')), '< 0.001 %, up to 1');
  for (const [differing, share] of /** @type {const} */ ([
    [39_799, '99 %'],
    [39_800, '> 99 %'],
    [39_999, '> 99 %'],
    [40_000, '100 %'],
  ])) {
    const data = comparison(salon(200, [timed('cpu', 3, { differing, largestDifference: 2 }), timed('gpu', 1)]));
    assert.match(read(section(parse(data), 'Agreement')), `${share}, up to 2`);
  }
});

test('tells how far lanes agree', () => {
  const data = comparison(
    salon(400, [
      timed('basic', 60, { countSum: 21_463_747, differing: 0, largestDifference: 0 }),
      timed('gpu', 5, { countSum: 21_463_901, differing: 320, largestDifference: 97 }),
    ]),
  );
  const cells = section(parse(data), 'Agreement').querySelectorAll('tbody td');
  assert.equal([...cells].map(read), ['0Σ 21 463 747', '3200.2 %, up to 97Σ 21 463 901']);
});

test('tells lanes apart whose names are another’s with a number', () => {
  const data = comparison(...[100, 400].map((n) => salon(n, [timed('cpu', 3), timed('cpu 1', 5)])));
  const [{ svg }] = charts(data, { document }).split;
  const heights = [...svg.querySelectorAll('text')]
    .filter((text) => ['cpu', 'cpu 1', '100²', '400²'].includes(read(text)))
    .map((text) => Number(/,([\d.]+)\)/.exec(text.getAttribute('transform') ?? '')?.[1]));
  // Two headings with two sizes each, at equal distances.
  heights.sort((a, b) => a - b);
  const gaps = heights.slice(1).map((height, i) => height - heights[i]);
  assert.equal(gaps, [gaps[0], gaps[0], gaps[0], gaps[0], gaps[0]]);
  assert.ok(gaps[0] > 10);

  const same = comparison(salon(400, [timed('cpu', 1), timed('cpu (2)', 20), timed('cpu', 300)]));
  const lanes = new Set(titles(charts(same, { document }).split[0].svg).map((title) => title.split(',')[0]));
  assert.equal([...lanes].sort(), ['cpu', 'cpu (2)', 'cpu (3)']);
  const rows = reportMarkdown(same).match(/^\| cpu \(\d\) \|/gm);
  assert.equal(rows, ['| cpu (2) |', '| cpu (3) |']);
});

test('tells a band of a grid from the whole', () => {
  const whole = salon(400, [timed('cpu', 30)]);
  const band = { ...whole, name: 'band', grid: { ...whole.grid, row: 0, rows: 800 } };
  const groups = charts(comparison(whole, band), { document }).time;
  assert.equal(
    groups.map(({ subtitle }) => /rows 0…399 of 800/.test(subtitle)),
    [false, true],
  );
  assert.match(reportMarkdown(comparison(band)), 'y −1…1, rows 0…399 of 800, maxIterations');
  const [head, ...lines] = reportCsv(comparison(whole, band))
    .trimEnd()
    .split('\r\n')
    .map((line) => line.split(','));
  const cells = lines.map((line) => [line[head.indexOf('row')], line[head.indexOf('rows')]]);
  assert.equal(cells, [
    ['', ''],
    ['0', '800'],
  ]);
  // Only the whole is what the seminar computed.
  const figures = (/** @type {import('twolane/report').JobComparison} */ job) =>
    reportHtml(comparison({ ...job, lanes: [timed('basic', 30)] }), { document }).match(/data-ratio|[\d.]+\s×/g)
      ?.length ?? 0;
  assert.ok(figures(whole) > figures(band), `${figures(whole)}, ${figures(band)}`);
});

test('tells cases apart that differ in their ends only, and shows each its own chart', () => {
  const jobs = [true, false].map((endpoint, i) => {
    const job = salon(100, [timed('basic', 100), timed('cpu', [50, 10][i])]);
    return { ...job, grid: { ...job.grid, endpoint } };
  });
  const data = comparison(...jobs);
  const { speedUp } = charts(data, { document });
  assert.equal(
    speedUp.map(({ title }) => /endpoint false/.test(title)),
    [false, true],
  );
  const shown = [...section(parse(data), 'Speed-up over basic').querySelectorAll('figure, .drawn, svg')]
    .filter((node) => node.nodeName.toLowerCase() === 'svg')
    .map((svg) => titles(svg)[0]);
  for (const text of ['2.00 ×', '10.0 ×']) assert.ok(shown.includes(`cpu, 100²: ${text}`), shown.join());
});

test('tells all lanes of the largest comparison apart by colour and symbol, where they share a chart', () => {
  const families = ['array', 'array unmasked', 'gpu-array', 'gpu', 'python', 'pypy', 'numpy', 'numexpr', 'cython'];
  families.push('tensorflow', 'gpu.js', 'tfjs-wasm');
  const threads = [
    'basic',
    ...['fused', 'compiled', 'cpu'].flatMap((name) => [1, 2, 4].map((n) => `${name}, ${n} threads`)),
  ];
  const names = [...threads, 'fused', 'compiled', 'cpu', ...families];
  const data = comparison(
    salon(
      400,
      [...names].map((name, i) => timed(name, i + 1)),
    ),
  );
  const [{ svg }] = charts(data, { document }).speedUp;
  const looks = [...svg.querySelectorAll('g[data-mark=dot] path, g[data-mark=dot] circle')].map((mark) =>
    [mark.getAttribute('fill'), mark.getAttribute('d')?.replace(/[\d.-]+/g, '#')].join(' '),
  );
  assert.is(looks.length, names.length - 1);
  assert.is(new Set(looks).size, looks.length);
});

test('gives times in the unit that suits them', () => {
  const times = [999.7, 0.5, 5880, 0.05];
  const data = comparison(
    salon(
      400,
      times.map((ms, i) => timed(`lane ${i}`, ms, { total: { min: ms, median: ms } })),
    ),
  );
  const text = reportMarkdown(data).replaceAll('\u202f', ' ');
  for (const [i, time] of ['1.00 s', '0.500 ms', '5.88 s', '50.0 µs'].entries()) {
    const line = text.split('\n').find((line) => line.startsWith(`| lane ${i} `)) ?? '';
    assert.ok(line.includes(`| ${time} | ${time} |`), line);
  }
});

test('quotes every kind of line end in CSV', () => {
  assert.match(reportCsv(comparison(salon(4, [timed('a\rb', 1), timed('c\nd', 1)]))), /,"a\rb",[^]*,"c\nd",/);
});

test('never rounds a ratio or a time up to an exponent', () => {
  const data = comparison(salon(400, [timed('basic', 999.7), timed('cpu', 1), timed('gpu', 999_700)]));
  const text = reportMarkdown(data);
  assert.not.match(text, /\de\+/);
  assert.match(text.replaceAll('\u202f', ' '), '1 000 ×');
});

test('gives the articles’ figures as they give them, and rings where their times are', () => {
  const data = comparison(
    salon(400, [timed('basic', 5880)]),
    gellert(500, [timed('basic', 70)]),
    gellert(500, [timed('basic', 484.236)], { maxIterations: 51 }),
  );
  const rows = cellsOf(parse(data), 'The articles’ own figures');
  assert.equal(
    rows.map(([theirs, time]) => `${theirs} ${time}`),
    [
      'Python400² 5.88 s',
      'PyPy400² 0.56 s',
      'numpy400² 5.6 s',
      'numexpr400² 2.06 s',
      'Cython400² 0.11 s',
      'PyCUDA gpuarray400² 2.07 s',
      'PyCUDA ElementwiseKernel400² 0.25 s',
      'CPU Basic500² 0.484236 s',
      'CPU Basic2 500² 12.377721 s',
      'CPU Basic5 000² 47.234169 s',
      'TensorFlow GPU500² 0.372497 s',
      'TensorFlow GPU2 500² 2.682249 s',
      'TensorFlow GPU5 000² 13.176994 s',
      'TensorFlow GPU10 000² 42.316472 s',
      'TensorFlow GPU15 000² 170.987643 s',
      'TensorFlow CPU500² 0.265922 s',
      'TensorFlow CPU2 500² 2.552139 s',
      'TensorFlow CPU5 000² 12.820812 s',
      'TensorFlow CPU10 000² 46.460504 s',
      'TensorFlow CPU15 000² 328.967006 s',
    ],
  );
  // Of two jobs that fit, the one of as many iterations.
  assert.equal(rows[7].slice(2), ['484 msbasic', '1.00 ×']);
  for (const { svg } of charts(data, { document }).published) {
    const [theirs, ours] = [...svg.querySelectorAll('circle')].map((circle) => circle.getAttribute('cx'));
    assert.is(theirs, ours);
  }
});

test('draws time by threads where lanes differ in them', () => {
  const { threads } = charts(sweep(), { document });
  assert.equal(
    threads.map(({ title }) => title),
    ['fused: salon', 'compiled: salon', 'fused: gellert', 'compiled: gellert'],
  );
  const labels = new Set(titles(threads[0].svg).map((title) => title.split(',')[0]));
  assert.equal([...labels], ['1 thread', '2 threads', '4 threads']);
  assert.is(charts(POOR['no basic and no gpu'], { document }).threads.length, 0);
  // A lane that was to have four, and fell back.
  const device = (/** @type {number} */ n) => ({ device: `WebAssembly SIMD f64x2, ${n} thread${n > 1 ? 's' : ''}` });
  const lanes = [
    timed('cpu', 9, device(1)),
    timed('cpu, 2 threads', 5, device(2)),
    timed('cpu, 4 threads', 9, device(1)),
  ];
  const [fallen] = charts(comparison(salon(400, lanes)), { document }).threads;
  assert.equal(
    titles(fallen.svg).map((title) => title.split(',')[0]),
    ['1 thread', '2 threads'],
  );
});

test('sets the articles’ figures beside ours, and divides only what is the same work', () => {
  const data = comparison(
    salon(400, [timed('basic', 58.8)]),
    gellert(500, [
      timed('basic', 70),
      timed('array', 400),
      timed('array, unmasked', 2659.22),
      timed('gpu-array', 37.2497),
    ]),
  );
  const figures = (/** @type {import('twolane/report').Comparison} */ of) =>
    cellsOf(parse(of), 'The articles’ own figures');
  const rows = figures(data);
  assert.equal(rows[0], ['Python400²', '5.88 s', '58.8 msbasic', '100 ×']);
  assert.equal(rows[2], ['numpy400²', '5.6 s', '–array', '–']);
  // The post's procedural program runs 50 iterations.
  assert.equal(rows[7], ['CPU Basic500²', '0.484236 s', '70.0 msbasic, maxIterations 251', '–']);
  assert.equal(rows[10], ['TensorFlow GPU500²', '0.372497 s', '37.2 msgpu-array', '10.0 ×']);
  // TensorFlow has no masks.
  assert.equal(rows[15], ['TensorFlow CPU500²', '0.265922 s', '2.66 sarray, unmasked', '0.100 ×']);
  assert.is(rows.length, 20);
  // The chart has ours where the work is the same.
  const [seminar, post] = charts(data, { document }).published.map(({ svg }) => titles(svg).join('; '));
  assert.match(seminar, 'basic, 400²: 58.8 ms');
  assert.match(post, 'gpu-array, 500²: 37.2 ms');
  assert.not.match(post, 'basic, 500²');
  // A larger bailout radius is more work, and so are fractions.
  for (const more of [{ bailoutRadius: 1000 }, { smooth: true }]) {
    const larger = comparison(gellert(500, [timed('gpu-array', 37.2497)], more));
    assert.equal(figures(larger)[10], ['TensorFlow GPU500²', '0.372497 s', '–gpu-array', '–']);
  }
  // Theirs have one thread.
  for (const [threads, where, ratio] of [
    ['1 thread', 'compiled', '11.0 ×'],
    ['2 threads', 'compiled, 2 threads', '–'],
  ]) {
    const data = comparison(salon(400, [timed('compiled', 10, { device: `WebAssembly, ${threads}` })]));
    assert.equal(figures(data)[4], ['Cython400²', '0.11 s', `10.0 ms${where}`, ratio]);
  }
});

test('lists lanes that were skipped or failed, with the reason, and why a lane fell back', () => {
  const data = comparison(
    salon(400, [
      lane({ name: 'gpu', status: 'skipped', reason: 'it took 61 s', device: 'SwiftShader (software)' }),
      lane({ name: 'gpu-array', status: 'failed', reason: 'LaneLostError: gone' }),
      timed('cpu', 3, { fallbackReason: 'workers are refused' }),
    ]),
    salon(800, [
      lane({ name: 'gpu', status: 'skipped', reason: 'it took 61 s', precision: 'f32' }),
      lane({ name: 'gpu-array', status: 'failed', reason: 'out of memory' }),
    ]),
  );
  const page = parse(data);
  assert.equal(cellsOf(page, 'Skipped and failed'), [
    ['gpu', 'salon 400, salon 800', 'skipped: it took 61 s'],
    ['gpu-array', 'salon 400', 'failed: LaneLostError: gone'],
    ['gpu-array', 'salon 800', 'failed: out of memory'],
  ]);
  assert.match(read(section(page, 'The lanes')), 'SwiftShader (software)');
  assert.equal(
    cellsOf(page, 'The lanes').map(([, , arithmetic]) => arithmetic),
    ['f64, f32', 'f64', 'f64'],
  );
  assert.match(read(section(page, 'The lanes')), 'workers are refused');
  const markdown = reportMarkdown(data);
  for (const text of ['skipped: it took 61 s', 'failed: LaneLostError: gone', '- cpu: workers are refused']) {
    assert.match(markdown, text);
  }
});

test('prints a dash for what was not measured, never 0', () => {
  const data = comparison(salon(400, [timed('cpu', 3, { setup: null })]));
  const cells = [...section(parse(data), 'Every number').querySelectorAll('tbody td')].map(read);
  assert.equal(cells, ['f64', '5', '–', '–', '–', '–', '3.00 ms2.91 ms', '–', '–', '–', '–']);
  assert.match(
    reportMarkdown(data).replaceAll('\u202f', ' '),
    '| cpu | WebAssembly SIMD f64x2, 2 threads | f64 | 5 | – | – | – | – | 2.91 ms | 3.00 ms | – | – | – | – |',
  );
});

test('puts every number of a lane into its cell', () => {
  const own = { cold: 45, compute: { min: 20, median: 21 }, transfer: { min: 5, median: 6 }, countSum: 1234 };
  const data = comparison(
    salon(400, [timed('cpu', 30, { ...own, differing: 7, largestDifference: 3 }), timed('basic', 60)]),
  );
  const [, ...cells] = cellsOf(parse(data), 'Every number')[0];
  assert.equal(cells.slice(2, 7), ['4.10 ms', '45.0 ms', '21.0 ms20.0 ms', '6.00 ms5.00 ms', '30.0 ms29.1 ms']);
  assert.equal(cells.slice(7), ['2.00 ×', '7', '3', '1 234']);
  assert.match(
    reportMarkdown(data).replaceAll('\u202f', ' '),
    '| 5 | 4.10 ms | 45.0 ms | 21.0 ms | 6.00 ms | 29.1 ms | 30.0 ms | 2.00 × | 7 | 3 | 1 234 |',
  );
});

test('marks a lane whose only timed run is its first', () => {
  const first = { min: 7, median: 7 };
  const data = comparison(
    salon(400, [
      timed('cpu', 7, { runs: 1, total: first, cold: 7 }),
      timed('gpu', 7, { runs: 1, total: first, cold: 9 }),
      timed('basic', 7, { runs: 3, total: first, cold: 7 }),
    ]),
  );
  const rows = [...section(parse(data), 'Every number').querySelectorAll('tbody tr')];
  assert.equal(
    rows.map((row) => read(row.querySelectorAll('td')[1])),
    ['1, cold', '1', '3'],
  );
  assert.match(read(section(parse(data), 'How to read the times')), 'reads “1, cold”');
  const markdown = reportMarkdown(data);
  assert.equal(markdown.match(/\| 1, cold \|/g)?.length, 1);
  assert.match(markdown, 'Runs “1, cold”: ');
});

test('escapes text in the page, and shows it as it is', () => {
  const page = parse(POOR['names with markup']);
  assert.equal(
    [...page.querySelectorAll('img')].map((image) => image.getAttribute('src')),
    [PIXEL],
  );
  for (const [heading, count] of /** @type {const} */ ([
    ['Skipped and failed', 3],
    ['The lanes', 4],
    ['Time against number of pixels', 1],
  ])) {
    assert.ok(section(page, heading).textContent.split(NASTY).length > count, heading);
  }
});

test('escapes text in Markdown tables', () => {
  const rows = reportMarkdown(POOR['names with markup'])
    .split('\n')
    .filter((line) => line.startsWith('| '));
  const job = rows.slice(-4);
  for (const row of job) assert.is(row.match(/(?<!\\)\|/g)?.length, 15, row);
  assert.match(job[2], '\\<img src="x" onerror=\'1\'\\>\\&amp;\\|"a",\\`b\\`\\*c\\*\\\\');
});

/** Records of RFC 4180 text, by its header. @param {string} text */
function parseCsv(text) {
  /** @type {string[][]} */
  const lines = [[]];
  let read = 0;
  for (const [all, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    lines[lines.length - 1].push(quoted?.replaceAll('""', '"') ?? plain);
    if (end !== ',') lines.push([]);
    read += all.length;
  }
  assert.is(read, text.length);
  assert.equal(lines.pop(), []);
  const [head, ...rest] = lines;
  return rest.map((line) => {
    assert.is(line.length, head.length);
    return Object.fromEntries(head.map((name, i) => [name, line[i]]));
  });
}

test('writes every field of every job and lane to CSV', () => {
  const data = sweep();
  data.jobs[0].lanes[0].reason = 'a "quoted",\r\nbroken reason';
  data.jobs[0].lanes[1].fallbackReason = 'workers are refused';
  const rows = parseCsv(reportCsv(data));
  const expected = data.jobs.flatMap((job) => job.lanes.map((lane) => ({ job, lane })));
  assert.is(rows.length, expected.length);
  const text = (/** @type {unknown} */ value) => String(value ?? '');
  for (const [i, { job, lane }] of expected.entries()) {
    const { name: ofLane, compute, transfer, total, ...own } = lane;
    const { grid, name, maxIterations, bailoutRadius, smooth } = job;
    assert.equal(rows[i], {
      ...Object.fromEntries(
        Object.entries({ row: '', rows: '', ...grid, maxIterations, bailoutRadius, smooth, ...own }).map(
          ([key, value]) => [key, text(value)],
        ),
      ),
      date: data.date,
      job: name,
      lane: ofLane,
      pixels: text(grid.width * grid.height),
      computeMin: text(compute?.min),
      computeMedian: text(compute?.median),
      transferMin: text(transfer?.min),
      transferMedian: text(transfer?.median),
      totalMin: text(total?.min),
      totalMedian: text(total?.median),
    });
  }
});

test('is a pure function: the data stay as they are, and the same data give the same text', () => {
  /** @template T @param {T} value @returns {T} */
  const freeze = (value) => {
    if (typeof value === 'object' && value) Object.values(value).forEach(freeze);
    return Object.freeze(value);
  };
  const data = freeze(sweep());
  const before = document.documentElement.outerHTML;
  assert.ok(html(data) === html(data));
  assert.is(reportMarkdown(data), reportMarkdown(data));
  assert.is(document.documentElement.outerHTML, before);
});

test('loads nothing and runs nothing', () => {
  const text = html(sweep());
  const addresses = new Set(text.match(/\b(?:https?:)?\/\/[^\s"'<>)]+/g));
  assert.equal(
    [...addresses].filter((address) => address !== 'http://www.w3.org/2000/svg'),
    [],
  );
  assert.not.match(text, /<(?:script|link|iframe|base|object)\b|\burl\((?!#)|@import|\bsrc="(?!data:)/);
});

for (const [what, data] of Object.entries(POOR)) {
  test(`takes ${what}`, () => {
    for (const width of [240, 640]) charts(data, { document, width });
    // Attributes, too: a scale without values gives NaN there.
    const page = html(data).replace(/<style>[^]*?<\/style>/g, '');
    const all = [page, reportMarkdown(data), reportCsv(data)];
    for (const text of all) assert.not.match(text, /NaN|undefined|\bnull\b|Infinity|\[object/);
    assert.is(parseCsv(all[2]).length, data.jobs.flatMap(({ lanes }) => lanes).length);
  });
}

test('refuses what it cannot draw', () => {
  const data = comparison();
  /** @type {[() => unknown, string][]} */
  const calls = [
    [
      () => reportCsv(/** @type {any} */ (salon(400, []))),
      'comparison must be what compare gives for several jobs: { date, environment, jobs }, got an object',
    ],
    [() => reportHtml(data), 'document must be a Document (in Node, one of linkedom or jsdom), got undefined'],
    [
      () => reportHtml(data, { document, pictures: [{ name: 'salon', url: 'https://example.org/salon.png' }] }),
      "pictures[0].url must be a data URL that begins with 'data:image/', got 'https://example.org/salon.png'",
    ],
    [() => charts(data, { document, width: 100 }), 'width must be an integer from 240, got 100'],
    [
      () => charts(data, /** @type {any} */ ({ document, height: 1 })),
      "options must have no keys but document, width, got 'height'",
    ],
  ];
  for (const [call, message] of calls)
    assert.throws(call, (/** @type {Error} */ error) => error.message === message, message);
});

test('says what is wrong with data that compare did not give', () => {
  const data = comparison(salon(400, [timed('cpu', 3)]));
  const [job] = data.jobs;
  const withJob = (/** @type {any} */ changed) => ({ ...data, jobs: [job, changed] });
  for (const [bad, message] of /** @type {[any, string][]} */ ([
    [{ jobs: [{}] }, 'comparison.date must be a string, got undefined'],
    [{ ...data, date: 5 }, 'comparison.date must be a string, got 5'],
    [{ ...data, environment: null }, 'comparison.environment must be an object, got null'],
    [
      withJob(null),
      'comparison.jobs[1] must be an object { name, grid, maxIterations, bailoutRadius, lanes }, got null',
    ],
    [withJob({}), 'comparison.jobs[1].name must be a string, got undefined'],
    [withJob({ ...job, grid: 5 }), 'comparison.jobs[1].grid must be an object, got 5'],
    [withJob({ ...job, grid: {} }), 'comparison.jobs[1].grid.width must be an integer from 1, got undefined'],
    [withJob({ ...job, maxIterations: '9' }), "comparison.jobs[1].maxIterations must be an integer from 1, got '9'"],
    [
      withJob({ ...job, bailoutRadius: undefined }),
      'comparison.jobs[1].bailoutRadius must be a finite number, got undefined',
    ],
    [withJob({ ...job, lanes: {} }), 'comparison.jobs[1].lanes must be an array, got an object'],
    [withJob({ ...job, lanes: [null] }), 'comparison.jobs[1].lanes[0] must be an object, got null'],
    [withJob({ ...job, lanes: [{}] }), 'comparison.jobs[1].lanes[0].name must be a string, got undefined'],
  ])) {
    for (const call of [
      () => reportHtml(bad, { document }),
      () => charts(bad, { document }),
      () => reportCsv(bad),
      () => reportMarkdown(bad),
    ]) {
      assert.is(told(call), `TypeError: ${message}`);
    }
  }
  assert.is(
    told(() => reportHtml(data, /** @type {any} */ ({ document, pictures: [null] }))),
    'TypeError: pictures[0] must be an object { name, url }, got null',
  );
});

test('ships its charts to those who draw only', async () => {
  /** @param {string} contents @returns bytes of a bundle, minified */
  const bytes = async (contents) => {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      external: ['node:*'],
      logLevel: 'error',
    });
    assert.is(outputFiles[0].text.includes('twolane-chart'), contents.includes('reportHtml'), contents);
    return outputFiles[0].contents.length;
  };
  await bytes("export * from 'twolane'; export * from 'twolane/baselines';");
  assert.ok((await bytes("export { reportHtml } from 'twolane/report';")) > 200_000);
  assert.ok((await bytes("export { reportCsv, reportMarkdown } from 'twolane/report';")) < 15_000);
});

/** Sizes whose text is long, the nearer the longer. */
const OBLONG = comparison(
  ...[320, 640, 1280, 1920, 3840, 7680].map((width) =>
    gellert(width, [timed('basic', width), timed('cpu', width / 9), timed('gpu', width / 40)], {
      grid: { width, height: (width * 9) / 16, x0: -2, x1: 0.5, y0: -1.3, y1: 1.3, endpoint: false },
    }),
  ),
);

const { page, close } = await openPage('swiftshader');
test.after(close);

for (const [width, scheme] of /** @type {const} */ ([
  [360, 'dark'],
  [360, 'light'],
  [700, 'light'],
  [1280, 'dark'],
  [1280, 'light'],
])) {
  test(`fits a page ${width} px wide in ${scheme}, with legible labels and nothing to say on the console`, async () => {
    /** @type {string[]} */
    const said = [];
    const listen = (/** @type {{ text(): string }} */ message) => said.push(message.text());
    const request = (/** @type {{ url(): string }} */ request) => {
      if (!request.url().startsWith('data:')) said.push(request.url());
    };
    await page.goto('about:blank');
    page.on('console', listen).on('request', request);
    await page.setViewport({ width, height: 800 });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    for (const data of [sweep(), POOR['twenty lanes'], POOR['names with markup'], OBLONG]) {
      await page.setContent(html(data));
      const { scrolls, problems, contrast } = await page.evaluate(look);
      assert.ok(scrolls <= width, `the page is ${scrolls} px wide`);
      assert.equal(problems, []);
      assert.ok(contrast >= 4.5, `a lane's label has a contrast of ${contrast}`);
    }
    page.off('console', listen).off('request', request);
    assert.equal(said, []);
  });
}

test('has every number on paper', async () => {
  await page.setViewport({ width: 718, height: 1000 });
  await page.emulateMediaType('print');
  await page.setContent(html(sweep()));
  const { tables, hidden, cut } = await page.evaluate(() => {
    const boxes = [...globalThis.document.querySelectorAll('.scroll')];
    return {
      tables: boxes.length,
      hidden: boxes.filter((box) => !box.checkVisibility({ contentVisibilityAuto: true })).length,
      cut: boxes.filter((box) => box.getBoundingClientRect().left + box.scrollWidth > innerWidth).length,
    };
  });
  await page.emulateMediaType();
  assert.ok(tables > 10);
  assert.equal([hidden, cut], [0, 0]);
});

/** Looks at the page: its width, labels of charts that are cut off or overlap, and the least contrast of coloured labels. */
function look() {
  for (const details of globalThis.document.querySelectorAll('details')) details.open = true;
  /** @type {string[]} */
  const problems = [];
  const charts = [...globalThis.document.querySelectorAll('svg')].filter(
    (svg) => svg.getBoundingClientRect().width > 0,
  );
  if (charts.length === 0) problems.push('no chart is visible');
  const channels = (/** @type {string} */ color) => (color.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
  const luminance = (/** @type {string} */ color) => {
    const [r, g, b] = channels(color).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = luminance(getComputedStyle(globalThis.document.body).backgroundColor);
  let contrast = 21;
  for (const svg of charts) {
    const frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll('text')].map((text) => ({
      node: text,
      text: text.textContent,
      box: text.getBoundingClientRect(),
    }));
    for (const [i, { node, text, box }] of texts.entries()) {
      const out = Math.max(
        frame.left - box.left,
        box.right - frame.right,
        frame.top - box.top,
        box.bottom - frame.bottom,
      );
      if (getComputedStyle(node).fill === 'none') problems.push(`${text} is invisible`);
      if (out > 1) problems.push(`${text} is cut off by ${out} px in ${svg.getAttribute('aria-label')}`);
      for (const other of texts.slice(i + 1)) {
        const x = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
        const y = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
        // Boxes of lines of text are taller than their letters.
        if (x > 1 && y > 4) problems.push(`${text} overlaps ${other.text} in ${svg.getAttribute('aria-label')}`);
      }
    }
    for (const text of svg.querySelectorAll('text[fill^="var(--twolane-"]:not([fill*="on-part"])')) {
      const [a, b] = [luminance(getComputedStyle(text).fill), behind].sort((a, b) => b - a);
      contrast = Math.min(contrast, (a + 0.05) / (b + 0.05));
    }
  }
  return { scrolls: globalThis.document.documentElement.scrollWidth, problems, contrast };
}

test.run(49);
