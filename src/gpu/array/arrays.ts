/**
 * Arrays on the GPU, and the operations on them: each is one draw that reads whole arrays from textures and writes a whole new one.
 *
 * An array of real numbers is an R32F texture, one of complex numbers an RG32F texture of (re, im). Textures of arrays that are given
 * up are taken for later results, as an array library's memory pool does.
 */
import { setUniforms } from 'twgl.js';
import { checkTarget, deleteTarget, makeTarget, type Target } from '../textures.js';
import type { ArrayDevice, Operation } from './device.js';

/** Of real or of complex numbers. */
export const KINDS = ['R32F', 'RG32F'] as const;
export type Kind = (typeof KINDS)[number];

export interface GpuArray extends Target {
  readonly kind: Kind;
}

/** To be used on borrowed state. */
export interface Arrays {
  /** Makes room for one more array. */
  reserve(kind: Kind): GpuArray;
  /** Throws LaneUnavailableError if there was no memory for an array. Waits for the GPU. */
  check(array: GpuArray): void;
  /** Gives up all arrays. Those made from now on have width × height elements. */
  begin(width: number, height: number): void;
  /** An array whose elements are still to be filled. */
  empty(kind: Kind): GpuArray;
  /** Fills rows of an array, from `row` on, with numbers from the page. */
  fill(array: GpuArray, row: number, rows: number, numbers: Float32Array): void;
  multiply(a: GpuArray, b: GpuArray): GpuArray;
  add(a: GpuArray, b: GpuArray): GpuArray;
  addScalar(a: GpuArray, scalar: number): GpuArray;
  squaredModulus(a: GpuArray): GpuArray;
  /** 1 where a > b, else 0. */
  greater(a: GpuArray, b: GpuArray): GpuArray;
  /** a where the condition is above 0, else b. */
  ifPositive(condition: GpuArray, a: GpuArray, b: GpuArray): GpuArray;
  /** Gives an array up. */
  release(array: GpuArray): void;
  /** Deletes the textures of all arrays. */
  delete(): void;
}

/** A pool for arrays of at most width × height elements, without room for any at first. */
export function makeArrays(
  { gl, vertexArray, programs, lane, isLost }: ArrayDevice,
  width: number,
  height: number,
): Arrays {
  const all: GpuArray[] = [];
  const free: Record<Kind, GpuArray[]> = { R32F: [], RG32F: [] };
  const size = { width, height, smooth: false };

  const empty = (kind: Kind): GpuArray => {
    const array = free[kind].pop();
    if (!array) throw new Error(`there is no room for another ${kind} array`);
    return array;
  };

  const draw = (operation: Operation, kind: Kind, operands: Record<string, WebGLTexture | number>): GpuArray => {
    const result = empty(kind);
    const program = programs[operation];
    gl.bindFramebuffer(gl.FRAMEBUFFER, result.framebuffer);
    gl.bindVertexArray(vertexArray);
    gl.useProgram(program.program);
    setUniforms(program, operands);
    gl.viewport(0, 0, size.width, size.height);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    return result;
  };

  return {
    reserve(kind) {
      const array = { ...makeTarget(gl, kind, size), kind };
      all.push(array);
      free[kind].push(array);
      return array;
    },

    check: (array) => checkTarget(gl, array, array.kind, size, lane),

    begin(width, height) {
      Object.assign(size, { width, height });
      for (const kind of KINDS) free[kind] = all.filter((array) => array.kind === kind);
    },

    empty,

    fill({ kind, texture }, row, rows, numbers) {
      gl.activeTexture(gl.TEXTURE0);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      const format = kind === 'R32F' ? gl.RED : gl.RG;
      gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, row, size.width, rows, format, gl.FLOAT, numbers);
    },

    multiply: (a, b) => draw('multiply', 'RG32F', { a: a.texture, b: b.texture }),
    add: (a, b) => draw('add', 'RG32F', { a: a.texture, b: b.texture }),
    addScalar: (a, scalar) => draw('addScalar', 'R32F', { a: a.texture, scalar }),
    squaredModulus: (a) => draw('squaredModulus', 'R32F', { a: a.texture }),
    greater: (a, b) => draw('greater', 'R32F', { a: a.texture, b: b.texture }),
    ifPositive: (condition, a, b) =>
      draw('ifPositive', a.kind, { condition: condition.texture, a: a.texture, b: b.texture }),

    release: (array) => void free[array.kind].push(array),

    delete() {
      if (!isLost()) for (const array of all) deleteTarget(gl, array);
    },
  };
}
