/** Progress of the comparison: a bar on a terminal, plain lines otherwise. */
import { Presets, SingleBar } from 'cli-progress';

/**
 * @param {number} total number of runs
 * @returns {{ start(what: string): void, step(what: string): void, stop(): void }}
 */
export function makeProgress(total) {
  if (!process.stdout.isTTY) {
    return { start: (what) => console.log(`Running ${what} …`), step() {}, stop() {} };
  }
  const bar = new SingleBar({ format: '{bar} {value}/{total} {what}', hideCursor: true }, Presets.shades_classic);
  bar.start(total, 0, { what: '' });
  return {
    start: (what) => bar.update({ what }),
    step: (what) => bar.increment({ what }),
    stop: () => bar.stop(),
  };
}
