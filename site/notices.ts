/** Notices: one for each subject, read out by screen readers, there until they are dismissed or out of date. */
import { byId, element } from './dom.js';

export type Subject = 'link' | 'depth' | 'lane' | 'refusal' | 'gpu' | 'comparison' | 'copied' | 'iterations';

export interface Notices {
  show(subject: Subject, text: string): void;
  hide(...subjects: Subject[]): void;
}

export function makeNotices(): Notices {
  const list = element('notices');
  const shown = new Map<Subject, HTMLElement>();

  function hide(...subjects: Subject[]): void {
    for (const subject of subjects) {
      const notice = shown.get(subject);
      if (!notice) continue;
      const isFocused = notice.contains(document.activeElement);
      const heir = (notice.nextElementSibling ?? notice.previousElementSibling)?.querySelector('button');
      notice.remove();
      shown.delete(subject);
      // The focus would be lost with it.
      if (isFocused) (heir ?? byId('canvas', HTMLCanvasElement)).focus();
    }
  }

  return {
    show(subject, text) {
      if (shown.get(subject)?.querySelector('p')?.textContent === text) return;
      hide(subject);
      const notice = document.createElement('div');
      const paragraph = document.createElement('p');
      paragraph.textContent = text;
      const dismiss = document.createElement('button');
      dismiss.type = 'button';
      dismiss.className = 'icon';
      dismiss.setAttribute('aria-label', 'Dismiss');
      dismiss.innerHTML = '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="m4 4 8 8m0-8-8 8" /></svg>';
      dismiss.addEventListener('click', () => hide(subject));
      notice.append(paragraph, dismiss);
      notice.dataset.subject = subject;
      shown.set(subject, notice);
      list.append(notice);
    },
    hide,
  };
}
