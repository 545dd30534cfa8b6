/** The divider between the two lanes: to be dragged, or moved by keys. */
import { isBrowsers, isForBrowser, isReleased } from './gestures.js';

/** Share of the window that a key moves it by. */
const KEY = 0.02;
const PAGE = 0.1;

export interface Divider {
  /** Where it is, as a share of the window's width. */
  readonly at: number;
  show(visible: boolean): void;
  /** Marks the labels of lanes that are at work: what is on their side is not all theirs yet. */
  tell(busy: readonly string[]): void;
}

/**
 * @param element has role separator
 * @param heir gets the focus of a divider that goes
 */
export function makeDivider(element: HTMLElement, heir: HTMLElement, onMove: () => void): Divider {
  let at = 0.5;

  function moveTo(share: number): void {
    at = Math.max(0, Math.min(1, share));
    element.style.setProperty('--at', String(at));
    const percent = Math.round(100 * at);
    element.setAttribute('aria-valuenow', String(percent));
    element.setAttribute('aria-valuetext', `cpu ${percent} %, gpu ${100 - percent} %`);
    onMove();
  }

  const widthOfAll = () => document.documentElement.clientWidth;
  /** What drags it, and how far beside the line it has taken hold; null if nothing does. */
  let drag: { pointer: number; beside: number } | null = null;

  element.addEventListener('pointerdown', (event) => {
    if (!event.isPrimary || event.button !== 0 || isForBrowser(event)) return;
    event.preventDefault();
    element.setPointerCapture(event.pointerId);
    element.focus({ preventScroll: true });
    drag = { pointer: event.pointerId, beside: event.clientX - at * widthOfAll() };
  });
  // With a second finger it is a pinch.
  element.parentElement?.addEventListener('pointerdown', (event) => {
    if (!event.isPrimary) drag = null;
  });
  element.addEventListener('pointermove', (event) => {
    if (isReleased(event)) drag = null;
    if (drag?.pointer === event.pointerId) moveTo((event.clientX - drag.beside) / widthOfAll());
  });
  for (const type of ['pointerup', 'pointercancel'] as const) {
    element.addEventListener(type, (event) => {
      if (drag?.pointer === event.pointerId) drag = null;
    });
  }
  element.addEventListener('keydown', (event) => {
    const targets: Record<string, number> = {
      ArrowLeft: at - KEY,
      ArrowRight: at + KEY,
      PageUp: at + PAGE,
      PageDown: at - PAGE,
      Home: 0,
      End: 1,
    };
    if (isBrowsers(event) || !Object.hasOwn(targets, event.key)) return;
    event.preventDefault();
    moveTo(targets[event.key]);
  });

  moveTo(at);
  return {
    get at() {
      return at;
    },
    show(visible) {
      if (element.hidden !== visible) return;
      // The focus would be lost with it.
      const isFocused = element === document.activeElement;
      element.hidden = !visible;
      if (isFocused) heir.focus();
    },
    tell(busy) {
      for (const label of element.querySelectorAll<HTMLElement>('.side')) {
        label.classList.toggle('busy', busy.includes(label.dataset.lane ?? ''));
      }
    },
  };
}
