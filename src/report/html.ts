/** The report as one page that needs neither scripts nor the network. */
import { type Chart, type Charts, drawCharts } from './charts.js';
import {
  allLanes,
  area,
  type Case,
  cases,
  crossovers,
  crossoverText,
  fastest,
  find,
  type JobRows,
  PAIRS,
  runs,
  speedUp,
  tellApart,
} from './figures.js';
import * as format from './format.js';
import { html, type Markup, NOTHING, trusted } from './markup.js';
import { type Article, ARTICLES, beside, postCrossover } from './published.js';
import style from './report.css';
import type { Comparison, LaneResult } from '../compare.js';

/** A picture for the report: its caption, and an image as a data URL. */
export interface Picture {
  /** The caption, any text. */
  name: string;
  /** The image as a data URL. */
  url: string;
}

/** Widths of the charts in pixels; a media query shows one of them. */
const WIDTHS = { narrow: 328, medium: 632, wide: 984 };

type Width = keyof typeof WIDTHS;

/** A table in a box of its own, which scrolls where the table is wider than the page. */
const table = (name: string, head: Markup, body: readonly Markup[]): Markup => html`
  <div class="scroll" role="region" tabindex="0" aria-label="${name}">
    <table>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>
`;

/** Heads of columns: the first ones of text, the others of numbers. */
const heads = (names: readonly string[], texts: number): Markup =>
  html`${names.map((name, i) => html`<th scope="col" class="${i < texts ? '' : 'number'}">${name}</th>`)}`;

const plural = (count: number, one: string): string => `${format.integer(count)} ${one}${count === 1 ? '' : 's'}`;

/** What ran, in a few words and figures. */
function headline(comparison: Comparison, groups: readonly Case[]): Markup {
  const jobs = groups.flatMap(({ jobs }) => jobs);
  const sizes = jobs.map(({ pixels }) => pixels);
  const lanes = allLanes(groups);
  const range =
    jobs.length === 0
      ? 'No job ran.'
      : `${plural(lanes.length, 'lane')} on ${plural(jobs.length, 'job')}, ` +
        (Math.min(...sizes) === Math.max(...sizes)
          ? `${area(sizes[0])}.`
          : `from ${area(Math.min(...sizes))} to ${area(Math.max(...sizes))}.`);
  const winners = groups.flatMap((group) => {
    const job = group.jobs.filter(({ rows }) => rows.some(({ result }) => result.total)).at(-1);
    const first = job && fastest(job);
    if (!first) return [];
    const gain = speedUp(job, first.label);
    return [
      html`<li>
        <span>Fastest on ${job.job.name}</span>
        <strong>${first.label}, ${format.time(first.result.total?.median)}</strong>
        <span>${gain && first.label !== 'basic' ? `${format.ratio(gain)} as fast as basic` : group.subtitle}</span>
      </li>`,
    ];
  });
  const overtakes = crossovers(groups)
    .filter(({ challenger }) => challenger === 'gpu')
    .map(({ title, crossed }) => {
      const device = lanesDevice(groups, 'gpu');
      return html`<li>
        <span>GPU over CPU, ${title}</span>
        <strong>${crossoverText(crossed)}</strong>
        <span>${device ?? ''}</span>
      </li>`;
    });
  return html`<header>
    <h1>Every lane, side by side</h1>
    <p class="muted">twolane, ${format.date(comparison.date)}</p>
    <p>
      ${range} Every lane computes the escape counts of the same points, each in its own way; where counts differ,
      “Agreement” tells.
    </p>
    ${
      winners.length + overtakes.length
        ? html`<ul class="brief">
            ${winners}${overtakes}
          </ul>`
        : NOTHING
    }
    ${machine(comparison)}
  </header>`;
}

/** The device that a lane names first: jobs may run in pages of their own. */
const lanesDevice = (groups: readonly Case[], lane: string): string | null =>
  groups
    .flatMap(({ jobs }) => jobs)
    .map((job) => find(job, lane)?.device)
    .find((device) => device) ?? null;

/** The environment as it is given, in the order of its keys. */
const machine = ({ environment }: Comparison): Markup => {
  const facts = Object.entries(environment);
  if (facts.length === 0) return NOTHING;
  return html`<dl class="facts" aria-label="The machine">
    ${facts.map(
      ([key, value]) =>
        html`<div>
          <dt>${format.words(key)}</dt>
          <dd>${format.value(value)}</dd>
        </div>`,
    )}
  </dl>`;
};

