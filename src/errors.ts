/** The two errors that are not about arguments: the environment lacks something, or the lane died at work; and what any error says. */

/** The environment lacks something that a lane needs, memory of the GPU among it, or the lane is closed. The message says what is missing and what it stops. */
export class LaneUnavailableError extends Error {
  /** To tell it by where `instanceof` cannot. */
  override name = 'LaneUnavailableError';
}

/** A lane's WebGL context or worker died or failed in mid-run. Calls that it served reject with this error. */
export class LaneLostError extends Error {
  /** To tell it by where `instanceof` cannot. */
  override name = 'LaneLostError';
}

/** What an error says, whatever was thrown. */
export const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
