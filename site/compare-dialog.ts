/** The dialog that compares all lanes in this page. It comes with the charts' code, when it is first asked for. */
import { compare, type Comparison, type Job, type Lane, openCpu, openGpu, presets } from 'twolane';
import * as baselines from 'twolane/baselines';
import { reportCsv, reportHtml } from 'twolane/report';
import { orAbort } from '../cli/abort.js';
import { button, byId, element, radios, reasonOf, setText } from './dom.js';
import { download } from './export.js';
import { makeMeter } from './meter.js';

/** The articles' cases at growing sizes, after which comes the view; and how much time they may take. */
interface Extent {
  jobs: Record<string, Job>;
  /** The view's pixels × maxIterations, at most. */
  work: number;
  repeats: number;
  /** Milliseconds after which a lane gets no further run of a job, and over which it is left out of larger ones. */
  budget: number;
  patience: number;
}

const QUICK: Extent = {
  jobs: { 'salon 100': presets.salon(100), 'salon 200': presets.salon(200), 'salon 400': presets.salon(400) },
  work: 1e8,
  repeats: 3,
  budget: 400,
  patience: 800,
};
const THOROUGH: Extent = {
  jobs: {
    'salon 200': presets.salon(200),
    'salon 400': presets.salon(400),
    'salon 800': presets.salon(800),
    'salon 1600': presets.salon(1600),
    'gellert 500': presets.gellert(500),
    'gellert 2500': presets.gellert(2500),
  },
  work: 2e9,
  repeats: 5,
  budget: 3000,
  patience: 10_000,
};

/**
 * What opens lanes: all that the package has, by name. The plain loop, which the others are held against, is the first: behind the array
 * lane, its first run may pay for the collection of the arrays, and take ten times as long.
 */
const { openBasic } = baselines;
const openers = { openBasic, ...(baselines as Record<string, unknown>), openCpu, openGpu };

/** Opens all lanes; `missing` says why some can't be had here. */
async function openAll(signal: AbortSignal) {
  const lanes: Record<string, Lane> = {};
  const missing: string[] = [];
  for (const [name, open] of Object.entries(openers)) {
    if (signal.aborted) break;
    if (!/^open/.test(name) || typeof open !== 'function') continue;
    try {
      const lane: Lane = await open();
      lanes[lane.name] = lane;
    } catch (error) {
      missing.push(reasonOf(error));
    }
  }
  return { lanes, missing };
}

export interface CompareSource {
  /** The job of the view on the screen, in as many pixels as keep pixels × maxIterations within `work`. */
  jobOf(work: number): Job;
  /** Stops the page's own work, which would be in the times, and lets it go on. */
  hold(): void;
  resume(): void;
}

export function makeCompareDialog({ jobOf, hold, resume }: CompareSource): { open(): void } {
  const dialog = byId('compare-dialog', HTMLDialogElement);
  const meter = makeMeter('compare');
  const start = button('compare-start');
  const cancel = button('compare-cancel');
  const report = element('report');
  const extents = radios('extent');
  const saveReport = button('save-report');
  const saveCsv = button('save-csv');
  let controller: AbortController | null = null;
  let comparison: Comparison | null = null;
  /** The view's job in it, as text. */
  let compared = '';

  function setBusy(busy: boolean): void {
    for (const control of [start, ...extents.values()]) control.disabled = busy;
    setText(cancel, busy ? 'Cancel' : 'Close');
  }

  async function run(): Promise<void> {
    controller = new AbortController();
    const { signal } = controller;
    setBusy(true);
    cancel.focus();
    show(null);
    meter.reset();
    meter.tell('Opening the lanes');
    hold();
    const opening = openAll(signal);
    try {
      const { lanes, missing } = await orAbort(opening, signal);
      const { jobs, work, ...rest } = extents.get('thorough')?.checked ? THOROUGH : QUICK;
      const job = jobOf(work);
      compared = JSON.stringify([job, work]);
      const name = `this view, ${job.grid.width} × ${job.grid.height}`;
      const result = await compare(
        lanes,
        { ...jobs, [name]: job },
        {
          ...rest,
          signal,
          onProgress({ done, total, lane, job }) {
            meter.progress(done / total, `${Math.floor((100 * done) / total)} %, after ${job} by ${lane}`);
          },
        },
      );
      meter.tell(['Done', ...missing].join('. '));
      show(result);
    } catch (error) {
      meter.reset();
      meter.tell(signal.aborted ? 'Cancelled' : `Failed: ${reasonOf(error)}`);
    } finally {
      // One that still opens is closed when it is there.
      void opening.then(({ lanes }) => {
        for (const lane of Object.values(lanes)) lane.close();
      });
      resume();
      controller = null;
      setBusy(false);
    }
  }

  /** The report, in a frame of its own, whose style and the page's leave each other alone. */
  function show(shown: Comparison | null): void {
    comparison = shown;
    for (const element of [saveReport, saveCsv]) element.hidden = !shown;
    element('compare-note').hidden = shown !== null;
    if (!shown) {
      report.replaceChildren();
      return;
    }
    const frame = document.createElement('iframe');
    frame.title = 'Report of the comparison';
    // Of this page's origin, but without scripts, so that the page hears its keys.
    frame.setAttribute('sandbox', 'allow-same-origin');
    frame.addEventListener('load', () => {
      frame.contentWindow?.addEventListener('keydown', ({ key }) => {
        if (key === 'Escape') dialog.close();
      });
    });
    frame.srcdoc = reportHtml(shown);
    report.replaceChildren(frame);
  }

  const isOfView = () => [QUICK, THOROUGH].some(({ work }) => JSON.stringify([jobOf(work), work]) === compared);

  saveReport.addEventListener('click', () => {
    if (comparison) download(new Blob([reportHtml(comparison)], { type: 'text/html' }), 'twolane.html');
  });
  saveCsv.addEventListener('click', () => {
    if (comparison) download(new Blob([reportCsv(comparison)], { type: 'text/csv' }), 'twolane.csv');
  });
  start.addEventListener('click', () => void run());
  cancel.addEventListener('click', () => {
    if (controller) controller.abort();
    else dialog.close();
  });
  dialog.addEventListener('close', () => controller?.abort());
  return {
    open() {
      // What is told there is of another view, or of nothing.
      if (!controller && !(comparison && isOfView())) {
        meter.reset();
        show(null);
      }
      dialog.showModal();
    },
  };
}
