/** The explorer: holds the place, and brings gestures, lanes, pictures and panel together, once a frame. */
import type { Job } from 'twolane';
import { makeDifferences } from './differences.js';
import { button, byId, duration, element, reasonOf, setText } from './dom.js';
import { KEY_ZOOM, listen } from './gestures.js';
import { hasWebGL2, type LaneName, makeLanes } from './lanes.js';
import { refusal } from './limits.js';
import { makeMotion } from './motion.js';
import { makeNotices } from './notices.js';
import { lookOf, outside } from './paint.js';
import { makePanel } from './panel.js';
import { FARTHEST, formatPlace, HOME, iterationsAt, parsePlace, type Place, WIDEST } from './place.js';
import { makeSaveDialog } from './save-dialog.js';
import { makeSide, type Side } from './side.js';
import { makeDivider } from './split.js';
import { makeStage } from './stage.js';
import { makeTrail } from './history.js';
import { gridOf, movedBy, viewOf, zoomedAt } from './view.js';

/** What may be anything: no palette's colour, and that of the page before. */
const UNKNOWN = '#36363c';
/** Milliseconds in which pixels that arrive are shown. */
const ARRIVAL_PAUSE = 50;
/** Milliseconds between two updates of the timings, and of quiet before the place is read out. */
const REPORT_PAUSE = 100;
const ANNOUNCE_PAUSE = 800;
/** What is wrong with a link is told up to so many parts. */
const MOST_PROBLEMS = 3;
/** Milliseconds of painting in a frame: a half at 60 Hz; or half of what the last frame took, as far as that keeps the page answering. */
const PAINTING = 8;
const MOST_PAINTING = 50;

const canvas = byId('canvas', HTMLCanvasElement);
const main = element('stage');
const notices = makeNotices();
const lanes = makeLanes();
const differences = makeDifferences();

const start = parsePlace(location.hash);
let { place } = start;
let look = lookOf(place);
/** Whether the wishes of the lanes in use are out of date. */
let moved = true;
let frameDue = 0;
/** When it will be asked for. */
let soon: ReturnType<typeof setTimeout> | null = null;
/** When the last frame was that had something left to paint; null if the last one had not. */
let unpainted: number | null = null;
let reported = 0;
let marks = true;
let started = false;
/** Whether the gpu lane can't be had here, so that no place asks for it again. */
let gpuRefused = false;
/** Whether the machine is left to something else: the pictures wait. */
let held = false;
/** Parts of pixels that the picture has yet to move by. */
const rest = { x: 0, y: 0 };
/** Where the user looks, in pixels of the canvas; null is the middle. */
let focus: { x: number; y: number } | null = null;

const stage = makeStage(canvas, () => {
  // In the same breath, so that the emptied canvas is never seen.
  if (started) {
    // More pixels may be more than a lane tells apart. With fewer again the notice goes, though the place stays.
    notices.hide('depth');
    visit(place);
    frame(performance.now());
  }
});
const viewNow = () => viewOf(place, stage.width, stage.height);
const showPlace = () => panel.showPlace(place, viewNow().step * Math.min(stage.width, stage.height));

const sides: Record<LaneName, Side> = { cpu: newSide('cpu'), gpu: newSide('gpu') };
const sidesOf = ({ lane }: Place): Side[] => (lane === 'both' ? [sides.cpu, sides.gpu] : [sides[lane]]);

const otherThan = (name: LaneName): Side => sides[name === 'cpu' ? 'gpu' : 'cpu'];

function newSide(name: LaneName): Side {
  return makeSide(name, lanes, {
    isShown: (view, settings) => otherThan(name).picture.has(view, settings),
    // Pixels that arrive are shown by and by: drawing each at once would take more time than they do.
    onArrival: () => requestFrameSoon(),
    onDone() {
      // It may be the other lane's.
      if (sidesOf(place).every(({ picture }) => picture.share(viewNow()) >= 1)) notices.hide('refusal');
      requestFrame();
    },
    onOpen(again) {
      if (again) notices.show('lane', `The ${name} lane was lost, and is open again.`);
      // Only now can it be asked how deep it sees.
      visit(place);
    },
    onLost() {
      notices.show('lane', `The ${name} lane was lost. Opening it again …`);
      moved = true;
      requestFrame();
    },
    onMissing(reason) {
      if (name === 'gpu') {
        refuseGpu(
          `No gpu lane: ${reason}.`,
          `The gpu lane can’t be had: ${reason}. The cpu lane goes on; to try again, load the page anew.`,
        );
      } else notices.show('lane', `The cpu lane can’t be had: ${reason}.`);
      requestFrame();
    },
    onRefusal(reason) {
      // What the lane has found out about itself, `refused` now knows; what it has not would come back.
      if (refused(place) === null) notices.show('refusal', `The ${name} lane can’t draw this: ${reason}.`);
      else visit(place);
      requestFrame();
    },
  });
}