/** What really ran: devices, arithmetic, and why a lane fell back. */
function lanesSection(groups: readonly Case[]): Markup {
  const lanes = allLanes(groups).map((lane) => {
    const results = groups.flatMap(({ jobs }) => jobs).flatMap((job) => find(job, lane) ?? []);
    const precisions = [...new Set(results.flatMap(({ precision }) => precision ?? []))];
    const fallbacks = [...new Set(results.flatMap(({ fallbackReason }) => fallbackReason ?? []))];
    const devices = [...new Set(results.flatMap(({ device }) => device ?? []))];
    return html`<tr>
      <th scope="row">${lane}</th>
      <td class="text">
        ${devices.length ? devices.join('; ') : format.NONE}${fallbacks.map((reason) => html`<small>${reason}</small>`)}
      </td>
      <td>${precisions.length ? precisions.join(', ') : format.NONE}</td>
    </tr>`;
  });
  if (lanes.length === 0) return NOTHING;
  return html`<section>
    <h2>The lanes</h2>
    <p>What really ran. “(software)” stands behind a renderer that runs on the CPU.</p>
    ${table('The lanes', heads(['lane', 'device', 'arithmetic'], 3), lanes)}
  </section>`;
}

/** A chart in each of its widths. */
const drawn = (sets: Record<Width, Charts>, kind: keyof Charts, i: number): Markup =>
  html`${(Object.keys(WIDTHS) as Width[]).map(
    (width) => html`<div class="${width}">${trusted(sets[width][kind][i].svg.outerHTML)}</div>`,
  )}`;

const captioned = ({ title, subtitle }: Chart, content: Markup): Markup => html`
  <figure>
    <h3>${title}</h3>
    <p class="sub">${subtitle}</p>
    ${content}
  </figure>
`;

/** A section of charts of one kind; nothing if there are none. */
function chartSection(
  sets: Record<Width, Charts>,
  kind: keyof Charts,
  title: string,
  text: string,
  absent: string,
): Markup {
  const charts = sets.narrow[kind];
  return html`<section>
    <h2>${title}</h2>
    <p>${charts.length ? text : absent}</p>
    ${charts.map((chart, i) => captioned(chart, drawn(sets, kind, i)))}
  </section>`;
}

/** A table of a case: lanes down, sizes across. */
const grid = (group: Case, name: string, cell: (job: JobRows, lane: string) => Markup | string): Markup =>
  table(
    `${name}: ${group.title}`,
    heads(['lane', ...group.jobs.map(({ size }) => size)], 1),
    group.lanes.map(
      (lane) =>
        html`<tr>
          <th scope="row">${lane}</th>
          ${group.jobs.map((job) => html`<td class="number">${cell(job, lane)}</td>`)}
        </tr>`,
    ),
  );

/** Content under a heading for every case. */
const perCase = (groups: readonly Case[], content: (group: Case) => Markup): Markup =>
  html`${groups.map(
    (group) =>
      html`<h3>${group.title}</h3>
        <p class="sub">${group.subtitle}</p>
        ${content(group)}`,
  )}`;

function speedUpSection(groups: readonly Case[], sets: Record<Width, Charts>): Markup {
  const measured = groups.filter((group) => group.jobs.some((job) => find(job, 'basic')?.total));
  if (measured.length === 0) {
    return html`<section>
      <h2>Speed-up over basic</h2>
      <p>The lane basic, the plain JavaScript loop, did not run: there is nothing to hold the others against.</p>
    </section>`;
  }
  const charts = sets.narrow.speedUp;
  return html`<section>
    <h2>Speed-up over basic</h2>
    <p>
      How many times as fast as basic, the plain JavaScript loop, by the medians of the totals. The vertical line is
      basic itself; what is left of it is slower. A larger dot is a larger picture; the figure at the right is the
      largest one’s.
    </p>
    ${perCase(measured, (group) => {
      const chart = charts.findIndex(({ title }) => title === group.title);
      const numbers = grid(group, 'Speed-up over basic', (job, lane) => format.ratio(speedUp(job, lane)));
      return html`${chart < 0 ? NOTHING : drawn(sets, 'speedUp', chart)}${numbers}`;
    })}
  </section>`;
}

function crossoverSection(groups: readonly Case[]): Markup {
  const rows = crossovers(groups);
  const pairs = PAIRS.map(([challenger, holder]) => `${challenger} over ${holder}`).join(', ');
  return html`<section>
    <h2>Where the GPU overtakes the CPU</h2>
    <p>
      The number of pixels from which on the GPU lane stays ahead of the CPU lane that works the same way: interpolated
      on logarithmic axes between two sizes that both ran.
    </p>
    ${
      rows.length
        ? table(
            'Where the GPU overtakes the CPU',
            heads(['case', 'lanes', 'the GPU is ahead'], 3),
            rows.map(
              ({ title, challenger, holder, crossed }) =>
                html`<tr>
                  <td class="text">${title}</td>
                  <td>${challenger} over ${holder}</td>
                  <td class="text">${crossoverText(crossed)}</td>
                </tr>`,
            ),
          )
        : html`<p class="muted">No pair of lanes ran: ${pairs}.</p>`
    }
    <p class="muted">
      By the same interpolation the post’s TensorFlow is faster on its GPU ${crossoverText(postCrossover())}.
    </p>
  </section>`;
}

