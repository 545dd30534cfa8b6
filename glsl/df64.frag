// Arithmetic in double-single, about 48 bits: a number is the sum of a vec2's (high, low), a Point is (re, im) as four floats.
// Sums after Knuth and Dekker: https://doi.org/10.1007/BF01397083; the operations as in https://doi.org/10.1145/3121432.
#define Point vec4
#define BLOCK 4
#define REPEAT(step) step step step step

// 0, which the compiler does not know. A float that has been through an integer operation with it is opaque, so the rounding errors
// computed from it can't be simplified to 0, nor can a product before it be fused into a sum.
uniform uint zero;

struct Orbit {
  vec2 re, im, re2, im2;
};

float hold(float value) {
  return uintBitsToFloat(floatBitsToUint(value) ^ zero);
}

// The high 12 bits: products of two such halves are exact.
float half12(float value) {
  return uintBitsToFloat(floatBitsToUint(value) & 0xfffff000u);
}

// a + b, where |a| >= |b|
vec2 quickSum(float a, float b) {
  float sum = hold(a + b);
  return vec2(sum, b - (sum - a));
}

vec2 exactSum(float a, float b) {
  float sum = hold(a + b);
  float part = hold(sum - a);
  return vec2(sum, (a - (sum - part)) + (b - part));
}

vec2 exactProduct(float a, float b) {
  float product = hold(a * b);
  float aHigh = half12(a);
  float bHigh = half12(b);
  float aLow = a - aHigh;
  float bLow = b - bHigh;
  return vec2(product, (((aHigh * bHigh - product) + aHigh * bLow) + aLow * bHigh) + aLow * bLow);
}

vec2 add(vec2 a, vec2 b) {
  vec2 high = exactSum(a.x, b.x);
  vec2 low = exactSum(a.y, b.y);
  vec2 sum = quickSum(high.x, high.y + low.x);
  return quickSum(sum.x, sum.y + low.y);
}

vec2 multiply(vec2 a, vec2 b) {
  vec2 product = exactProduct(a.x, b.x);
  return quickSum(product.x, product.y + (a.x * b.y + a.y * b.x));
}

vec2 square(vec2 a) {
  vec2 product = exactProduct(a.x, a.x);
  return quickSum(product.x, product.y + 2.0 * (a.x * a.y));
}

Point pointAt(vec2 column, vec2 row) {
  return vec4(column, row);
}

vec2 leading(Point c) {
  return c.xz;
}

vec4 pack(Point z) {
  return z;
}

Point unpack(vec4 texel) {
  return texel;
}

Point choose(Point a, Point b, bool second) {
  return mix(a, b, bvec4(second));
}

Point pointOf(Orbit z) {
  return vec4(z.re, z.im);
}

Orbit orbitAt(Point z) {
  return Orbit(z.xy, z.zw, square(z.xy), square(z.zw));
}

Orbit iterate(Orbit z, Point c) {
  vec2 re = add(add(z.re2, -z.im2), c.xy);
  vec2 im = add(multiply(2.0 * z.re, z.im), c.zw);
  return orbitAt(vec4(re, im));
}

// |z|², rounded up where only its low part is above that of bailout2
float size(Orbit z) {
  vec2 sum = add(z.re2, z.im2);
  return uintBitsToFloat(floatBitsToUint(sum.x) + uint(sum.x == bailout2.x && sum.y > bailout2.y));
}
