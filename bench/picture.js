/** Pictures of the cases: counts, coloured by a colour scale, as PNG. */
import { encode } from 'fast-png';
import { openCpu } from 'twolane';
import { makeColours } from '../cli/palette.js';

/**
 * A PNG of a job's counts, black where the orbit did not escape.
 *
 * @param {import('twolane').Preset} job
 */
export async function picture(job) {
  const cpu = await openCpu();
  const { counts, width, height } = await cpu.escapeTime(job);
  cpu.close();
  return encode({ width, height, data: makeColours(job.maxIterations)(counts), channels: 3 });
}
