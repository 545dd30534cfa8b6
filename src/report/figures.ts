/** What the report derives from a comparison: cases, points, speed-ups, crossovers. */
import * as format from './format.js';
import type { Comparison, JobComparison, LaneResult } from '../compare.js';

/** A lane's result under the label by which the report tells the lanes of a job apart. */
export interface Row {
  label: string;
  result: LaneResult;
}

export interface JobRows {
  job: JobComparison;
  pixels: number;
  /** '400²' */
  size: string;
  rows: Row[];
}

/** Jobs that share everything but their size, the smallest first. */
export interface Case {
  title: string;
  /** Region, iterations and bailout radius: no two cases share both title and subtitle. */
  subtitle: string;
  jobs: JobRows[];
  /** Labels of the lanes, in the order in which they come first. */
  lanes: string[];
}

/** A time that can stand on a logarithmic axis. */
export interface Point {
  pixels: number;
  size: string;
  /** Median of the total, in milliseconds. */
  ms: number;
}

/** The regions of the presets. */
const PRESETS: Record<string, string> = {
  '-2,1,-1,1,true': 'salon, the seminar’s region',
  '-2,0.5,-1.3,1.3,false': 'gellert, the post’s region',
};

/** What tells a grid's region from others: of a band, also which of the whole's rows it has. */
export const region = ({ x0, x1, y0, y1, endpoint, ...rest }: JobComparison['grid']) =>
  [x0, x1, y0, y1, endpoint, ...('row' in rest ? [rest.row, rest.rows] : [])].join();

/** Which rows a band has, as text behind the whole's region; empty for a whole grid. */
export const bandText = (grid: JobComparison['grid']) =>
  'row' in grid
    ? `, rows ${format.integer(grid.row)}…${format.integer(grid.row + grid.height - 1)} of ${format.integer(grid.rows)}`
    : '';

/** Lanes may share a name, as two openCpu() of different options do: the later ones are numbered. */
function label(lanes: readonly LaneResult[]): Row[] {
  const names = lanes.map(({ name }) => name);
  const taken = new Set(names);
  return lanes.map((result, i) => {
    let label = result.name;
    if (names.indexOf(label) < i) {
      for (let count = 2; taken.has(label); count++) label = `${result.name} (${count})`;
      taken.add(label);
    }
    return { label, result };
  });
}

/** Jobs are named 'salon 400', or by their size alone: what they have in common names the case. */
function caseTitle(jobs: readonly JobComparison[]): string {
  const stems = new Set(jobs.map(({ name }) => name.replace(/(^|[\s,]+)\d+\s*(²|[×x]\s*\d+)?\s*$/, '')));
  const [stem] = stems;
  if (stems.size === 1 && stem) return stem;
  const { x0, x1, y0, y1 } = jobs[0].grid;
  const [left, right, top, bottom] = [x0, x1, y0, y1].map(format.coordinate);
  return PRESETS[region(jobs[0].grid)] ?? `x ${left}…${right}, y ${top}…${bottom}`;
}

/** What a job computes on its grid. */
export const workText = ({ maxIterations, bailoutRadius, smooth }: JobComparison, separator: string): string =>
  [
    `maxIterations ${format.integer(maxIterations)}`,
    `bailout radius ${bailoutRadius}`,
    ...(smooth ? ['smooth'] : []),
  ].join(separator);

function caseSubtitle(job: JobComparison): string {
  const { grid } = job;
  const [left, right, top, bottom] = [grid.x0, grid.x1, grid.y0, grid.y1].map(format.coordinate);
  const ends = grid.endpoint ? '' : '; endpoint false';
  return `x ${left}…${right}, y ${top}…${bottom}${bandText(grid)}${ends}; ${workText(job, '; ')}`;
}

const unique = <T>(values: T[]): T[] => [...new Set(values)];

