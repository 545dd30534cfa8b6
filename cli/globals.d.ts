/** What the gpu lane's page keeps. */
import type { GpuLane, Progress } from 'twolane';

declare global {
  var lane: GpuLane;
  function tell(call: number, progress: Progress): void;
}
