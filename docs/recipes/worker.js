/** Hands a canvas to a worker, which draws on it while the page is free for other things. */
const canvas = Object.assign(document.createElement('canvas'), { width: 600, height: 400 });
document.body.append(canvas);
const worker = new Worker(new URL('./worker-thread.js', import.meta.url), { type: 'module' });
const offscreen = canvas.transferControlToOffscreen();
worker.postMessage(offscreen, [offscreen]);
worker.onmessage = ({ data }) => document.body.append(`${data.done} of ${data.total} pixels`);
worker.onerror = ({ message }) => document.body.append(message || 'worker-thread.js cannot be loaded');
