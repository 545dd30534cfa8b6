#version 300 es
// Comparison of two arrays of real numbers: 1 where a is greater than b, else 0.
precision highp float;
uniform highp sampler2D a;
uniform highp sampler2D b;
out float isGreater;

void main() {
  ivec2 pixel = ivec2(gl_FragCoord.xy);
  isGreater = float(texelFetch(a, pixel, 0).r > texelFetch(b, pixel, 0).r);
}
