/** Counts and fractions from the GPU to arrays, without blocking: through a pixel-pack buffer and a fence. */
import { LaneUnavailableError } from '../errors.js';
import { breather, timeout } from '../task.js';
import type { Base } from './device.js';
import { type Fence, setFence } from './fence.js';
import { type Plane, PLANES } from './textures.js';

/** Texels that are copied at once: between parts the event loop may have a turn, as their memory may be slow to come. */
const PART = 2 ** 18;

/** Milliseconds for the event webglcontextlost to arrive, before empty counts are put down to a lack of memory. */
const HEARD = 100;

/** Whether WebGL can write into the array: it refuses memory whose size may change. */
function isFixed({ buffer }: Float32Array): boolean {
  const { resizable, growable } = buffer as { resizable?: boolean; growable?: boolean };
  return !resizable && !growable;
}

export interface Readback {
  /** Issues the copy of width × height texels of some planes, from row `row` of a framebuffer on, behind all commands issued so far. */
  start(
    framebuffer: WebGLFramebuffer,
    rectangle: { row: number; width: number; height: number },
    planes: readonly Plane[],
  ): void;
  /** Waits for the copy, and puts it into an array for each plane. Throws LaneUnavailableError where there is no count in it. */
  finish(arrays: readonly Float32Array[], signal: AbortSignal): Promise<void>;
  delete(): void;
}

export function makeReadback(device: Base): Readback {
  const { gl, format, borrow } = device;
  const unsigned = format.name === 'R32UI';
  let packed: WebGLBuffer | null = null;
  let fence: Fence | null = null;
  let copied: readonly Plane[] = [];
  let size = '';
  const release = () => {
    fence?.delete();
    if (!device.isLost()) gl.deleteBuffer(packed);
    fence = null;
    packed = null;
  };
  return {
    start(framebuffer, { row, width, height }, planes) {
      const bytes = 4 * width * height;
      copied = planes;
      size = `${width} × ${height}`;
      borrow(() => {
        // A buffer that is written anew leaves Chromium's fast path, so each readback has its own.
        packed = gl.createBuffer();
        gl.bindBuffer(gl.PIXEL_PACK_BUFFER, packed);
        gl.bufferData(gl.PIXEL_PACK_BUFFER, bytes * planes.length, gl.STREAM_READ);
        gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
        for (const [i, plane] of planes.entries()) {
          gl.readBuffer(gl[PLANES[plane]]);
          if (unsigned) gl.readPixels(0, row, width, height, gl.RED_INTEGER, gl.UNSIGNED_INT, i * bytes);
          else gl.readPixels(0, row, width, height, gl.RED, gl.FLOAT, i * bytes);
        }
        gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
      });
      fence = setFence(device);
    },

    async finish(arrays, signal) {
      await fence?.passed(signal);
      const breathe = breather(signal);
      for (const [i, array] of arrays.entries()) {
        for (let from = 0; from < array.length; from += PART) {
          borrow(() => {
            gl.bindBuffer(gl.PIXEL_PACK_BUFFER, packed);
            const part = array.subarray(from, from + PART);
            const texels = isFixed(part) ? part : new Float32Array(part.length);
            gl.getBufferSubData(gl.PIXEL_PACK_BUFFER, i * array.byteLength + 4 * from, texels);
            if (texels !== part) part.set(texels);
            gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
          });
          await breathe();
        }
      }
      device.check();
      const counts = arrays[copied.indexOf('counts')];
      // No count is 0.
      if (counts?.[0] === 0) {
        await new Promise((resolve) => timeout(resolve, HEARD));
        device.check();
        throw new LaneUnavailableError(`nothing was rendered: there may be no memory for ${size} texels here`);
      }
      // Those of an unsigned target come as integers, and are converted in place; fractions as the bits that they shall have.
      if (unsigned && counts) counts.set(new Uint32Array(counts.buffer, counts.byteOffset, counts.length));
      release();
    },

    delete: release,
  };
}
