/** All argument checks that need no device: a bad argument gives one clear error before anything is allocated. */
import type { CompleteGrid, Grid, GridBand } from './grid.js';
import type { Job, Lane } from './lane.js';

/** Counts are exact in a Float32Array up to here. */
const MAX_ITERATIONS = 2 ** 24;
/** The most elements that a Float32Array holds in every engine: 8 GiB. */
const MAX_PIXELS = 2 ** 31;
/** Its square is the largest that an f64 holds. */
const MAX_BAILOUT_RADIUS = Math.sqrt(Number.MAX_VALUE);

/** A job as the lanes see it: checked, complete, and a copy, so that a caller may change theirs while a lane works. */
export interface Work {
  readonly grid: Readonly<CompleteGrid>;
  readonly maxIterations: number;
  readonly bailoutRadius: number;
  readonly smooth: boolean;
}

const show = (value: unknown): string => {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
};

/** The error for an argument of the wrong type. */
export const wrongType = (name: string, rule: string, value: unknown) =>
  new TypeError(`${name} must be ${rule}, got ${show(value)}`);
const wrongValue = (name: string, rule: string, value: unknown) =>
  new RangeError(`${name} must be ${rule}, got ${show(value)}`);

/** Whether `value` is of a built-in class, be it that of another window or realm, where `instanceof` is false. */
export const isOf = (value: unknown, name: string) => Object.prototype.toString.call(value) === `[object ${name}]`;

const isNumbers = (value: unknown): value is Float32Array => ArrayBuffer.isView(value) && isOf(value, 'Float32Array');

/** Checks that `value` is an object without keys other than `known`, and hands it back. */
export function checkKeys<T extends object>(
  name: string,
  value: T | undefined,
  known: readonly (keyof T & string)[],
): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrongType(
      name,
      known.length ? `an object with the keys ${known.join(', ')}` : 'an object without keys',
      value,
    );
  }
  for (const key of Object.keys(value)) {
    if (!(known as readonly string[]).includes(key)) {
      const but = known.length ? ` but ${known.join(', ')}` : '';
      throw new TypeError(`${name} must have no keys${but}, got ${show(key)}`);
    }
  }
  return value;
}

/** Checks that `value` is a number that meets `rule`, and hands it back. */
function checkRule(name: string, rule: string, value: unknown, meets: (value: number) => boolean): number {
  if (typeof value !== 'number') throw wrongType(name, rule, value);
  if (!meets(value)) throw wrongValue(name, rule, value);
  return value;
}

/** Checks that `value` is an integer from `low` to `high`, and hands it back. */
export function checkInteger(name: string, value: unknown, low: number, high = Number.MAX_SAFE_INTEGER): number {
  const rule = `an integer from ${low}${high === Number.MAX_SAFE_INTEGER ? '' : ` to ${high}`}`;
  return checkRule(name, rule, value, (value) => Number.isInteger(value) && value >= low && value <= high);
}

/** Checks that `value` is a boolean. */
export function checkBoolean(name: string, value: unknown): void {
  if (typeof value !== 'boolean') throw wrongType(name, 'a boolean', value);
}

/** Checks that `value` is a number from `low`, Infinity included, and hands it back. */
export function checkNumber(name: string, value: unknown, low: number): number {
  return checkRule(name, `a number from ${low}`, value, (value) => value >= low);
}

/** Checks that `value` is a function, where there is one, and hands it back. */
export function checkFunction<T>(name: string, value: T): T {
  if (value !== undefined && typeof value !== 'function') throw wrongType(name, 'a function', value);
  return value;
}

/** Checks that `value` is one of `known`. */
export function checkOneOf(name: string, value: unknown, known: readonly string[]): void {
  const rule = `one of ${known.map(show).join(', ')}`;
  if (typeof value !== 'string') throw wrongType(name, rule, value);
  if (!known.includes(value)) throw wrongValue(name, rule, value);
}

