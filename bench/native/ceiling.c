/* The CPU kernel's native ceiling: the bare recurrence z^2 + c in 128-bit vectors, without
   any escape test, for 4 to 8 independent chains. For every line of input, runs and most chains
   (such as "200 8"), it prints a line of JSON, the best iterations/s by number of chains.
   Build: gcc -O3 -ffp-contract=off ceiling.c -o ceiling     Run: echo 200 8 | ./ceiling */
#include <stdio.h>
#include <time.h>

typedef double v2 __attribute__((vector_size(16)));
enum { STEPS = 400000 };
static volatile double sink;

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

/* One function a chain count, so that every array below is unrolled into registers. */
#define CEILING(N)                                                              \
  static double __attribute__((noinline)) ceiling##N(void) {                    \
    v2 re[N], im[N], cRe[N], cIm[N];                                            \
    _Pragma("GCC unroll 8") for (int i = 0; i < N; i++) {                       \
      cRe[i] = re[i] = (v2){-0.1 - 0.01 * i, -0.11 - 0.01 * i};                 \
      cIm[i] = im[i] = (v2){0.2 + 0.01 * i, 0.21 + 0.01 * i};                   \
      __asm__ volatile("" : "+x"(cRe[i]), "+x"(cIm[i]));                        \
    }                                                                           \
    double begin = seconds();                                                   \
    for (int n = 0; n < STEPS; n++)                                             \
      _Pragma("GCC unroll 8") for (int i = 0; i < N; i++) {                     \
        v2 t = (re[i] * re[i] - im[i] * im[i]) + cRe[i];                        \
        im[i] = (re[i] + re[i]) * im[i] + cIm[i];                               \
        re[i] = t;                                                              \
      }                                                                         \
    double took = seconds() - begin, sum = 0;                                   \
    _Pragma("GCC unroll 8") for (int i = 0; i < N; i++) sum += re[i][0] + im[i][1]; \
    sink = sum;                                                                 \
    return 2.0 * N * STEPS / took;                                              \
  }
CEILING(4) CEILING(5) CEILING(6) CEILING(7) CEILING(8)

int main(void) {
  double (*variants[])(void) = {ceiling4, ceiling5, ceiling6, ceiling7, ceiling8};
  int runs, most;
  while (scanf("%d %d", &runs, &most) == 2) {
    double best[5] = {0};
    for (int run = 0; run < runs; run++)
      for (int k = 0; k <= most - 4; k++) {
        double rate = variants[k]();
        if (rate > best[k]) best[k] = rate;
      }
    printf("{");
    for (int k = 0; k <= most - 4; k++) printf("%s\"%d\":%.4g", k ? "," : "", k + 4, best[k]);
    printf("}\n");
    fflush(stdout);
  }
}
