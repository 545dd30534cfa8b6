/** The GPU lane: the escape-time shader behind the Lane interface, and its counts as a texture. */
import { checkKeys, checkOneOf, type Work } from '../check.js';
import { LaneUnavailableError } from '../errors.js';
import { coordinatesOf, type Rectangle } from '../grid.js';
import {
  type Job,
  type Lane,
  makeDoor,
  makeLane,
  type Measured,
  type Run,
  type RunOptions,
  type Tile,
  type Timing,
} from '../lane.js';
import { breather, stopwatch } from '../task.js';
import { measureRate, testDf64 } from './calibrate.js';
import { computeByIterations, computeByRows, makeWorkspace, type TileJob } from './compute.js';
import { abortable, describeRenderer, hold } from './context.js';
import { type Device, makeDevice } from './device.js';
import type { Inputs } from './draw.js';
import { finished } from './fence.js';
import { makePace, type Pace } from './pace.js';
import { chooseArithmetic, clamp, type GpuArithmetic, MAX_F32, type Precision, split } from './precision.js';
import { makeReadback, type Readback } from './readback.js';
import { type RowWork, survey } from './survey.js';
import { checkTarget, deleteTarget, layoutOf, makeTarget, type Plane, type Target } from './textures.js';
import { decide, makeTimer } from './timer.js';

/** The largest bailout2 in df64: behind it, an orbit's next sums would be infinite, and their errors not numbers. */
const MAX_DF64 = 2 ** 60;
/** Milliseconds of waiting for the GPU that are mostly its work. */
const LONG_WAIT = 20;
/** Share of the self-test's pixels that may differ from f64. */
const TEST_SHARE = 0.05;

/** Options of `openGpu`. */
export interface GpuOptions {
  /**
   * A context of yours to work in; default one of the lane's own. Its state is the same after every step of the lane, but for
   * blending and colour masks of single buffers (OES_draw_buffers_indexed), and a current program that you have deleted, which is gone. An
   * occlusion query of yours that is active counts the lane's pixels, too. End a transform feedback before you call: Chromium 156 loses a
   * context that waits for the GPU within one. The lane needs the polygon mode to be FILL. A context of yours that is lost is restored only if you ask for it:
   * by `preventDefault()` in a listener of its canvas for `webglcontextlost`.
   */
  gl?: WebGL2RenderingContext | undefined;
  /**
   * 'f32'; 'df64', two f32 of about 48 bits; or 'auto' (default), for each job the cheapest whose rounding is small against the pixel
   * step. With 'f32' no view is refused, and deep ones come out in blocks; the others refuse what is beyond df64 with a RangeError, and compute
   * in f32 where the driver breaks df64, which `fallbackReason` says.
   */
  precision?: Precision | undefined;
}

/** Writes to each page of the arrays' memory, with turns for the event loop: the system may take 12 µs for a page. */
async function touch(arrays: readonly Float32Array[], breathe: () => Promise<void>): Promise<void> {
  for (const array of arrays) {
    for (let page = 0; 1024 * page < array.length; page++) {
      array[1024 * page] = 0;
      if (page % 128 === 0) await breathe();
    }
  }
}

/** What becomes of a tile: `issued` is called when its draws are issued, `done` when the GPU has finished them. */
interface TileHandlers<T> {
  issued(device: Device, part: Rectangle, target: Target): void;
  done(part: Rectangle): Promise<T>;
}

/** Counts that stay on the GPU. */
export interface CountsTexture {
  /** width × height texels, R32F (R32UI where the lane's `device` says so), never filtered; row 0 is the grid's. */
  readonly texture: WebGLTexture;
  /** With `smooth`, the fractions as such a texture (R32UI: their bits, for `uintBitsToFloat`); else null. */
  readonly fractions: WebGLTexture | null;
  /** Of the grid and the texture, in pixels. */
  readonly width: number;
  /** Of the grid and the texture, in pixels. */
  readonly height: number;
  /** Where the call's time went; nothing is read back in it. */
  readonly timing: Timing;
  /** The arithmetic that gave the counts. */
  readonly precision: GpuArithmetic;
  /** The counts as an array. Rejects as escapeTime does, and with LaneUnavailableError once deleted. */
  read(): Promise<Float32Array>;
  /** The fractions as an array. Rejects as `read` does; without `smooth` it resolves to null, deleted or not. */
  readFractions(): Promise<Float32Array | null>;
  /** Frees the textures; close() does, too. */
  delete(): void;
}