/** The cases of a comparison, in the order in which they come first. */
export function cases({ jobs }: Comparison): Case[] {
  const groups = new Map<string, JobComparison[]>();
  for (const job of jobs) {
    const key = [region(job.grid), job.maxIterations, job.bailoutRadius, Boolean(job.smooth)].join();
    groups.set(key, [...(groups.get(key) ?? []), job]);
  }
  const found = [...groups.values()].map((group) => {
    const rows = group
      .map((job) => ({
        job,
        pixels: job.grid.width * job.grid.height,
        size: format.size(job.grid),
        rows: label(job.lanes),
      }))
      .sort((a, b) => a.pixels - b.pixels);
    return {
      title: caseTitle(group),
      subtitle: caseSubtitle(group[0]),
      jobs: rows,
      lanes: unique(group.flatMap(({ lanes }) => label(lanes).map((row) => row.label))),
    };
  });
  return tellApart(found);
}

/** The same with their subtitles in titles that occur more than once. */
export const tellApart = <One extends Pick<Case, 'title' | 'subtitle'>>(all: readonly One[]): One[] =>
  all.map((one) => {
    const same = all.filter(({ title }) => title === one.title).length > 1;
    return same ? { ...one, title: `${one.title} (${one.subtitle})` } : one;
  });

/** Labels of all lanes, in the order in which they come first. */
export const allLanes = (groups: readonly Case[]): string[] => unique(groups.flatMap(({ lanes }) => lanes));

export const find = ({ rows }: JobRows, lane: string): LaneResult | undefined =>
  rows.find(({ label }) => label === lane)?.result;

/** A lane's times over the sizes of a case. */
export const points = ({ jobs }: Case, lane: string): Point[] =>
  jobs.flatMap((job) => {
    const ms = find(job, lane)?.total?.median ?? 0;
    return ms > 0 ? [{ pixels: job.pixels, size: job.size, ms }] : [];
  });

/** How many times as fast as basic a lane is; null where either did not run. */
export function speedUp(job: JobRows, lane: string): number | null {
  const basic = find(job, 'basic')?.total?.median;
  const own = find(job, lane)?.total?.median;
  return basic && own ? basic / own : null;
}

/** The number of timed runs; '1, cold' where `compare` had no time for another run than the first. */
export function runs({ runs, cold, total }: LaneResult): string {
  if (!runs) return format.NONE;
  return runs === 1 && total && total.median === cold ? '1, cold' : format.integer(runs);
}

/** Where the time of a first call goes, in milliseconds; parts that were not measured or took no time are left out. */
export interface Part {
  part: 'set-up' | 'compute' | 'transfer' | 'other' | 'not split';
  ms: number;
}

/** The parts of a result; empty if it did not run. */
export function split({ setup, compute, transfer, total }: LaneResult): Part[] {
  if (!total) return [];
  const rest = total.median - (compute?.median ?? 0) - (transfer?.median ?? 0);
  // Each median is of its own, so that together they may be a little more than the median of the total.
  const parts: Part[] = compute
    ? [
        { part: 'compute', ms: compute.median },
        { part: 'transfer', ms: transfer?.median ?? 0 },
        { part: 'other', ms: Math.max(0, rest) },
      ]
    : [{ part: 'not split', ms: total.median }];
  return [{ part: 'set-up' as const, ms: setup ?? 0 }, ...parts].filter(({ ms }) => ms > 0);
}

/** From which number of pixels on one lane is faster than another. */
export type Crossover =
  | { kind: 'at' | 'lost'; pixels: number }
  /** `pixels`: of the smallest size, and of the largest. */
  | { kind: 'always' | 'never'; pixels: number; single: boolean }
  | { kind: 'unknown' };

/**
 * The size from which on `challenger` stays ahead of `holder`: interpolated between two sizes on logarithmic axes. 'lost': from there
 * on it stays behind.
 */
export function crossover(holder: readonly Point[], challenger: readonly Point[]): Crossover {
  const both = holder.flatMap(({ pixels, size, ms }) => {
    const other = challenger.find((point) => point.pixels === pixels && point.size === size);
    return other ? [{ pixels, lead: Math.log(ms / other.ms) }] : [];
  });
  const largest = both.at(-1);
  if (!largest) return { kind: 'unknown' };
  const ahead = largest.lead > 0;
  // The last size at which the lane that leads in the end does not lead yet.
  const before = both.map(({ lead }) => lead > 0).lastIndexOf(!ahead);
  if (before < 0) {
    return {
      kind: ahead ? 'always' : 'never',
      pixels: ahead ? both[0].pixels : largest.pixels,
      single: both.length === 1,
    };
  }
  const [a, b] = [both[before], both[before + 1]];
  const part = a.lead / (a.lead - b.lead);
  return { kind: ahead ? 'at' : 'lost', pixels: Math.exp(Math.log(a.pixels) + part * Math.log(b.pixels / a.pixels)) };
}

