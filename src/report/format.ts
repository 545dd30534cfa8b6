/** Numbers as text. What was not measured is a dash, never 0. */

export const NONE = '–';

/** Narrow, and never the end of a line. */
const SPACE = '\u202f';

type Maybe = number | null | undefined;

const missing = (value: Maybe): value is null | undefined => value === null || value === undefined;

/** An integer in groups of three digits. */
export function integer(value: Maybe): string {
  if (missing(value)) return NONE;
  return String(value).replace(/\B(?=(\d{3})+$)/g, SPACE);
}

/** Three significant digits, without an exponent from 10⁻⁶ to 10²¹; integers in full. */
function digits(value: number): string {
  if (value >= 999.5) return integer(Math.round(value));
  return value === 0 ? '0' : value.toPrecision(3);
}

/** A time that is given in milliseconds: 41.2 µs, 3.40 ms, 5.88 s. */
export function time(ms: Maybe): string {
  if (missing(ms)) return NONE;
  if (ms === 0) return `0${SPACE}ms`;
  if (ms < 0.1) return `${digits(ms * 1000)}${SPACE}µs`;
  // 999.7 would round to 1000.
  return ms < 999.5 ? `${digits(ms)}${SPACE}ms` : `${digits(ms / 1000)}${SPACE}s`;
}

/** Without trailing zeros, for axes. */
const short = (value: number) => String(Number(value.toPrecision(3)));

/** A time on an axis: 1 ms, 10 s. */
export function tick(ms: number): string {
  if (ms < 0.1) return `${short(ms * 1000)}${SPACE}µs`;
  return ms < 1000 ? `${short(ms)}${SPACE}ms` : `${short(ms / 1000)}${SPACE}s`;
}

/** A number of pixels: 160 k, 2.56 M. */
export function pixels(value: number): string {
  if (value < 1000) return short(value);
  // 999 999 would round to 1000 k.
  if (value < 999_500) return `${short(value / 1000)}${SPACE}k`;
  return value < 999_500_000 ? `${short(value / 1e6)}${SPACE}M` : `${short(value / 1e9)}${SPACE}G`;
}

/** How many times as fast: 0.31 ×, 24.1 ×, 1 234 ×. */
export const ratio = (value: Maybe): string => (missing(value) ? NONE : `${digits(value)}${SPACE}×`);

/** A share as percent. One that is not 0 never reads 0, one below 1 never 100. */
export function share(value: Maybe): string {
  if (missing(value)) return NONE;
  const percent = value * 100;
  if (percent === 0) return `0${SPACE}%`;
  if (percent >= 99.5 && percent < 100) return `> 99${SPACE}%`;
  return percent < 0.001 ? `< 0.001${SPACE}%` : `${short(Number(percent.toPrecision(2)))}${SPACE}%`;
}

/** The size of a grid: 400², 300 × 200. */
export const size = ({ width, height }: { width: number; height: number }): string =>
  width === height ? `${integer(width)}²` : `${integer(width)} × ${integer(height)}`;

/** A coordinate, with a true minus sign. */
export const coordinate = (value: number): string => String(value).replace('-', '−');

/** An ISO date as minutes in UTC; other text as it is. */
export function date(value: string): string {
  return value.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)\S*Z$/, '$1 $2 UTC');
}

/** 'crossOriginIsolated' as 'cross origin isolated'. */
export const words = (key: string): string =>
  key.replace(/([a-z])([A-Z])/g, (_, end: string, start: string) => `${end} ${start.toLowerCase()}`);

/** A value of the environment. */
export function value(given: string | number | boolean | null | undefined): string {
  if (given === null || given === undefined || given === '') return NONE;
  if (typeof given === 'boolean') return given ? 'yes' : 'no';
  return String(given);
}
