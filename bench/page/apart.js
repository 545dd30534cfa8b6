/** A worker with a lane of one thread: told twolane's address and then jobs, it answers each with the milliseconds that it took. */

/** @type {any} */
const port = typeof self === 'object' ? self : (await import('node:worker_threads')).parentPort;
/** @type {import('twolane').Lane} */
let lane;
/** @type {import('twolane').Image | undefined} */
let out;

port.onmessage = async (/** @type {{ data: { url: string } | { job: import('twolane').Job } }} */ { data }) => {
  if ('url' in data) {
    const { openCpu } = await import(data.url);
    lane = await openCpu({ threads: 1 });
    port.postMessage(lane.setup);
    return;
  }
  const { grid } = data.job;
  if (out?.counts.length !== grid.width * grid.height) out = undefined;
  out = await lane.escapeTime(data.job, { out });
  port.postMessage(out.timing.total);
};
