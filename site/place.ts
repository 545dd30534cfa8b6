/** The place: all that a link says about the picture, and how the URL spells it. */
import { isPalette, PALETTES, type PaletteName } from './palettes.js';

const LANES = ['cpu', 'gpu', 'both'] as const;
export type LaneChoice = (typeof LANES)[number];

export interface Place {
  /** The centre. */
  re: number;
  im: number;
  /** Side of the square around the centre that is in view in every window, whatever its shape. */
  width: number;
  lane: LaneChoice;
  /** maxIterations, or null: automatic, by depth. */
  iterations: number | null;
  palette: PaletteName;
  smooth: boolean;
}

export const HOME: Readonly<Place> = {
  re: -0.75,
  im: 0,
  width: 2.6,
  lane: 'cpu',
  iterations: null,
  palette: 'inferno',
  smooth: true,
};

/** Beyond these there is nothing to see. */
export const FARTHEST = 4;
export const WIDEST = 16;
/** Far below what any lane resolves: where a lane's sight ends, it says so itself. */
const NARROWEST = 1e-300;
/** The most that a job may ask for. */
export const MOST_ITERATIONS = 2 ** 24;

const number = (key: 're' | 'im' | 'width', low: number, high: number) => (text: string) => {
  // With the minus sign that the panel has, too.
  const value = text.trim() === '' ? NaN : Number(text.replaceAll('−', '-'));
  return value >= low && value <= high ? { [key]: value } : `a number from ${low} to ${high}`;
};

/** What each part of the URL may be: its reader gives the value, or else the rule that it breaks. */
const PARTS: { [Key in keyof Place]: (text: string) => Partial<Place> | string } = {
  re: number('re', -FARTHEST, FARTHEST),
  im: number('im', -FARTHEST, FARTHEST),
  width: number('width', NARROWEST, WIDEST),
  lane: (text) => {
    const lane = LANES.find((known) => known === text);
    return lane ? { lane } : `one of ${LANES.join(', ')}`;
  },
  iterations: (text) => {
    if (text === 'auto') return { iterations: null };
    const iterations = /^\d+$/.test(text) ? Number(text) : 0;
    const fits = iterations >= 1 && iterations <= MOST_ITERATIONS;
    return fits ? { iterations } : `auto or an integer from 1 to ${MOST_ITERATIONS}`;
  },
  palette: (text) => (isPalette(text) ? { palette: text } : `one of ${Object.keys(PALETTES).join(', ')}`),
  smooth: (text) => (text === 'on' || text === 'off' ? { smooth: text === 'on' } : 'on or off'),
};

/**
 * Reads a URL's hash. What is missing comes from `HOME`; what is wrong is left out, and `problems` says what and why.
 */
export function parsePlace(hash: string): { place: Place; problems: string[] } {
  const place: Place = { ...HOME };
  const parts = new URLSearchParams(hash.replace(/^#/, ''));
  const problems = Object.keys(PARTS)
    .filter((key) => parts.getAll(key).length > 1)
    .map((key) => `the link has ${key} more than once, of which the last that is right counts`);
  for (const [key, text] of parts) {
    if (!Object.hasOwn(PARTS, key)) {
      problems.push(`the link has an unknown part, ‘${clip(key)}’`);
      continue;
    }
    const read = PARTS[key as keyof Place](text);
    if (typeof read === 'string') problems.push(`${key} must be ${read}, got ‘${clip(text)}’`);
    else Object.assign(place, read);
  }
  return { place, problems };
}

const clip = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

/** The hash of a place; numbers in full, so that it gives the same picture, to the pixel. */
export function formatPlace({ re, im, width, lane, iterations, palette, smooth }: Place): string {
  const parts = { re, im, width, lane, iterations: iterations ?? 'auto', palette, smooth: smooth ? 'on' : 'off' };
  return `#${Object.entries(parts)
    .map(([key, value]) => `${key}=${value}`)
    .join('&')}`;
}

/** maxIterations at a place: as fixed, or by depth, as structure needs more of them the smaller it is. */
export function iterationsAt({ iterations, width }: Pick<Place, 'iterations' | 'width'>): number {
  const octaves = Math.max(0, Math.floor(Math.log2(HOME.width / width)));
  return iterations ?? 512 + 6 * octaves ** 2;
}