/** The GPU lane: a Lane that can leave its counts on the GPU. */
export interface GpuLane extends Lane {
  /** The context: yours, or the lane's own, whose state a call leaves as it comes: set what you need before you draw in it. */
  readonly gl: WebGL2RenderingContext;
  /**
   * Counts of the whole grid as a texture of `gl`, without readback. Rejects as `escapeTime` does, with RangeError where the
   * grid is larger than a texture may be, and with LaneUnavailableError where there is no memory for one.
   */
  escapeTexture(job: Job, options?: RunOptions): Promise<CountsTexture>;
}

/**
 * Opens the GPU lane: escape counts by a WebGL2 fragment shader, in f32 or in df64.
 *
 * Beside the baselines it stands for the seminar's PyCUDA ElementwiseKernel: all of a pixel's iterations in one program, in registers.
 * It teaches what a GPU gives once nothing but the counts goes through memory.
 *
 * Rejects with TypeError or RangeError on a bad option, with LaneLostError where the context is lost meanwhile, and with
 * LaneUnavailableError where WebGL2 or a texture to render into is missing, or the shader does not compile; the message then holds the
 * compiler's log. Where the driver breaks df64, the lane says
 * so in `fallbackReason` and computes in f32. A call rejects with LaneLostError when the context is lost; the lane works again once
 * it is restored.
 */
