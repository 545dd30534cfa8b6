/** What a lane keeps on the GPU from call to call: programs and a vertex array. A context that is restored gets a new device. */
import { createProgramInfo, type ProgramInfo } from 'twgl.js';
import screen from '../../glsl/screen.vert';
import { LaneLostError, LaneUnavailableError } from '../errors.js';
import { type Borrow, makeBorrow } from './borrow.js';
import type { GpuArithmetic } from './precision.js';
import { FLOAT, type Format, fragmentSource, type Output, UNSIGNED } from './shaders.js';
import { deleteTarget, layoutOf, makeCheckedTarget, makeTexture } from './textures.js';

/** What a device of any lane has. */
export interface Base {
  /** The lane's name, for messages. */
  readonly lane: string;
  readonly gl: WebGL2RenderingContext;
  readonly borrow: Borrow;
  /** What counts are rendered into. */
  readonly format: Format;
  readonly vertexArray: WebGLVertexArrayObject;
  readonly maxSize: number;
  /** EXT_disjoint_timer_query_webgl2, or null; set to null where it turns out not to work. */
  timer: { readonly TIME_ELAPSED_EXT: GLenum; readonly GPU_DISJOINT_EXT: GLenum } | null;
  /** Links a program of the device, which draws one triangle over the viewport. */
  link(fragment: string): ProgramInfo;
  /** Throws LaneLostError if the context has been lost since the device was made, and LaneUnavailableError once it is deleted. */
  check(): void;
  /** Whether the context has been lost since the device was made. */
  isLost(): boolean;
  /** Called when the context is lost: objects of this device are gone, whatever comes after. */
  lose(): void;
  delete(): void;
}

/** The gpu lane's. */
export interface Device extends Base {
  /** Why counts are not rendered into float textures, or null. */
  readonly formatReason: string | null;
  /** A texture of states that stands for none. */
  readonly blank: WebGLTexture;
  /** The program for an arithmetic and an output, with fractions or without, linked when it is first asked for. */
  program(arithmetic: GpuArithmetic, output: Output, smooth: boolean): ProgramInfo;
}

function link(gl: WebGL2RenderingContext, fragment: string, lane: string): ProgramInfo {
  let log = '';
  const program = createProgramInfo(gl, [screen, fragment], (message: string) => {
    log += message;
  });
  if (!program) {
    throw new LaneUnavailableError(`the shader does not compile here, so the ${lane} lane cannot run: ${log}`);
  }
  // They live on as long as their program.
  for (const shader of gl.getAttachedShaders(program.program) ?? []) gl.deleteShader(shader);
  return program;
}

/** Finds the kind of texture that the device renders into: float, or else unsigned. */
function findFormat(gl: WebGL2RenderingContext): { format: Format; formatReason: string | null } {
  const probe = (format: Format) => {
    for (const output of ['counts', 'states'] as const)
      deleteTarget(gl, makeCheckedTarget(gl, layoutOf(output, format), { width: 2, height: 2, smooth: false }));
  };
  let formatReason = 'EXT_color_buffer_float is missing here';
  try {
    if (gl.getExtension('EXT_color_buffer_float')) {
      probe(FLOAT);
      return { format: FLOAT, formatReason: null };
    }
  } catch (error) {
    if (!(error instanceof LaneUnavailableError)) throw error;
    formatReason = 'float framebuffers are not complete here, though EXT_color_buffer_float is there';
  }
  probe(UNSIGNED);
  return { format: UNSIGNED, formatReason: `${formatReason}, so counts are rendered into R32UI textures` };
}

/** Makes what a device of any lane has. */
export function makeBase(lane: string, gl: WebGL2RenderingContext, borrow: Borrow, format: Format): Base {
  const programs: ProgramInfo[] = [];
  const vertexArray = gl.createVertexArray();
  let lost = false;
  let deleted = false;
  const check = () => {
    // Calls at work may not have heard of close() yet: nothing more is drawn into a context that goes on.
    if (deleted) throw new LaneUnavailableError(`the ${lane} lane is closed`);
    if (lost || gl.isContextLost()) {
      throw new LaneLostError(`the WebGL context of the ${lane} lane is lost; calls fail until it is restored`);
    }
  };
  return {
    lane,
    gl,
    borrow(body) {
      check();
      try {
        return borrow(body);
      } catch (error) {
        // A context that is lost meanwhile gives null for everything.
        check();
        throw error;
      }
    },
    format,
    vertexArray,
    maxSize: gl.getParameter(gl.MAX_TEXTURE_SIZE),
    timer: gl.getExtension('EXT_disjoint_timer_query_webgl2'),

    link(fragment) {
      const program = link(gl, fragment, lane);
      programs.push(program);
      return program;
    },

    check,

    isLost: () => lost,

    lose() {
      lost = true;
    },

    delete() {
      deleted = true;
      for (const { program } of programs) gl.deleteProgram(program);
      gl.deleteVertexArray(vertexArray);
    },
  };
}

/** Makes the gpu lane's device on a context. Throws LaneUnavailableError if the context lacks what the lane needs. */
export function makeDevice(gl: WebGL2RenderingContext, own: boolean): Device {
  const borrow = makeBorrow(gl, own);
  const { format, formatReason } = borrow(() => findFormat(gl));
  const base = makeBase('gpu', gl, borrow, format);
  const programs = new Map<string, ProgramInfo>();
  const blank = base.borrow(() => makeTexture(gl, layoutOf('states', format), 1, 1));
  return {
    ...base,
    formatReason,
    blank,

    program(arithmetic, output, smooth) {
      const name = `${arithmetic} ${output} ${smooth}`;
      let program = programs.get(name);
      if (!program) {
        program = base.link(fragmentSource(arithmetic, output, smooth, format));
        programs.set(name, program);
      }
      return program;
    },

    delete() {
      base.delete();
      gl.deleteTexture(blank);
    },
  };
}
