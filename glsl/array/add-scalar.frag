#version 300 es
// Sum of an array of real numbers and one number.
precision highp float;
uniform highp sampler2D a;
uniform float scalar;
out float sum;

void main() {
  sum = texelFetch(a, ivec2(gl_FragCoord.xy), 0).r + scalar;
}
