/** Draws the counts with twgl, on the GPU from beginning to end: nothing is read back. */
import * as twgl from 'twgl.js';
import { openGpu } from 'twolane';

const canvas = Object.assign(document.createElement('canvas'), { width: 600, height: 400 });
document.body.append(canvas);
const gl = canvas.getContext('webgl2');
const grid = { width: 600, height: 400, x0: -2, x1: 1, y0: -1, y1: 1 }; // row 0 is y0: WebGL's is at the bottom
const lane = await openGpu({ gl });
const { texture } = await lane.escapeTexture({ grid, maxIterations: 500 });

const vertex = '#version 300 es\nin vec2 position; void main() { gl_Position = vec4(position, 0, 1); }';
const fragment = `#version 300 es
  precision highp float;
  uniform highp sampler2D counts; // one count a texel, R32F
  out vec4 colour;
  void main() {
    float count = texelFetch(counts, ivec2(gl_FragCoord.xy), 0).r;
    colour = vec4(count < 500.0 ? 0.5 - 0.5 * cos(sqrt(count) * vec3(1, 0.9, 0.8)) : vec3(0), 1);
  }`;
const program = twgl.createProgramInfo(gl, [vertex, fragment]);
const triangle = twgl.createBufferInfoFromArrays(gl, { position: { numComponents: 2, data: [-1, -1, 3, -1, -1, 3] } });
twgl.drawObjectList(gl, [{ programInfo: program, bufferInfo: triangle, uniforms: { counts: texture } }]);
