/** Gestures on the canvas, by pointer, wheel and keyboard, as movements of the picture. */

/** Points are in CSS pixels from the canvas's top left corner. */
export interface GestureHandlers {
  /** The picture moves by so many CSS pixels. */
  pan(dx: number, dy: number): void;
  /** What is seen becomes `factor` times as wide, with the point (x, y) where it is. */
  zoom(factor: number, x: number, y: number): void;
  /** As `pan` and `zoom`, in one go that may be animated. */
  glidePan(dx: number, dy: number): void;
  glideZoom(factor: number, x?: number, y?: number): void;
  home(): void;
  /** The hand is off: what comes next is another gesture. */
  end(): void;
  /** Nothing moves for the moment. */
  rest(): void;
}

/** Factor of a key, a button and a double click. */
export const KEY_ZOOM = 1.5;
const CLICK_ZOOM = 2;
/** Share of the window's shorter side that an arrow key moves by. */
const KEY_PAN = 0.12;
/** A wheel event's delta in CSS pixels that zooms by e; a pinch on a touchpad arrives as a wheel of small deltas with ctrlKey. */
const WHEEL_ZOOM = 450;
const PINCH_ZOOM = 100;
/** The most that one such event zooms by, as an exponent of e: a mouse's wheel with Ctrl has large deltas, some wheels without it, too. */
const MOST_ZOOM = 0.5;
/** Milliseconds without a wheel event after which it rests. */
const WHEEL_PAUSE = 100;
/** Two taps within so many milliseconds and CSS pixels are a double tap. */
const TAP_TIME = 320;
const TAP_SLIP = 24;

/** What has the focus, and the keys that it uses itself; of a set, the first that fits counts. */
const KEEPERS: [selector: string, keys: RegExp][] = [
  ['dialog, select', /./],
  ['[role=separator]', /^(Arrow(Left|Right)|Page(Up|Down)|Home|End)$/],
  ['input[type=radio]', /^Arrow/],
  ['input[type=checkbox]', /^$/],
  ['input', /./],
];

interface Point {
  x: number;
  y: number;
}

/** Whether the page itself is magnified, as by a pinch on the panel: what then takes fingers and wheels from the browser may be all that is in sight. */
const isMagnified = () => (window.visualViewport?.scale ?? 1) > 1.01;

/** Whether a press is the browser's: that of a mouse for a menu, which takes its release, by another button, or on a Mac with Ctrl; or a finger's on a magnified page. */
export const isForBrowser = ({ pointerType, button, ctrlKey }: PointerEvent) =>
  pointerType === 'mouse' ? button !== 0 || ctrlKey : isMagnified();

/** Whether a mouse that moves was released where nobody heard of it. */
export const isReleased = ({ pointerType, buttons }: PointerEvent) => pointerType === 'mouse' && buttons === 0;

/** Whether a key is the browser's, as Alt + ← is. */
export const isBrowsers = ({ ctrlKey, metaKey, altKey }: KeyboardEvent) => ctrlKey || metaKey || altKey;

const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
const distance = (a: Point, b: Point) => Math.hypot(a.x - b.x, a.y - b.y);

