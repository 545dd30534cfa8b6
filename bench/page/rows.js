/** Rows of the results for lanes that gave none. Used in the page and by the script that drives it. */

/**
 * @param {string} name
 * @param {'skipped' | 'failed'} status
 * @param {string} reason
 * @param {import('twolane').LaneResult} [known] a row of the same lane, for what it says about the lane
 * @returns {import('twolane').LaneResult}
 */
export const emptyRow = (name, status, reason, known) => ({
  name,
  device: known?.device ?? null,
  precision: known?.precision ?? null,
  setup: null,
  fallbackReason: known?.fallbackReason ?? null,
  status,
  reason,
  runs: 0,
  compute: null,
  transfer: null,
  total: null,
  cold: null,
  countSum: null,
  differing: null,
  largestDifference: null,
});

/** @param {unknown} error */
export const message = (error) => (error instanceof Error ? error.message : String(error));
