#version 300 es
// Product of two arrays of complex numbers (re, im). Of a square, re·im + im·re is 2·re·im to the last bit: doubling rounds nothing.
precision highp float;
uniform highp sampler2D a;
uniform highp sampler2D b;
out vec2 product;

void main() {
  ivec2 pixel = ivec2(gl_FragCoord.xy);
  vec2 x = texelFetch(a, pixel, 0).rg;
  vec2 y = texelFetch(b, pixel, 0).rg;
  product = vec2(x.r * y.r - x.g * y.g, x.r * y.g + x.g * y.r);
}
