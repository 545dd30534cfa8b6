/** What threads compute at a time: a band, some of a job's rows, with all it takes. */
import type { Work } from '../check.js';
import { coordinatesOf, type Rectangle } from '../grid.js';
import type { Run } from '../lane.js';

export interface Band {
  /** Real parts of the band's columns. */
  columns: Float64Array;
  /** Imaginary parts of its rows. */
  rows: Float64Array;
  maxIterations: number;
  /** The square of bailoutRadius. */
  bailout2: number;
  /** Whether to give fractions, too. */
  smooth: boolean;
}

/** Where a band's counts go, and its fractions. */
export interface Places {
  /** Its rows fill them one after another. */
  counts: Float32Array[];
  /** Null where none are wanted. */
  fractions: Float32Array | null;
}

/** Milliseconds that went into a band. */
export interface BandTiming {
  compute: number;
  transfer: number;
}

/** Computes one band at a time. Threads have one each. */
export interface BandEngine {
  /**
   * Computes a band, with turns for the event loop.
   *
   * @param breathe is awaited between slices of work; what it throws stops the band, and the engine is ready for another one
   */
  run(band: Band, places: Places, breathe: () => Promise<void>): Promise<BandTiming>;
}

/**
 * Cuts a job into the bands that threads share out: each is a tile or, of a job without fractions, several of the same columns and height.
 * Tiles that are streamed are handed on, and must be small. It is told, with the wish for the next band, how many pixels of a finished one took
 * a millisecond, once that is known.
 */
export type Cut = (
  work: Work,
  run: Pick<Run, 'streamed' | 'shared'>,
  threads: number,
) => Generator<Rectangle[], void, number | undefined>;

/** Rows of tiles, all of the same height, one after another. */
function join(parts: Float64Array[]): Float64Array {
  const [{ length }] = parts;
  const joined = new Float64Array(parts.length * length);
  for (const [i, part] of parts.entries()) joined.set(part, i * length);
  return joined;
}

/** Makes bands of a job: of tiles, their rows one after another. A band with the columns of the band before shares its array of them. */
export function bandsOf({ grid, maxIterations, bailoutRadius, smooth }: Work): (tiles: Rectangle[]) => Band {
  const coordinates = coordinatesOf(grid);
  return (tiles) => {
    const parts = tiles.map(coordinates);
    const rows = join(parts.map(({ rows }) => rows));
    return { columns: parts[0].columns, rows, maxIterations, bailout2: bailoutRadius * bailoutRadius, smooth };
  };
}

/** The caller's arrays for a band of such tiles. */
export const placesOf = ({ place, placeFractions }: Run, tiles: Rectangle[]): Places => ({
  counts: tiles.map(place),
  fractions: placeFractions(tiles[0]),
});

/** Both for tiles of a band that is a whole grid, of its width. */
export function partOf(band: Band, { counts: [counts], fractions }: Places, tiles: Rectangle[]): [Band, Places] {
  const width = band.columns.length;
  const within = (whole: Float32Array, { row, height }: Rectangle) =>
    whole.subarray(row * width, (row + height) * width);
  return [
    { ...band, rows: join(tiles.map(({ row, height }) => band.rows.subarray(row, row + height))) },
    { counts: tiles.map((tile) => within(counts, tile)), fractions: fractions && within(fractions, tiles[0]) },
  ];
}

/** Copies numbers into arrays, one after another. */
export function deal(numbers: Float32Array | Float64Array | Int32Array, arrays: Float32Array[]): void {
  let from = 0;
  for (const array of arrays) array.set(numbers.subarray(from, (from += array.length)));
}
