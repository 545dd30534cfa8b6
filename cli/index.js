#!/usr/bin/env node
/** The command line `twolane`: render, join and compare. Errors are one line on stderr, and exit code 2. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { presets } from 'twolane';
import {
  integer,
  iterations,
  length,
  list,
  ONE_KEYPRESS,
  oneOf,
  point,
  shard,
  SIGNAL_EXITS,
  size,
  UserError,
} from './command.js';
import { compare, laneNames } from './compare.js';
import { formatNames } from './formats.js';
import { join } from './join.js';
import { checkOutput, writeOutput } from './output.js';
import { DEFAULT_COLOURS, paletteNames } from './palette.js';
import { render } from './render.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const presetNames = /** @type {(keyof typeof presets)[]} */ (Object.keys(presets));

/** As of a process that SIGPIPE ends: whoever reads stdout has enough. */
const NOBODY_READS = 141;

const stop = new AbortController();
let exitCode = 0;
let stopped = 0;
for (const [name, code] of Object.entries(SIGNAL_EXITS)) {
  process.on(name, () => {
    if (!stop.signal.aborted) {
      exitCode = code;
      stopped = performance.now();
      stop.abort(new Error(`stopped by ${name}`));
    } else if (performance.now() - stopped > ONE_KEYPRESS) {
      // The second one does not wait for what the first one stops.
      process.exit(code);
    }
  });
}
// Warnings that nobody can read are no reason to stop.
process.stderr.on('error', () => {});

const CYCLES = 'passes through the palette from count 1 to the last: more of them show finer differences';
const format = new Option('--format <name>', 'instead of the ending of --out; default png with --out -').choices(
  formatNames,
);

const program = new Command('twolane')
  .description('Mandelbrot escape counts by WebAssembly SIMD, or on the GPU: as pictures, arrays and timings.')
  .version(version, '-V, --version')
  .helpCommand(false)
  .addHelpText(
    'after',
    `
Examples:
  $ twolane render --preset salon --size 2000 --out m.png
  $ twolane render --center=-0.7436,0.1318 --width 0.01 --size 1920x1080 --iterations 5000 --cycles 6 --out deep.png
  $ twolane render --size 400 --out - --format npy | python3 -c 'import io, sys, numpy; print(numpy.load(io.BytesIO(sys.stdin.buffer.read())).sum(dtype=float))'
  $ twolane render --size 40000 --shard 3/64 --out shard-3.npy
  $ twolane join shard-*.npy --out m.png

Each command has a --help of its own.`,
  );

program
  .command('render')
  .description('Computes a picture, or a shard of one.')
  .addOption(new Option('--preset <name>', 'view, iterations and bailout radius').choices(presetNames).default('salon'))
  .option('--size <n>', 'pixels: n for n × n, or WxH, to which a preset’s view is stretched (default: 1000)', size)
  .option('--center <re,im>', 'middle of the view, instead of the preset’s; the imaginary axis goes up', point)
  .option('--width <length>', 'width of the view, instead of the preset’s; pixels are square', length)
  .option('--iterations <n>', 'instead of the preset’s; gellert’s are one fewer than maxIterations', iterations)
  .addOption(
    new Option('--palette <name>', `colours of a .png (default: ${DEFAULT_COLOURS.palette})`).choices(paletteNames),
  )
  .option('--cycles <n>', `${CYCLES} (default: ${DEFAULT_COLOURS.cycles})`, integer(1, 1000))
  .option('--out <file>', 'a .png picture; .npy counts (f32) for NumPy; .csv counts; - for stdout')
  .addOption(format)
  .addOption(
    new Option('--lane <name>', 'cpu; or gpu, in a browser that Puppeteer opens')
      .choices(['cpu', 'gpu'])
      .default('cpu'),
  )
  .option('--threads <n>', 'threads of the cpu lane (default: the machine’s cores)', integer(1, 1024))
  .option(
    '--browser <path>',
    'Chrome or Chromium for the gpu lane (default: PUPPETEER_EXECUTABLE_PATH, Puppeteer’s, or the system’s)',
  )
  .option('--shard <k/n>', 'only the k-th of n bands of rows, for join', shard)
  .addHelpText(
    'after',
    `
Examples:
  $ twolane render --preset gellert --size 2500 --out gellert.npy
  $ twolane render --center=-1.25,0.02 --width 0.05 --size 3840x2160 --iterations 4000 --palette viridis --cycles 4 --out m.png
  $ twolane render --lane gpu --size 4000 --out gpu.png
  $ seq 64 | parallel twolane render --size 40000 --threads 1 --shard {}/64 --out shard-{}.npy`,
  )
  .action((options) => render(options, stop.signal));

