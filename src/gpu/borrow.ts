/**
 * The state of a context around a lane's steps: each starts from the same one, whatever the caller has set meanwhile, and in a context of
 * the caller's all that the lane touches is put back before the caller's code runs again.
 */

/** A context's owner may draw between the lane's steps; each step is one call of this function. */
export type Borrow = <T>(body: () => T) => T;

/** Texture units that the lane's programs sample from, from 0. */
const UNITS = 3;

const ENABLES = [
  'BLEND',
  'CULL_FACE',
  'DEPTH_TEST',
  'RASTERIZER_DISCARD',
  'SAMPLE_ALPHA_TO_COVERAGE',
  'SAMPLE_COVERAGE',
  'SCISSOR_TEST',
  'STENCIL_TEST',
] as const;

/** Pixel-store parameters, and the values that the lane works with. */
const PIXEL_STORE = {
  PACK_ALIGNMENT: 4,
  PACK_ROW_LENGTH: 0,
  PACK_SKIP_PIXELS: 0,
  PACK_SKIP_ROWS: 0,
  UNPACK_ALIGNMENT: 4,
  UNPACK_ROW_LENGTH: 0,
  UNPACK_IMAGE_HEIGHT: 0,
  UNPACK_SKIP_PIXELS: 0,
  UNPACK_SKIP_ROWS: 0,
  UNPACK_SKIP_IMAGES: 0,
  UNPACK_FLIP_Y_WEBGL: false,
  UNPACK_PREMULTIPLY_ALPHA_WEBGL: false,
} as const;
const PIXEL_STORE_NAMES = Object.keys(PIXEL_STORE) as (keyof typeof PIXEL_STORE)[];

/** Pauses a transform feedback that is at work; false if there is none. */
function pauseFeedback(gl: WebGL2RenderingContext): boolean {
  const active = gl.getParameter(gl.TRANSFORM_FEEDBACK_ACTIVE) && !gl.getParameter(gl.TRANSFORM_FEEDBACK_PAUSED);
  if (active) gl.pauseTransformFeedback();
  return active;
}

/** Reads all state that the lane touches, and gives a function that puts it back. */
function save(gl: WebGL2RenderingContext): () => void {
  const get = (name: GLenum) => gl.getParameter(name);
  const drawFramebuffer = get(gl.DRAW_FRAMEBUFFER_BINDING);
  const readFramebuffer = get(gl.READ_FRAMEBUFFER_BINDING);
  const packBuffer = get(gl.PIXEL_PACK_BUFFER_BINDING);
  const unpackBuffer = get(gl.PIXEL_UNPACK_BUFFER_BINDING);
  const program = get(gl.CURRENT_PROGRAM);
  const vertexArray = get(gl.VERTEX_ARRAY_BINDING);
  const viewport = get(gl.VIEWPORT);
  const scissor = get(gl.SCISSOR_BOX);
  const colorMask = get(gl.COLOR_WRITEMASK);
  const enabled = ENABLES.map((name) => gl.isEnabled(gl[name]));
  const pixelStore = PIXEL_STORE_NAMES.map((name) => get(gl[name]));
  const feedback = pauseFeedback(gl);
  const activeTexture = get(gl.ACTIVE_TEXTURE);
  const units = Array.from({ length: UNITS }, (_, unit) => {
    gl.activeTexture(gl.TEXTURE0 + unit);
    return { texture: get(gl.TEXTURE_BINDING_2D), sampler: get(gl.SAMPLER_BINDING) };
  });

  return () => {
    for (const [unit, { texture, sampler }] of units.entries()) {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.bindSampler(unit, sampler);
    }
    gl.activeTexture(activeTexture);
    gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, drawFramebuffer);
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, readFramebuffer);
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, packBuffer);
    gl.bindBuffer(gl.PIXEL_UNPACK_BUFFER, unpackBuffer);
    gl.bindVertexArray(vertexArray);
    gl.useProgram(program);
    gl.viewport(viewport[0], viewport[1], viewport[2], viewport[3]);
    gl.scissor(scissor[0], scissor[1], scissor[2], scissor[3]);
    gl.colorMask(colorMask[0], colorMask[1], colorMask[2], colorMask[3]);
    for (const [i, name] of ENABLES.entries()) {
      if (enabled[i]) gl.enable(gl[name]);
      else gl.disable(gl[name]);
    }
    for (const [i, name] of PIXEL_STORE_NAMES.entries()) gl.pixelStorei(gl[name], pixelStore[i]);
    if (feedback) gl.resumeTransformFeedback();
  };
}

/** Sets the state that the lane's steps start from. It asks for nothing: an answer waits for the GPU. */
function clean(gl: WebGL2RenderingContext): void {
  for (const name of ENABLES) gl.disable(gl[name]);
  for (const name of PIXEL_STORE_NAMES) gl.pixelStorei(gl[name], PIXEL_STORE[name]);
  gl.colorMask(true, true, true, true);
  gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
  gl.bindBuffer(gl.PIXEL_UNPACK_BUFFER, null);
  for (let unit = 0; unit < UNITS; unit++) gl.bindSampler(unit, null);
}

/** Steps on a context of the lane's own, or on a borrowed one. */
export function makeBorrow(gl: WebGL2RenderingContext, own: boolean): Borrow {
  if (own)
    return (body) => {
      clean(gl);
      return body();
    };
  return (body) => {
    const restore = save(gl);
    try {
      clean(gl);
      return body();
    } finally {
      // A context that is lost by now may have answered null to everything: there is nothing to put back.
      if (!gl.isContextLost()) restore();
    }
  };
}
