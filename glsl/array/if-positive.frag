#version 300 es
// Choice between two arrays, both of complex numbers (re, im) or both of real ones, whose second component is dropped: a where a third
// array, of real numbers, is positive, else b.
precision highp float;
uniform highp sampler2D condition;
uniform highp sampler2D a;
uniform highp sampler2D b;
out vec2 choice;

void main() {
  ivec2 pixel = ivec2(gl_FragCoord.xy);
  bool isPositive = texelFetch(condition, pixel, 0).r > 0.0;
  choice = isPositive ? texelFetch(a, pixel, 0).rg : texelFetch(b, pixel, 0).rg;
}
