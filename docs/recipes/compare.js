/** Compares the lanes on the reader's machine, and shows the charts. */
import { compare, openBasic, openCpu, openGpu, presets } from 'twolane';
import { charts } from 'twolane/report';

const opened = await Promise.allSettled([openBasic(), openCpu(), openGpu()]);
const lanes = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
const jobs = [100, 200, 400].map((n) => presets.salon(n));
const comparison = await compare(lanes, jobs, {
  budget: 1000, // ms for each lane and job
  onProgress: ({ done, total }) => (document.title = `${done} of ${total} runs`),
});
for (const lane of lanes) lane.close();

const drawn = charts(comparison, { width: Math.min(640, innerWidth - 16) });
const kinds = { time: 'Time', split: 'Where the time goes', speedUp: 'Speed-up over basic' };
for (const [kind, name] of Object.entries(kinds)) {
  for (const { title, subtitle, svg } of drawn[kind]) {
    const caption = document.createElement('figcaption');
    caption.textContent = `${name} – ${title}: ${subtitle}`;
    const figure = document.createElement('figure');
    figure.append(svg, caption);
    document.body.append(figure);
  }
}
