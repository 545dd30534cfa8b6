/** Where two lanes' counts differ: marks to lay over the picture, and their number. */
import { type Patch, type Picture, TILE } from './picture.js';
import { cellsIn, type View } from './view.js';

/** Magenta, RGBA bytes read as a number: no colour of a palette is nearer to it than 89, in RGB from 0 to 255. */
export const MARK = new Uint32Array(Uint8Array.of(255, 0, 255, 255).buffer)[0];
/** Pixels along the side of a tile's marks: they reach a pixel beyond it all around. */
const SIDE = TILE + 2;
/** Milliseconds of marking between two frames. */
const BUDGET = 6;

interface Marks {
  readonly other: Patch;
  /** Null where nothing differs. */
  readonly canvas: HTMLCanvasElement | null;
}

interface Tally {
  readonly other: Patch;
  /** The part: its edges. */
  readonly part: string;
  readonly differing: number;
}

export interface Differences {
  /** Marks the finished tiles of both, as far as the time goes; false if some are left. */
  update(view: View, a: Picture, b: Picture): boolean;
  /** Forgets all marks, whose canvases were emptied. */
  forget(): void;
  draw(context: CanvasRenderingContext2D, view: View): void;
  /** Pixels in sight that both have finished, and those of them that differ. */
  count(view: View, a: Picture, b: Picture): { pixels: number; differing: number };
}

function tally(one: Patch, other: Patch, left: number, top: number, right: number, bottom: number): number {
  const [a, b] = [one.counts, other.counts];
  let differing = 0;
  for (let row = top; row < bottom; row++) {
    for (let i = row * TILE + left; i < row * TILE + right; i++) if (a[i] !== b[i]) differing++;
  }
  return differing;
}

/** Marks differing pixels, and their neighbours, as a mark of one pixel is easily overlooked. */
function mark(a: Patch, b: Patch): Marks {
  let canvas: HTMLCanvasElement | null = null;
  const image = new ImageData(SIDE, SIDE);
  const pixels = new Uint32Array(image.data.buffer);
  let differing = 0;
  for (let i = 0; i < a.counts.length; i++) {
    if (a.counts[i] === b.counts[i]) continue;
    const first = Math.floor(i / TILE) * SIDE + (i % TILE);
    for (let j = first; j < first + 3 * SIDE; j += SIDE) pixels[j] = pixels[j + 1] = pixels[j + 2] = MARK;
    differing++;
  }
  if (differing > 0) {
    canvas = document.createElement('canvas');
    canvas.width = canvas.height = SIDE;
    canvas.getContext('2d')?.putImageData(image, 0, 0);
  }
  return { other: b, canvas };
}

export function makeDifferences(): Differences {
  let marks = new Map<Patch, Marks>();
  /** What was counted in the part of a tile that was in sight: nothing but the divider may have moved since. */
  const tallies = new WeakMap<Patch, Tally>();

  /** Pairs of finished tiles in sight. */
  function* pairs(view: View, a: Picture, b: Picture): Generator<[Patch, Patch]> {
    for (const patch of a.tilesIn(view)) {
      const other = b.tile(patch.column, patch.row);
      if (other && other.step === patch.step && other.maxIterations === patch.maxIterations) yield [patch, other];
    }
  }

  return {
    update(view, a, b) {
      const start = performance.now();
      const kept = new Map<Patch, Marks>();
      let complete = true;
      for (const [one, other] of pairs(view, a, b)) {
        let known = marks.get(one);
        if (known?.other !== other) {
          if (performance.now() - start > BUDGET) {
            complete = false;
            continue;
          }
          known = mark(one, other);
        }
        kept.set(one, known);
      }
      marks = kept;
      return complete;
    },

    forget() {
      marks.clear();
    },

    draw(context, view) {
      for (const [patch, { canvas }] of marks) {
        if (!canvas) continue;
        const { x, y } = cellsIn(view, patch);
        context.drawImage(canvas, Math.round(x) - 1, Math.round(y) - 1);
      }
    },

    count(view, a, b) {
      let pixels = 0;
      let differing = 0;
      for (const [one, other] of pairs(view, a, b)) {
        const left = Math.max(0, view.column - one.column);
        const right = Math.min(TILE, view.column + view.width - one.column);
        const top = Math.max(0, view.row - one.row);
        const bottom = Math.min(TILE, view.row + view.height - one.row);
        const part = [left, top, right, bottom].join();
        let known = tallies.get(one);
        if (known?.other !== other || known.part !== part) {
          known = { other, part, differing: tally(one, other, left, top, right, bottom) };
          tallies.set(one, known);
        }
        differing += known.differing;
        pixels += (right - left) * (bottom - top);
      }
      return { pixels, differing };
    },
  };
}