/** Pixels that differ, and below them what that means; the sum is there without a reference, too. */
function agreement({ pixels }: JobRows, result: LaneResult | undefined): Markup | string {
  if (!result || (result.differing === null && result.countSum === null)) return format.NONE;
  const { differing, largestDifference, countSum } = result;
  const part = differing
    ? html`<small>${format.share(differing / pixels)}, up to ${format.integer(largestDifference)}</small>`
    : NOTHING;
  return html`${format.integer(differing)}${part}<small>Σ ${format.integer(countSum)}</small>`;
}

const agreementSection = (groups: readonly Case[]): Markup =>
  html`<section>
    <h2>Agreement</h2>
    <p>
      Pixels whose count differs from the reference, their share of all pixels, the largest difference, and Σ, the sum
      of all counts. Lanes in f64 should agree exactly; in f32 pixels near the set’s edge escape a little earlier or
      later.
    </p>
    ${perCase(groups, (group) => grid(group, 'Agreement', (job, lane) => agreement(job, find(job, lane))))}
  </section>`;

function threadsSection(sets: Record<Width, Charts>): Markup {
  const charts = sets.narrow.threads;
  if (charts.length === 0) return NOTHING;
  return html`<section>
    <h2>Threads</h2>
    <p>Lanes that differ in their number of threads only, as the seminar ran numexpr and Cython.</p>
    <div class="few">
      ${charts.map((chart) => captioned(chart, html`<div class="narrow">${trusted(chart.svg.outerHTML)}</div>`))}
    </div>
  </section>`;
}

const picturesSection = (pictures: readonly Picture[]): Markup =>
  pictures.length
    ? html`<section>
        <h2>What was computed</h2>
        <div class="pictures">
          ${pictures.map(
            ({ name, url }) =>
              html`<figure>
                <img src="${url}" alt="${name}" />
                <figcaption>${name}</figcaption>
              </figure>`,
          )}
        </div>
      </section>`
    : NOTHING;

/** An article's notes, and its figures beside ours. */
function articleTable(article: Article, groups: readonly Case[]): Markup {
  const rows = beside(article, groups).map(({ approach, size, seconds, lane, maxIterations, ours, ratio }) => {
    const threads = ours && ours.threads > 1 ? `, ${ours.threads} threads` : '';
    const other =
      ours && ours.maxIterations !== maxIterations ? `, maxIterations ${format.integer(ours.maxIterations)}` : '';
    return html`<tr>
      <th scope="row">${approach}<small>${size}</small></th>
      <td class="number">${seconds}${'\u202f'}s</td>
      <td class="number">${format.time(ours?.ms)}<small>${lane}${threads}${other}</small></td>
      <td class="number">${format.ratio(ratio)}</td>
    </tr>`;
  });
  const head = heads(['theirs', 'their time', 'our time', 'times as fast'], 1);
  return html`<ul>
      ${article.notes.map((note) => html`<li>${note}</li>`)}
    </ul>
    ${table(article.title, head, rows)}`;
}

const publishedSection = (groups: readonly Case[], sets: Record<Width, Charts>): Markup =>
  html`<section>
    <h2>The articles’ own figures</h2>
    <p>
      What the two articles published, measured on their machines, years ago and in other languages, beside the lane
      here that works the same way. Ours are medians of this comparison, where the same grid ran; a ratio is given only
      where the iterations are the same, too, and our lane has one thread.
    </p>
    ${ARTICLES.map((article, i) =>
      captioned(
        { ...sets.narrow.published[i], subtitle: `Theirs on: ${article.machine}` },
        html`${drawn(sets, 'published', i)}${articleTable(article, groups)}`,
      ),
    )}
  </section>`;

/** Lanes without results, with the reason: jobs that share it share a row. */
function missingSection(groups: readonly Case[]): Markup {
  const missing = new Map<string, { label: string; why: string; jobs: string[] }>();
  for (const { job, rows } of groups.flatMap(({ jobs }) => jobs)) {
    for (const { label, result } of rows) {
      if (result.status !== 'skipped' && result.status !== 'failed') continue;
      const why = `${result.status}: ${result.reason ?? 'no reason given'}`;
      const key = JSON.stringify([label, why]);
      const row = missing.get(key) ?? { label, why, jobs: [] };
      row.jobs.push(job.name);
      missing.set(key, row);
    }
  }
  const rows = [...missing.values()].map(
    ({ label, why, jobs }) =>
      html`<tr>
        <th scope="row">${label}</th>
        <td>${jobs.join(', ')}</td>
        <td class="text">${why}</td>
      </tr>`,
  );
  return rows.length
    ? html`<section>
        <h2>Skipped and failed</h2>
        ${table('Skipped and failed lanes', heads(['lane', 'jobs', 'why'], 3), rows)}
      </section>`
    : NOTHING;
}

