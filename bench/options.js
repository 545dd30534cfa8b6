/** Command lines: what the benchmarks share, and the headless comparison's. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { rendererNames, UserError } from './browser.js';

/** Sizes of a case, unless --sizes says otherwise: the seminar's, the post's two first, and one of ours. */
const SIZES = { salon: [400, 1600], gellert: [500, 2500] };

const LANES = ['basic', 'cpu', 'gpu'];

/** @param {string} text @param {number} high */
export function integer(text, high) {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > high) {
    throw new InvalidArgumentError(`It must be an integer from 1 to ${high}.`);
  }
  return value;
}

/** A parser of comma-separated lists without repetition. @template T @param {(item: string) => T} parse */
export const list = (parse) => (/** @type {string} */ text) => [
  ...new Set(text.split(',').map((item) => parse(item.trim()))),
];

/** A parser of one name of several. @template {string} T @param {readonly T[]} names */
export const oneOf = (names) => (/** @type {string} */ text) => {
  const name = names.find((name) => name === text);
  if (!name) throw new InvalidArgumentError(`It must be of ${names.join(', ')}.`);
  return name;
};

const presetNames = /** @type {('salon' | 'gellert')[]} */ (Object.keys(SIZES));

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
 * The options of the headless comparison, its cases spelled out.
 *
 * @param {string[]} argv
 */
export function readOptions(argv) {
  const program = new Command('npm start --')
    .description('Compares the lanes on the two articles’ Mandelbrot cases in a headless browser.')
    .option('--out <dir>', 'folder for results.json and the pictures', 'results')
    .addOption(
      new Option('--cases <names>', 'cases, with commas between')
        .default(presetNames, 'salon,gellert')
        .argParser(list(oneOf(presetNames))),
    )
    .option(
      '--sizes <numbers>',
      'sizes n of n × n pixels (default: salon 400,1600; gellert 500,2500)',
      list((text) => integer(text, 16384)),
    )
    .addOption(new Option('--lanes <names>', 'lanes').default(LANES, 'basic,cpu,gpu').argParser(list(oneOf(LANES))))
    .option('--repeats <n>', 'timed runs of each lane', (text) => integer(text, 1000), 5)
    .addOption(
      new Option('--renderer <name>', 'what the gpu lane runs on; auto takes a real GPU if there is one')
        .default('auto')
        .choices(rendererNames),
    )
    .option('--browser <path>', 'Chrome or Chromium to use');
  /** @type {{ out: string, cases: typeof presetNames, sizes?: number[], lanes: string[], repeats: number, renderer: typeof rendererNames[number], browser?: string }} */
  const { cases, sizes, ...options } = readCommand(program, argv);
  return {
    ...options,
    cases: cases.flatMap((preset) => (sizes ?? SIZES[preset]).map((size) => ({ preset, size }))),
  };
}
