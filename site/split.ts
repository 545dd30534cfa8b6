/** The divider between the two lanes: to be dragged, or moved by keys. */

/** Share of the window that a key moves it by. */
const KEY = 0.02;
const PAGE = 0.1;

export interface Divider {
  /** Where it is, as a share of the window's width. */
  readonly at: number;
  show(visible: boolean): void;
}

/** @param element has role separator */
export function makeDivider(element: HTMLElement, onMove: () => void): Divider {
  let at = 0.5;

  function moveTo(share: number): void {
    at = Math.max(0, Math.min(1, share));
    element.style.setProperty('--at', String(at));
    const percent = Math.round(100 * at);
    element.setAttribute('aria-valuenow', String(percent));
    element.setAttribute('aria-valuetext', `cpu ${percent} %, gpu ${100 - percent} %`);
    onMove();
  }

  element.addEventListener('pointerdown', (event) => {
    event.preventDefault();
    element.setPointerCapture(event.pointerId);
    element.focus({ preventScroll: true });
  });
  element.addEventListener('pointermove', (event) => {
    if (element.hasPointerCapture(event.pointerId)) moveTo(event.clientX / document.documentElement.clientWidth);
  });
  element.addEventListener('keydown', (event) => {
    const targets: Record<string, number> = {
      ArrowLeft: at - KEY,
      ArrowRight: at + KEY,
      PageUp: at - PAGE,
      PageDown: at + PAGE,
      Home: 0,
      End: 1,
    };
    if (!Object.hasOwn(targets, event.key)) return;
    event.preventDefault();
    moveTo(targets[event.key]);
  });

  moveTo(at);
  return {
    get at() {
      return at;
    },
    show(visible) {
      if (element.hidden === visible) element.hidden = !visible;
    },
  };
}
