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

/** A texture to render into, or one for counts and one for fractions, and their framebuffer. */
export interface Target {
  texture: WebGLTexture;
  fractions: WebGLTexture | null;
  framebuffer: WebGLFramebuffer;
}

/** The attachments of a target's textures. */
export const PLANES = { counts: 'COLOR_ATTACHMENT0', fractions: 'COLOR_ATTACHMENT1' } as const;
export type Plane = keyof typeof PLANES;

/** Size of a target, and whether it has a texture for fractions, too. */
export interface TargetSize {
  width: number;
  height: number;
  smooth: boolean;
}

/** Makes a target, bound. */
export function makeTarget(gl: WebGL2RenderingContext, layout: Layout, { width, height, smooth }: TargetSize): Target {
  const attach = (plane: Plane) => {
    const texture = makeTexture(gl, layout, width, height);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl[PLANES[plane]], gl.TEXTURE_2D, texture, 0);
    return texture;
  };
  const framebuffer = gl.createFramebuffer();
  gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
  const texture = attach('counts');
  const fractions = smooth ? attach('fractions') : null;
  if (fractions) gl.drawBuffers([gl.COLOR_ATTACHMENT0, gl.COLOR_ATTACHMENT1]);
  return { texture, fractions, framebuffer };
}

/**
 * Throws LaneUnavailableError if the device can't render to a target. The answer takes a round trip to the GPU, behind all commands
 * issued so far, so it is asked for once for each layout, and where memory may be short.
 */
export function checkTarget(
  gl: WebGL2RenderingContext,
  { framebuffer }: Target,
  layout: Layout,
  { width, height }: TargetSize,
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
export function makeCheckedTarget(gl: WebGL2RenderingContext, layout: Layout, size: TargetSize, lane = 'gpu'): Target {
  const target = makeTarget(gl, layout, size);
  try {
    checkTarget(gl, target, layout, size, lane);
    return target;
  } catch (error) {
    deleteTarget(gl, target);
    throw error;
  }
}

export function deleteTarget(gl: WebGL2RenderingContext, { texture, fractions, framebuffer }: Target): void {
  gl.deleteFramebuffer(framebuffer);
  gl.deleteTexture(texture);
  gl.deleteTexture(fractions);
}
