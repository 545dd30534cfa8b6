/** What the benchmark's page and the script that drives it share. */
import type { Comparison, Job, LaneResult } from 'twolane';

export interface Probe {
  device: string | null;
  reason: string | null;
}

export interface CaseOptions {
  preset: 'salon' | 'gellert';
  size: number;
  lanes: string[];
  warmup: number;
  repeats: number;
}

/** A row of the CPU benchmark. */
export interface CpuWork {
  label: string;
  job: Required<Omit<Job, 'smooth'>>;
  /** What is timed: the kernel without shortcuts, the lane on one thread, or the lane on several. */
  who: 'bare' | 'lane' | 'threads';
  /** What it is held against: iterations/s of native C, time of the plain JavaScript loop, or of the lane on one thread. */
  unit: 'C' | 'JS' | '1 thread';
  /** The ratio to reach, where there is one. */
  target: number;
}

export interface PageResult {
  comparison: Comparison;
  /** Why a lane could not be opened, by its name. */
  missing: Record<string, string>;
  crossOriginIsolated: boolean;
}

/** A lane's result, or nulls and a fallbackReason for one that could not be opened. */
export type LaneRow = Pick<LaneResult, 'name' | 'fallbackReason'> & {
  [Key in Exclude<keyof LaneResult, 'name' | 'fallbackReason'>]: LaneResult[Key] | null;
};

export interface CaseResult extends Omit<Comparison, 'lanes'> {
  preset: string;
  lanes: LaneRow[];
}

declare global {
  var bench: {
    probe(): Promise<Probe>;
    run(options: CaseOptions): Promise<PageResult>;
  };
  function reportProgress(lane: string): void;
}
