/** Computes jobs in bands on the calling thread. */
import type { Engine } from '../lane.js';
import { breather } from '../task.js';
import { type BandEngine, bandsOf, type Cut, placesOf } from './band.js';

/** Makes an engine's `run`. Calls may overlap: each that is at work has a band engine of its own, made by `open`; one is kept for the next. */
export function runHere(open: () => BandEngine, cut: Cut): Engine['run'] {
  let idle: BandEngine | null = null;
  return async function* (work, run) {
    const { signal, timing } = run;
    const engine = idle ?? open();
    idle = null;
    const breathe = breather(signal);
    const bandOf = bandsOf(work);
    let compute = 0;
    let transfer = 0;
    try {
      for (const tiles of cut(work, run, 1)) {
        await breathe();
        const places = placesOf(run, tiles);
        const took = await engine.run(bandOf(tiles), places, breathe);
        timing.compute = compute += took.compute;
        timing.transfer = transfer += took.transfer;
        for (const [i, tile] of tiles.entries())
          yield { ...tile, counts: places.counts[i], fractions: places.fractions };
      }
    } finally {
      idle = engine;
    }
  };
}