export async function openGpu(options: GpuOptions = {}): Promise<GpuLane> {
  const start = performance.now();
  const { precision = 'auto', gl: borrowed } = checkKeys('options', options, ['gl', 'precision']);
  checkOneOf('precision', precision, ['f32', 'df64', 'auto']);
  const held = hold('gpu', borrowed, makeDevice);
  const { gl, ready } = held;
  const device = ready();
  const paces = new Map<GpuArithmetic, Pace>();
  /** What the lane settles for, and why. */
  let arithmetic: Precision = precision;
  const reasons: string[] = [];
  try {
    if (device.formatReason) reasons.push(device.formatReason);
    if (precision !== 'f32') {
      const share = await testDf64(device);
      if (share > TEST_SHARE) {
        arithmetic = 'f32';
        const percent = Math.round(100 * share);
        reasons.push(
          `the driver breaks df64 (${percent} % of its self-test's counts differ), so the lane stays with f32`,
        );
      }
    }
    if (arithmetic !== 'df64') paces.set('f32', makePace(await measureRate(device, 'f32')));
  } catch (error) {
    held.release();
    throw error;
  }

  const choose = (work: Work): GpuArithmetic => {
    const chosen = chooseArithmetic(work, precision);
    return arithmetic === 'f32' ? 'f32' : chosen;
  };

  async function paceOf(device: Device, chosen: GpuArithmetic, signal: AbortSignal): Promise<Pace> {
    let pace = paces.get(chosen);
    if (!pace) {
      const rate = await measureRate(device, chosen, signal);
      // Another call may have measured meanwhile, and its pace learnt.
      pace = paces.get(chosen) ?? makePace(rate);
      paces.set(chosen, pace);
    }
    return pace;
  }

  /**
   * Computes a grid in tiles: into a target of the tile's size each, or into `whole`, which has the grid's. The results of `done`
   * are yielded.
   */
  async function* compute<T>(
    work: Work,
    { signal, timing }: { signal: AbortSignal; timing: Measured },
    whole: Target | null,
    { issued, done }: TileHandlers<T>,
  ): AsyncGenerator<T, void, void> {
    const device = ready();
    const { grid, maxIterations, bailoutRadius, smooth } = work;
    const chosen = choose(work);
    const pace = await paceOf(device, chosen, signal);
    const lap = stopwatch();
    const exact = coordinatesOf(grid);
    const coordinates = (part: Rectangle) => clamp(exact(part), chosen);
    const maxBailout2 = chosen === 'f32' ? MAX_F32 : MAX_DF64;
    const bailout2 = split(Float64Array.of(Math.min(bailoutRadius * bailoutRadius, maxBailout2)));
    const common = { arithmetic: chosen, maxIterations, bailout2: [bailout2[0], bailout2[1]] as [number, number] };
    let cut = pace.cut(Math.min(grid.width, device.maxSize), grid.height, maxIterations);
    let surveyed: RowWork | null = null;
    if (cut === 'survey') {
      const pixels = pace.surveyPixels(maxIterations);
      const seen = await survey(device, { pixels, grid, coordinates, ...common }, signal);
      surveyed = seen.rowWork;
      cut = pace.recut(seen.dearest);
      // It counts in the total only.
      lap();
    }
    const widest = cut === 'iterations' ? pace.tileWidth(maxIterations) : Infinity;
    const tileWidth = Math.min(grid.width, device.maxSize, widest);
    const rowWork = surveyed ?? (() => tileWidth * maxIterations);
    const tileRows = (row: number) => {
      const rows = cut === 'iterations' ? pace.iteratedRows(tileWidth).next : pace.tileRows(tileWidth, rowWork(row));
      return Math.min(grid.height - row, mostRows, cut === 'rows' ? Infinity : rows);
    };
    const most = cut === 'iterations' ? pace.iteratedRows(tileWidth).most : pace.tileRows(tileWidth, 0);
    const mostRows = Math.min(grid.height, device.maxSize, most);
    const workspace = device.borrow(() => makeWorkspace(device, { width: tileWidth, height: mostRows, smooth }));
    const timer = makeTimer(device);
    const inputs: Inputs = {
      ...common,
      ...workspace.coordinates,
      shortcuts: true,
      radiusBits: smooth ? 2 * Math.log2(bailoutRadius) : null,
    };
    let fenced: number | null = 0;
    let transfer = 0;
    try {
      for (let row = 0, height = 0; row < grid.height; row += height) {
        height = tileRows(row);
        for (let column = 0; column < grid.width; column += tileWidth) {
          const width = Math.min(tileWidth, grid.width - column);
          const part = { column, row, width, height };
          const target = device.borrow(() => {
            workspace.place(coordinates(part));
            return whole ?? workspace.counts();
          });
          transfer += lap();
          const job: TileJob = {
            device,
            pace,
            timer,
            inputs,
            workspace,
            width,
            height,
            target,
            signal,
            origin: whole ? [column, row] : [0, 0],
            issued: () => issued(device, part, target),
          };
          const from = row;
          const known =
            cut === 'iterations'
              ? await computeByIterations(job)
              : await computeByRows(job, (row) => rowWork(from + row), cut === 'survey');
          const ms = lap();
          if (cut === 'iterations') pace.learnTile(ms);
          if (fenced !== null) fenced = known ? fenced + ms : null;
          const result = await done(part);
          transfer += lap();
          timing.transfer = transfer;
          if (row + height === grid.height && column + width === grid.width) {
            const timed = await timer.result();
            Object.assign(timing, decide(timed, fenced, LONG_WAIT));
          }
          yield result;
          lap();
        }
      }
    } finally {
      timer.delete();
      workspace.delete();
    }
  }

  async function* run(work: Work, call: Run): AsyncGenerator<Tile, void, void> {
    let readback: Readback | null = null;
    let counts: Float32Array = new Float32Array(0);
    let fractions = null as Float32Array | null;
    let touched = Promise.resolve();
    const breathe = breather(call.signal);
    const planes: Plane[] = work.smooth ? ['counts', 'fractions'] : ['counts'];
    try {
      const parts = compute(work, call, null, {
        issued(device, part, target) {
          const { width, height } = part;
          readback = makeReadback(device);
          readback.start(target.framebuffer, { row: 0, width, height }, planes);
          counts = call.place(part);
          fractions = call.placeFractions(part);
          // The system hands out fresh memory page by page as it is written: it does so while the GPU is at work.
          // It fails by an abort alone, of which the others hear, too.
          touched = touch(fractions ? [counts, fractions] : [counts], breathe).catch(() => {});
        },
        async done(part) {
          await touched;
          await readback?.finish(fractions ? [counts, fractions] : [counts], call.signal);
          return { ...part, counts, fractions };
        },
      });
      yield* abortable(parts, call.signal);
    } finally {
      // Nothing is written once the call is over: the arrays may be in use again.
      await touched;
      (readback as Readback | null)?.delete();
    }
  }

  const textures = new Set<() => void>();
  const door = makeDoor({ name: 'gpu', choose, smooth: true });

  async function escapeTexture(job: Job, options: RunOptions = {}): Promise<CountsTexture> {
    const start = performance.now();
    const work = door.check(job, options);
    const { width, height } = work.grid;
    const device = ready();
    const most = device.maxSize;
    if (Math.max(width, height) > most) {
      throw new RangeError(
        `grid.width and grid.height must be at most ${most}, the largest texture here, got ${width} × ${height}`,
      );
    }
    const call = door.enter(options.signal);
    const timing: Measured = { compute: null, transfer: null };
    const layout = layoutOf('counts', device.format);
    const size = { width, height, smooth: work.smooth };
    let target: Target;
    const release = () => {
      // Where the context was lost, so was the texture.
      if (textures.delete(release) && !device.isLost()) deleteTarget(gl, target);
    };
    try {
      target = device.borrow(() => makeTarget(gl, layout, size));
      textures.add(release);
      // Whether there was memory for it is asked once the GPU is through: the page never waits for it.
      await finished(device, call.signal);
      device.borrow(() => checkTarget(gl, target, layout, size));
      let done = 0;
      const parts = compute(work, { signal: call.signal, timing }, target, {
        issued() {},
        done: async (part) => part,
      });
      for await (const part of abortable(parts, call.signal)) {
        call.signal.throwIfAborted();
        done += part.width * part.height;
        options.onProgress?.({ done, total: width * height });
      }
      call.signal.throwIfAborted();
    } catch (error) {
      release();
      throw error;
    } finally {
      call.leave();
    }
    async function readPlane(plane: Plane): Promise<Float32Array> {
      const call = door.enter(undefined);
      try {
        const texels = new Float32Array(width * height);
        const rows = Math.max(1, Math.floor(2 ** 20 / width));
        const readback = makeReadback(device);
        try {
          for (let row = 0; row < height; row += rows) {
            if (!textures.has(release)) throw new LaneUnavailableError('the texture is deleted, so it cannot be read');
            const part = { row, width, height: Math.min(rows, height - row) };
            const band = texels.subarray(row * width, (row + part.height) * width);
            readback.start(target.framebuffer, part, [plane]);
            await readback.finish([band], call.signal);
          }
        } finally {
          readback.delete();
        }
        return texels;
      } finally {
        call.leave();
      }
    }

    return {
      texture: target.texture,
      fractions: target.fractions,
      width,
      height,
      timing: { ...timing, total: performance.now() - start },
      precision: choose(work),
      read: () => readPlane('counts'),
      readFractions: async () => (work.smooth ? readPlane('fractions') : null),
      delete: release,
    };
  }

  const more = device.format.name === 'R32F' ? '' : `, counts in ${device.format.name}`;
  const lane = makeLane(
    {
      name: 'gpu',
      device: describeRenderer(gl, more),
      precision: arithmetic === 'df64' ? 'df64' : 'f32',
      smooth: true,
      setup: performance.now() - start,
      fallbackReason: reasons.length > 0 ? reasons.join('; ') : null,
      choose,
      run,
      close() {
        for (const release of textures) release();
        held.release();
      },
    },
    door,
  );
  return { ...lane, gl, escapeTexture };
}
