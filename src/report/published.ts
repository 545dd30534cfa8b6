/** The figures that the two articles give, in seconds, and the lanes that work as their programs do. */
import { find, type Case, crossover, type Point, region, threadsIn } from './figures.js';
import * as format from './format.js';

interface Figure {
  approach: string;
  /** The lane that stands for it. */
  lane: string;
  /** Side of the square, in pixels. */
  n: number;
  seconds: number;
  maxIterations: number;
}

export interface Article {
  title: string;
  machine: string;
  /** How their work differs from ours. */
  notes: string[];
  /** Its grid, as `region` writes it. */
  region: string;
  bailoutRadius: number;
  figures: Figure[];
}

const seminar = ([approach, lane, seconds]: [approach: string, lane: string, seconds: number]): Figure => ({
  approach,
  lane,
  n: 400,
  seconds,
  maxIterations: 512,
});

/** The post's procedural program runs 50 iterations, its TensorFlow ones 250. */
const post =
  (approach: string, lane: string, iterations: number) =>
  ([n, seconds]: [n: number, seconds: number]): Figure => ({
    approach,
    lane,
    n,
    seconds,
    maxIterations: iterations + 1,
  });

const SEMINAR: Article = {
  title: 'The seminar: compu-salon, episode 10, high-performance Python',
  machine: 'its author’s laptop: OS X, 4 virtual cores, a GPU without double precision',
  notes: [
    '400² pixels and 512 iterations; warmed-up runtimes.',
    'PyCUDA computes in single precision, the others in double.',
    'numexpr and Cython run on one thread; numexpr computes z² + c for pixels that have escaped, too.',
  ],
  region: '-2,1,-1,1,true',
  bailoutRadius: 2,
  figures: (
    [
      ['Python', 'basic', 5.88],
      ['PyPy', 'basic', 0.56],
      ['numpy', 'array', 5.6],
      ['numexpr', 'fused', 2.06],
      ['Cython', 'compiled', 0.11],
      ['PyCUDA gpuarray', 'gpu-array', 2.07],
      ['PyCUDA ElementwiseKernel', 'gpu', 0.25],
    ] as [string, string, number][]
  ).map(seminar),
};

const POST: Article = {
  title: 'The post: How To Make Python Code Run on the GPU',
  machine:
    'MacBook Pro 16-inch 2021, Apple M1 Pro, 16 GB, macOS 12.7, TensorFlow 2.14.0, tensorflow-metal 1.1.0; 29 October 2023',
  notes: [
    'CPU Basic runs 50 iterations (maxIterations 51 here), TensorFlow 250 (251): their times are of different work.',
    'TensorFlow computes in complex64, which is f32, and without masks: every pixel runs all iterations.',
  ],
  region: '-2,0.5,-1.3,1.3,false',
  bailoutRadius: 4,
  figures: [
    ...(
      [
        [500, 0.484236],
        [2500, 12.377721],
        [5000, 47.234169],
      ] as [number, number][]
    ).map(post('CPU Basic', 'basic', 50)),
    ...(
      [
        [500, 0.372497],
        [2500, 2.682249],
        [5000, 13.176994],
        [10000, 42.316472],
        [15000, 170.987643],
      ] as [number, number][]
    ).map(post('TensorFlow GPU', 'gpu-array', 250)),
    ...(
      [
        [500, 0.265922],
        [2500, 2.552139],
        [5000, 12.820812],
        [10000, 46.460504],
        [15000, 328.967006],
      ] as [number, number][]
    ).map(post('TensorFlow CPU', 'array, unmasked', 250)),
  ],
};

export const ARTICLES = [SEMINAR, POST];

/** One of their figures, and ours of the same grid. */
export interface Beside extends Figure {
  size: string;
  /** Median of our lane's total in milliseconds, the maxIterations that it ran and its threads; null where it did not run. */
  ours: { ms: number; maxIterations: number; threads: number } | null;
  /** How many times as fast ours is; null unless it did the same work, on one thread. */
  ratio: number | null;
}

/** Their figures beside ours, of jobs on the same grid, with the same bailout radius and without fractions. One with as many iterations is preferred; another one is shown, but not divided by. */
export function beside(article: Article, groups: readonly Case[]): Beside[] {
  const jobs = groups
    .flatMap(({ jobs }) => jobs)
    .filter(
      ({ job: { grid, bailoutRadius, smooth } }) =>
        region(grid) === article.region && bailoutRadius === article.bailoutRadius && !smooth,
    );
  return article.figures.map((figure) => {
    const candidates = jobs
      .filter(({ job: { grid } }) => grid.width === figure.n && grid.height === figure.n)
      .flatMap((rows) => {
        const result = find(rows, figure.lane);
        const ms = result?.total?.median;
        return ms ? [{ ms, maxIterations: rows.job.maxIterations, threads: threadsIn(result.device) ?? 1 }] : [];
      });
    const same = candidates.find(({ maxIterations }) => maxIterations === figure.maxIterations);
    return {
      ...figure,
      size: format.size({ width: figure.n, height: figure.n }),
      ours: same ?? candidates[0] ?? null,
      ratio: same?.threads === 1 ? (figure.seconds * 1000) / same.ms : null,
    };
  });
}

/** The crossover of the post's own figures, by the interpolation that ours go through. */
export function postCrossover() {
  const points = (approach: string): Point[] =>
    POST.figures
      .filter((figure) => figure.approach === approach)
      .map(({ n, seconds }) => ({ pixels: n * n, size: '', ms: seconds * 1000 }));
  return crossover(points('TensorFlow CPU'), points('TensorFlow GPU'));
}
