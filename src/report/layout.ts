/** Where labels, ticks and legends go: plain geometry in pixels. */

/** Width of a character of the charts' 12 px text, on average and a little more. */
const CHARACTER = 7;

export const textWidth = (text: string): number => Math.ceil(text.length * CHARACTER);

/** A logarithmic scale with its inverse. */
export interface Log {
  domain: [number, number];
  to(value: number): number;
  from(position: number): number;
}

/** A logarithmic scale over positive values, with `part` of their span as room at both ends. */
export function log(values: readonly number[], [start, end]: [number, number], part: number): Log {
  const low = Math.log(Math.min(...values));
  const high = Math.log(Math.max(...values));
  // A single value stands in the middle.
  const room = (high - low) * part || Math.LN2;
  const [a, b] = [low - room, high + room];
  return {
    domain: [Math.exp(a), Math.exp(b)],
    to: (value) => start + ((Math.log(value) - a) / (b - a)) * (end - start),
    from: (position) => Math.exp(a + ((position - start) / (end - start)) * (b - a)),
  };
}

/** Powers of ten within a domain; where these are fewer than two, their multiples by 2 and 5, too. */
export function logTicks([low, high]: readonly [number, number]): number[] {
  const ticks = (multiples: number[]) => {
    const found: number[] = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
      found.push(...multiples.map((multiple) => multiple * 10 ** power));
    }
    return found.filter((tick) => tick >= low && tick <= high);
  };
  const powers = ticks([1]);
  return powers.length >= 2 ? powers : ticks([1, 2, 5]);
}

/** Those of ordered positions that keep a distance from each other, both ends included if there is room: their indices. */
export function spaced(positions: readonly number[], distance: number): number[] {
  const last = positions.length - 1;
  const kept: number[] = [];
  for (const [i, position] of positions.entries()) {
    const clear = kept.length === 0 || position - positions[kept[kept.length - 1]] >= distance;
    if (i === last ? clear || kept.length === 1 : clear && positions[last] - position >= distance) kept.push(i);
  }
  return kept;
}

export interface Box {
  /** Left and right. */
  x0: number;
  x1: number;
  /** Middle. */
  y: number;
}

/** Moves boxes of a height up and down until none that stand side by side overlap, or room has run out; gives their middles. */
function spread(boxes: readonly Box[], height: number, top: number, bottom: number): number[] {
  const order = boxes.map((box, i) => ({ ...box, i })).sort((a, b) => a.y - b.y || a.i - b.i);
  for (let round = 0; round < 200; round++) {
    let moved = false;
    for (const [i, upper] of order.entries()) {
      for (const lower of order.slice(i + 1)) {
        const overlap = upper.y + height - lower.y;
        if (overlap <= 0.01 || upper.x1 <= lower.x0 || lower.x1 <= upper.x0) continue;
        upper.y -= overlap / 2;
        lower.y += overlap / 2;
        moved = true;
      }
    }
    for (const box of order) box.y = Math.min(Math.max(box.y, top), bottom);
    if (!moved) break;
  }
  const middles: number[] = [];
  for (const { i, y } of order) middles[i] = y;
  return middles;
}

/** A piece of a line, from its left end to its right. */
export interface Segment {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

/** Whether a segment passes through a box of a height. */
function crosses(segment: Segment, { x0, x1, y }: Box, height: number): boolean {
  const [left, right] = [Math.max(segment.x0, x0), Math.min(segment.x1, x1)];
  if (left >= right) return false;
  const at = (x: number) => segment.y0 + ((x - segment.x0) / (segment.x1 - segment.x0)) * (segment.y1 - segment.y0);
  const [low, high] = [at(left), at(right)].sort((a, b) => a - b);
  return low < y + height / 2 && high > y - height / 2;
}

/** The label of a line's end: where the line ends, how wide its text is, and whether that is the chart's right edge. */
export interface End {
  x: number;
  y: number;
  width: number;
  edge: boolean;
}

/** From a line's end to its label. */
export const GAP = 12;

/**
 * Middles of the labels of lines' ends. Those at the chart's right edge make room for each other; a line that ends earlier has its
 * label where it crosses the fewest lines and labels, close by. Null if there is no room for them all: a label would lie on another,
 * or on several lines.
 */
export function place(
  ends: readonly End[],
  segments: readonly Segment[],
  height: number,
  top: number,
  bottom: number,
): number[] | null {
  const box = ({ x, width }: End, y: number): Box => ({ x0: x + GAP, x1: x + GAP + width, y });
  const edge = ends.filter((end) => end.edge);
  const apart = spread(
    edge.map((end) => box(end, end.y)),
    height,
    top,
    bottom,
  );
  const middles = new Map(edge.map((end, i) => [end, apart[i]]));
  const overlaps = (own: Box) =>
    [...middles].filter(([end, y]) => {
      const other = box(end, y);
      return Math.abs(y - own.y) < height - 1 && other.x0 < own.x1 && own.x0 < other.x1;
    }).length;
  // A label at the edge overlaps itself.
  if (edge.some((end, i) => overlaps(box(end, apart[i])) > 1)) return null;
  for (const end of ends) {
    if (end.edge) continue;
    const tries = [0, -14, 14, -22, 22].map((by) => {
      const own = box(end, end.y + by);
      const lines = segments.filter((segment) => crosses(segment, own, height)).length;
      return { y: own.y, cost: lines + (overlaps(own) || own.y < top || own.y > bottom ? 100 : 0) };
    });
    const best = tries.reduce((a, b) => (b.cost < a.cost ? b : a));
    if (best.cost > 1) return null;
    middles.set(end, best.y);
  }
  return ends.map((end) => middles.get(end) ?? end.y);
}

/** Items of a legend in lines of a width: where each begins, and how many lines there are. */
export function flow(labels: readonly string[], width: number): { at: { x: number; line: number }[]; lines: number } {
  let x = 0;
  let line = 0;
  const at = labels.map((label) => {
    // 18 px for the symbol, 14 px between items.
    const own = 18 + textWidth(label);
    if (x > 0 && x + own > width) {
      x = 0;
      line++;
    }
    const place = { x, line };
    x += own + 14;
    return place;
  });
  return { at, lines: labels.length ? line + 1 : 0 };
}
