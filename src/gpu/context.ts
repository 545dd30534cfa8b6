/** The WebGL2 context: made, checked for what the lane needs, and named truly. */
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
  if (!gl.getExtension('EXT_color_buffer_float')) {
    gl.getExtension('WEBGL_lose_context')?.loseContext();
    throw new LaneUnavailableError(
      'EXT_color_buffer_float is missing here, so the gpu lane cannot render counts into a float texture',
    );
  }
  return gl;
}

/** The renderer's name, with "(software)" behind one that runs on the CPU. */
export function describeRenderer(gl: WebGL2RenderingContext): string {
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const renderer = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  return SOFTWARE.test(renderer) ? `${renderer} (software)` : renderer;
}
