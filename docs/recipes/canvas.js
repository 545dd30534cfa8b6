/** Draws the Mandelbrot set on a canvas, in colours without steps. */
import { openCpu } from 'twolane';

const grid = { width: 600, height: 400, x0: -2, x1: 1, y0: 1, y1: -1 }; // row 0 is y0: 1 is on top
const maxIterations = 500;

const lane = await openCpu();
const { counts, fractions, width, height } = await lane.escapeTime({ grid, maxIterations, smooth: true });
lane.close();

const image = new ImageData(width, height);
counts.forEach((count, i) => {
  const t = Math.sqrt(count + fractions[i]);
  const colour = [t, 0.9 * t, 0.8 * t].map((phase) => 128 - 127 * Math.cos(phase));
  image.data.set(count < maxIterations ? [...colour, 255] : [0, 0, 0, 255], 4 * i);
});
const canvas = Object.assign(document.createElement('canvas'), { width, height });
canvas.getContext('2d').putImageData(image, 0, 0);
document.body.append(canvas);
