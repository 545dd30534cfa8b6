/** The bar of a dialog's work, and the words beside it. */
import { byId, element, setText } from './dom.js';

export interface Meter {
  /** Shows how far the work is: screen readers are not told each time, as they have the bar. */
  progress(share: number, text: string): void;
  /** Says what has come of it, to screen readers, too. */
  tell(message: string): void;
  /** Empties the bar, and takes back the words. */
  reset(): void;
}

/** @param name of the dialog, with which the names of its elements begin */
export function makeMeter(name: string): Meter {
  const bar = byId(`${name}-progress`, HTMLProgressElement);
  const progress = element(`${name}-percent`);
  const message = element(`${name}-message`);
  return {
    progress(share, text) {
      bar.value = share;
      setText(message, '');
      setText(progress, text);
    },
    tell(text) {
      setText(progress, '');
      setText(message, text);
    },
    reset() {
      bar.value = 0;
      setText(progress, '');
      setText(message, '');
    },
  };
}
