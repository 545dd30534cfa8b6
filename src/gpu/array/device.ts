/** What the gpu-array lane keeps on the GPU from call to call: one program for each array operation. */
import type { ProgramInfo } from 'twgl.js';
import add from '../../../glsl/array/add.frag';
import addScalar from '../../../glsl/array/add-scalar.frag';
import greater from '../../../glsl/array/greater.frag';
import ifPositive from '../../../glsl/array/if-positive.frag';
import multiply from '../../../glsl/array/multiply.frag';
import squaredModulus from '../../../glsl/array/squared-modulus.frag';
import { LaneUnavailableError } from '../../errors.js';
import { makeBorrow } from '../borrow.js';
import { type Base, makeBase } from '../device.js';
import { FLOAT } from '../shaders.js';
import { deleteTarget, makeCheckedTarget } from '../textures.js';
import { KINDS } from './arrays.js';

const SOURCES = { add, addScalar, greater, ifPositive, multiply, squaredModulus };

export type Operation = keyof typeof SOURCES;

export interface ArrayDevice extends Base {
  readonly programs: Readonly<Record<Operation, ProgramInfo>>;
}

/** Makes the lane's device on a context. Throws LaneUnavailableError if the context can't render into float textures. */
export function makeArrayDevice(gl: WebGL2RenderingContext, own: boolean): ArrayDevice {
  if (!gl.getExtension('EXT_color_buffer_float')) {
    throw new LaneUnavailableError(
      'EXT_color_buffer_float is missing here, so the gpu-array lane has no float arrays to compute with',
    );
  }
  const base = makeBase('gpu-array', gl, makeBorrow(gl, own), FLOAT);
  try {
    const programs = base.borrow(() => {
      for (const kind of KINDS)
        deleteTarget(gl, makeCheckedTarget(gl, kind, { width: 2, height: 2, smooth: false }, base.lane));
      return Object.entries(SOURCES).map(([name, source]) => [name, base.link(source)]);
    });
    return { ...base, programs: Object.fromEntries(programs) };
  } catch (error) {
    base.delete();
    throw error;
  }
}
