/** The job that a command line asks for. */
import { presets } from 'twolane';
import { UserError } from './command.js';

/** Pixels of a side where --size is not given. */
const SIZE = 1000;

/**
 * The job of a preset. Throws UserError where it takes no so many iterations: salon 1 to 2²⁴, gellert one fewer at either end.
 *
 * @param {keyof typeof presets} preset
 * @param {number} size
 * @param {number | undefined} iterations
 */
export function readPreset(preset, size, iterations) {
  try {
    return presets[preset](size, iterations);
  } catch (error) {
    throw new UserError(/** @type {Error} */ (error).message.replace(/^(i|maxI)terations/, '--iterations'), {
      cause: error,
    });
  }
}

/** The distance from a number, 0 or more, to the next larger one. @param {number} number */
function spacing(number) {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number);
  view.setBigInt64(0, view.getBigInt64(0) + 1n);
  return view.getFloat64(0) - number;
}

/**
 * The job of a preset, or of a view that --center and --width give: square pixels, sampled at their middles, with the imaginary
 * axis upwards.
 *
 * @param {object} options
 * @param {keyof typeof presets} options.preset
 * @param {{ width: number, height: number }} [options.size]
 * @param {number} [options.iterations]
 * @param {{ re: number, im: number }} [options.center]
 * @param {number} [options.width]
 * @returns {{ grid: import('twolane').CompleteGrid, maxIterations: number, bailoutRadius: number }}
 */
export function readView({ preset, size = { width: SIZE, height: SIZE }, iterations, center, width }) {
  const { grid, ...job } = readPreset(preset, SIZE, iterations);
  const { endpoint = true, ...whole } = { ...grid, ...size };
  if (!center && width === undefined) return { ...job, grid: { ...whole, endpoint } };
  const { re, im } = center ?? { re: (whole.x0 + whole.x1) / 2, im: (whole.y0 + whole.y1) / 2 };
  const step = (width ?? whole.x1 - whole.x0) / size.width;
  const isTooFine = (/** @type {number} */ middle, /** @type {number} */ pixels) =>
    pixels > 1 && step < spacing(Math.abs(middle) + (step * (pixels - 1)) / 2);
  if (isTooFine(re, size.width) || isTooFine(im, size.height)) {
    throw new UserError(
      `--width is too small for the digits of f64: of pixels ${step} apart at ${re},${im} some are the same`,
    );
  }
  const x0 = re - (step * (size.width - 1)) / 2;
  const y0 = im + (step * (size.height - 1)) / 2;
  // A single pixel lies where its axis begins, which must all the same end somewhere else.
  const span = (/** @type {number} */ begin, /** @type {number} */ pixels) =>
    pixels > 1 ? step * pixels : Math.max(step, spacing(Math.abs(begin)));
  const ends = { x0, x1: x0 + span(x0, size.width), y0, y1: y0 - span(y0, size.height) };
  if (![...Object.values(ends), ends.x1 - x0, y0 - ends.y1].every(Number.isFinite)) {
    throw new UserError(`--width is too large for f64: the picture ends beyond ±${Number.MAX_VALUE} at ${re},${im}`);
  }
  return { ...job, grid: { ...size, ...ends, endpoint: false } };
}