function listenToPointers(canvas: HTMLElement, { pan, zoom, glideZoom, end, rest }: GestureHandlers): void {
  // The divider lies above the canvas: one finger there drags it, but with another it is a pinch.
  const surface = canvas.parentElement ?? canvas;
  const pointers = new Map<number, Point>();
  /** Pointers that went down elsewhere than on the canvas. */
  const elsewhere = new Set<number>();
  let down: { time: number; at: Point } | null = null;
  let tap: { time: number; at: Point } | null = null;
  let doubleTapped = -Infinity;

  const at = ({ clientX, clientY }: MouseEvent): Point => {
    const { left, top } = canvas.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };

  surface.addEventListener('pointerdown', (event) => {
    if (isForBrowser(event)) return;
    pointers.set(event.pointerId, at(event));
    down = null;
    if (event.target !== canvas) {
      elsewhere.add(event.pointerId);
      return;
    }
    canvas.setPointerCapture(event.pointerId);
    if (pointers.size === 1) down = { time: event.timeStamp, at: at(event) };
    canvas.classList.add('dragging');
  });

  surface.addEventListener('pointermove', (event) => {
    const from = pointers.get(event.pointerId);
    if (!from) return;
    if (isReleased(event)) return release(event);
    const to = at(event);
    const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
    pointers.set(event.pointerId, to);
    if (!other) {
      if (!elsewhere.has(event.pointerId)) pan(to.x - from.x, to.y - from.y);
      return;
    }
    // A third finger holds the picture still.
    if (pointers.size > 2) return;
    const before = middle(from, other);
    const after = middle(to, other);
    pan(after.x - before.x, after.y - before.y);
    zoom(Math.max(1, distance(from, other)) / Math.max(1, distance(to, other)), after.x, after.y);
  });

  const release = (event: PointerEvent) => {
    elsewhere.delete(event.pointerId);
    if (!pointers.delete(event.pointerId) || pointers.size > 0) return;
    canvas.classList.remove('dragging');
    end();
    const point = at(event);
    const isTap =
      event.type === 'pointerup' &&
      event.pointerType === 'touch' &&
      down !== null &&
      event.timeStamp - down.time < TAP_TIME &&
      distance(down.at, point) < TAP_SLIP;
    if (!isTap) {
      tap = null;
    } else if (tap && event.timeStamp - tap.time < TAP_TIME && distance(tap.at, point) < TAP_SLIP) {
      tap = null;
      doubleTapped = event.timeStamp;
      glideZoom(1 / CLICK_ZOOM, point.x, point.y);
    } else {
      tap = { time: event.timeStamp, at: point };
    }
  };
  surface.addEventListener('pointerup', release);
  surface.addEventListener('pointercancel', release);

  canvas.addEventListener('dblclick', (event) => {
    // Some browsers send one for a double tap, too.
    if (event.timeStamp - doubleTapped < 2 * TAP_TIME) return;
    const { x, y } = at(event);
    glideZoom(event.shiftKey ? CLICK_ZOOM : 1 / CLICK_ZOOM, x, y);
  });

  let timer: ReturnType<typeof setTimeout>;
  surface.addEventListener(
    'wheel',
    (event) => {
      if (isMagnified()) return;
      event.preventDefault();
      const unit = [1, 16, canvas.clientHeight][event.deltaMode];
      const exponent = (event.deltaY * unit) / (event.ctrlKey ? PINCH_ZOOM : WHEEL_ZOOM);
      const { x, y } = at(event);
      zoom(Math.exp(Math.max(-MOST_ZOOM, Math.min(MOST_ZOOM, exponent))), x, y);
      clearTimeout(timer);
      timer = setTimeout(rest, WHEEL_PAUSE);
    },
    { passive: false },
  );
  // Safari's own pinch would zoom the page.
  canvas.addEventListener('gesturestart', (event) => {
    if (!isMagnified()) event.preventDefault();
  });
  window.visualViewport?.addEventListener('resize', () => {
    document.body.classList.toggle('magnified', isMagnified());
  });
}

function listenToKeys(canvas: HTMLElement, { glidePan, glideZoom, home }: GestureHandlers): void {
  document.addEventListener('keydown', (event) => {
    const { target, key } = event;
    if (isBrowsers(event)) return;
    // Controls that have a use for such keys keep them.
    const keeper = target instanceof Element && KEEPERS.find(([selector]) => target.closest(selector));
    if (keeper && keeper[1].test(key)) return;
    const stride = KEY_PAN * Math.min(canvas.clientWidth, canvas.clientHeight) * (event.shiftKey ? 4 : 1);
    const actions: Record<string, () => void> = {
      ArrowLeft: () => glidePan(stride, 0),
      ArrowRight: () => glidePan(-stride, 0),
      ArrowUp: () => glidePan(0, stride),
      ArrowDown: () => glidePan(0, -stride),
      '+': () => glideZoom(1 / KEY_ZOOM),
      '=': () => glideZoom(1 / KEY_ZOOM),
      '-': () => glideZoom(KEY_ZOOM),
      '−': () => glideZoom(KEY_ZOOM),
      _: () => glideZoom(KEY_ZOOM),
      Home: home,
    };
    if (!Object.hasOwn(actions, key)) return;
    event.preventDefault();
    actions[key]();
  });
}

/** Listens to the canvas, and to the keyboard where no control uses it. */
export function listen(canvas: HTMLElement, handlers: GestureHandlers): void {
  listenToPointers(canvas, handlers);
  listenToKeys(canvas, handlers);
}
