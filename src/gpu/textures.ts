/** Textures by hand: coordinates to read, counts and states to render into, one level each, never filtered. */
import { LaneLostError, LaneUnavailableError } from '../errors.js';
import type { Format, Output } from './shaders.js';

/** Internal format, and what its texels are read back or uploaded as. */
export type Layout = 'RG32F' | 'R32F' | 'R32UI' | 'RGBA32F' | 'RGBA32UI';

/** The layout of what a draw writes. */
export const layoutOf = (output: Output, { name }: Format): Layout =>
  output !== 'states' ? name : name === 'R32F' ? 'RGBA32F' : 'RGBA32UI';

/** A width × height texture. It is left bound to the active unit. */
export function makeTexture(gl: WebGL2RenderingContext, layout: Layout, width: number, height: number): WebGLTexture {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl[layout], width, height);
  for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, name, gl.NEAREST);
  for (const name of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, name, gl.CLAMP_TO_EDGE);
  return texture;
}

/** Fills the first width × height texels of an RG32F texture. */
export function fill(
  gl: WebGL2RenderingContext,
  texture: WebGLTexture,
  width: number,
  height: number,
  texels: Float32Array,
): void {
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, width, height, gl.RG, gl.FLOAT, texels);
}

/** A texture to render into, and its framebuffer. */
export interface Target {
  texture: WebGLTexture;
  framebuffer: WebGLFramebuffer;
}

/** Makes a target, bound. */
export function makeTarget(gl: WebGL2RenderingContext, layout: Layout, width: number, height: number): Target {
  const texture = makeTexture(gl, layout, width, height);
  const framebuffer = gl.createFramebuffer();
  gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  return { texture, framebuffer };
}

/**
 * Throws LaneUnavailableError if the device can't render to a target. The answer takes a round trip to the GPU, behind all commands
 * issued so far, so it is asked for once for each layout, and where memory may be short.
 */
export function checkTarget(
  gl: WebGL2RenderingContext,
  { framebuffer }: Target,
  layout: Layout,
  width: number,
  height: number,
  lane = 'gpu',
): void {
  gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
  const status = gl.checkFramebufferStatus(gl.FRAMEBUFFER);
  if (status === gl.FRAMEBUFFER_COMPLETE) return;
  if (gl.isContextLost()) throw new LaneLostError(`the WebGL context of the ${lane} lane is lost`);
  throw new LaneUnavailableError(
    `a ${width} × ${height} ${layout} framebuffer is not complete here (status ${status}), so the ${lane} lane cannot render`,
  );
}

/** Makes a target, bound, and checks it. */
export function makeCheckedTarget(
  gl: WebGL2RenderingContext,
  layout: Layout,
  width: number,
  height: number,
  lane = 'gpu',
): Target {
  const target = makeTarget(gl, layout, width, height);
  try {
    checkTarget(gl, target, layout, width, height, lane);
    return target;
  } catch (error) {
    deleteTarget(gl, target);
    throw error;
  }
}

export function deleteTarget(gl: WebGL2RenderingContext, { texture, framebuffer }: Target): void {
  gl.deleteFramebuffer(framebuffer);
  gl.deleteTexture(texture);
}
