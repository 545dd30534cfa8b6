/** The panel: controls that show and change the place, and the timings. */
import type { Lane } from 'twolane';
import { amount, button, byId, duration, input, element, radios, scientific, setText } from './dom.js';
import type { LaneName } from './lanes.js';
import { gradient, PALETTES, type PaletteName } from './palettes.js';
import { iterationsAt, type LaneChoice, MOST_ITERATIONS, type Place } from './place.js';
import type { Effort } from './refiner.js';

export interface PanelHandlers {
  /** The user changes a part of the place. */
  change(change: Partial<Place>): void;
  /** What was typed is not taken. */
  refuse(reason: string): void;
  mark(on: boolean): void;
  zoomIn(): void;
  zoomOut(): void;
  home(): void;
  save(): void;
  compare(): void;
}

/** What the panel tells of a lane that is in use. */
export interface LaneReport {
  name: LaneName;
  /** Null until it is open. */
  lane: Lane | null;
  effort: Readonly<Effort>;
  busy: boolean;
}

export interface Panel {
  /** @param width of the window's shorter side, as it is shown: as deep as can be it is more than was asked for */
  showPlace(place: Place, width: number): void;
  /** Drops what is being typed, so that it does not become a change when the field is left. */
  dropTyped(): void;
  /** @param cpuStandsIn whether the cpu lane draws until the gpu lane is open */
  showTimings(reports: readonly LaneReport[], cpuStandsIn: boolean): void;
  showDifferences(found: { pixels: number; differing: number } | null): void;
  /** Takes lanes out of the choice, and says why. */
  refuseGpu(reason: string): void;
}

const ROWS: [label: string, title: string, text: (report: LaneReport) => string][] = [
  ['Precision', 'The arithmetic that gave the pixels', ({ effort }) => effort.precision ?? '–'],
  ['Set-up', 'Opening the lane, once', ({ lane }) => (lane ? duration(lane.setup) : '–')],
  ['Compute', 'Iterating, for what is in sight', (report) => measured(report, ({ compute }) => duration(compute))],
  ['Transfer', 'Coordinates in and counts out', (report) => measured(report, ({ transfer }) => duration(transfer))],
  [
    'Total',
    'From the last change, or the first of a movement, until all counts were there; painting them may take longer',
    (report) => measured(report, (e) => duration(e.elapsed)),
  ],
  [
    'Pixels',
    'That were computed; what was there is kept',
    ({ effort: { pixels, precision } }) => (pixels > 0 || precision ? amount(pixels) : '–'),
  ],
  [
    'Iterations/s',
    'Sum of the counts of the pixels that escaped, by the time of computing. ≥: others took iterations, too; how many is not known, as a lane leaves an orbit that repeats',
    (report) =>
      measured(report, ({ iterations, more, compute }) =>
        iterations && compute ? `${more ? '≥ ' : ''}${amount((1000 * iterations) / compute)}` : '–',
      ),
  ],
];

const measured = ({ effort }: LaneReport, text: (effort: Readonly<Effort>) => string) =>
  effort.pixels > 0 ? text(effort) : '–';

/** A coordinate with the digits that a pixel of the window can show. */
const coordinate = (value: number, width: number) =>
  value
    .toFixed(Math.max(2, Math.min(20, Math.ceil(-Math.log10(width)) + 4)))
    // What rounds to 0 has no sign.
    .replace(/^-(?=[0.]+$)/, '')
    .replace('-', '−');

const widthText = (width: number) => (width >= 1e-3 ? width.toPrecision(4) : scientific(width, 4));

function fillPalettes(select: HTMLSelectElement): void {
  const names = Object.keys(PALETTES) as PaletteName[];
  for (const [label, uniform] of [
    ['Perceptually uniform', true],
    ['Others', false],
  ] as const) {
    const group = document.createElement('optgroup');
    group.label = label;
    for (const name of names) {
      if (PALETTES[name].uniform === uniform) group.append(new Option(PALETTES[name].label, name));
    }
    select.append(group);
  }
}