const checkFinite = (name: string, value: unknown) => checkRule(name, 'a finite number', value, Number.isFinite);

function checkAxis(grid: Grid, from: 'x0' | 'y0', to: 'x1' | 'y1'): void {
  const start = checkFinite(`grid.${from}`, grid[from]);
  const stop = checkFinite(`grid.${to}`, grid[to]);
  if (start === stop) throw wrongValue(`grid.${to}`, `different from grid.${from}`, stop);
  if (!Number.isFinite(stop - start)) throw wrongValue(`grid.${to} − grid.${from}`, 'a finite number', stop - start);
}

/** Checks a grid and completes it. */
export function checkGrid(value: Grid | GridBand | undefined): CompleteGrid {
  const grid: Grid & Partial<GridBand> = checkKeys('grid', value as GridBand | undefined, [
    'width',
    'height',
    'x0',
    'x1',
    'y0',
    'y1',
    'endpoint',
    'row',
    'rows',
  ]);
  const width = checkInteger('grid.width', grid.width, 1, MAX_PIXELS);
  const height = checkInteger('grid.height', grid.height, 1, MAX_PIXELS);
  checkAxis(grid, 'x0', 'x1');
  checkAxis(grid, 'y0', 'y1');
  const { x0, x1, y0, y1, endpoint = true } = grid;
  checkBoolean('grid.endpoint', endpoint);
  const whole = { width, height, x0, x1, y0, y1, endpoint };
  if (grid.row === undefined && grid.rows === undefined) return whole;
  const row = checkInteger('grid.row', grid.row, 0, MAX_PIXELS);
  return { ...whole, row, rows: checkInteger('grid.rows', grid.rows, row + height, MAX_PIXELS) };
}

/** Checks the arguments of `linspace`. */
export function checkLinspace(start: unknown, stop: unknown, num: unknown, endpoint: unknown): void {
  checkFinite('start', start);
  checkFinite('stop', stop);
  checkFinite('stop − start', (stop as number) - (start as number));
  checkInteger('num', num, 0, MAX_PIXELS);
  checkBoolean('endpoint', endpoint);
}

/** Checks the arguments of a preset. `less`: maxIterations minus the preset's own number of iterations. */
export function checkPreset(n: unknown, name: string, iterations: unknown, less = 0): void {
  checkInteger('n', n, 1, MAX_PIXELS);
  checkInteger(name, iterations, 1 - less, MAX_ITERATIONS - less);
}

/** Checks the arguments of `score`, which has nothing to divide by where maxIterations is 1. */
export function checkScore(counts: unknown, maxIterations: unknown): void {
  if (!isNumbers(counts)) throw wrongType('counts', 'a Float32Array', counts);
  checkInteger('maxIterations', maxIterations, 2);
}

/** Checks that one counts array can hold the whole grid; `tiles` has no such limit. */
export function checkPixels({ grid: { width, height } }: Work): void {
  const pixels = width * height;
  if (pixels > MAX_PIXELS) {
    throw wrongValue('grid.width × grid.height', `at most ${MAX_PIXELS}, what a typed array holds`, pixels);
  }
}

/** Checks that `value` is a Float32Array of a number for each of so many pixels, and hands it back. */
export function checkNumbers(name: string, value: unknown, pixels: number): Float32Array {
  const rule = `a Float32Array of ${pixels} numbers`;
  if (!isNumbers(value)) throw wrongType(name, rule, value);
  if (value.length !== pixels) throw new RangeError(`${name} must be ${rule}, got one of ${value.length}`);
  return value;
}