/** Whether the cpu lane draws in the gpu lane's place, which may take seconds to open. */
function cpuStandsIn(): boolean {
  const { lane } = sides.cpu;
  return place.lane === 'gpu' && !sides.gpu.lane && !(lane && refusal(lane, place, stage.width, stage.height));
}

/** Does without the gpu lane from now on; the panel says so, and a notice. */
function refuseGpu(note: string, notice: string): void {
  gpuRefused = true;
  panel.refuseGpu(note);
  notices.hide('lane');
  notices.show('gpu', notice);
  if (place.lane !== 'cpu') visit(place);
}

/** Why a lane in use can't draw a place, or null. */
function refused(wanted: Place): string | null {
  for (const { name, lane } of sidesOf(wanted)) {
    const reason = lane && refusal(lane, wanted, stage.width, stage.height);
    if (reason) return `The ${name} lane sees no deeper: ${reason}.`;
  }
  return null;
}

/** The place `wanted`, or as much of the way to it from `origin` as the lanes in use can draw; the notice says so. */
function reach(wanted: Place, origin: Place): Place {
  const reason = refused(wanted);
  if (reason === null) return wanted;
  notices.show('depth', reason);
  const at = (share: number): Place => {
    const width = origin.width * (wanted.width / origin.width) ** share;
    // On a zoom, the centre moves as the width does.
    const part = wanted.width === origin.width ? share : (width - origin.width) / (wanted.width - origin.width);
    const re = origin.re + (wanted.re - origin.re) * part;
    return { ...wanted, re, im: origin.im + (wanted.im - origin.im) * part, width };
  };
  let good = 0;
  for (let size = 0.5; size > 1e-5; size /= 2) if (refused(at(good + size)) === null) good += size;
  // Nobody would see less.
  return at(good > 1e-3 ? good : 0);
}

const within = (value: number, most: number) => Math.max(-most, Math.min(most, value));

/** Goes to a place at once, without a step in the browser's history. */
function show(wanted: Place): void {
  const next = reach(wanted, { ...wanted, width: Math.max(HOME.width, wanted.width) });
  if (next.palette !== place.palette || next.smooth !== place.smooth) look = lookOf(next);
  place = next;
  moved = true;
  showPlace();
  requestFrame();
}

/** Goes to a place that the URL asks for, or as near to it as can be: the URL then says where that is, in the same step. */
function visit(asked: Place): void {
  show(gpuRefused && asked.lane !== 'cpu' ? { ...asked, lane: 'cpu' } : asked);
  if (place !== asked) trail.corrected(place);
}

/** Goes to another place on the user's behalf. */
function go(wanted: Place): void {
  if (wanted.width > place.width) notices.hide('depth');
  const bounded = {
    ...wanted,
    re: within(wanted.re, FARTHEST),
    im: within(wanted.im, FARTHEST),
    width: Math.min(WIDEST, wanted.width),
  };
  const next = reach(bounded, { ...place, lane: wanted.lane });
  if (next.re === place.re && next.im === place.im && next.width === place.width) return;
  notices.hide('link', 'copied');
  place = next;
  moved = true;
  trail.moved(place);
  showPlace();
  requestFrame();
}

/** Changes what does not move the picture. */
function change(part: Partial<Place>): void {
  notices.hide('depth', 'link', 'refusal', 'copied');
  // A click on another setting is how the field was left of which it tells.
  if ('iterations' in part) notices.hide('iterations');
  if (part.lane) notices.hide('lane');
  arrive();
  show({ ...place, ...part });
  trail.changed(place, Object.keys(part).join());
}

function pan(dx: number, dy: number): void {
  rest.x -= dx * stage.ratio;
  rest.y -= dy * stage.ratio;
  // Whole pixels: those that are there keep their numbers.
  const columns = Math.round(rest.x);
  const rows = Math.round(rest.y);
  if (columns === 0 && rows === 0) return;
  rest.x -= columns;
  rest.y -= rows;
  focus = null;
  go(movedBy(place, viewNow(), columns, rows));
}

function zoom(factor: number, x: number, y: number): void {
  focus = { x: x * stage.ratio, y: y * stage.ratio };
  // Where the width can't grow, the centre must stay, too.
  go(zoomedAt(place, viewNow(), Math.min(factor, WIDEST / place.width), focus.x, focus.y));
}

const motion = makeMotion(requestFrame);

/** Makes a movement, of which several make a gesture if they follow at once. */
function glide(step: (from: number, to: number) => void): void {
  motion.start(step);
  if (!motion.moving) trail.rested();
}

/** Ends a movement where it leads: nobody wants a link, or a file, from halfway. */
function arrive(): void {
  if (!motion.moving) return;
  motion.advance(Infinity);
  trail.rested();
}

