/** One lane at work for the page: its picture, what refines it, and what happens when it is lost. */
import { type Arithmetic, type Lane, LaneLostError } from 'twolane';
import { reasonOf } from './dom.js';
import type { LaneName, Lanes } from './lanes.js';
import { makePicture, type Picture } from './picture.js';
import { type Effort, fresh, makeRefiner, type Refiner, type RefinerHandlers, type Wish } from './refiner.js';

/** Times that a lane is opened again before it is given up, and milliseconds until the first, doubled each time. */
const ATTEMPTS = 4;
const PAUSE = 250;

export interface SideHandlers extends Pick<RefinerHandlers, 'isShown'> {
  /** New pixels are there. */
  onArrival(): void;
  /** All that was wanted is there. */
  onDone(): void;
  /** The lane has been opened, for the first time or again. */
  onOpen(again: boolean): void;
  onLost(): void;
  /** The lane can't be had. */
  onMissing(reason: string): void;
  /** The lane can't do what was wanted. */
  onRefusal(reason: string): void;
}

export interface Side {
  readonly name: LaneName;
  readonly picture: Picture;
  readonly lane: Lane | null;
  /** Whether work for the last wish is to come. */
  readonly busy: boolean;
  readonly effort: Readonly<Effort>;
  want(wish: Wish): void;
  stop(): void;
  /** Opens the lane anew: somebody found it lost. */
  lose(lane: Lane): void;
}

const NOTHING = fresh();

export function makeSide(name: LaneName, lanes: Lanes, handlers: SideHandlers): Side {
  const picture = makePicture(handlers.onArrival);
  let lane: Lane | null = null;
  let refiner: Refiner | null = null;
  let opening = false;
  let losses = 0;
  /** Of the pixels that a lane which is lost has left. */
  let precision: Arithmetic | null = null;

  async function open(): Promise<void> {
    if (opening) return;
    opening = true;
    try {
      if (losses > 0) await new Promise((resolve) => setTimeout(resolve, PAUSE * 2 ** (losses - 1)));
      const opened = await lanes.get(name);
      lane = opened;
      const refinerHandlers: RefinerHandlers = {
        isShown: handlers.isShown,
        onArrival: handlers.onArrival,
        onDone() {
          losses = 0;
          handlers.onDone();
        },
        onError: (error) => fail(opened, error),
      };
      refiner = makeRefiner(opened, picture, refinerHandlers, precision);
      opening = false;
      // The next wish follows: this one may be more than the lane can do.
      handlers.onOpen(losses > 0);
    } catch (error) {
      opening = false;
      if (error instanceof LaneLostError) openAgain();
      else handlers.onMissing(reasonOf(error));
    }
  }

  /** Opens a lane that is lost, but not again and again. */
  function openAgain(): void {
    losses++;
    if (losses > ATTEMPTS) {
      losses = 0;
      handlers.onMissing('it was lost again and again');
      return;
    }
    handlers.onLost();
    void open();
  }

  function fail(failed: Lane, error: unknown): void {
    if (error instanceof LaneLostError) lose(failed);
    else handlers.onRefusal(reasonOf(error));
  }

  function lose(lost: Lane): void {
    // Before the lane is closed, of which its call at work would be told.
    if (lost === lane) refiner?.stop();
    lanes.drop(name, lost);
    if (lost !== lane) return;
    precision = refiner?.effort.precision ?? precision;
    lane = refiner = null;
    openAgain();
  }

  return {
    name,
    picture,
    get lane() {
      return lane;
    },
    get busy() {
      return opening || (refiner?.busy ?? false);
    },
    get effort() {
      return refiner?.effort ?? NOTHING;
    },

    want(wanted) {
      if (refiner) refiner.want(wanted);
      else {
        picture.turnTo(wanted.view, wanted.settings);
        void open();
      }
    },

    stop() {
      refiner?.stop();
    },

    lose,
  };
}
