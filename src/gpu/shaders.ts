/** The shader's variants, put together from the files in glsl/: arithmetic × output × kind of target. */
import df64 from '../../glsl/df64.frag';
import escapeTime from '../../glsl/escape-time.frag';
import f32 from '../../glsl/f32.frag';
import type { GpuArithmetic } from './precision.js';

/** What a draw writes: counts, the orbits' states between two draws, or the steps that the counts took. */
export type Output = 'counts' | 'states' | 'work';

/** A kind of texture to render into: float where the device can, else unsigned integers that hold the same. */
export interface Format {
  name: 'R32F' | 'R32UI';
  /** GLSL's side of it. */
  defines: Record<string, string>;
}

export const FLOAT: Format = {
  name: 'R32F',
  defines: {
    COUNT_TEXEL: 'float',
    STATE_TEXEL: 'vec4',
    STATE_SAMPLER: 'highp sampler2D',
    PACK: '',
    UNPACK: '',
  },
};

export const UNSIGNED: Format = {
  name: 'R32UI',
  defines: {
    COUNT_TEXEL: 'uint',
    STATE_TEXEL: 'uvec4',
    STATE_SAMPLER: 'highp usampler2D',
    PACK: 'floatBitsToUint',
    UNPACK: 'uintBitsToFloat',
  },
};

/** The fragment shader's source. `smooth` adds fractions to counts and states. */
export function fragmentSource(arithmetic: GpuArithmetic, output: Output, smooth: boolean, format: Format): string {
  const all = { ...format.defines, [output.toUpperCase()]: '', ...(smooth ? { SMOOTH: '' } : {}) };
  return [
    '#version 300 es',
    ...Object.entries(all).map(([name, value]) => `#define ${name} ${value}`),
    'precision highp float;',
    'precision highp int;',
    'uniform vec2 bailout2;',
    arithmetic === 'df64' ? df64 : f32,
    escapeTime,
  ].join('\n');
}