const glideZoom = (factor: number, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) =>
  glide((from, to) => zoom(factor ** (to - from), x, y));

function goHome(): void {
  // What still glides would lead away again.
  motion.stop();
  focus = null;
  trail.settled();
  go({ ...place, re: HOME.re, im: HOME.im, width: HOME.width });
  trail.settled();
}

const trail = makeTrail((there, wrong) => {
  motion.stop();
  notices.hide('depth', 'copied', 'link');
  focus = null;
  panel.dropTyped();
  visit(there);
  tellProblems(wrong);
});

/** Tells what is wrong with the link to the place shown, and puts the URL right, which may be copied from here. */
function tellProblems(list: string[]): void {
  if (list.length === 0) return;
  trail.corrected(place);
  const more = list.length > MOST_PROBLEMS ? [`and ${list.length - MOST_PROBLEMS} more`] : [];
  const told = [...list.slice(0, MOST_PROBLEMS), ...more].join('; ');
  notices.show('link', `The link is not quite right: ${told}. What is wrong is left out.`);
}

// All canvases lose their pixels when the browser's GPU process ends.
canvas.addEventListener('contextrestored', () => {
  differences.forget();
  requestFrame();
});

listen(canvas, {
  pan,
  zoom,
  glidePan: (dx, dy) => glide((from, to) => pan(dx * (to - from), dy * (to - from))),
  glideZoom,
  home: goHome,
  end() {
    // What still glides is part of the gesture.
    if (!motion.moving) trail.settled();
  },
  rest: trail.rested,
});

const saveDialog = makeSaveDialog(() => {
  const name = place.lane === 'gpu' ? 'gpu' : 'cpu';
  return {
    place,
    width: stage.width,
    height: stage.height,
    lane: () => lanes.get(name),
    lose: (lane) => sides[name].lose(lane),
    isLost: (lane) => lanes.isDropped(lane),
  };
});

/** The job of the view on the screen, with fewer pixels where pixels × maxIterations would be more than `work`. */
function jobOf(work: number): Job {
  const maxIterations = iterationsAt(place);
  const { width, height } = stage;
  const scale = Math.min(1, Math.sqrt(work / (width * height * maxIterations)));
  const fewer = (size: number) => Math.max(1, Math.round(size * scale));
  return { grid: gridOf({ ...viewOf(place, fewer(width), fewer(height)), stride: 1 }), maxIterations };
}

/** Leaves the machine to something else, until `resume`. */
function hold(): void {
  held = true;
  motion.stop();
  if (sidesOf(place).some(({ busy }) => busy)) moved = true;
  for (const side of Object.values(sides)) side.stop();
}

function resume(): void {
  held = false;
  requestFrame();
}

/** Loaded when it is first asked for, as it brings the charts. */
let compareDialog: Promise<{ open(): void }> | null = null;

const panel = makePanel({
  change,
  refuse: (reason) => notices.show('iterations', reason),
  mark(on) {
    marks = on;
    requestFrame();
  },
  zoomIn: () => glideZoom(1 / KEY_ZOOM),
  zoomOut: () => glideZoom(KEY_ZOOM),
  home: goHome,
  save() {
    arrive();
    saveDialog.open();
  },
  async compare() {
    try {
      compareDialog ??= import('./compare-dialog.js').then(({ makeCompareDialog }) =>
        makeCompareDialog({ jobOf, hold, resume }),
      );
      const { open } = await compareDialog;
      // It may have taken its time.
      if (!document.querySelector('dialog[open]')) open();
    } catch (error) {
      // Browsers keep a module that has failed.
      notices.show(
        'comparison',
        `The comparison can’t be loaded: ${reasonOf(error)}. To try again, load the page anew.`,
      );
    }
  },
});

const divider = makeDivider(element('divider'), canvas, requestFrame);

button('copy').addEventListener('click', async () => {
  arrive();
  trail.settled();
  try {
    // The URL is behind where the browser refused to change it.
    await navigator.clipboard.writeText(new URL(formatPlace(place), location.href).href);
    notices.show('copied', 'The link is in the clipboard.');
  } catch {
    notices.show('copied', 'The clipboard is closed to this page: copy the link from the address bar.');
  }
});

function requestFrameSoon(): void {
  soon ??= setTimeout(requestFrame, ARRIVAL_PAUSE);
}

function requestFrame(): void {
  if (soon !== null) clearTimeout(soon);
  soon = null;
  frameDue ||= requestAnimationFrame(frame);
}

