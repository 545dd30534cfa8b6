/** One draw: the shader over a rectangle of a target, with a part of the steps. */
import { setUniforms } from 'twgl.js';
import type { Device } from './device.js';
import type { GpuArithmetic } from './precision.js';
import type { Output } from './shaders.js';
import type { Target } from './textures.js';

/** The coordinates of a tile's pixels, in textures that may be larger than it. */
export interface Coordinates {
  columns: WebGLTexture;
  rows: WebGLTexture;
  /** 1 / width of columns, 1 / height of rows. */
  texelSize: [across: number, down: number];
}

/** What the draws of a job have in common. Numbers go as (high, low). */
export interface Inputs extends Coordinates {
  arithmetic: GpuArithmetic;
  maxIterations: number;
  bailout2: [high: number, low: number];
  shortcuts: boolean;
  /** The binary logarithm of bailoutRadius² where fractions are wanted; else null. */
  radiusBits: number | null;
}

export interface Draw {
  output: Output;
  target: Target;
  /** The target's pixel where the tile begins. */
  origin: readonly [column: number, row: number];
  /** Row of the tile where the draw begins, and the draw's size. */
  row: number;
  width: number;
  height: number;
  /** Steps: the first and the one after the last. */
  from: number;
  to: number;
  /** The orbits' states after step from − 1; unless from is 1. */
  states: WebGLTexture | null;
}

/** Draws. To be called on borrowed state. */
export function draw(device: Device, inputs: Inputs, part: Draw): void {
  const { gl } = device;
  const { columns, rows, texelSize, maxIterations, bailout2, shortcuts, radiusBits } = inputs;
  const { from, to, origin } = part;
  const program = device.program(inputs.arithmetic, part.output, radiusBits !== null);
  gl.bindFramebuffer(gl.FRAMEBUFFER, part.target.framebuffer);
  gl.bindVertexArray(device.vertexArray);
  gl.useProgram(program.program);
  setUniforms(program, {
    columns,
    rows,
    texelSize,
    // A sampler needs a texture, used or not.
    states: part.states ?? device.blank,
    origin,
    from,
    to,
    maxIterations,
    bailout2,
    shortcuts,
    zero: 0,
    ...(radiusBits === null ? {} : { radiusBits }),
  });
  gl.viewport(origin[0], origin[1] + part.row, part.width, part.height);
  gl.drawArrays(gl.TRIANGLES, 0, 3);
}
