/** The place in the URL: a gesture is one step of the browser's history, and the URL keeps up while it lasts. */
import { formatPlace, parsePlace, type Place } from './place.js';

/** Milliseconds between two changes of the URL within a step: browsers refuse more than 100 in 30 seconds, or 200 in 10 … */
const PAUSE = 400;
/** … so that only so many may come one after another, with a shorter pause. */
const BURST = 20;
const SHORT_PAUSE = 100;
/** Milliseconds until a change that was refused is tried again. */
const REFUSED_PAUSE = 3000;
/** Milliseconds of rest after which the next movement is another gesture. */
const REST = 400;
/** Milliseconds within which changes of the same setting are one step: a spinner's, or the arrow keys' in a list. */
const SAME = 1000;

export interface Trail {
  /** The place has changed, by a gesture that may go on. */
  moved(place: Place): void;
  /** A setting has changed. */
  changed(place: Place, setting: string): void;
  /** The page itself has changed the place that was asked for: no step of the user's. */
  corrected(place: Place): void;
  /** Nothing moves for the moment: the URL is brought up to date, and the gesture ends if nothing follows. */
  rested(): void;
  /** The gesture is over. */
  settled(): void;
}

/** @param onPlace is called when the user goes back, forward, or changes the link by hand */
export function makeTrail(onPlace: (place: Place, problems: string[]) => void): Trail {
  let moving = false;
  /** What is to be written, and whether as a new step. */
  let due: { place: Place; push: boolean; timer: ReturnType<typeof setTimeout> } | null = null;
  let rest: ReturnType<typeof setTimeout>;
  /** How many changes may come at once now, and the time that this is of. */
  let spare = BURST;
  let counted = performance.now();
  /** The last change of a setting, if it is the last step. */
  let last: { setting: string; time: number } | null = null;

  function write(place: Place, push: boolean): void {
    const hash = formatPlace(place);
    if (hash === location.hash) return;
    spare--;
    try {
      if (push) history.pushState(null, '', hash);
      else history.replaceState(null, '', hash);
    } catch {
      // Looked at below, as some browsers refuse without a word.
    }
    if (location.hash === hash) return;
    cancel();
    due = { place, push, timer: setTimeout(flush, REFUSED_PAUSE) };
  }

  /** Whether there have not been too many changes. */
  function mayHurry(): boolean {
    const now = performance.now();
    spare = Math.min(BURST, spare + (now - counted) / PAUSE);
    counted = now;
    return spare > 0;
  }

  /** Writes within the step that goes on, a moment later: who reloads or goes back in that moment loses what is due. */
  function writeSoon(place: Place): void {
    if (due) due.place = place;
    else due = { place, push: false, timer: setTimeout(flush, mayHurry() ? SHORT_PAUSE : PAUSE) };
  }

  /** Writes at once, if it may: a key that is held rests at each of its steps. */
  function catchUp(): void {
    if (mayHurry()) flush();
  }

  /** Takes back what is to be written; null if there is nothing. */
  function cancel(): typeof due {
    const cancelled = due;
    if (cancelled) clearTimeout(cancelled.timer);
    due = null;
    return cancelled;
  }

  function flush(): void {
    const waiting = cancel();
    if (waiting) write(waiting.place, waiting.push);
  }

  function settled(): void {
    clearTimeout(rest);
    flush();
    moving = false;
  }

  /** Ends the step that goes on, and makes a new one; what is still refused then goes with it. */
  function step(place: Place): void {
    settled();
    cancel();
    write(place, true);
  }

  addEventListener('popstate', () => {
    cancel();
    clearTimeout(rest);
    moving = false;
    last = null;
    const { place, problems } = parsePlace(location.hash);
    onPlace(place, problems);
  });

  return {
    moved(place) {
      clearTimeout(rest);
      if (moving) {
        writeSoon(place);
        return;
      }
      // The entry of the place that is left stays as it is; this one is the gesture's.
      step(place);
      moving = true;
      last = null;
    },

    changed(place, setting) {
      const time = performance.now();
      if (last?.setting === setting && time - last.time < SAME) {
        writeSoon(place);
        catchUp();
      } else step(place);
      last = { setting, time };
    },

    corrected(place) {
      write(place, cancel()?.push ?? false);
    },

    rested() {
      catchUp();
      clearTimeout(rest);
      rest = setTimeout(settled, REST);
    },

    settled,
  };
}
