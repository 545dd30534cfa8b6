/**
 * The picture that one lane gives: layers of counts with their colours, from a coarse survey to the view's own pixels.
 *
 * A layer lies where its numbers lie, so that a moved view shows old pixels at their new places at once. Memory is bounded: there
 * are tiles for a window and its surroundings at most twice, and four small layers.
 */
import { type Counts, type Look, paint } from './paint.js';
import { cellsIn, inSight, type Samples, type View } from './view.js';

/** Pixels along a tile's side. */
export const TILE = 128;
/** A layer that is magnified more than so would show blocks: all that it can give is one flat colour. */
const FLAT = 64;
/** Counts of samples. */
export interface Patch extends Samples, Counts {}

interface Surface {
  readonly canvas: HTMLCanvasElement;
  readonly context: CanvasRenderingContext2D;
}

/** A patch and its colours. */
export interface Layer extends Surface {
  readonly patch: Patch;
  /** What it is painted as; null before it is. */
  look: Look | null;
}

/** Tiles of one lattice that serve the same settings. */
interface Tiles {
  readonly step: number;
  readonly settings: Settings | null;
  readonly layers: Map<string, Layer>;
}

/** What an image needs, besides where it is. */
export interface Settings {
  maxIterations: number;
  /** Whether it needs fractions; without, they may be there. */
  smooth: boolean;
}

/** Whether what is computed, or to be computed, for some settings will do for others. */
export const serves = (has: Settings | null, needs: Settings | null): boolean =>
  has?.maxIterations === needs?.maxIterations && (!needs?.smooth || has?.smooth === true);

export interface Picture {
  /** Drops what a view with other settings or another step can't use, and all that is far away. */
  turnTo(view: View, settings: Settings): void;
  /** A block of at most `most` tiles, of the view's own pixels, that are missing in sight, from the one nearest to (x, y) on; or null. */
  missing(view: View, x: number, y: number, most: number): Samples | null;
  /** Whether layers show the whole view, and more of it than a colour. */
  shows(view: View): boolean;
  /** Whether the layer of a stride covers the view. */
  covered(view: View, stride: number): boolean;
  /** The share of the view that finished tiles cover. */
  share(view: View): number;
  /** Whether all of the view's own pixels are there, of such settings. */
  has(view: View, settings: Settings): boolean;
  /** The share of the view of which more is there than a colour. */
  known(view: View): number;
  put(patch: Patch): void;
  /** Whether the coarsest layer is there, which stays wherever the view goes. */
  readonly surveyed: boolean;
  putSurvey(patch: Patch): void;
  /** The finished tile at a place of the lattice. */
  tile(column: number, row: number): Patch | undefined;
  /** The finished tiles in sight. */
  tilesIn(view: View): Iterable<Patch>;
  /** Paints what does not look so, for about `budget` ms; false if some is left. */
  paint(view: View, look: Look, budget: number): boolean;
  /** What it shows, the coarsest first. */
  layers(): Layer[];
  /**
   * @param other another lane's picture, to show what this one lacks: the view's own pixels right below this one's, what else is of the
   *   same settings by how fine it is, the rest below all
   */
  draw(context: CanvasRenderingContext2D, view: View, other: Picture | null): void;
}

const settingsOf = ({ maxIterations, fractions }: Patch): Settings => ({ maxIterations, smooth: fractions !== null });
const nameOf = ({ column, row }: Pick<Samples, 'column' | 'row'>) => `${column},${row}`;

