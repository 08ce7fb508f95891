import type { Millis } from '../terms.js';
import type { TableReplica } from './table-replica.js';

/** What has come to one copy comes to the others in this time (ms), unless it is lost. */
const UNDER_WAY: Millis = 500;

/**
 * What the copies here had seen before the fresh writes of the last moment came in. Another copy that has seen just that lacks nothing but what is on
 * its way to it, and to find out would be two messages for nothing; if it was lost, the next comparison shows it.
 */
export class InFlight {
  readonly #before = new Map<string, { readonly digest: number; readonly at: Millis }>();

  /** Fresh writes of a table are about to be taken in. */
  arrive(table: string, replica: TableReplica, now: Millis): void {
    const before = this.#before.get(table);
    if (before === undefined || now - before.at > UNDER_WAY)
      this.#before.set(table, { digest: replica.digest, at: now });
  }

  /** Whether a copy of this digest is only a moment behind the one here. */
  explains(table: string, digest: number, now: Millis): boolean {
    const before = this.#before.get(table);
    return before?.digest === digest && now - before.at <= UNDER_WAY;
  }
}
