/** Waiting that an abort ends. */

/**
 * What a promise gives; or the signal's reason as soon as it is aborted, however long the promise takes.
 *
 * @template Value
 * @param {Promise<Value>} promise
 * @param {AbortSignal | undefined} signal
 */
export async function orAbort(promise, signal) {
  let onAbort = () => {};
  /** @type {Promise<never>} */
  const aborted = new Promise((_, reject) => (onAbort = () => reject(signal?.reason)));
  signal?.addEventListener('abort', onAbort);
  if (signal?.aborted) onAbort();
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    // The signal outlives the promise, whose value it would keep in memory.
    signal?.removeEventListener('abort', onAbort);
  }
}