/** Draws the pictures of the lanes in use; false if not all is painted yet. */
function draw(view: ReturnType<typeof viewNow>, budget: number): boolean {
  const { context, width, height } = stage;
  const active = sidesOf(place);
  let complete = true;
  // Where no layer reaches, it is far away, and no orbit takes a second step; but before the survey is there, nobody knows.
  context.fillStyle = Object.values(sides).some(({ picture }) => picture.surveyed) ? outside(look) : UNKNOWN;
  context.fillRect(0, 0, width, height);
  active.forEach(({ name, picture }, i) => {
    const painted = picture.paint(view, look, budget);
    complete = painted && complete;
    const edge = active.length === 2 ? Math.round(divider.at * width) : width;
    context.save();
    context.beginPath();
    context.rect(i === 0 ? 0 : edge, 0, i === 0 ? edge : width - edge, height);
    context.clip();
    // What a lane lacks, the other one's picture may show until it is there.
    const other = otherThan(name).picture;
    const isBehind = (!painted || picture.share(view) < 1) && other.known(view) > 0;
    if (isBehind) complete = other.paint(view, look, budget) && complete;
    picture.draw(context, view, isBehind ? other : null);
    context.restore();
  });
  if (place.lane === 'both' && marks) {
    complete = differences.update(view, sides.cpu.picture, sides.gpu.picture) && complete;
    differences.draw(context, view);
  } else differences.forget();
  return complete;
}

let announcing: ReturnType<typeof setTimeout>;

/** Tells what is going on: panel, screen readers, and whoever waits for the picture. */
function report(now: number, view: ReturnType<typeof viewNow>, busy: boolean): void {
  const wasBusy = main.getAttribute('aria-busy') === 'true';
  if (busy !== wasBusy) main.setAttribute('aria-busy', String(busy));
  const active = sidesOf(place);
  // What is out of date is not told any more.
  if (busy) clearTimeout(announcing);
  // What a lane lacks, the other one's picture shows.
  main.classList.toggle('waiting', busy && Object.values(sides).every(({ picture }) => picture.known(view) < 0.5));
  main.style.setProperty('--share', String(Math.min(...active.map(({ picture }) => picture.share(view)))));
  if (busy && now - reported < REPORT_PAUSE) {
    // It may be the last frame for long, with a lane that opens.
    requestFrameSoon();
    return;
  }
  reported = now;
  panel.showTimings(active, cpuStandsIn());
  if (place.lane === 'both') {
    divider.tell(active.filter((side) => side.busy).map(({ name }) => name));
    panel.showDifferences(busy ? null : differences.count(view, sides.cpu.picture, sides.gpu.picture));
  }
  if (busy || !wasBusy || active.some(({ picture }) => picture.share(view) < 1)) return;
  announcing = setTimeout(() => {
    // A change since, of which no frame knows yet.
    if (moved) return;
    const took = active
      .map(
        ({ name, effort: { pixels, elapsed } }) =>
          `${name} lane, ${pixels > 0 ? duration(elapsed) : 'nothing to compute'}`,
      )
      .join('; ');
    const where = `Centre ${element('centre').textContent}, shorter side ${element('width').textContent}`;
    const differing = place.lane === 'both' ? ` Pixels that differ: ${element('differing').textContent}.` : '';
    setText(element('announcement'), `${where}. Picture complete: ${took}.${differing}`);
  }, ANNOUNCE_PAUSE);
}

function frame(now: number): void {
  // It may be called before its time.
  cancelAnimationFrame(frameDue);
  frameDue = 0;
  if (motion.moving && !motion.advance(now)) trail.rested();
  const view = viewNow();
  const active = sidesOf(place);
  divider.show(place.lane === 'both');
  if (moved && !held) {
    moved = false;
    const settings = { maxIterations: iterationsAt(place), smooth: place.smooth };
    const { x, y } = focus ?? { x: stage.width / 2, y: stage.height / 2 };
    for (const side of Object.values(sides)) {
      if (active.includes(side) || (side.name === 'cpu' && cpuStandsIn())) side.want({ view, settings, x, y });
      else side.stop();
    }
  }
  const slow = unpainted === null ? 0 : (now - unpainted) / 2;
  const painted = draw(view, Math.max(PAINTING, Math.min(MOST_PAINTING, slow)));
  unpainted = painted ? null : now;
  const busy = motion.moving || !painted || moved || active.some((side) => side.busy);
  if (motion.moving || !painted || (moved && !held)) requestFrame();
  report(now, view, busy);
}

// A copy, as what stands in closed details is read to nobody.
element('help').textContent = element('keys').textContent;
tellProblems(start.problems);
started = true;
showPlace();
document.body.classList.remove('loading');
requestFrame();

// When the first picture is there, there is time to look for WebGL2.
const observer = new MutationObserver(() => {
  if (main.getAttribute('aria-busy') === 'true') return;
  observer.disconnect();
  if (gpuRefused || hasWebGL2()) return;
  const reason = 'This browser has no WebGL2, so there is the cpu lane only.';
  refuseGpu(reason, reason);
});
observer.observe(main, { attributeFilter: ['aria-busy'] });
