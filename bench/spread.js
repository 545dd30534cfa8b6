/** What a list of measurements comes to. */

/**
 * Smallest and median; of an even number of values, the mean of the middle two.
 *
 * @param {number[]} values
 * @returns {import('twolane').Spread}
 */
export function spread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { min: sorted[0], median };
}
