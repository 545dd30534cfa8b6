/** The data that the report draws. */
export type { Comparison, JobComparison, LaneResult, Spread } from '../compare.js';
