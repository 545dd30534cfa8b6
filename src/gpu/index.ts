/** The GPU lane: the escape-time shader behind the Lane interface. */
import { createProgramInfo, type ProgramInfo, setUniforms } from 'twgl.js';
import escapeTime from '../../glsl/escape-time.frag';
import screen from '../../glsl/screen.vert';
import { checkKeys, type Work } from '../check.js';
import { LaneUnavailableError } from '../errors.js';
import { coordinates, partition } from '../grid.js';
import { type Lane, makeLane, type Run, type Tile } from '../lane.js';
import { stopwatch } from '../task.js';
import { describeRenderer, makeContext } from './context.js';
import { checkContext, finished } from './fence.js';
import { makeTarget, makeTexture } from './textures.js';

/** The size of a tile: 64 MiB of counts. */
const TILE_PIXELS = 2 ** 24;
/** Iterations of one draw, at most, unless a row has more: some systems reset a GPU that draws for seconds. */
const DRAW_ITERATIONS = 2 ** 28;
/** The largest f32. Squares beyond it are infinite, and infinity must still count as escaped. */
const MAX_F32 = (2 - 2 ** -23) * 2 ** 127;

function link(gl: WebGL2RenderingContext, vertex: string, fragment: string): ProgramInfo {
  let log = '';
  const program = createProgramInfo(gl, [vertex, fragment], (message: string) => {
    log += message;
  });
  if (!program) throw new LaneUnavailableError(`the shader does not compile here, so the gpu lane cannot run: ${log}`);
  return program;
}

/**
 * Opens the GPU lane: escape counts by a WebGL2 fragment shader, in f32.
 *
 * Coordinates are rounded to f32 and iterated in f32, so that pixels near the set's edge may differ from the f64 lanes.
 * Rejects with LaneUnavailableError where WebGL2 or EXT_color_buffer_float is missing, or the shader does not compile; the
 * message then holds the compiler's log. A call rejects with LaneLostError when the context is lost.
 */
export async function openGpu(options: Record<never, never> = {}): Promise<Lane> {
  const start = performance.now();
  checkKeys('options', options, []);
  const gl = makeContext();
  const program = link(gl, screen, escapeTime);
  const maxSize: number = gl.getParameter(gl.MAX_TEXTURE_SIZE);

  /** Draws the counts of a tile into a target of its size. */
  function draw(
    { width, height }: Tile,
    target: ReturnType<typeof makeTarget>,
    uniforms: {
      columns: WebGLTexture;
      rows: WebGLTexture;
      maxIterations: number;
      bailout2: number;
    },
  ) {
    gl.bindFramebuffer(gl.FRAMEBUFFER, target.framebuffer.framebuffer);
    gl.viewport(0, 0, width, height);
    gl.useProgram(program.program);
    setUniforms(program, uniforms);
    gl.enable(gl.SCISSOR_TEST);
    const pixels = Math.floor(DRAW_ITERATIONS / uniforms.maxIterations);
    for (const band of partition({ width, height }, { pixels })) {
      gl.scissor(0, band.row, width, band.height);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
      gl.flush();
    }
  }

  async function* run({ grid, maxIterations, bailoutRadius }: Work, { signal, timing, place }: Run) {
    const { columns, rows } = coordinates(grid);
    const bailout2 = Math.min(bailoutRadius * bailoutRadius, MAX_F32);
    let compute = 0;
    let transfer = 0;
    for (const part of partition(grid, {
      pixels: TILE_PIXELS,
      maxWidth: maxSize,
      maxHeight: maxSize,
    })) {
      checkContext(gl);
      const lap = stopwatch();
      const { column, row, width, height } = part;
      const columnsTexture = makeTexture(gl, width, 1, Float32Array.from(columns.subarray(column, column + width)));
      const rowsTexture = makeTexture(gl, 1, height, Float32Array.from(rows.subarray(row, row + height)));
      const target = makeTarget(gl, width, height);
      const packed = gl.createBuffer();
      const tile: Tile = { ...part, counts: place(part) };
      try {
        transfer += lap();
        draw(tile, target, {
          columns: columnsTexture,
          rows: rowsTexture,
          maxIterations,
          bailout2,
        });
        await finished(gl, signal);
        compute += lap();
        gl.bindFramebuffer(gl.FRAMEBUFFER, target.framebuffer.framebuffer);
        gl.bindBuffer(gl.PIXEL_PACK_BUFFER, packed);
        gl.bufferData(gl.PIXEL_PACK_BUFFER, tile.counts.byteLength, gl.STREAM_READ);
        gl.readPixels(0, 0, width, height, gl.RED, gl.FLOAT, 0);
        gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
        await finished(gl, signal);
        gl.bindBuffer(gl.PIXEL_PACK_BUFFER, packed);
        gl.getBufferSubData(gl.PIXEL_PACK_BUFFER, 0, tile.counts);
        gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
        checkContext(gl);
        transfer += lap();
      } finally {
        gl.deleteBuffer(packed);
        gl.deleteFramebuffer(target.framebuffer.framebuffer);
        for (const texture of [columnsTexture, rowsTexture, target.texture]) gl.deleteTexture(texture);
      }
      timing.compute = compute;
      timing.transfer = transfer;
      yield tile;
    }
  }

  return makeLane({
    name: 'gpu',
    device: describeRenderer(gl),
    precision: 'f32',
    setup: performance.now() - start,
    fallbackReason: null,
    run,
    close() {
      gl.deleteProgram(program.program);
      gl.getExtension('WEBGL_lose_context')?.loseContext();
    },
  });
}
