/** The two errors that are not about arguments: the environment lacks something, or the lane died at work; and what any error says. */

/**
 * Something that a lane needs is missing here, such as memory of the GPU, or the lane is closed. The message says what is missing, and what
 * cannot run.
 */
export class LaneUnavailableError extends Error {
  /** Tells the error where `instanceof` cannot: of another window, or of a second copy of the package. */
  override name = 'LaneUnavailableError';
}

/** A lane's WebGL context or worker died or failed in mid-run. Calls that it served reject with this error. */
export class LaneLostError extends Error {
  /** Tells the error where `instanceof` cannot: of another window, or of a second copy of the package. */
  override name = 'LaneLostError';
}

/** What an error says, whatever was thrown. */
export const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
