/** Command lines: what the benchmarks share, and the headless comparison's. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { integer, list, oneOf, UserError } from '../cli/command.js';
import { rendererNames } from './browser.js';
import { laneNames, parseLane } from './lanes.js';
import { peerNames } from './peers/names.js';

/** The post's TensorFlow computes every pixel to the end. */
const GELLERT_LANES = laneNames.flatMap((name) => (name === 'array' ? [name, 'array:unmasked'] : name));

/**
 * The seminar's sizes and the post's first two, and others that show how a lane's time grows. A lane's last run takes four to six times
 * its patience at most: the whole stays within 3 minutes on 2 cores with a software renderer.
 */
const SHORT = {
  sizes: { salon: [100, 200, 400, 800, 1600], gellert: [125, 250, 500, 1250, 2500] },
  lanes: { salon: laneNames, gellert: GELLERT_LANES },
  patience: 3,
  budget: 1.5,
};

/** The seminar's chart by number of threads, and the post's whole sweep. */
const FULL = {
  sizes: { salon: [100, 200, 400, 800, 1600], gellert: [500, 2500, 5000, 10000, 15000] },
  lanes: {
    salon: [
      ...['basic', 'array', 'fused', 'fused:2', 'fused:4', 'compiled', 'compiled:2', 'compiled:4'],
      ...['cpu', 'cpu:1', 'cpu:2', 'cpu:4', 'gpu-array', 'gpu'],
    ],
    gellert: GELLERT_LANES,
  },
  patience: 60,
  budget: 20,
};

const presetNames = /** @type {('salon' | 'gellert')[]} */ (Object.keys(SHORT.sizes));

/**
 * The options on a command line. Prints the help and ends the process on --help; throws UserError with exit code 2 on a bad flag.
 *
 * @param {Command} command
 * @param {string[]} argv
 * @returns {any}
 */
export function readCommand(command, argv) {
  return command
    .allowExcessArguments(false)
    .showSuggestionAfterError(false)
    .configureOutput({ writeErr() {} })
    .exitOverride((error) => {
      if (error.exitCode === 0) process.exit(0);
      throw new UserError(error.message.replaceAll('\n', ' '), { exitCode: 2 });
    })
    .parse(argv)
    .opts();
}

/**
 * Runs a program: a UserError is told in one line, and gives the exit code.
 *
 * @param {() => unknown} main
 */
export async function runProgram(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(error.message);
    process.exitCode = error.exitCode;
  }
}

/** @param {typeof SHORT} defaults */
const sizesOf = ({ sizes }) =>
  Object.entries(sizes)
    .map(([preset, sizes]) => `${preset} ${sizes.join(',')}`)
    .join('; ');

/** @param {string} text of a positive number of seconds @returns {number} milliseconds */
function seconds(text) {
  const value = Number(text);
  if (!/^[\d.]+$/.test(text) || !(value > 0)) throw new InvalidArgumentError('It must be a number of seconds above 0.');
  return value * 1000;
}

/** @param {string} text */
function lane(text) {
  if (!parseLane(text)) {
    const variants = 'fused:2 (up to 64 threads), array:unmasked or gpu:df64';
    throw new InvalidArgumentError(`It must be one of ${laneNames.join(', ')}, or a variant such as ${variants}.`);
  }
  return text;
}

/**
 * The options of the headless comparison: its cases spelled out, times in milliseconds.
 *
 * @param {string[]} argv
 */
export function readOptions(argv) {
  const program = new Command('npm start --')
    .description('Compares the lanes on the two articles’ Mandelbrot cases in a headless browser.')
    .option('--out <dir>', 'folder for results.json, the report and the pictures', 'results')
    .addOption(
      new Option('--cases <names>', 'cases, with commas between')
        .default(presetNames, 'salon,gellert')
        .argParser(list(oneOf(presetNames))),
    )
    .option(
      '--sizes <numbers>',
      `sizes n of n × n pixels, up to 16384 (default: ${sizesOf(SHORT)}; with --full: ${sizesOf(FULL)})`,
      list(integer(1, 16384)),
    )
    .option(
      '--lanes <names>',
      'lanes, with variants behind colons: fused:2 and cpu:4 on so many threads, array:unmasked, ' +
        `gpu:df64 (default: ${laneNames.join(',')})`,
      list(lane),
    )
    .option(
      '--full',
      'the post’s whole sweep, and the seminar’s chart with fused, compiled and cpu on 1, 2 and 4 threads',
    )
    .option(
      '--patience <seconds>',
      `a lane that took longer over a run is skipped at larger sizes (default: ${SHORT.patience}; with --full: ${FULL.patience})`,
      seconds,
    )
    .option(
      '--budget <seconds>',
      'a lane gets no further run of a case once its runs of it took so long ' +
        `(default: ${SHORT.budget}; with --full: ${FULL.budget})`,
      seconds,
    )
    .option('--repeats <n>', 'timed runs of each lane, up to 1000', integer(1, 1000), 5)
    .option('--peers', `adds ${peerNames.join(', ')} as lanes`)
    .option('--python', 'adds the articles’ own programs, as far as python3, or what PYTHON names, has their packages')
    .option('--resume', 'go on from the results.json in --out, with the same flags')
    .addOption(
      new Option('--renderer <name>', 'what the GPU lanes run on; auto takes a real GPU if there is one')
        .default('auto')
        .choices(rendererNames),
    )
    .option('--browser <path>', 'Chrome or Chromium to use');
  /**
   * @type {{
   *   out: string, cases: typeof presetNames, sizes?: number[], lanes?: string[], full?: boolean, patience?: number, budget?: number,
   *   repeats: number, peers?: boolean, python?: boolean, resume?: boolean, renderer: typeof rendererNames[number], browser?: string
   * }}
   */
  const { cases, sizes, lanes, full, peers = false, python = false, ...options } = readCommand(program, argv);
  const defaults = full ? FULL : SHORT;
  return {
    patience: defaults.patience * 1000,
    budget: defaults.budget * 1000,
    python,
    ...options,
    cases: cases.flatMap((preset) =>
      (sizes ?? defaults.sizes[preset]).map((size) => ({
        preset,
        size,
        lanes: [...(lanes ?? defaults.lanes[preset]), ...(peers ? peerNames : [])],
      })),
    ),
  };
}
