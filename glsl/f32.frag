// Arithmetic in f32: a Point is (re, im), and every operation is rounded once.
#define Point vec2
#define BLOCK 8
#define REPEAT(step) step step step step step step step step
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

Point choose(Point a, Point b, bool second) {
  return mix(a, b, bvec2(second));
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

float size(Orbit z) {
  return z.re2 + z.im2;
}
