/** Computes jobs in bands on the calling thread. */
import type { Engine } from '../lane.js';
import { breather } from '../task.js';
import { type BandEngine, bandsOf, type Cut } from './band.js';

/** Makes an engine's `run`. Calls may overlap: each that is at work has a band engine of its own, made by `open`. */
export function runHere(open: () => BandEngine, cut: Cut): Engine['run'] {
  const idle = [open()];
  return async function* (work, { signal, timing, streamed, place, placeFractions }) {
    const toBand = bandsOf(work);
    const engine = idle.pop() ?? open();
    const breathe = breather(signal);
    let compute = 0;
    let transfer = 0;
    try {
      for (const tile of cut(work, 1, streamed)) {
        const counts = place(tile);
        const fractions = placeFractions(tile);
        const took = await engine.run(toBand(tile), counts, breathe, fractions);
        timing.compute = compute += took.compute;
        timing.transfer = transfer += took.transfer;
        await breathe();
        yield { ...tile, counts, fractions };
      }
    } finally {
      idle.push(engine);
    }
  };
}
