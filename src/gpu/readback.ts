/** Counts from the GPU to an array, without blocking: through a pixel-pack buffer and a fence. */
import type { Base } from './device.js';
import { type Fence, setFence } from './fence.js';

export interface Readback {
  /** Issues the copy of width × height texels, from row `row` of a framebuffer on, behind all commands issued so far. */
  start(framebuffer: WebGLFramebuffer, rectangle: { row: number; width: number; height: number }): void;
  /** Waits for the copy, and puts it into `counts`. */
  finish(counts: Float32Array, signal: AbortSignal): Promise<void>;
  delete(): void;
}

export function makeReadback(device: Base): Readback {
  const { gl, format, borrow } = device;
  const unsigned = format.name === 'R32UI';
  let packed: WebGLBuffer | null = null;
  let fence: Fence | null = null;
  const release = () => {
    fence?.delete();
    gl.deleteBuffer(packed);
    fence = null;
    packed = null;
  };
  return {
    start(framebuffer, { row, width, height }) {
      borrow(() => {
        // A buffer that is written anew leaves Chromium's fast path, so each readback has its own.
        packed = gl.createBuffer();
        gl.bindBuffer(gl.PIXEL_PACK_BUFFER, packed);
        gl.bufferData(gl.PIXEL_PACK_BUFFER, 4 * width * height, gl.STREAM_READ);
        gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
        if (unsigned) gl.readPixels(0, row, width, height, gl.RED_INTEGER, gl.UNSIGNED_INT, 0);
        else gl.readPixels(0, row, width, height, gl.RED, gl.FLOAT, 0);
        gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
      });
      fence = setFence(device);
    },

    async finish(counts, signal) {
      await fence?.passed(signal);
      // Counts of an unsigned target come as integers, and are converted in place.
      const words = unsigned ? new Uint32Array(counts.buffer, counts.byteOffset, counts.length) : counts;
      borrow(() => {
        gl.bindBuffer(gl.PIXEL_PACK_BUFFER, packed);
        gl.getBufferSubData(gl.PIXEL_PACK_BUFFER, 0, words);
        gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
      });
      device.check();
      if (unsigned) counts.set(words);
      release();
    },

    delete: release,
  };
}
