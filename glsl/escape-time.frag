// Escape counts of a tile. A texel of the target holds the count of its pixel; where WORK is defined, the steps that it took; or, with STATES, what is left of its
// orbit after a part of the iterations: z as (re, im), each as (high, low) in df64; (DONE, 0, count, fraction) once the count is known.
// With SMOOTH, a second target gets the fractions, as the bits of floats where texels are integers; src/smooth.ts has the formula. Without, they are 0.
// columns is a width × 1 and rows a 1 × height RG32F texture with the coordinates of the tile's pixels as (high, low); they may be larger than
// the tile.

// Greater than any z of an orbit that goes on, as its square is infinite.
#define DONE 3.0e38
// Points closer to the edge than this are iterated, so that none that escapes in rounded arithmetic is called interior.
#define MARGIN 1.0e-5
// An orbit is followed until |z|² is above this and above bailout2, FAR steps behind its count at most.
#define LARGE2 65536.0
#define FAR 64

uniform highp sampler2D columns;
uniform highp sampler2D rows;
uniform STATE_SAMPLER states;
// (1 / width, 1 / height) of columns and rows.
uniform vec2 texelSize;
// The target's pixel where the tile begins.
uniform ivec2 origin;
// Steps to do, the first and the one after the last. A tile begins with step 1; in between, from − to is a multiple of BLOCK.
uniform int from;
uniform int to;
uniform int maxIterations;
// Whether interior points may be recognized; off to time the bare iteration.
uniform bool shortcuts;
#ifdef SMOOTH
// The binary logarithm of bailoutRadius².
uniform float radiusBits;
#endif

#ifdef STATES
out STATE_TEXEL state;
#else
layout(location = 0) out COUNT_TEXEL count;
#ifdef SMOOTH
layout(location = 1) out COUNT_TEXEL fraction;
#endif
#endif

// The main cardioid and the disc to its left, where no orbit escapes.
bool isInterior(vec2 c) {
  float re = c.x - 0.25;
  float im2 = c.y * c.y;
  float q = re * re + im2;
  float disc = (c.x + 1.0) * (c.x + 1.0) + im2;
  return any(bvec2(q * (q + re) < 0.25 * im2 - MARGIN, disc < 0.0625 - MARGIN));
}

// Whether a |z|² is above a limit. The bits of positive floats are in the same order as the floats, with infinity and NaN behind
// them. An orbit that has escaped may run on to one, whose order is every driver's own: what is kept is the largest size before.
bool isAbove(float size, float limit) {
  return floatBitsToUint(size) > floatBitsToUint(limit);
}

bool hasEscaped(float size) {
  return isAbove(size, bailout2.x);
}

#ifdef SMOOTH
// The fraction of an orbit with the count n, from a z of index m that is inside.
float fractionOf(Orbit orbit, Point c, int m, int n) {
  bool inside = true;
  while (inside) {
    inside = !isAbove(size(orbit), max(LARGE2, bailout2.x)) && m < n + FAR;
    if (inside) {
      orbit = iterate(orbit, c);
      m++;
    }
  }
  // Scaled, so that its square is finite wherever it is.
  vec2 z = leading(pointOf(orbit)) * exp2(-65.0);
  float bits = max(16.0, log2(dot(z, z)) + 130.0);
  return float(m - n + 1) - log2(bits / radiusBits);
}
#endif

// Neighbours share a processor without branches, a software renderer's vector or a GPU's: it does all that any of them does. So there is
// one way through main for all pixels, and any() and all() stand where || and && would branch (SwiftShader: a fifth faster).
void main() {
  ivec2 pixel = ivec2(gl_FragCoord.xy) - origin;
  // The nearest texel to its centre: SwiftShader takes longer over texelFetch.
  vec2 at = (vec2(pixel) + 0.5) * texelSize;
  Point c = pointAt(texture(columns, vec2(at.x, 0.5)).rg, texture(rows, vec2(0.5, at.y)).rg);
  Point z = Point(0.0);
  vec4 texel = vec4(0.0);
  if (from > 1) {
    texel = UNPACK(texelFetch(states, pixel, 0));
    z = unpack(texel);
  }
  // What a draw before has found out stays.
  bool known = texel.x == DONE;
  // Whether there is nothing to iterate for: the orbit never escapes, or is known.
  bool inside = any(bvec2(known, all(bvec3(shortcuts, from == 1, isInterior(leading(c))))));

  // Blocks of steps without a branch in between: the greatest size shows whether the orbit has escaped in one.
  // Brent: an orbit that comes back to a state of its own never escapes. The kept state is renewed after 1, 2, 4, 8 … blocks.
  Orbit orbit = orbitAt(z);
  Point before;
  Point kept = z;
  // Both it and inside are added to, never set anew: of what a loop sets in each round llvmpipe has the last round's value, even for pixels
  // that left the loop before.
  float worst = 0.0;
  int renewal = from;
  int n = from - BLOCK;
  do {
    n += BLOCK;
    before = pointOf(orbit);
    bool renews = n >= renewal;
    kept = choose(kept, before, renews);
    renewal += int(renews) * (renewal - from + BLOCK);
    REPEAT(orbit = iterate(orbit, c); worst = max(worst, size(orbit));)
    inside = any(bvec2(inside, all(bvec2(shortcuts, pointOf(orbit) == kept))));
  } while (!any(bvec3(hasEscaped(worst), inside, n + BLOCK >= to)));

  // The block again, counted. Steps behind the last one do not count.
  int first = n;
  Orbit again = orbitAt(before);
  float most = 0.0;
  REPEAT(again = iterate(again, c); most = max(most, size(again)); n += int(!hasEscaped(most));)
  bool escapes = all(bvec2(hasEscaped(worst), !inside));
  int found = escapes ? min(n, maxIterations) : maxIterations;
  float part = 0.0;
#ifdef SMOOTH
  if (found < maxIterations) part = fractionOf(orbitAt(before), c, first - 1, n);
#endif
#if defined(STATES)
  vec4 done = known ? texel : vec4(DONE, 0.0, float(found), part);
  state = PACK(any(bvec3(known, inside, escapes)) ? done : pack(pointOf(orbit)));
#elif defined(WORK)
  count = COUNT_TEXEL(known ? 0 : n);
#else
  count = COUNT_TEXEL(known ? int(texel.z) : found);
#ifdef SMOOTH
  fraction = PACK(known ? texel.w : part);
#endif
#endif
}
