/** For tests in a page: the state of a WebGL2 context, made unlike the default and looked at whole, and a count of living objects. */

/** Makes a context's state as unlike the default as a host's can be. @param {WebGL2RenderingContext} gl */
function messUp(gl) {
  const buffer = () => /** @type {WebGLBuffer} */ (gl.createBuffer());
  for (const name of /** @type {const} */ ([
    'BLEND',
    'CULL_FACE',
    'DEPTH_TEST',
    'RASTERIZER_DISCARD',
    'SAMPLE_ALPHA_TO_COVERAGE',
    'SAMPLE_COVERAGE',
    'SCISSOR_TEST',
    'STENCIL_TEST',
    'POLYGON_OFFSET_FILL',
  ])) {
    gl.enable(gl[name]);
  }
  gl.cullFace(gl.FRONT_AND_BACK);
  gl.blendFunc(gl.ZERO, gl.ZERO);
  gl.depthFunc(gl.NEVER);
  gl.stencilFunc(gl.NEVER, 1, 1);
  gl.sampleCoverage(0.25, true);
  gl.colorMask(false, true, false, true);
  gl.viewport(1, 2, 3, 4);
  gl.scissor(2, 3, 1, 1);
  for (const [name, value] of /** @type {const} */ ([
    ['PACK_ALIGNMENT', 8],
    ['PACK_ROW_LENGTH', 77],
    ['PACK_SKIP_PIXELS', 3],
    ['PACK_SKIP_ROWS', 2],
    ['UNPACK_ALIGNMENT', 2],
    ['UNPACK_ROW_LENGTH', 99],
    ['UNPACK_IMAGE_HEIGHT', 5],
    ['UNPACK_SKIP_PIXELS', 1],
    ['UNPACK_SKIP_ROWS', 1],
    ['UNPACK_SKIP_IMAGES', 1],
  ])) {
    gl.pixelStorei(gl[name], value);
  }
  gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, true);
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
  for (let unit = 0; unit < 4; unit++) {
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    const sampler = gl.createSampler();
    gl.samplerParameteri(sampler, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_LINEAR);
    gl.bindSampler(unit, sampler);
  }
  gl.activeTexture(gl.TEXTURE5);
  gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, gl.createFramebuffer());
  gl.bindFramebuffer(gl.READ_FRAMEBUFFER, gl.createFramebuffer());
  gl.bindVertexArray(gl.createVertexArray());
  const array = buffer();
  gl.bindBuffer(gl.ARRAY_BUFFER, array);
  gl.enableVertexAttribArray(0);
  for (const name of /** @type {const} */ ([
    'PIXEL_PACK_BUFFER',
    'PIXEL_UNPACK_BUFFER',
    'UNIFORM_BUFFER',
    'COPY_READ_BUFFER',
    'COPY_WRITE_BUFFER',
  ])) {
    gl.bindBuffer(gl[name], buffer());
  }
  gl.bindRenderbuffer(gl.RENDERBUFFER, gl.createRenderbuffer());
}

/**
 * Messes a context's state up and looks at it in a task of its own between any two steps of a lane. The state: every parameter that a
 * context has, by name, the bindings of eight texture units, the enables.
 *
 * @param {WebGL2RenderingContext} gl
 * @returns {() => { changed: string[], messed: number, looks: number }} ends it: parameters that have changed since, how many were
 *   made unlike the default, and how often they were looked at
 */
export function watchState(gl) {
  const names = Object.entries(Object.getOwnPropertyDescriptors(WebGL2RenderingContext)).flatMap(([name, { value }]) =>
    typeof value === 'number' && /_/.test(name) ? [[name, value]] : [],
  );
  while (gl.getError());
  const parameters = [...names, ['VIEWPORT', gl.VIEWPORT], ['BLEND', gl.BLEND], ['DITHER', gl.DITHER]].filter(
    ([, value]) => {
      gl.getParameter(/** @type {number} */ (value));
      return gl.getError() === 0;
    },
  );
  /** @type {Map<any, number>} */
  const ids = new Map();
  const plain = (/** @type {any} */ value) => {
    if (value === null || typeof value !== 'object') return value;
    if (ArrayBuffer.isView(value) || Array.isArray(value)) return Array.from(/** @type {any} */ (value)).join();
    if (!ids.has(value)) ids.set(value, ids.size);
    return `object ${ids.get(value)}`;
  };
  const snapshot = () => {
    /** @type {Record<string, any>} */
    const state = {};
    for (const [name, value] of parameters) state[name] = plain(gl.getParameter(/** @type {number} */ (value)));
    const active = gl.getParameter(gl.ACTIVE_TEXTURE);
    for (let unit = 0; unit < 8; unit++) {
      gl.activeTexture(gl.TEXTURE0 + unit);
      for (const name of /** @type {const} */ ([
        'TEXTURE_BINDING_2D',
        'TEXTURE_BINDING_3D',
        'TEXTURE_BINDING_CUBE_MAP',
        'TEXTURE_BINDING_2D_ARRAY',
        'SAMPLER_BINDING',
      ])) {
        state[`${name} ${unit}`] = plain(gl.getParameter(gl[name]));
      }
    }
    gl.activeTexture(active);
    return state;
  };
  const first = snapshot();
  messUp(gl);
  const before = snapshot();
  const differ = (/** @type {any} */ a, /** @type {any} */ b) => Object.keys(a).filter((name) => a[name] !== b[name]);
  /** @type {Set<string>} */
  const changed = new Set();
  let looking = true;
  let looks = 0;
  const look = () => {
    looks++;
    for (const name of differ(before, snapshot())) changed.add(name);
    if (looking) setTimeout(look);
  };
  look();
  return () => {
    looking = false;
    look();
    return { changed: [...changed], messed: differ(first, before).length, looks };
  };
}

/** Counts the WebGL objects that are made and not yet deleted, in all contexts, until `end` is called. */
export function countObjects() {
  const gl = /** @type {any} */ (WebGL2RenderingContext.prototype);
  let alive = 0;
  /** @type {[string, any][]} */
  const originals = [];
  const wrap = (/** @type {string} */ name, /** @type {number} */ change) => {
    const original = gl[name];
    originals.push([name, original]);
    gl[name] = /** @this {any} @param {any[]} args */ function (...args) {
      if (change > 0 || args[0]) alive += change;
      return original.apply(this, args);
    };
  };
  const kinds = ['Texture', 'Framebuffer', 'Buffer', 'Sampler', 'VertexArray', 'Query', 'Renderbuffer', 'Program'];
  for (const kind of [...kinds, 'Shader', 'TransformFeedback']) {
    wrap(`create${kind}`, 1);
    wrap(`delete${kind}`, -1);
  }
  wrap('fenceSync', 1);
  wrap('deleteSync', -1);
  return {
    alive: () => alive,
    end() {
      for (const [name, original] of originals) gl[name] = original;
    },
  };
}
