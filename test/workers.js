/** What tests of the cpu lane's threads share. */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import * as assert from 'uvu/assert';

/** @type {typeof import('node:worker_threads')} */
const threads = createRequire(import.meta.url)('node:worker_threads');

/** @param {Promise<unknown>} call @returns {Promise<any>} what it rejects with */
export const rejection = (call) =>
  call.then(
    () => assert.unreachable('it should reject'),
    (error) => error,
  );

/** Fails where what takes milliseconds has not come after a minute. @template T @param {Promise<T>} call */
export const soon = (call) => {
  /** @type {NodeJS.Timeout} */
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error('it hangs')), 60_000)));
  return Promise.race([call, late]).finally(() => clearTimeout(timer));
};

/**
 * Runs a test with the workers that lanes start in it in a list, in the order of their starts.
 *
 * @param {(workers: import('node:worker_threads').Worker[]) => Promise<void>} body
 * @param {(worker: import('node:worker_threads').Worker, event: string, workers: import('node:worker_threads').Worker[]) => void} [onEvent]
 *   called behind each event of a worker
 */
export async function watchingWorkers(body, onEvent) {
  const { Worker } = threads;
  /** @type {import('node:worker_threads').Worker[]} */
  const workers = [];
  threads.Worker = class extends Worker {
    /** @param {string} source @param {object} options */
    constructor(source, options) {
      super(source, options);
      workers.push(this);
    }
    /** @override */
    emit(/** @type {any} */ event, /** @type {any[]} */ ...values) {
      const heard = super.emit(event, ...values);
      onEvent?.(this, event, workers);
      return heard;
    }
  };
  syncBuiltinESMExports();
  try {
    await body(workers);
  } finally {
    threads.Worker = Worker;
    syncBuiltinESMExports();
  }
}

/**
 * Has a function hear what workers are told, before they do. Where it throws, they are told nothing.
 *
 * @param {import('node:worker_threads').Worker[]} workers
 * @param {(message: any, worker: import('node:worker_threads').Worker) => void} hear
 */
export function onPost(workers, hear) {
  for (const worker of workers) {
    const post = worker.postMessage;
    worker.postMessage = function (/** @type {any} */ message, /** @type {any} */ transfer) {
      hear(message, worker);
      return post.call(this, message, transfer);
    };
  }
}