program
  .command('join')
  .description('Joins all shards of a picture. Their order is in the files, not in their names.')
  .argument('<files...>', 'what render --shard wrote: all .npy, or all .png')
  .option('--out <file>', 'a .png, and of .npy shards also .npy or .csv; - for stdout')
  .addOption(format)
  .addOption(
    new Option(
      '--palette <name>',
      `colours of the .png, where the shards are .npy (default: ${DEFAULT_COLOURS.palette})`,
    ).choices(paletteNames),
  )
  .option('--cycles <n>', `${CYCLES}, where the shards are .npy (default: ${DEFAULT_COLOURS.cycles})`, integer(1, 1000))
  .addHelpText(
    'after',
    `
Example:
  $ twolane join shard-*.npy --out m.png`,
  )
  .action((files, options) => join(files, options, stop.signal));

program
  .command('compare')
  .description('Runs the lanes that need no browser side by side, and shows where the time went.')
  .addOption(
    new Option('--lanes <names>', 'lanes, with commas between')
      .argParser(list(oneOf(laneNames)))
      .default(laneNames, laneNames.join(',')),
  )
  .addOption(new Option('--preset <name>', 'the case').choices(presetNames).default('salon'))
  .addOption(
    new Option('--sizes <numbers>', 'sizes n of n × n pixels, up to 16384')
      .argParser(list(integer(1, 2 ** 14)))
      .default([100, 200, 400], '100,200,400'),
  )
  .option('--iterations <n>', 'instead of the preset’s; gellert’s are one fewer than maxIterations', iterations)
  .option(
    '--threads <n>',
    'of fused and compiled (default: 1) and of cpu (default: the machine’s cores)',
    integer(1, 1024),
  )
  .option('--repeats <n>', 'timed runs of each lane, up to 1000', integer(1, 1000), 5)
  .option(
    '--patience <seconds>',
    'whole seconds: a lane that takes longer over a size is skipped at larger ones; one whose runs of a size took longer gets no more of them',
    integer(1, 86_400),
    10,
  )
  .option('--json <file>', 'the results as data; - for stdout, instead of the table')
  .option('--csv <file>', 'the results as a table for spreadsheets; - for stdout')
  .option('--report <file>', 'the results as a page with charts, .html; - for stdout')
  .addHelpText(
    'after',
    `
Examples:
  $ twolane compare
  $ twolane compare --lanes basic,cpu --preset gellert --sizes 500,2500 --report report.html
  $ twolane compare --lanes cpu --sizes 1600 --threads 4 --json -`,
  )
  .action(async (options) => {
    if (!(await compare(options, stop.signal))) exitCode = 1;
  });

// Commander looks for options that are required before it looks at those that are given, and so would not name a misspelt one.
program.hook('preAction', (_, command) => {
  if (command.name() !== 'compare' && command.opts().out === undefined) {
    throw new UserError('--out must be given: a file, or - for stdout');
  }
});
/** What --help and --version say. */
let told = '';
for (const command of [program, ...program.commands]) {
  command
    .showSuggestionAfterError(false)
    .configureOutput({ writeErr() {}, writeOut: (text) => (told += text) })
    .exitOverride();
}

/** Runs a command line. @param {string[]} words */
async function run(words) {
  const asksHelp = words.length === 0 || words[0] === 'help';
  const [first = '--help', ...rest] = asksHelp ? words.slice(1) : words;
  // Of a command that does not exist Commander would give the general help.
  const isKnown = first.startsWith('-') || program.commands.some((command) => command.name() === first);
  try {
    await program.parseAsync([first, ...(isKnown ? rest : []), ...(asksHelp && isKnown ? ['--help'] : [])], {
      from: 'user',
    });
  } catch (error) {
    if (!(error instanceof CommanderError) || error.exitCode !== 0) throw error;
    await writeOutput(await checkOutput('-'), [Buffer.from(told)], stop.signal);
  }
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
  if (code === 'EPIPE') exitCode ||= NOBODY_READS;
  else if (exitCode === 0) {
    exitCode = 2;
    const hint = code === 'commander.excessArguments' ? ' Name files by options, such as --out.' : '';
    process.stderr.write(`twolane: ${message.replace(/^error: /, '').replaceAll('\n', ' ')}${hint}\n`);
  }
}
// A pipe that nobody reads would hold the process.
process.exit(exitCode);
