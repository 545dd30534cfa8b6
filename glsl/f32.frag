// Arithmetic in f32: a Point is (re, im), and every operation is rounded once.
#define Point vec2
#define BLOCK 8
#define REPEAT(step) step step step step step step step step
// An orbit has escaped when size(orbit) > BAILOUT. The bits of positive floats are in the same order as the floats, with infinity and
// NaN behind them: no driver's idea of a NaN's order can hide an escape that has run on to one.
#define BAILOUT floatBitsToUint(bailout2.x)

struct Orbit {
  float re, im, re2, im2;
};

Point pointAt(vec2 column, vec2 row) {
  return vec2(column.x, row.x);
}

vec2 leading(Point c) {
  return c;
}

vec4 pack(Point z) {
  return vec4(z, 0.0, 0.0);
}

Point unpack(vec4 texel) {
  return texel.xy;
}

Point pointOf(Orbit z) {
  return vec2(z.re, z.im);
}

Orbit orbitAt(Point z) {
  return Orbit(z.x, z.y, z.x * z.x, z.y * z.y);
}

Orbit iterate(Orbit z, Point c) {
  return orbitAt(vec2((z.re2 - z.im2) + c.x, (2.0 * z.re * z.im) + c.y));
}

uint size(Orbit z) {
  return floatBitsToUint(z.re2 + z.im2);
}
