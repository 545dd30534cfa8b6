/** Computes jobs in bands on the calling thread. */
import type { Engine } from '../lane.js';
import { breather } from '../task.js';
import { type BandEngine, bandsOf, type Cut } from './band.js';

/** Makes an engine's `run`. Calls may overlap: each that is at work has a band engine of its own, made by `open`. */
export function runHere(open: () => BandEngine, cut: Cut): Engine['run'] {
  const idle: BandEngine[] = [];
  return async function* (work, { signal, timing, streamed, place, placeFractions }) {
    const engine = idle.pop() ?? open();
    const breathe = breather(signal);
    const bandOf = bandsOf(work);
    let compute = 0;
    let transfer = 0;
    try {
      for (const tiles of cut(work, 1, streamed)) {
        await breathe();
        const counts = tiles.map(place);
        const fractions = placeFractions(tiles[0]);
        const took = await engine.run(bandOf(tiles), counts, breathe, fractions);
        timing.compute = compute += took.compute;
        timing.transfer = transfer += took.transfer;
        for (const [i, tile] of tiles.entries()) yield { ...tile, counts: counts[i], fractions };
      }
    } finally {
      idle.push(engine);
    }
  };
}
