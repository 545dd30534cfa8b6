/** Writes docs/gpu-precision.md: how far the GPU lane's counts are from the CPU lane's, on both software renderers. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { format, resolveConfig } from 'prettier';
import { openCpu } from 'twolane';
import { UserError } from '../cli/command.js';
import { findBrowser, namedBrowser, openBrowser } from './browser.js';
import { BARRIERS, measure, tryBarriers } from './precision/page.js';
import { readCommand, runProgram } from './options.js';
import { shareOf, VIEWS, viewJob, WIDTHS } from './precision/views.js';
import { serve } from './server.js';

/** Pixels along a side: at the smallest width a pixel step is 1.6e-14, which df64 resolves in every view. */
const SIZE = 64;
const SHIFT = 2 ** -45;

const target = new URL('../docs/gpu-precision.md', import.meta.url);
const log = (/** @type {string} */ line) => console.log(line);
const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(2)} %`;
const row = (/** @type {(string | number)[]} */ cells) => `| ${cells.join(' | ')} |`;
const table = (/** @type {string[]} */ head, /** @type {(string | number)[][]} */ rows) =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

/** @typedef {{ device: string, version: string, cells: Record<string, number>, barriers: string[] }} Part */

/**
 * @param {'swiftshader' | 'llvmpipe'} renderer
 * @param {Map<string, Float32Array>} expected
 * @returns {Promise<Part>}
 */
async function measureOn(renderer, expected) {
  const executablePath = namedBrowser(undefined) || (await findBrowser(log));
  const server = await serve();
  const opened = await openBrowser({ executablePath, renderer, url: server.url, log });
  try {
    if (!opened.renderer) throw new UserError(`${renderer} cannot be had: ${opened.reason}`);
    const page = await opened.browser.newPage();
    await page.goto(server.url);
    /** @type {Record<string, number>} */
    const cells = {};
    for (const precision of /** @type {const} */ (['f32', 'df64'])) {
      for (const view of VIEWS) {
        for (const width of WIDTHS) {
          const counts = await page.evaluate(measure, precision, viewJob(view, width, SIZE));
          const f64 = /** @type {Float32Array} */ (expected.get(`${view.name} ${width} 0`));
          cells[`${precision} ${view.name} ${width}`] = shareOf(f64, counts);
        }
      }
    }
    const barriers = await page.evaluate(tryBarriers, BARRIERS);
    return { device: opened.renderer, version: await opened.browser.version(), cells, barriers };
  } finally {
    await opened.browser.close();
    server.close();
  }
}

/** @param {Part[]} parts @param {(view: string, width: number) => number} shifted */
function page(parts, shifted) {
  let worse = 0;
  const results = parts.map(({ device, version, cells }) => {
    const rows = VIEWS.flatMap(({ name }) =>
      WIDTHS.map((width) => {
        const [f32, df64] = [cells[`f32 ${name} ${width}`], cells[`df64 ${name} ${width}`]];
        if (df64 > shifted(name, width)) worse++;
        return [name, width.toExponential(), percent(f32), percent(df64), percent(shifted(name, width))];
      }),
    );
    return `## ${device}\n\n${version}.\n\n${table(['view', 'width', 'f32', 'df64', 'f64, c shifted'], rows)}`;
  });
  const centres = table(
    ['view', 'centre', 'maxIterations'],
    VIEWS.map(({ name, cRe, cIm, maxIterations }) => [name, `${cRe} + ${cIm}i`, maxIterations]),
  );
  const forms = table(
    ['`hold(value)` is', ...parts.map(({ device }) => (/llvmpipe/.test(device) ? 'llvmpipe' : 'SwiftShader'))],
    BARRIERS.map((form, i) => [`\`${form}\``, ...parts.map(({ barriers }) => barriers[i])]),
  );
  return `# Precision of the GPU lane

Written by \`npm run bench:precision\`; edit bench/precision.js instead.

Share of pixels whose count differs from the CPU lane's (f64), in ${SIZE} × ${SIZE} pixels around five centres. The last column is
the CPU lane against itself with c shifted by 2^-45 in both parts: in chaotic views f64, too, is only as good as its last bits.
${worse === 0 ? 'In every row df64 differs in no more pixels than that.' : `In ${worse} rows df64 differs in more pixels than that.`}

${centres}

- **f32** resolves a pixel step down to about 10^-7. With \`precision: 'auto'\` it runs where the step is at least 2^-15, 256 times its
  rounding near |z| = 2.
- **df64** is a sum of two f32, about 48 bits. It runs below that, down to the spacing of its numbers at the grid's largest
  coordinate: 2^-49 where that is from 0.5 to 1, 2^-48 from 1 to 2. Beyond, the lane refuses with a RangeError that names the limit, unless f32 was asked for.
- In both, bailoutRadius has an upper end (1.8e19 in f32, 2^30 in df64), which stands for greater ones in the counts: fractions make up for the difference.
- Fractions of pixels that are farther out than 3.4e38 in f32, or 2^60 in df64, are those of a pixel there. Their counts are 1 all the same.
- Coordinates of less than 1.2e-38, which an f32 holds as a subnormal, may count as 0: SwiftShader takes them so.

${results.join('\n\n')}

## Barriers

A compiler that takes \`(a + b) - a\` for \`b\` turns every rounding error that df64 computes to 0. glsl/df64.frag therefore passes sums and
products through \`hold\`, in which a uniform that is always 0 takes part. At opening the lane tests itself on 256 pixels against f64;
these are the shares that differ with several bodies of \`hold\`, of which the last one is in use:

${forms}
`;
}

await runProgram(async () => {
  const description =
    'Measures how far the gpu lane is off on SwiftShader and llvmpipe, and writes docs/gpu-precision.md.';
  readCommand(new Command('npm run bench:precision --').description(description), process.argv);
  const cpu = await openCpu();
  const expected = new Map();
  for (const view of VIEWS) {
    for (const width of WIDTHS) {
      for (const shift of [0, SHIFT]) {
        const { counts } = await cpu.escapeTime(viewJob(view, width, SIZE, shift));
        expected.set(`${view.name} ${width} ${shift}`, counts);
      }
    }
  }
  cpu.close();
  const parts = [await measureOn('swiftshader', expected), await measureOn('llvmpipe', expected)];
  const text = page(parts, (name, width) =>
    shareOf(expected.get(`${name} ${width} 0`), expected.get(`${name} ${width} ${SHIFT}`)),
  );
  const path = fileURLToPath(target);
  mkdirSync(new URL('.', target), { recursive: true });
  writeFileSync(path, await format(text, { ...(await resolveConfig(path)), filepath: path }));
  log(`Wrote docs/gpu-precision.md.`);
});
