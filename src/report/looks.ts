/** Colours, symbols and dashes by which the charts tell lanes apart. Colours are CSS variables, so that a page's scheme sets them. */
import { threadsOf } from './figures.js';

export interface Look {
  color: string;
  symbol: (typeof SYMBOLS)[number];
  dash: string;
}

/** A colour that a page may set, and else one that is legible on white and on black. */
const variable = (name: string, otherwise: string) => `var(--twolane-${name}, ${otherwise})`;

const COLORS = ['#3b7ddd', '#d9622b', '#1c9c7c', '#c24a93', '#a87b14', '#7a62d6', '#2f95b5', '#7d8792'].map(
  (color, i) => variable(`${i + 1}`, color),
);
export const SYMBOLS = ['circle', 'square', 'triangle', 'diamond', 'star', 'wye', 'cross'] as const;
const DASHES = ['none', '7 3', '2 3', '9 3 2 3'];

/** Behind everything, as a halo around marks and text. */
export const SURFACE = variable('surface', 'Canvas');
/** Text on a filled bar. */
export const ON_PART = variable('on-part', '#fff');

export const PARTS = {
  'set-up': variable('set-up', '#6b7280'),
  compute: variable('compute', '#2a63c0'),
  transfer: variable('transfer', '#b04a12'),
  other: variable('other', '#8b93a077'),
  'not split': 'none',
};

/**
 * A look for each lane. Lanes that differ in their threads only are a family: they share the colour, and their lines are dashed. Eight
 * colours and seven symbols take turns, so that no two lanes share both where there are up to 16 families of up to five lanes.
 */
export function looks(lanes: readonly string[]): Map<string, Look> {
  const families = [...new Set(lanes.map((lane) => threadsOf(lane)?.family ?? lane))];
  const members = new Map<string, number>();
  return new Map(
    lanes.map((lane) => {
      const family = threadsOf(lane)?.family ?? lane;
      const member = members.get(family) ?? 0;
      members.set(family, member + 1);
      const i = families.indexOf(family);
      // With each turn of the colours, symbols begin five further on.
      const symbol = i + 4 * Math.floor(i / COLORS.length) + member;
      return [
        lane,
        {
          color: COLORS[i % COLORS.length],
          symbol: SYMBOLS[symbol % SYMBOLS.length],
          dash: DASHES[member % DASHES.length],
        },
      ];
    }),
  );
}
