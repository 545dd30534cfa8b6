/** Opens lanes when they are first needed, and opens them anew when they are lost. */
import { type Lane, openCpu, openGpu } from 'twolane';

export type LaneName = 'cpu' | 'gpu';

const openers: Record<LaneName, () => Promise<Lane>> = { cpu: () => openCpu(), gpu: () => openGpu() };

export interface Lanes {
  /** The lane, opened if it is not; rejects as opening does. */
  get(name: LaneName): Promise<Lane>;
  /** Closes a lane that is lost, if it is still the one in use; the next `get` opens another. */
  drop(name: LaneName, lane: Lane): void;
  /** Whether a lane has been dropped: its other calls fail because it is closed. */
  isDropped(lane: Lane): boolean;
}

export function makeLanes(): Lanes {
  const lanes = new Map<LaneName, Promise<Lane>>();
  const dropped = new WeakSet<Lane>();
  return {
    get(name) {
      let lane = lanes.get(name);
      if (!lane) {
        lane = openers[name]();
        lanes.set(name, lane);
        // A failure is not kept: what was missing may be there the next time.
        lane.catch(() => lanes.delete(name));
      }
      return lane;
    },

    drop(name, lane) {
      dropped.add(lane);
      lane.close();
      const current = lanes.get(name);
      current?.then(
        (open) => {
          if (open === lane && lanes.get(name) === current) lanes.delete(name);
        },
        // One that fails to open goes by itself.
        () => {},
      );
    },

    isDropped: (lane) => dropped.has(lane),
  };
}

/** Whether WebGL2 can be had; its context is given back at once. */
export function hasWebGL2(): boolean {
  const gl = document.createElement('canvas').getContext('webgl2');
  gl?.getExtension('WEBGL_lose_context')?.loseContext();
  return gl !== null;
}
