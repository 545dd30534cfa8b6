/** A progress bar on stderr, where that is a terminal. */
import { Presets, SingleBar } from 'cli-progress';

/**
 * @param {number} total
 * @param {string} what is counted
 * @param {{ path: string | null }} [output] written meanwhile: on a terminal, its lines and the bar would run into each other
 */
export function makeProgress(total, what, output) {
  const isShared = output?.path === null && process.stdout.isTTY;
  if (!process.stderr.isTTY || isShared) return { update() {}, stop() {} };
  const format = `{bar} {percentage} % of {total} ${what}, {eta_formatted} left`;
  const bar = new SingleBar({ format, hideCursor: true, stream: process.stderr }, Presets.shades_classic);
  bar.start(total, 0);
  // The cursor has to come back, whatever ends the process.
  const stop = () => {
    process.off('exit', stop);
    bar.stop();
  };
  process.on('exit', stop);
  return { update: (/** @type {number} */ done) => bar.update(done), stop };
}
