import { FrameQueue, type Priority } from '../network/frame-queue.js';
import {
  CLOSE_DEADLINE,
  DEFAULT_FRAME_LIMIT,
  QUEUE_CAPACITY,
  frameTooLong,
} from '../network/limits.js';
import type { CloseReason, Connection } from '../network/network.js';
import type { Flow } from './flow.js';
import type { NodeClock } from './node-clock.js';
import type { Outbox } from './outbox.js';

/** What the operating systems on the way take before the sender has to wait (bytes). */
const WINDOW = 256 * 1_024;

/** What is sent on a connection that the other side, or something on the way, has forgotten is answered by. */
export type LostAnswer = 'reset' | 'silence';

/** The process that has an end of a connection. */
export interface Owner {
  readonly clock: NodeClock;
  readonly outbox: Outbox;
  readonly open: Set<SimulatedConnection>;
}

/** One end of a simulated connection. Its twin is the other end. */
export class SimulatedConnection implements Connection {
  onFrame: Connection['onFrame'] = () => {};
  onClose: Connection['onClose'] = () => {};

  #state: 'unopened' | 'open' | 'closing' | 'closed' = 'unopened';
  #limit = DEFAULT_FRAME_LIMIT;
  readonly #queue = new FrameQueue(QUEUE_CAPACITY);
  #inFlight = 0;
  #endSent = false;
  #lost: LostAnswer | undefined;
  private twin: SimulatedConnection | undefined;

  constructor(
    readonly remoteAddress: string,
    readonly remotePort: number,
    private readonly flow: Flow,
    private readonly owner: Owner,
  ) {}

  pairWith(twin: SimulatedConnection): void {
    this.twin = twin;
    twin.twin = this;
  }

  open(): void {
    this.#state = 'open';
    this.owner.open.add(this);
  }

  /** The first packet of a connection: it has the other end accepted. */
  announce(accept: () => void): void {
    this.flow.send(accept);
  }

  send(frame: Uint8Array, priority: Priority = 'control'): boolean {
    if (this.#state !== 'open' || !this.#queue.push(Buffer.from(frame), priority)) return false;
    this.owner.outbox.add(this.#flush);
    return true;
  }

  close(): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#flush();
    this.owner.clock.setTimer(CLOSE_DEADLINE, () => this.destroy());
  }

  destroy(): void {
    if (this.#state === 'closed') return;
    this.flow.dropHeld();
    this.#end();
    this.owner.clock.soon(() => this.onClose('local'));
  }

  /** The machine at this end loses its power: this end is gone, and nobody tells the other. */
  vanish(): void {
    this.#state = 'closed';
    this.#queue.clear();
    this.owner.open.delete(this);
    this.flow.drop();
    this.twin?.lose('reset');
  }

  /** What this end sends finds no connection any more, and gets this answer. */
  lose(answer: LostAnswer): void {
    this.#lost = answer;
  }

  /** Whether the other end is an open connection of that process. */
  leadsTo(others: ReadonlySet<SimulatedConnection>): boolean {
    return this.twin !== undefined && others.has(this.twin);
  }

  allowFrames(maxBytes: number): void {
    this.#limit = maxBytes;
  }

  readonly #flush = (): void => {
    while (!this.#queue.isEmpty && this.#inFlight < WINDOW) {
      const frames = this.#queue.take(WINDOW - this.#inFlight);
      const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
      this.#inFlight += bytes;
      this.flow.send(() => {
        if (this.#lost !== undefined) return this.#strike(this.#lost);
        this.#inFlight -= bytes;
        this.#flush();
        this.twin?.receive(frames);
      }, bytes);
    }
    if (this.#state === 'closing' && this.#queue.isEmpty && !this.#endSent) this.#sendEnd();
  };

  /** A packet of this end has come to where nobody knows the connection. Silence leaves it unacknowledged: the window stays full. */
  #strike(answer: LostAnswer): void {
    if (answer === 'reset') this.twin?.flow.send(() => this.receiveReset());
  }

  private receiveReset(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#queue.clear();
    this.owner.open.delete(this);
    this.onClose('error');
  }

  private receive(frames: readonly Uint8Array[]): void {
    for (const frame of frames) {
      if (this.#state !== 'open') return;
      if (frame.length > this.#limit) {
        this.#end();
        this.onClose('local', frameTooLong(frame.length, this.#limit));
        return;
      }
      this.onFrame(frame);
    }
  }

  #sendEnd(): void {
    this.#endSent = true;
    this.flow.send(() => {
      if (this.#lost === undefined) this.twin?.receiveEnd();
      else this.#strike(this.#lost);
    });
  }

  private receiveEnd(): void {
    const state = this.#state;
    if (state === 'closed') return;
    this.#end();
    if (state === 'unopened') return;
    const reason: CloseReason = state === 'closing' ? 'local' : 'remote';
    this.onClose(reason);
  }

  #end(): void {
    this.#state = 'closed';
    this.#queue.clear();
    this.owner.open.delete(this);
    this.#sendEnd();
  }
}
