/** Movements that take a moment, unless the user prefers reduced motion. */

const DURATION = 180;

const ease = (t: number) => 1 - (1 - t) ** 3;

export interface Motion {
  /** Starts a movement: `step(from, to)` makes the part of it between two shares, which go from 0 to 1. */
  start(step: (from: number, to: number) => void): void;
  /** Ends all movements where they are. */
  stop(): void;
  /** Takes the next steps; false if nothing moves any more. To be called once a frame. */
  advance(now: number): boolean;
  readonly moving: boolean;
}

/** @param onStart is called when frames are needed */
export function makeMotion(onStart: () => void): Motion {
  const reduced = matchMedia('(prefers-reduced-motion: reduce)');
  let movements: { step: (from: number, to: number) => void; begin: number; done: number }[] = [];
  return {
    start(step) {
      if (reduced.matches) {
        step(0, 1);
        return;
      }
      movements.push({ step, begin: performance.now(), done: 0 });
      onStart();
    },

    stop() {
      movements = [];
    },

    advance(now) {
      for (const movement of movements) {
        const share = ease(Math.max(0, Math.min(1, (now - movement.begin) / DURATION)));
        movement.step(movement.done, share);
        movement.done = share;
      }
      movements = movements.filter(({ done }) => done < 1);
      return movements.length > 0;
    },

    get moving() {
      return movements.length > 0;
    },
  };
}