/** Checks `out` and gives the arrays to write into, null where there are none. */
export function checkOut(out: unknown, { grid, smooth }: Work): Record<'counts' | 'fractions', Float32Array | null> {
  if (out === undefined) return { counts: null, fractions: null };
  if (typeof out !== 'object' || out === null) throw wrongType('out', 'an object with the key counts', out);
  const { counts, fractions }: { counts?: unknown; fractions?: unknown } = out;
  const pixels = grid.width * grid.height;
  const whole = checkNumbers('out.counts', counts, pixels);
  if (!smooth) return { counts: whole, fractions: null };
  const parts = checkNumbers('out.fractions', fractions, pixels);
  if (parts.buffer === whole.buffer && Math.abs(parts.byteOffset - whole.byteOffset) < whole.byteLength) {
    throw new RangeError('out.fractions must share no memory with out.counts, got two that overlap');
  }
  return { counts: whole, fractions: parts };
}

/** Checks a job and completes it with the defaults. */
export function checkJob(value: Job): Work {
  const job = checkKeys('job', value, ['grid', 'maxIterations', 'bailoutRadius', 'smooth']);
  const grid = checkGrid(job.grid);
  const { maxIterations = 512, bailoutRadius = 2, smooth = false } = job;
  checkInteger('maxIterations', maxIterations, 1, MAX_ITERATIONS);
  const rule = `a number from 2 to ${MAX_BAILOUT_RADIUS}`;
  checkRule('bailoutRadius', rule, bailoutRadius, (value) => value >= 2 && value <= MAX_BAILOUT_RADIUS);
  checkBoolean('smooth', smooth);
  return { grid, maxIterations, bailoutRadius, smooth };
}

/** Checks that a lane which gives no fractions is not asked for them. */
export function checkSmooth({ smooth }: Work, name: string): void {
  if (smooth) throw wrongValue('smooth', `false on the ${name} lane`, smooth);
}

/** Checks `signal` and `onProgress`, which every call that computes takes. */
export function checkRunOptions<T extends { signal?: unknown; onProgress?: unknown }>(options: T): T {
  const { signal, onProgress } = options;
  // By what is asked of it: the signals of some runtimes call themselves EventTargets only.
  if (signal !== undefined && typeof (signal as AbortSignal | null)?.throwIfAborted !== 'function') {
    throw wrongType('signal', 'an AbortSignal', signal);
  }
  checkFunction('onProgress', onProgress);
  return options;
}

/** Checks lanes, in an array or by names of the caller's, and hands them back with their names. */
export function checkLanes(value: readonly Lane[] | Readonly<Record<string, Lane>>): [name: string, lane: Lane][] {
  const isLane = (one: unknown) => typeof (one as Lane | null | undefined)?.escapeTime === 'function';
  const lanes: Lane[] = typeof value === 'object' && value !== null ? Object.values(value) : [];
  const inArray = Array.isArray(value);
  const rule = 'an array of lanes, or an object of at least one';
  if (isLane(value)) throw new TypeError(`lanes must be ${rule}, got a lane: put it into an array`);
  if (lanes.length === 0 && !inArray) throw wrongType('lanes', rule, value);
  const i = lanes.findIndex((lane) => !isLane(lane));
  if (i >= 0) {
    const name = `lanes[${inArray ? i : show(Object.keys(value)[i])}]`;
    if (lanes[i] instanceof Promise) throw new TypeError(`${name} must be a lane, got a Promise: await it`);
    throw wrongType(name, 'a lane', lanes[i]);
  }
  return inArray ? lanes.map((lane) => [lane.name, lane]) : Object.entries(value as Record<string, Lane>);
}

/** A job under the name that results give it. */
export interface NamedWork {
  readonly name: string;
  readonly work: Work;
}

const nameWork = (work: Work, name = `${work.grid.width} × ${work.grid.height}`): NamedWork => ({ name, work });