/** Lanes on the GPU, and the one on the CPU that works the same way. */
export const PAIRS = [
  ['gpu', 'cpu'],
  ['gpu-array', 'array'],
] as const;

/** A number of pixels with the side of its square. */
export const area = (pixels: number): string =>
  `${format.pixels(pixels)} pixels (${format.integer(Math.round(Math.sqrt(pixels)))}²)`;

/** A crossover in words. */
export function crossoverText(crossed: Crossover): string {
  switch (crossed.kind) {
    case 'at':
      return `from about ${area(crossed.pixels)} on`;
    case 'lost':
      return `not reached: behind again from about ${area(crossed.pixels)} on`;
    case 'always':
      return crossed.single
        ? `ahead at ${area(crossed.pixels)}, the only size that both ran`
        : `from the smallest size on, ${area(crossed.pixels)}`;
    case 'never':
      return `not reached up to ${area(crossed.pixels)}${crossed.single ? ', the only size that both ran' : ''}`;
    case 'unknown':
      return 'not known: no size ran on both';
  }
}

export interface CrossoverRow {
  title: string;
  challenger: string;
  holder: string;
  crossed: Crossover;
}

/** The crossovers of the pairs that a case has both lanes of. */
export const crossovers = (groups: readonly Case[]): CrossoverRow[] =>
  groups.flatMap((group) =>
    PAIRS.filter(([challenger, holder]) => group.lanes.includes(challenger) && group.lanes.includes(holder)).map(
      ([challenger, holder]) => ({
        title: group.title,
        challenger,
        holder,
        crossed: crossover(points(group, holder), points(group, challenger)),
      }),
    ),
  );

/** The number of threads that a device's text names; null if it names none. */
export function threadsIn(device: string | null | undefined): number | null {
  const [, threads] = /(\d+) threads?\b/.exec(device ?? '') ?? [];
  return threads ? Number(threads) : null;
}

/** 'fused, 2 threads' → fused and 2; null for other labels. */
export function threadsOf(lane: string): { family: string; threads: number } | null {
  const [, family, threads] = /^(.+?),?\s+(\d+) threads?$/.exec(lane) ?? [];
  return family ? { family, threads: Number(threads) } : null;
}

/** The lanes of a case that differ in their threads only, fewest first. */
export interface Family {
  family: string;
  lanes: { lane: string; threads: number }[];
}

/**
 * Families of at least two numbers of threads. A lane without a number in its name takes it from its device's text; one that has run on
 * another number than its name says is left out.
 */
export function families(group: Case): Family[] {
  const found = new Map<string, Family['lanes']>();
  const ran = (lane: string) => threadsIn(group.jobs.map((job) => find(job, lane)?.device).find((text) => text));
  for (const lane of group.lanes) {
    const named = threadsOf(lane);
    if (named && (ran(lane) ?? named.threads) === named.threads)
      found.set(named.family, [...(found.get(named.family) ?? []), { lane, threads: named.threads }]);
  }
  return [...found]
    .map(([family, lanes]) => {
      const threads = ran(family);
      const all =
        threads && !lanes.some((one) => one.threads === threads) ? [{ lane: family, threads }, ...lanes] : lanes;
      return { family, lanes: all.sort((a, b) => a.threads - b.threads) };
    })
    .filter(({ lanes }) => lanes.length > 1);
}

/** The fastest lane of a job. */
export function fastest({ rows }: JobRows): Row | undefined {
  const ran = rows.filter(({ result }) => result.total);
  const ms = ({ result }: Row) => result.total?.median ?? Infinity;
  return ran.sort((a, b) => ms(a) - ms(b))[0];
}
