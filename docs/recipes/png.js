/** Writes a picture of the seahorse valley to the file that the command line names. */
import { writeFile } from 'node:fs/promises';
import { encode } from 'fast-png';
import { openCpu } from 'twolane';

const [width, height] = [800, 360];
const [re, im, step] = [-0.7437, 0.1315, 6e-6]; // the centre, and from one pixel to the next
const [right, up] = [(step * (width - 1)) / 2, (step * (height - 1)) / 2];
const grid = { width, height, x0: re - right, x1: re + right, y0: im + up, y1: im - up };
const maxIterations = 2000;

const lane = await openCpu();
const { counts, fractions } = await lane.escapeTime({ grid, maxIterations, smooth: true });
lane.close();

const data = new Uint8Array(3 * counts.length);
counts.forEach((count, i) => {
  const t = Math.log2(count + fractions[i]) * 3;
  const colour = [t, t - 0.6, t - 1.2].map((phase) => 128 - 127 * Math.cos(phase));
  if (count < maxIterations) data.set(colour, 3 * i);
});
await writeFile(process.argv[2] ?? 'seahorses.png', encode({ width, height, channels: 3, data }));
