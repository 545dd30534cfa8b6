/** The WebGL2 context: made or taken, and named truly. */
import { wrongType } from '../check.js';
import { LaneUnavailableError } from '../errors.js';

/** Renderers that run on the CPU. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|lavapipe|basic render|software/i;

/** Makes a context of the lane's own, in a page or a worker. Throws LaneUnavailableError where one can't be had. */
export function makeContext(): WebGL2RenderingContext {
  const attributes: WebGLContextAttributes = {
    alpha: false,
    antialias: false,
    depth: false,
    powerPreference: 'high-performance',
  };
  let gl: WebGL2RenderingContext | null = null;
  if (typeof OffscreenCanvas === 'function') {
    gl = new OffscreenCanvas(1, 1).getContext('webgl2', attributes);
  } else if (typeof document === 'object') {
    gl = document.createElement('canvas').getContext('webgl2', attributes);
  }
  if (!gl) throw new LaneUnavailableError('WebGL2 is missing here, so the gpu lane cannot run');
  return gl;
}

/** Checks that `value` is a WebGL2 context that is not lost, and hands it back. */
export function checkGl(value: unknown): WebGL2RenderingContext {
  if (typeof WebGL2RenderingContext !== 'function' || !(value instanceof WebGL2RenderingContext)) {
    throw wrongType('gl', 'a WebGL2RenderingContext', value);
  }
  if (value.isContextLost()) throw new LaneUnavailableError('the context gl is lost, so the gpu lane cannot run');
  return value;
}

/** The renderer's name, then `more`, with "(software)" behind a renderer that runs on the CPU. */
export function describeRenderer(gl: WebGL2RenderingContext, more: string): string {
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const renderer = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  return renderer + more + (SOFTWARE.test(renderer) ? ' (software)' : '');
}
