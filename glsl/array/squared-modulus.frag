#version 300 es
// Squared modulus of an array of complex numbers (re, im): an array of real ones.
precision highp float;
uniform highp sampler2D a;
out float modulus2;

void main() {
  vec2 x = texelFetch(a, ivec2(gl_FragCoord.xy), 0).rg;
  modulus2 = x.r * x.r + x.g * x.g;
}
