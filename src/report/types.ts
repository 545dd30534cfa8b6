/** The data that the report draws. */
import type { Grid } from '../grid.js';
import type { Arithmetic } from '../lane.js';

export interface Spread {
  min: number;
  median: number;
}

export interface LaneResult {
  name: string;
  device: string | null;
  precision: Arithmetic | null;
  setup: number | null;
  fallbackReason: string | null;
  status: 'done' | 'skipped' | 'failed';
  reason: string | null;
  runs: number;
  compute: Spread | null;
  transfer: Spread | null;
  total: Spread | null;
  cold: number | null;
  countSum: number | null;
  differing: number | null;
  largestDifference: number | null;
}

export interface JobComparison {
  name: string;
  grid: Required<Grid>;
  maxIterations: number;
  bailoutRadius: number;
  lanes: LaneResult[];
}

export interface Comparison {
  date: string;
  environment: Record<string, string | number | boolean | null>;
  jobs: JobComparison[];
}
