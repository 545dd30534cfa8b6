/** Computing a tile on the GPU, in draws that pace.ts sizes: by rows, or by iterations with the orbits' states kept in textures. */
import type { Axes } from '../grid.js';
import { stopwatch } from '../task.js';
import type { Device } from './device.js';
import { type Coordinates, type Draw, draw, type Inputs } from './draw.js';
import { type Fence, setFence } from './fence.js';
import type { Pace } from './pace.js';
import { split } from './precision.js';
import type { RowWork } from './survey.js';
import { deleteTarget, fill, layoutOf, makeTarget, makeTexture, type Target, type TargetSize } from './textures.js';
import type { GpuTimer } from './timer.js';

/** What one call keeps on the GPU: textures for its largest tile, made when they are first needed. */
export interface Workspace {
  readonly coordinates: Readonly<Coordinates>;
  /** Sets the coordinates of a tile. */
  place(axes: Axes): void;
  /** The target for counts, and fractions where they are wanted. */
  counts(): Target;
  /** The two targets for states, read and written in turn. */
  states(): readonly [Target, Target];
  delete(): void;
}

/** Makes the workspace for tiles of at most such a size. To be called on borrowed state, as its methods are. */
export function makeWorkspace({ gl, format, isLost }: Device, { width, height, smooth }: TargetSize): Workspace {
  const columns = makeTexture(gl, 'RG32F', width, 1);
  const rows = makeTexture(gl, 'RG32F', 1, height);
  const targets: Target[] = [];
  const make = (output: 'counts' | 'states'): Target => {
    const size = { width, height, smooth: smooth && output === 'counts' };
    const target = makeTarget(gl, layoutOf(output, format), size);
    targets.push(target);
    return target;
  };
  let counts: Target | null = null;
  let states: readonly [Target, Target] | null = null;
  return {
    coordinates: { columns, rows, texelSize: [1 / width, 1 / height] },
    place(axes) {
      fill(gl, columns, axes.columns.length, 1, split(axes.columns));
      fill(gl, rows, 1, axes.rows.length, split(axes.rows));
    },
    counts: () => (counts ??= make('counts')),
    states: () => (states ??= [make('states'), make('states')]),
    delete() {
      // A lost context has freed them; once it is restored, new objects may have their names.
      if (isLost()) return;
      for (const target of targets) deleteTarget(gl, target);
      gl.deleteTexture(columns);
      gl.deleteTexture(rows);
    },
  };
}

export interface TileJob {
  device: Device;
  pace: Pace;
  timer: GpuTimer;
  inputs: Inputs;
  workspace: Workspace;
  width: number;
  height: number;
  /** Where the counts go, from the pixel `origin` on. */
  target: Target;
  origin: Draw['origin'];
  signal: AbortSignal;
  /** Called when all draws are issued. */
  issued(): void;
}

/** Computes a tile in bands of rows, two in flight; resolves once the GPU has finished, with false if no fence can be had. */
export async function computeByRows(job: TileJob, work: RowWork, surveyed: boolean): Promise<boolean> {
  const { device, pace, timer, inputs, target, origin, width, height, signal } = job;
  const { maxIterations } = inputs;
  const inFlight: { fence: Fence; steps: number }[] = [];
  let lap = stopwatch();
  let known = true;
  const guess = pace.guess(height * work(0));
  const wait = async () => {
    const [{ fence, steps }] = inFlight;
    known = await fence.passed(signal);
    if (surveyed) pace.learn(steps, lap());
    else guess.note(lap());
    fence.delete();
    inFlight.shift();
  };
  try {
    for (let row = 0, rows = 0; row < height; row += rows) {
      rows = pace.bandRows(height - row, (i) => work(row + i), surveyed);
      const part: Draw = {
        output: 'counts',
        target,
        origin,
        row,
        width,
        height: rows,
        from: 1,
        to: maxIterations,
        states: null,
      };
      if (inFlight.length === 0 && (surveyed || row === 0)) lap = stopwatch();
      device.borrow(() => timer.time(() => draw(device, inputs, part)));
      let steps = 0;
      for (let i = row; i < row + rows; i++) steps += work(i);
      if (!surveyed && row + rows < height) {
        device.gl.flush();
        continue;
      }
      inFlight.push({ fence: setFence(device, surveyed ? pace.expected(steps) : guess.ms), steps });
      if (inFlight.length > 1) await wait();
    }
    job.issued();
    await wait();
    return known;
  } finally {
    for (const { fence } of inFlight) fence.delete();
  }
}

/** Computes a tile in draws of all its pixels and a part of the steps; resolves as computeByRows does. */
export async function computeByIterations(job: TileJob): Promise<boolean> {
  const { device, pace, timer, inputs, workspace, width, height, target, signal } = job;
  const { maxIterations } = inputs;
  const pixels = width * height;
  let read: Target | null = null;
  let from = 1;
  let steps = pace.firstSteps(pixels);
  let expected = 0;
  for (;;) {
    const lap = stopwatch();
    // The steps between two draws are whole blocks of the shader.
    steps -= steps % 8;
    const last = from + steps >= maxIterations;
    const to = last ? maxIterations : from + steps;
    const states = read?.texture ?? null;
    const write = device.borrow(() => {
      const [first, second] = last ? [target, target] : workspace.states();
      const write = read === first ? second : first;
      const output = last ? 'counts' : 'states';
      const origin: Draw['origin'] = last ? job.origin : [0, 0];
      timer.time(() =>
        draw(device, inputs, { output, target: write, origin, row: 0, width, height, from, to, states }),
      );
      return write;
    });
    const fence = setFence(device, expected);
    let known = false;
    try {
      if (last) job.issued();
      known = await fence.passed(signal);
    } finally {
      fence.delete();
    }
    if (last) return known;
    const ms = lap();
    if (from === 1) pace.learnFirst(pixels, steps, ms);
    const next = pace.nextSteps(pixels, steps, ms);
    expected = (ms * next) / steps;
    read = write;
    from = to;
    steps = next;
  }
}