/** @param onRestored is called where a layer's colours were lost with the browser's GPU process, and can be painted again */
export function makePicture(onRestored: () => void): Picture {
  /** Canvases of tiles that are gone: making them anew with every move would leave thousands to the garbage collector. */
  const spare: Surface[] = [];
  let tiles: Tiles = { step: 0, settings: null, layers: new Map() };
  /** Tiles of the view before, as long as they show more than what is there of the new one. */
  let before: Tiles | null = null;
  let survey: Layer | null = null;
  /** Coarse layers by stride. */
  const coarse = new Map<number, Layer>();

  function makeLayer(patch: Patch, reused?: Surface): Layer {
    const { canvas, context } = reused ?? makeSurface();
    if (canvas.width !== patch.width || canvas.height !== patch.height) {
      canvas.width = patch.width;
      canvas.height = patch.height;
    }
    const layer: Layer = { patch, canvas, context, look: null };
    // Each by itself, as they are restored one after another.
    canvas.oncontextrestored = () => {
      layer.look = null;
      onRestored();
    };
    return layer;
  }

  function recycle(layers: Map<string, Layer>): void {
    for (const layer of layers.values()) spare.push(surfaceOf(layer));
    layers.clear();
  }

  /** Where a layer's edges lie in a view, on whole pixels, so that neighbours meet without a seam. */
  function edges(view: View, { patch }: Layer) {
    const { x, y, side } = cellsIn(view, patch);
    return {
      left: Math.round(x),
      top: Math.round(y),
      right: Math.round(x + side * patch.width),
      bottom: Math.round(y + side * patch.height),
      side,
    };
  }

  const isInSight = (view: View, layer: Layer) => {
    const { left, top, right, bottom } = edges(view, layer);
    return inSight(view, left, top, right, bottom);
  };

  function covers(view: View, layer: Layer): boolean {
    const { left, top, right, bottom, side } = edges(view, layer);
    return side <= FLAT && left <= 0 && top <= 0 && right >= view.width && bottom >= view.height;
  }

  function paintLayer(layer: Layer, look: Look): void {
    const { patch, context } = layer;
    const image = context.createImageData(patch.width, patch.height);
    paint(patch, look, new Uint32Array(image.data.buffer));
    context.putImageData(image, 0, 0);
    layer.look = look;
  }

  /** What lies behind the view's own tiles, with what another picture lends, the coarsest first. */
  function behind(lent: Layer[] = []): Layer[] {
    const sample = ({ patch }: Layer) => patch.step * patch.stride;
    const layers = [...coarse.values(), ...(before?.layers.values() ?? []), ...(survey ? [survey] : []), ...lent];
    return layers.sort((a, b) => sample(b) - sample(a));
  }

  function drawLayer(context: CanvasRenderingContext2D, view: View, layer: Layer): void {
    const { left, top, right, bottom, side } = edges(view, layer);
    if (!inSight(view, left, top, right, bottom)) return;
    context.imageSmoothingEnabled = side !== 1;
    context.imageSmoothingQuality = side < 1 ? 'medium' : 'low';
    context.drawImage(layer.canvas, left, top, right - left, bottom - top);
  }

  /** The colour at the middle of the view, all over it: better than nothing, and no block has an edge. */
  function fillFlat(context: CanvasRenderingContext2D, view: View, { patch, canvas }: Layer): void {
    const { x, y, side } = cellsIn(view, patch);
    const column = Math.floor((view.width / 2 - x) / side);
    const row = Math.floor((view.height / 2 - y) / side);
    if (column < 0 || row < 0 || column >= patch.width || row >= patch.height) return;
    context.imageSmoothingEnabled = false;
    context.drawImage(canvas, column, row, 1, 1, 0, 0, view.width, view.height);
  }

  /** How much of the view layers cover that do not lie over each other. */
  function coverage(view: View, layers: Iterable<Layer>): number {
    let area = 0;
    for (const layer of layers) {
      const { left, top, right, bottom } = edges(view, layer);
      const width = Math.min(view.width, right) - Math.max(0, left);
      const height = Math.min(view.height, bottom) - Math.max(0, top);
      if (width > 0 && height > 0) area += width * height;
    }
    return area / (view.width * view.height);
  }

  /** The tiles of the lattice that a view shows, or a block consists of. */
  function* tilesOf({ step, column, row, width, height }: View): Generator<Samples> {
    for (let y = Math.floor(row / TILE); y * TILE < row + height; y++) {
      for (let x = Math.floor(column / TILE); x * TILE < column + width; x++) {
        yield { step, stride: 1, column: x * TILE, row: y * TILE, width: TILE, height: TILE };
      }
    }
  }

  /** Grows a tile to a block of missing ones, in all directions by turns. */
  function grow(tile: Samples, isMissing: (column: number, row: number) => boolean, most: number): Samples {
    let block = tile;
    for (let grown = true; grown;) {
      grown = false;
      for (const side of ['right', 'bottom', 'left', 'top'] as const) {
        const along = side === 'right' || side === 'left';
        const width = block.width + (along ? TILE : 0);
        const height = block.height + (along ? 0 : TILE);
        if (width * height > most * TILE * TILE) continue;
        const column = side === 'left' ? block.column - TILE : block.column;
        const row = side === 'top' ? block.row - TILE : block.row;
        const next = { ...block, column, row, width, height };
        if (![...tilesOf(next)].every((part) => isMissing(part.column, part.row))) continue;
        block = next;
        grown = true;
      }
    }
    return block;
  }

  /** Forgets tiles that are farther away than a tile. */
  function forgetFar(view: View): void {
    for (const [name, layer] of tiles.layers) {
      const { left, top, right, bottom } = edges(view, layer);
      if (inSight(view, left - TILE, top - TILE, right + TILE, bottom + TILE)) continue;
      tiles.layers.delete(name);
      spare.push(surfaceOf(layer));
    }
    const most = 2 * (Math.ceil(view.width / TILE) + 3) * (Math.ceil(view.height / TILE) + 3);
    spare.length = Math.min(spare.length, most);
  }

  return {
    turnTo(view, settings) {
      let { layers } = tiles;
      if (tiles.step !== view.step || !serves(tiles.settings, settings)) {
        // Tiles may have more than they were to have.
        const isKept = ({ patch }: Layer) => tiles.step === view.step && serves(settingsOf(patch), settings);
        const kept = [...layers].filter(([, layer]) => isKept(layer));
        for (const [name] of kept) layers.delete(name);
        // The picture that shows more of the new view is kept until that is complete.
        if (!before || coverage(view, layers.values()) >= coverage(view, before.layers.values())) {
          if (before) recycle(before.layers);
          before = tiles;
        } else recycle(layers);
        layers = new Map(kept);
      }
      tiles = { step: view.step, settings, layers };
      forgetFar(view);
    },

    missing(view, x, y, most) {
      const missing = new Map<string, Samples>();
      for (const tile of tilesOf(view)) {
        if (!tiles.layers.has(nameOf(tile))) missing.set(nameOf(tile), tile);
      }
      let nearest: Samples | null = null;
      let least = Infinity;
      for (const tile of missing.values()) {
        const cells = cellsIn(view, tile);
        const distance = Math.hypot(cells.x + TILE / 2 - x, cells.y + TILE / 2 - y);
        if (distance < least) [nearest, least] = [tile, distance];
      }
      return nearest && grow(nearest, (column, row) => missing.has(nameOf({ column, row })), most);
    },

    shows: (view) =>
      (before !== null && before.step <= FLAT * view.step && coverage(view, before.layers.values()) >= 1) ||
      [...coarse.values(), ...(survey ? [survey] : [])].some((layer) => covers(view, layer)),

    covered(view, stride) {
      const layer = coarse.get(stride);
      return layer?.patch.step === view.step && covers(view, layer);
    },

    share: (view) => coverage(view, tiles.layers.values()),

    has: (view, settings) =>
      tiles.step === view.step && serves(tiles.settings, settings) && coverage(view, tiles.layers.values()) >= 1,

    known(view) {
      const single = [...coarse.values(), ...(survey ? [survey] : [])].map((layer) => [layer]);
      const lists = [...single, [...tiles.layers.values()], [...(before?.layers.values() ?? [])]];
      const shown = lists.map((list) => list.filter((layer) => edges(view, layer).side <= FLAT));
      return Math.max(...shown.map((list) => coverage(view, list)));
    },

    put(patch) {
      if (patch.stride > 1) {
        coarse.set(patch.stride, makeLayer(patch, coarse.get(patch.stride)));
      } else if (patch.step === tiles.step && serves(settingsOf(patch), tiles.settings)) {
        for (const tile of tilesOf(patch)) tiles.layers.set(nameOf(tile), makeLayer(cut(patch, tile), spare.pop()));
      }
    },

    get surveyed() {
      return survey !== null;
    },

    putSurvey(patch) {
      survey = makeLayer(patch, survey ?? undefined);
    },

    tile: (column, row) => tiles.layers.get(nameOf({ column, row }))?.patch,

    *tilesIn(view) {
      for (const layer of tiles.layers.values()) if (isInSight(view, layer)) yield layer.patch;
    },

    paint(view, look, budget) {
      const start = performance.now();
      const complete = coverage(view, tiles.layers.values()) >= 1;
      // Coarse layers are small, and all that there is until tiles are painted. Of the view's own tiles those first that came first, where
      // the user looks; what is covered can wait.
      for (const layer of [...coarse.values(), ...tiles.layers.values(), ...behind().reverse()]) {
        if (layer.look === look || !isInSight(view, layer)) continue;
        if (layer.patch.stride === 1 && performance.now() - start > budget) return false;
        paintLayer(layer, look);
      }
      if (complete && before) {
        recycle(before.layers);
        before = null;
      }
      return true;
    },

    layers: () => [...behind(), ...tiles.layers.values()],

    draw(context, view, other) {
      const lent = other?.layers() ?? [];
      const isCurrent = ({ patch }: Layer) => serves(settingsOf(patch), tiles.settings);
      const isExact = (layer: Layer) => isCurrent(layer) && layer.patch.stride === 1 && layer.patch.step === view.step;
      const old = lent.filter((layer) => !isCurrent(layer));
      const rough = lent.filter((layer) => isCurrent(layer) && !isExact(layer));
      const layers = [...old, ...behind(rough), ...lent.filter(isExact), ...tiles.layers.values()];
      const painted = layers.filter(({ look }) => look);
      const isFlat = (layer: Layer) => edges(view, layer).side > FLAT;
      for (const layer of painted) if (isFlat(layer)) fillFlat(context, view, layer);
      for (const layer of painted) if (!isFlat(layer)) drawLayer(context, view, layer);
    },
  };
}

/** The part of a patch that is a tile. */
function cut({ counts, fractions, maxIterations, column, row, width }: Patch, tile: Samples): Patch {
  const part = (values: Float32Array) => {
    const taken = new Float32Array(TILE * TILE);
    for (let i = 0; i < TILE; i++) {
      const from = (tile.row - row + i) * width + (tile.column - column);
      taken.set(values.subarray(from, from + TILE), i * TILE);
    }
    return taken;
  };
  return { ...tile, counts: part(counts), fractions: fractions && part(fractions), maxIterations };
}

/** What outlives a layer: not its counts, nor what holds them. */
function surfaceOf({ canvas, context }: Surface): Surface {
  canvas.oncontextrestored = null;
  return { canvas, context };
}

function makeSurface(): Surface {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) throw new Error('a canvas has no 2D context');
  return { canvas, context };
}
