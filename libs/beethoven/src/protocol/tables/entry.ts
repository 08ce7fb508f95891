import type { Origin } from './origin.js';
import type { Key, ReplicaId, Row } from './row.js';

/** Splits a stamp into two integers of up to 31 bits, which V8 keeps in their places: one number would be an object of its own, and a row 8 bytes longer. */
const LOW = 2 ** 22;

/** One row of a copy: the version that has won so far. */
export class Entry {
  /** The neighbours in the log. */
  before: Entry | undefined = undefined;
  after: Entry | undefined = undefined;
  private timeHigh = 0;
  private timeLow = 0;

  constructor(
    readonly key: Key,
    /** Of the key. */
    readonly hash: number,
    /** `undefined`: a tombstone, which keeps a deleted row from coming back. */
    public row: Row | undefined,
    time: number,
    public writer: ReplicaId,
    /** In whose log it stands, and where: says who has seen it. Rows of one transaction share a place. */
    public origin: Origin,
    public seq: number,
  ) {
    this.time = time;
  }

  /** When it was written, a safe integer: decides with the writer which version wins. */
  get time(): number {
    return this.timeHigh * LOW + this.timeLow;
  }

  set time(time: number) {
    this.timeHigh = (time / LOW) | 0;
    this.timeLow = (time - this.timeHigh * LOW) | 0;
  }
}
