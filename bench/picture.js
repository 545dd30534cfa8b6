/** Pictures of the cases: counts, coloured by a colour scale, as PNG. */

import { rgb } from 'd3-color';
import { interpolateInferno } from 'd3-scale-chromatic';
import { encode } from 'fast-png';
import { openCpu } from 'twolane';

/**
 * A PNG of a job's counts: the colour scale over the logarithm of the count, and black where the orbit did not escape.
 *
 * @param {Required<Omit<import('twolane').Job, 'smooth'>>} job
 */
export async function picture(job) {
  const cpu = await openCpu();
  const { counts, width, height } = await cpu.escapeTime(job);
  cpu.close();
  const { maxIterations } = job;
  const palette = Array.from({ length: maxIterations + 1 }, (_, count) => {
    if (count === maxIterations) return [0, 0, 0];
    const { r, g, b } = rgb(interpolateInferno(0.1 + (0.9 * Math.log(Math.max(count, 1))) / Math.log(maxIterations)));
    return [r, g, b];
  });
  const data = new Uint8Array(width * height * 3);
  for (const [i, count] of counts.entries()) data.set(palette[count], i * 3);
  return encode({ width, height, data, channels: 3 });
}
