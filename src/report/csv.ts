/** The comparison as comma-separated values. */
import type { Comparison, JobComparison, LaneResult } from '../compare.js';

type Cell = string | number | boolean | null;

const COLUMNS: Record<string, (lane: LaneResult, job: JobComparison, comparison: Comparison) => Cell | undefined> = {
  date: (_lane, _job, { date }) => date,
  job: (_lane, { name }) => name,
  width: (_lane, { grid }) => grid.width,
  height: (_lane, { grid }) => grid.height,
  pixels: (_lane, { grid }) => grid.width * grid.height,
  x0: (_lane, { grid }) => grid.x0,
  x1: (_lane, { grid }) => grid.x1,
  y0: (_lane, { grid }) => grid.y0,
  y1: (_lane, { grid }) => grid.y1,
  endpoint: (_lane, { grid }) => grid.endpoint,
  row: (_lane, { grid }) => ('row' in grid ? grid.row : null),
  rows: (_lane, { grid }) => ('row' in grid ? grid.rows : null),
  maxIterations: (_lane, job) => job.maxIterations,
  bailoutRadius: (_lane, job) => job.bailoutRadius,
  smooth: (_lane, job) => job.smooth,
  lane: ({ name }) => name,
  device: ({ device }) => device,
  precision: ({ precision }) => precision,
  status: ({ status }) => status,
  reason: ({ reason }) => reason,
  fallbackReason: ({ fallbackReason }) => fallbackReason,
  runs: ({ runs }) => runs,
  setup: ({ setup }) => setup,
  cold: ({ cold }) => cold,
  computeMin: ({ compute }) => compute?.min,
  computeMedian: ({ compute }) => compute?.median,
  transferMin: ({ transfer }) => transfer?.min,
  transferMedian: ({ transfer }) => transfer?.median,
  totalMin: ({ total }) => total?.min,
  totalMedian: ({ total }) => total?.median,
  countSum: ({ countSum }) => countSum,
  differing: ({ differing }) => differing,
  largestDifference: ({ largestDifference }) => largestDifference,
};

/** A field as RFC 4180 has it: in quotes where it holds a separator, quotes doubled; empty for null. */
function field(value: Cell | undefined): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csv(comparison: Comparison): string {
  const lines = comparison.jobs.flatMap((job) =>
    job.lanes.map((lane) => Object.values(COLUMNS).map((column) => column(lane, job, comparison))),
  );
  return [Object.keys(COLUMNS), ...lines].map((line) => `${line.map(field).join(',')}\r\n`).join('');
}
