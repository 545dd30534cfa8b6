/** Float textures that hold one number a texel: coordinates to read, counts to render into. */
import { createFramebufferInfo, createTexture, type FramebufferInfo } from 'twgl.js';
import { LaneUnavailableError } from '../errors.js';

/** A width × height R32F texture, filled with `src` if given. */
export function makeTexture(
  gl: WebGL2RenderingContext,
  width: number,
  height: number,
  src?: Float32Array,
): WebGLTexture {
  return createTexture(gl, {
    ...(src && { src }),
    width,
    height,
    internalFormat: gl.R32F,
    minMag: gl.NEAREST,
    wrap: gl.CLAMP_TO_EDGE,
    auto: false,
  });
}

/** A texture to render counts into, and its framebuffer, bound. Throws LaneUnavailableError if the device can't render to it. */
export function makeTarget(
  gl: WebGL2RenderingContext,
  width: number,
  height: number,
): { texture: WebGLTexture; framebuffer: FramebufferInfo } {
  const texture = makeTexture(gl, width, height);
  const framebuffer = createFramebufferInfo(gl, [{ attachment: texture }], width, height);
  const status = gl.checkFramebufferStatus(gl.FRAMEBUFFER);
  if (status !== gl.FRAMEBUFFER_COMPLETE && !gl.isContextLost()) {
    gl.deleteFramebuffer(framebuffer.framebuffer);
    gl.deleteTexture(texture);
    throw new LaneUnavailableError(
      `a ${width} × ${height} R32F framebuffer is not complete here (status ${status}), so the gpu lane cannot render`,
    );
  }
  return { texture, framebuffer };
}
