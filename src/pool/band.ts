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
 * Cuts a job into the bands that threads share out: each is a tile or, of a job without fractions, two of the same columns and height.
 * Tiles that are streamed are handed on, and must be small. Each `next(rate)` passes in the pixels per millisecond of the last finished band,
 * once that is known.
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

/** The same numbers in shared memory, which costs a message nothing: a copy of 80 kB takes 0.5 ms. */
export function toShared<Numbers extends Float64Array | Int32Array>(numbers: Numbers): Numbers {
  const Numbers = numbers.constructor as new (buffer: SharedArrayBuffer) => Numbers;
  const shared = new Numbers(new SharedArrayBuffer(numbers.byteLength));
  shared.set(numbers);
  return shared;
}

/** A grid in shared memory, of which each worker takes one part after another until there is none. */
export interface Shared {
  /** Where the grid's numbers go. */
  image: Places;
  /**
   * First the number of the next part to take, then three numbers for each part, a tile or two as wide as the grid: their height, the first row,
   * and that of the second tile or −1. One array in shared memory, as many small objects are slow to send.
   */
  parts: Int32Array;
}

/** Puts all of a grid's parts into numbers, of which none is taken. */
export const toParts = (parts: Rectangle[][]): Shared['parts'] =>
  toShared(Int32Array.from([0, ...parts.flatMap(([{ height, row }, second]) => [height, row, second?.row ?? -1])]));

/** Takes the next part of a band that is a whole grid: its number, the part, and where its numbers go; null if there is none. */
export function takePart(band: Band, { image, parts }: Shared): [number, Band, Places] | null {
  const part = Atomics.add(parts, 0, 1);
  const [height, row, second] = parts.subarray(3 * part + 1, 3 * part + 4);
  if (!height) return null;
  const tiles = second < 0 ? [row] : [row, second];
  const { length } = band.columns;
  const within = (whole: Float32Array, row: number) => whole.subarray(row * length, (row + height) * length);
  const rows = join(tiles.map((row) => band.rows.subarray(row, row + height)));
  const counts = tiles.map((row) => within(image.counts[0], row));
  const fractions = image.fractions && within(image.fractions, row);
  return [part, { ...band, rows }, { counts, fractions }];
}

/** Copies numbers into arrays, one after another. */
export function deal(numbers: Float32Array | Float64Array | Int32Array, arrays: Float32Array[]): void {
  let from = 0;
  for (const array of arrays) array.set(numbers.subarray(from, (from += array.length)));
}