/** Checks one job, or several in an array or by names of the caller's. `single` says which. */
export function checkJobs(value: Job | readonly Job[] | Readonly<Record<string, Job>>): {
  single: boolean;
  jobs: NamedWork[];
} {
  const inArray = Array.isArray(value);
  const single =
    !inArray &&
    (typeof value !== 'object' ||
      value === null ||
      'grid' in value ||
      // What holds anything but objects is a job that lacks its grid, and is told so.
      Object.values(value).length === 0 ||
      Object.values(value).some((job) => typeof job !== 'object'));
  if (single) return { single, jobs: [nameWork(checkJob(value as Job))] };
  const jobs = Object.entries(value as Record<string, Job>).map(([key, job]) => {
    try {
      return nameWork(checkJob(job), inArray ? undefined : key);
    } catch (error) {
      (error as Error).message = `jobs[${inArray ? key : show(key)}]: ${(error as Error).message}`;
      throw error;
    }
  });
  return { single, jobs };
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Checks that `value` is the data of several jobs, as far as reports rely on it; one job's has no date and no list of jobs. */
export function checkComparison<T extends { date: unknown; environment: unknown; jobs: unknown }>(value: T): T {
  const rule = 'what compare gives for several jobs: { date, environment, jobs }';
  if (!isObject(value) || !Array.isArray(value.jobs)) throw wrongType('comparison', rule, value);
  if (typeof value.date !== 'string') throw wrongType('comparison.date', 'a string', value.date);
  if (!isObject(value.environment)) throw wrongType('comparison.environment', 'an object', value.environment);
  for (const [i, job] of (value.jobs as unknown[]).entries()) checkResults(`comparison.jobs[${i}]`, job);
  return value;
}

/** Checks a job's results. */
function checkResults(name: string, value: unknown): void {
  if (!isObject(value)) throw wrongType(name, 'an object { name, grid, maxIterations, bailoutRadius, lanes }', value);
  const job: Partial<Record<string, unknown>> = { ...value };
  if (typeof job.name !== 'string') throw wrongType(`${name}.name`, 'a string', job.name);
  if (!isObject(job.grid)) throw wrongType(`${name}.grid`, 'an object', job.grid);
  const grid: Partial<Record<string, unknown>> = { ...job.grid };
  for (const key of ['width', 'height']) checkInteger(`${name}.grid.${key}`, grid[key], 1);
  for (const key of ['x0', 'x1', 'y0', 'y1']) checkFinite(`${name}.grid.${key}`, grid[key]);
  checkInteger(`${name}.maxIterations`, job.maxIterations, 1);
  checkFinite(`${name}.bailoutRadius`, job.bailoutRadius);
  if (!Array.isArray(job.lanes)) throw wrongType(`${name}.lanes`, 'an array', job.lanes);
  for (const [i, lane] of (job.lanes as unknown[]).entries()) {
    const key = `${name}.lanes[${i}]`;
    if (!isObject(lane)) throw wrongType(key, 'an object', lane);
    const laneName = (lane as { name?: unknown }).name;
    if (typeof laneName !== 'string') throw wrongType(`${key}.name`, 'a string', laneName);
  }
}

/** Checks that there is a document to make elements in. */
export function checkDocument(value: unknown): void {
  if (typeof (value as Partial<Document> | undefined)?.createElementNS !== 'function') {
    throw wrongType('document', 'a Document (in Node, one of linkedom or jsdom)', value);
  }
}

/** Checks pictures: a URL of another kind would make the page load something. */
export function checkPictures<T extends readonly { name: string; url: string }[]>(value: T): T {
  if (!Array.isArray(value)) throw wrongType('pictures', 'an array of { name, url }', value);
  for (const [i, picture] of value.entries()) {
    if (!isObject(picture)) throw wrongType(`pictures[${i}]`, 'an object { name, url }', picture);
    const { name, url } = picture;
    if (typeof name !== 'string') throw wrongType(`pictures[${i}].name`, 'a string', name);
    const rule = "a data URL that begins with 'data:image/'";
    if (typeof url !== 'string') throw wrongType(`pictures[${i}].url`, rule, url);
    if (!url.startsWith('data:image/')) throw wrongValue(`pictures[${i}].url`, rule, url);
  }
  return value;
}
