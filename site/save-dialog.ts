/** The dialog that saves a place as a picture or as counts. */
import { type Lane, LaneLostError } from 'twolane';
import { orAbort } from '../cli/abort.js';
import { amount, button, byId, duration, input, element, radios, reasonOf, setText } from './dom.js';
import { download, makeFile } from './export.js';
import { refusal } from './limits.js';
import { makeMeter } from './meter.js';
import { iterationsAt, type Place } from './place.js';

export interface SaveSource {
  place: Place;
  /** Of the window, in pixels. */
  width: number;
  height: number;
  /** The lane that computes the file. */
  lane(): Promise<Lane>;
  /** The lane turned out to be lost. */
  lose(lane: Lane): void;
  /** Whether others found it lost, so that it is closed. */
  isLost(lane: Lane): boolean;
}

/** A file's name, which tells the deepest places apart: coordinates in full, width and iterations; then its size and what computed it. */
const nameOf = (place: Place, size: string, lane: Lane, format: string) =>
  `mandelbrot_${place.re}_${place.im}_${place.width}_${iterationsAt(place)}_${size}_${lane.name}.${format}`;

/** Pixels along a side, at most. */
const MOST_PIXELS = 8192;

/** @param source is asked when the dialog opens */
export function makeSaveDialog(source: () => SaveSource): { open(): void } {
  const dialog = byId('save-dialog', HTMLDialogElement);
  const form = byId('save-form', HTMLFormElement);
  const width = input('save-width');
  const height = input('save-height');
  const meter = makeMeter('save');
  const start = button('save-start');
  const cancel = button('save-cancel');
  const formats = radios('format');
  let controller: AbortController | null = null;

  /** Asks for the size of a chip: a square, or the window's, once or twice, as large as can be. */
  function setSize(chip: string): void {
    const shown = source();
    const factor = Math.min(chip === 'double' ? 2 : 1, MOST_PIXELS / Math.max(shown.width, shown.height));
    const square = Number(chip);
    width.value = String(square || Math.round(shown.width * factor));
    height.value = String(square || Math.round(shown.height * factor));
  }

  function setBusy(busy: boolean): void {
    for (const control of [start, width, height, ...formats.values()]) control.disabled = busy;
    for (const chip of dialog.querySelectorAll<HTMLButtonElement>('#sizes button')) chip.disabled = busy;
    setText(cancel, busy ? 'Cancel' : 'Close');
  }

  async function save(): Promise<void> {
    const { place, lane: getLane, lose, isLost } = source();
    const format = formats.get('npy')?.checked ? 'npy' : 'png';
    const [columns, rows] = [width.valueAsNumber, height.valueAsNumber];
    const begin = performance.now();
    controller = new AbortController();
    const { signal } = controller;
    let lane: Lane | null = null;
    setBusy(true);
    cancel.focus();
    meter.reset();
    meter.tell('Computing');
    try {
      // Opening one can take seconds.
      lane = await orAbort(getLane(), signal);
      const reason = refusal(lane, place, columns, rows);
      if (reason) throw new RangeError(reason);
      const blob = await makeFile(lane, place, {
        format,
        width: columns,
        height: rows,
        signal,
        onProgress(share) {
          meter.progress(share, `${Math.floor(100 * share)} %`);
        },
      });
      download(blob, nameOf(place, `${columns}x${rows}`, lane, format));
      const took = duration(performance.now() - begin);
      meter.tell(`${columns} × ${rows} saved by ${lane.name}: ${amount(blob.size)}B in ${took}`);
    } catch (error) {
      meter.reset();
      if (signal.aborted) meter.tell('Cancelled');
      else if (lane && (error instanceof LaneLostError || isLost(lane))) {
        lose(lane);
        meter.tell(`Not saved: the ${lane.name} lane was lost. It is opened again: save once more`);
      } else meter.tell(`Not saved: ${reasonOf(error)}`);
    } finally {
      controller = null;
      setBusy(false);
    }
  }

  element('sizes').addEventListener('click', ({ target }) => {
    const size = target instanceof HTMLElement ? target.dataset.size : undefined;
    if (!size) return;
    meter.reset();
    setSize(size);
  });
  // What is told there is of the file before.
  form.addEventListener('input', meter.reset);
  // Enter in a field clicks, too. Sandboxed frames submit no forms.
  start.addEventListener('click', (event) => {
    event.preventDefault();
    if (form.reportValidity()) void save();
  });
  cancel.addEventListener('click', () => {
    if (controller) controller.abort();
    else dialog.close();
  });
  // Escape closes the dialog, and a file that nobody waits for is not made.
  dialog.addEventListener('close', () => controller?.abort());

  return {
    open() {
      setSize('window');
      meter.reset();
      dialog.showModal();
    },
  };
}
