/** What the benchmark's page and the script that drives it share. */
import type { LaneResult, Preset } from 'twolane';

export interface Probe {
  device: string | null;
  reason: string | null;
}

/** A lane to open: `await import(module)`, and its `opener`, or that of its `peers`, called with `options`. */
export interface LaneSpec {
  /** What the results call it, such as 'fused, 2 threads'. */
  label: string;
  module: string;
  opener: string;
  options: Record<string, unknown>;
  /** Whether it needs a renderer. */
  gpu: boolean;
}

export interface PageOptions {
  /** Name of the case, such as 'salon 400'. */
  name: string;
  job: Preset;
  lanes: LaneSpec[];
  /**
   * What the lanes are held against: 'first', the first in f64, or the CPU lane where none is; 'cpu', the CPU lane, run for this;
   * 'none'.
   */
  reference: 'first' | 'cpu' | 'none';
  warmup: number;
  repeats: number;
  /** Milliseconds. */
  budget: number;
}

/** A row of the CPU benchmark. */
export interface CpuWork {
  label: string;
  job: Preset;
  /** What is timed: the kernel without shortcuts, the lane on one thread, or the lane on several. */
  who: 'bare' | 'lane' | 'threads';
  /** What it is held against: iterations/s of native C, time of the plain JavaScript loop, or of the lane on one thread. */
  unit: 'C' | 'JS' | '1 thread';
  /** The ratio to reach, where there is one. */
  target: number;
}

export interface PageResult {
  /** Results of the lanes, in the order given. */
  lanes: LaneResult[];
  crossOriginIsolated: boolean;
}

/** What the page says while it works: a lane begins a run, or has finished one in so many milliseconds. */
export interface PageProgress {
  lane: string;
  ms: number | null;
}

declare global {
  var bench: {
    probe(): Promise<Probe>;
    run(options: PageOptions): Promise<PageResult>;
    /** Stops run(): lanes that are not done fail, and it resolves. */
    stop(): void;
  };
  function reportProgress(progress: PageProgress): void;
}
