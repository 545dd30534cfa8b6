/** What every consumer runs, in a page or not: all ways in, and the results as data. */
import { compare, openCpu, openGpu, presets } from 'twolane';
import { openBasic } from 'twolane/baselines';
import { reportHtml, reportMarkdown } from 'twolane/report';

/** @param {Promise<import('twolane').Lane>} opening */
async function use(opening) {
  try {
    const lane = await opening;
    const { counts } = await lane.escapeTime(presets.salon());
    lane.close();
    return {
      device: lane.device,
      fallbackReason: lane.fallbackReason,
      countSum: counts.reduce((sum, count) => sum + count, 0),
    };
  } catch (error) {
    return { device: null, fallbackReason: String(error), countSum: null };
  }
}

/** A small comparison's report: the page with its charts, where there is a document to make it in. */
async function report() {
  const comparison = await compare([await openBasic()], [presets.salon(20)], { repeats: 1 });
  return typeof document === 'undefined' ? reportMarkdown(comparison) : reportHtml(comparison);
}

/** A lane that is never closed may not keep a runtime alive. */
async function leaveOpen() {
  const lane = await openCpu({ threads: 2 });
  await lane.escapeTime(presets.salon());
}

async function run() {
  const cpu = await use(openCpu({ threads: 2 }));
  const basic = await use(openBasic());
  const gpu = await use(openGpu());
  if (typeof document === 'undefined') await leaveOpen();
  return { cpu, basic, gpu, report: await report() };
}

run().then((results) => {
  if (typeof document === 'undefined') console.log(JSON.stringify(results));
  else Object.assign(globalThis, { results });
});
