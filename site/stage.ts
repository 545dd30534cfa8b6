/** The canvas that fills the window, with as many pixels as the screen has there. */

export interface Stage {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  /** Pixels of the canvas in one CSS pixel. */
  readonly ratio: number;
}

/** @param onResize is called whenever the size has changed, which empties the canvas; before the browser shows that */
export function makeStage(canvas: HTMLCanvasElement, onResize: () => void): Stage {
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) throw new Error('the canvas has no 2D context');
  const stage = { context, width: 0, height: 0, ratio: 1 };

  // On paper it is what was on the screen, if it was there.
  const paper = matchMedia('print');

  function resize(width: number, height: number): void {
    if (paper.matches && stage.width > 0) return;
    stage.ratio = width / Math.max(1, canvas.clientWidth);
    if (width === stage.width && height === stage.height) return;
    canvas.width = stage.width = width;
    canvas.height = stage.height = height;
    onResize();
  }

  const whole = (css: number) => Math.max(1, Math.round(css * devicePixelRatio));
  const measure = () => resize(whole(canvas.clientWidth), whole(canvas.clientHeight));
  measure();
  paper.addEventListener('change', measure);
  const observer = new ResizeObserver(([{ devicePixelContentBoxSize: box, contentRect }]) => {
    const [width, height] = [whole(contentRect.width), whole(contentRect.height)];
    // The box is exact where a CSS pixel is no whole number of the screen's. Under emulation it is the real screen's, far from both.
    const exact = box && Math.abs(box[0].inlineSize - width) <= 2 && Math.abs(box[0].blockSize - height) <= 2;
    if (exact) resize(box[0].inlineSize, box[0].blockSize);
    else resize(width, height);
  });
  // Where the window moves to another screen, its size in CSS pixels may stay. The observer, if it knows better, comes after.
  function follow(): void {
    matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener(
      'change',
      () => {
        measure();
        follow();
      },
      { once: true },
    );
  }
  follow();
  try {
    observer.observe(canvas, { box: 'device-pixel-content-box' });
  } catch {
    // Safari rounds by itself, and tells of changes in CSS pixels only.
    observer.observe(canvas);
  }
  return stage;
}
