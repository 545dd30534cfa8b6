/** The WebGL2 context: made or taken, kept, and named truly. */
import { isOf, wrongType } from '../check.js';
import { LaneUnavailableError } from '../errors.js';
import type { Base } from './device.js';

/** Renderers that run on the CPU. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|lavapipe|basic render|software/i;

/** Makes a context of the lane's own, in a page or a worker. Throws LaneUnavailableError where one can't be had. */
function makeContext(lane: string): WebGL2RenderingContext {
  const attributes: WebGLContextAttributes = {
    alpha: false,
    antialias: false,
    depth: false,
    powerPreference: 'high-performance',
  };
  let gl: WebGL2RenderingContext | null = null;
  if (typeof OffscreenCanvas === 'function') gl = new OffscreenCanvas(1, 1).getContext('webgl2', attributes);
  // Some browsers' OffscreenCanvas has no WebGL.
  if (!gl && typeof document === 'object') gl = document.createElement('canvas').getContext('webgl2', attributes);
  if (!gl) throw new LaneUnavailableError(`WebGL2 is missing here, so the ${lane} lane cannot run`);
  return gl;
}

/** Checks that `value` is a WebGL2 context that is not lost, and hands it back. */
function checkGl(value: WebGL2RenderingContext, lane: string): WebGL2RenderingContext {
  if (!isOf(value, 'WebGL2RenderingContext')) throw wrongType('gl', 'a WebGL2RenderingContext', value);
  if (value.isContextLost()) {
    throw new LaneUnavailableError(`the context gl is lost, so the ${lane} lane cannot run`);
  }
  return value;
}

/** A lane's hold on a context. */
export interface Hold<Device extends Base> {
  readonly gl: WebGL2RenderingContext;
  /** The device, made anew where the context has been lost and restored. Throws LaneLostError while it is lost. */
  ready(): Device;
  /** Frees the device, and the context if it is the lane's own. */
  release(): void;
}

/**
 * Takes a context of the caller's, or makes one for a lane, and keeps a device on it. Throws TypeError on what is no context, and
 * LaneUnavailableError where there is none or it lacks what `makeDevice` needs.
 */
export function hold<Device extends Base>(
  lane: string,
  borrowed: WebGL2RenderingContext | undefined,
  makeDevice: (gl: WebGL2RenderingContext, own: boolean) => Device,
): Hold<Device> {
  const own = borrowed === undefined;
  const gl = own ? makeContext(lane) : checkGl(borrowed, lane);
  const loseOwn = () => own && gl.getExtension('WEBGL_lose_context')?.loseContext();
  let device: Device;
  try {
    device = makeDevice(gl, own);
  } catch (error) {
    loseOwn();
    throw error;
  }
  const onLost = (event: Event) => {
    // Without this the browser restores nothing. What becomes of a borrowed context is its owner's business.
    if (own) event.preventDefault();
    device.lose();
  };
  gl.canvas.addEventListener('webglcontextlost', onLost);
  return {
    gl,
    ready() {
      if (!gl.isContextLost() && device.isLost()) {
        const { timer } = device;
        device = makeDevice(gl, own);
        // One that turned out not to work is not tried again.
        if (!timer) device.timer = null;
      }
      device.check();
      return device;
    },
    release() {
      gl.canvas.removeEventListener('webglcontextlost', onLost);
      // Where the context was lost, so was all that the device had.
      if (!device.isLost()) device.delete();
      loseOwn();
    },
  };
}

/** The renderer's name, then `more`, with "(software)" behind a renderer that runs on the CPU. */
export function describeRenderer(gl: WebGL2RenderingContext, more: string): string {
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const renderer = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  return renderer + more + (SOFTWARE.test(renderer) ? ' (software)' : '');
}

/** A call's parts. Where it fails because it was aborted, as by close(), that is thrown, not the WebGL error that came of it. */
export async function* abortable<T>(
  parts: AsyncGenerator<T, void, void>,
  signal: AbortSignal,
): AsyncGenerator<T, void, void> {
  try {
    yield* parts;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