export function makePanel(handlers: PanelHandlers): Panel {
  const panel = element('panel');
  const toggle = button('toggle');
  const lanes = radios('lane');
  const palette = byId('palette', HTMLSelectElement);
  const smooth = input('smooth');
  const auto = input('auto');
  const iterations = input('iterations');
  const summary = element('summary');
  const body = byId('timings', HTMLTableElement).tBodies[0];
  let place: Place | null = null;
  /** Whether something is being typed that is not in the place yet. */
  let typed = false;

  function open(isOpen: boolean): void {
    panel.classList.toggle('collapsed', !isOpen);
    toggle.setAttribute('aria-expanded', String(isOpen));
  }
  // A phone's window belongs to the picture.
  open(!matchMedia('(max-width: 40em), (max-height: 30em)').matches);
  toggle.addEventListener('click', () => open(panel.classList.contains('collapsed')));

  fillPalettes(palette);
  for (const [value, radio] of lanes) {
    radio.addEventListener('change', () => handlers.change({ lane: value as LaneChoice }));
  }
  palette.addEventListener('change', () => handlers.change({ palette: palette.value as PaletteName }));
  smooth.addEventListener('change', () => handlers.change({ smooth: smooth.checked }));
  auto.addEventListener('change', () =>
    handlers.change({ iterations: auto.checked || !place ? null : iterationsAt(place) }),
  );
  iterations.max = String(MOST_ITERATIONS);
  iterations.addEventListener('input', () => (typed = true));
  iterations.addEventListener('change', () => {
    if (!typed || !iterations.checkValidity()) return;
    typed = false;
    handlers.change({ iterations: iterations.valueAsNumber });
  });
  iterations.addEventListener('keydown', ({ key }) => {
    if (key === 'Enter') iterations.reportValidity();
  });
  // What was not valid goes: the field tells what the picture has.
  iterations.addEventListener('blur', () => {
    if (!iterations.checkValidity()) {
      handlers.refuse(`Iterations must be an integer from 1 to ${MOST_ITERATIONS.toLocaleString('en')}.`);
    }
    typed = false;
    if (place) iterations.value = String(iterationsAt(place));
  });
  input('mark').addEventListener('change', () => handlers.mark(input('mark').checked));
  button('in').addEventListener('click', handlers.zoomIn);
  button('out').addEventListener('click', handlers.zoomOut);
  button('home').addEventListener('click', handlers.home);
  button('save').addEventListener('click', handlers.save);
  button('compare').addEventListener('click', handlers.compare);

  const cells = ROWS.map(([label, title]) => {
    const row = body.insertRow();
    const head = document.createElement('th');
    head.scope = 'row';
    head.textContent = label;
    head.title = title;
    row.append(head);
    const pair = { cpu: row.insertCell(), gpu: row.insertCell() };
    pair.cpu.dataset.lane = 'cpu';
    pair.gpu.dataset.lane = 'gpu';
    return pair;
  });

  return {
    showPlace(now, width) {
      place = now;
      for (const [value, radio] of lanes) radio.checked = value === now.lane;
      palette.value = now.palette;
      element('gradient').style.background = gradient(now.palette);
      smooth.checked = now.smooth;
      auto.checked = now.iterations === null;
      // The focus of what goes would be lost with it.
      if (auto.checked && iterations === document.activeElement) auto.focus();
      iterations.disabled = auto.checked;
      // What is being typed stays.
      if (auto.checked) typed = false;
      if (!typed) iterations.value = String(iterationsAt(now));
      const [re, im] = [now.re, now.im].map((value) => coordinate(value, now.width));
      setText(element('centre'), `${re} ${im.startsWith('−') ? im.replace('−', '− ') : `+ ${im}`}i`);
      setText(element('width'), widthText(width));
      for (const cell of document.querySelectorAll<HTMLElement>('#timings [data-lane]')) {
        cell.hidden = now.lane !== 'both' && cell.dataset.lane !== now.lane;
      }
      if (now.lane !== 'both' && input('mark') === document.activeElement) lanes.get(now.lane)?.focus();
      element('differences').hidden = now.lane !== 'both';
    },

    dropTyped() {
      typed = false;
    },

    showTimings(reports, cpuStandsIn) {
      for (const report of reports) ROWS.forEach(([, , text], i) => setText(cells[i][report.name], text(report)));
      const about = reports.map(({ name, lane }) => {
        if (!lane) return `${name}: opening${cpuStandsIn ? '; until then the cpu lane draws' : ''}`;
        return `${name}: ${lane.device}${lane.fallbackReason ? `. ${lane.fallbackReason}` : ''}`;
      });
      setText(element('devices'), about.join('\n'));
      const brief = reports.map(({ name, effort, busy }) =>
        busy ? `${name} …` : effort.pixels > 0 ? `${name} ${duration(effort.elapsed)}` : name,
      );
      setText(summary, brief.join(' · '));
    },

    showDifferences(found) {
      const text = found
        ? `${found.differing.toLocaleString('en')} of ${found.pixels.toLocaleString('en')}`
        : 'comparing …';
      setText(element('differing'), text);
    },

    refuseGpu(reason) {
      for (const name of ['gpu', 'both']) {
        const radio = lanes.get(name);
        if (!radio) continue;
        // The focus would be lost with it.
        if (radio === document.activeElement) lanes.get('cpu')?.focus();
        radio.disabled = true;
      }
      const note = element('lane-note');
      note.hidden = false;
      setText(note, reason);
    },
  };
}
