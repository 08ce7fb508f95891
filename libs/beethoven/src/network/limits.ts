import type { Millis } from '../protocol/terms.js';

/** The largest incoming frame that a connection takes until `allowFrames` says otherwise (bytes). */
export const DEFAULT_FRAME_LIMIT = 64 * 1_024;

/** What may wait for a slow peer, on each connection (bytes). */
export const QUEUE_CAPACITY = 16 * 1_024 * 1_024;

/** How long a closing connection may take to send what is queued. */
export const CLOSE_DEADLINE: Millis = 1_000;

/**
 * A connection on which nothing comes for so long is asked by TCP itself, so that one to which nobody ever writes is found to be dead as well;
 * firewalls forget those that are silent for longer.
 */
export const KEEP_ALIVE: Millis = 600_000;

/** The `detail` of a connection that was closed over a frame that is too long. */
export function frameTooLong(bytes: number, limit: number): string {
  return `frame of ${bytes.toLocaleString('en')} bytes over the limit of ${limit.toLocaleString('en')}`;
}