const HEAD = [
  'lane',
  'arithmetic',
  'runs',
  'set-up',
  'cold',
  'compute',
  'transfer',
  'total',
  'speed-up',
  'differ',
  'largest',
  'count sum',
];

/** A median with its minimum below it. */
const spread = (value: LaneResult['total']): Markup =>
  value ? html`${format.time(value.median)}<small>${format.time(value.min)}</small>` : html`${format.NONE}`;

/** All numbers, folded: the figures above are made of them. */
function everything(groups: readonly Case[]): Markup {
  const named = groups.flatMap(({ jobs, subtitle }) => jobs.map((job) => ({ job, title: job.job.name, subtitle })));
  return html`<section>
    <h2>Every number</h2>
    <p>A table for each job. Of compute, transfer and total the median is above, the minimum below it.</p>
    ${tellApart(named).map(
      ({ job, title }) =>
        html`<details>
          <summary>${title}</summary>
          ${table(
            title,
            heads(HEAD, 2),
            job.rows.map(
              ({ label, result }) =>
                html`<tr>
                  <th scope="row">${label}${result.status === 'done' ? '' : html`<small>${result.status}</small>`}</th>
                  <td>${result.precision ?? format.NONE}</td>
                  <td class="number">${runs(result)}</td>
                  <td class="number">${format.time(result.setup)}</td>
                  <td class="number">${format.time(result.cold)}</td>
                  <td class="number">${spread(result.compute)}</td>
                  <td class="number">${spread(result.transfer)}</td>
                  <td class="number">${spread(result.total)}</td>
                  <td class="number">${format.ratio(speedUp(job, label))}</td>
                  <td class="number">${format.integer(result.differing)}</td>
                  <td class="number">${format.integer(result.largestDifference)}</td>
                  <td class="number">${format.integer(result.countSum)}</td>
                </tr>`,
            ),
          )}
        </details>`,
    )}
  </section>`;
}

const KEY = html`<section>
  <h2>How to read the times</h2>
  <dl>
    <dt>total</dt>
    <dd>
      Wall time from the call until the counts are there. Figures and ratios take its median, which a busy moment of the
      machine does not move.
    </dd>
    <dt>minimum</dt>
    <dd>The fastest of the timed runs: what the lane can do when nothing disturbs it.</dd>
    <dt>cold</dt>
    <dd>
      The lane’s first run, before the timed ones: compilers and caches are not warm yet. Where it alone used up the
      time for the job, it is the timed one, too, and the number of runs reads “1, cold”.
    </dd>
    <dt>set-up</dt>
    <dd>Opening the lane, once: compiling, starting workers, linking shaders. It is no part of total.</dd>
    <dt>compute, transfer, other</dt>
    <dd>
      Iterating; moving coordinates in and counts out; and what remains of total. A lane that cannot tell them apart is
      marked “not split”.
    </dd>
    <dt>–</dt>
    <dd>Not measured. It never stands for 0.</dd>
  </dl>
</section>`;

const SPLIT =
  'Each bar is a first call, set-up and then one run by its medians, as shares of its own total, which stands at the right. The smaller the picture, ' +
  'the more of it goes into getting ready and moving data; a larger one pays that back.';

/** The page of `reportHtml`. */
export function page(comparison: Comparison, document: Document, pictures: readonly Picture[]): string {
  const groups = cases(comparison);
  const draw = (width: Width) => drawCharts(groups, { document, width: WIDTHS[width] });
  const sets = { narrow: draw('narrow'), medium: draw('medium'), wide: draw('wide') };
  const { markup } = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>twolane: lanes compared, ${format.date(comparison.date)}</title>
        <style>
          ${trusted(style)}
        </style>
      </head>
      <body>
        <main>
          ${headline(comparison, groups)} ${lanesSection(groups)} ${picturesSection(pictures)}
          ${chartSection(
            sets,
            'time',
            'Time against number of pixels',
            'Both axes are logarithmic: a straight line that rises by a decade in a decade costs the same for every pixel, and a flat start is overhead.',
            'No lane ran, so there is nothing to draw.',
          )}
          ${chartSection(sets, 'split', 'Where the time goes', SPLIT, 'No lane ran, so there is nothing to draw.')}
          ${speedUpSection(groups, sets)} ${crossoverSection(groups)} ${threadsSection(sets)}
          ${agreementSection(groups)} ${missingSection(groups)} ${publishedSection(groups, sets)} ${everything(groups)}
          ${KEY}
          <footer>Made by twolane. Charts by Observable Plot. The page is one file and loads nothing.</footer>
        </main>
      </body>
    </html> `;
  return `${markup.trim()}\n`;
}
