/** What the lane keeps on the GPU from call to call: programs and a vertex array. A context that is restored gets a new device. */
import { createProgramInfo, type ProgramInfo } from 'twgl.js';
import screen from '../../glsl/screen.vert';
import { LaneLostError, LaneUnavailableError } from '../errors.js';
import { type Borrow, makeBorrow } from './borrow.js';
import type { GpuArithmetic } from './precision.js';
import { FLOAT, type Format, fragmentSource, type Output, UNSIGNED } from './shaders.js';
import { deleteTarget, layoutOf, makeCheckedTarget, makeTexture } from './textures.js';

export interface Device {
  readonly gl: WebGL2RenderingContext;
  readonly borrow: Borrow;
  readonly format: Format;
  /** Why counts are not rendered into float textures, or null. */
  readonly formatReason: string | null;
  readonly vertexArray: WebGLVertexArrayObject;
  /** A texture of states that stands for none. */
  readonly blank: WebGLTexture;
  readonly maxSize: number;
  /** EXT_disjoint_timer_query_webgl2, or null; set to null where it turns out not to work. */
  timer: { readonly TIME_ELAPSED_EXT: GLenum; readonly GPU_DISJOINT_EXT: GLenum } | null;
  /** The program for an arithmetic and an output, linked when it is first asked for. */
  program(arithmetic: GpuArithmetic, output: Output): ProgramInfo;
  /** Throws LaneLostError if the context has been lost since the device was made. */
  check(): void;
  /** Whether the context has been lost since the device was made. */
  isLost(): boolean;
  /** Called when the context is lost: objects of this device are gone, whatever comes after. */
  lose(): void;
  delete(): void;
}

function link(gl: WebGL2RenderingContext, fragment: string): ProgramInfo {
  let log = '';
  const program = createProgramInfo(gl, [screen, fragment], (message: string) => {
    log += message;
  });
  if (!program) {
    if (gl.isContextLost()) throw new LaneLostError('the WebGL context of the gpu lane is lost');
    throw new LaneUnavailableError(`the shader does not compile here, so the gpu lane cannot run: ${log}`);
  }
  // They live on as long as their program.
  for (const shader of gl.getAttachedShaders(program.program) ?? []) gl.deleteShader(shader);
  return program;
}

/** Finds the kind of texture that the device renders into: float, or else unsigned. */
function findFormat(gl: WebGL2RenderingContext): { format: Format; formatReason: string | null } {
  const probe = (format: Format) => {
    for (const output of ['counts', 'states'] as const)
      deleteTarget(gl, makeCheckedTarget(gl, layoutOf(output, format), 2, 2));
  };
  let formatReason = 'EXT_color_buffer_float is missing here';
  try {
    if (gl.getExtension('EXT_color_buffer_float')) {
      probe(FLOAT);
      return { format: FLOAT, formatReason: null };
    }
  } catch (error) {
    if (!(error instanceof LaneUnavailableError)) throw error;
    formatReason = error.message.replace(/, so the gpu lane.*/, '');
  }
  probe(UNSIGNED);
  return { format: UNSIGNED, formatReason: `${formatReason}, so counts are rendered into R32UI textures` };
}

/** Makes a device on a context. Throws LaneUnavailableError if the context lacks what the lane needs. */
export function makeDevice(gl: WebGL2RenderingContext, own: boolean): Device {
  const borrow = makeBorrow(gl, own);
  const { format, formatReason } = borrow(() => findFormat(gl));
  const programs = new Map<string, ProgramInfo>();
  const vertexArray = gl.createVertexArray();
  const blank = borrow(() => makeTexture(gl, layoutOf('states', format), 1, 1));
  let lost = false;
  const device: Device = {
    gl,
    borrow,
    format,
    formatReason,
    vertexArray,
    blank,
    maxSize: gl.getParameter(gl.MAX_TEXTURE_SIZE),
    timer: gl.getExtension('EXT_disjoint_timer_query_webgl2'),

    program(arithmetic, output) {
      const name = `${arithmetic} ${output}`;
      let program = programs.get(name);
      if (!program) {
        program = link(gl, fragmentSource(arithmetic, output, format));
        programs.set(name, program);
      }
      return program;
    },

    check() {
      if (lost || gl.isContextLost()) {
        throw new LaneLostError('the WebGL context of the gpu lane is lost; calls fail until it is restored');
      }
    },

    isLost: () => lost,

    lose() {
      lost = true;
    },

    delete() {
      for (const { program } of programs.values()) gl.deleteProgram(program);
      gl.deleteVertexArray(vertexArray);
      gl.deleteTexture(blank);
    },
  };
  return device;
}
