#version 300 es
// Sum of two arrays of complex numbers (re, im).
precision highp float;
uniform highp sampler2D a;
uniform highp sampler2D b;
out vec2 sum;

void main() {
  ivec2 pixel = ivec2(gl_FragCoord.xy);
  sum = texelFetch(a, pixel, 0).rg + texelFetch(b, pixel, 0).rg;
}
