#version 300 es
// Escape counts of a tile. Texel (column, row) of the R32F target holds the count of that pixel of the tile;
// columns is a width × 1 and rows a 1 × height R32F texture with the coordinates of the tile's pixels.
precision highp float;
precision highp int;
precision highp sampler2D;

uniform sampler2D columns;
uniform sampler2D rows;
uniform int maxIterations;
uniform float bailout2;

out float count;

void main() {
  ivec2 pixel = ivec2(gl_FragCoord.xy);
  float cRe = texelFetch(columns, ivec2(pixel.x, 0), 0).r;
  float cIm = texelFetch(rows, ivec2(0, pixel.y), 0).r;
  float zRe = 0.0;
  float zIm = 0.0;
  int n = 1;
  for (; n < maxIterations; n++) {
    float re = (zRe * zRe - zIm * zIm) + cRe;
    zIm = (2.0 * zRe * zIm) + cIm;
    zRe = re;
    if (zRe * zRe + zIm * zIm > bailout2) break;
  }
  count = float(n);
}
