/** Draws the Mandelbrot set on the canvas that it is sent, tile after tile, as they are finished. */
import { openCpu } from 'twolane';

onmessage = async ({ data: canvas }) => {
  const { width, height } = canvas;
  const grid = { width, height, x0: -2, x1: 1, y0: 1, y1: -1 };
  const context = canvas.getContext('2d');
  const lane = await openCpu();
  let done = 0;
  for await (const tile of lane.tiles({ grid, maxIterations: 500 })) {
    const image = new ImageData(tile.width, tile.height);
    tile.counts.forEach((count, i) => {
      const t = Math.sqrt(count);
      const colour = [t, 0.9 * t, 0.8 * t].map((phase) => 128 - 127 * Math.cos(phase));
      image.data.set(count < 500 ? [...colour, 255] : [0, 0, 0, 255], 4 * i);
    });
    context.putImageData(image, tile.column, tile.row);
    done += tile.counts.length;
  }
  lane.close();
  postMessage({ done, total: width * height });
};
