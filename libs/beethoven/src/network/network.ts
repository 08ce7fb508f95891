import type { Millis } from '../protocol/terms.js';

/** Why a connection ended, in words for a log line and a class for decisions. */
export type CloseReason =
  /** The other side, or its operating system, ended it. */
  | 'remote'
  /** This side ended it. */
  | 'local'
  /** The operating system reported an error on it. */
  | 'error';

/** A two-way stream of whole frames. Frames arrive in the order in which they were sent, or the connection closes. */
export interface Connection {
  readonly remoteAddress: string;
  readonly remotePort: number;
  /**
   * Queues one frame; several in one tick leave in one write. `bulk` frames let the others pass. False, and nothing sent,
   * once the queue of a slow peer is full or the connection is closed.
   */
  send(frame: Uint8Array, priority?: 'control' | 'bulk'): boolean;
  /** Sends what is queued, then closes. */
  close(): void;
  /** Closes at once and drops what is queued. */
  destroy(): void;
  /** Raises the limit for one incoming frame (bytes): a stranger gets a small one. */
  allowFrames(maxBytes: number): void;
  /** Called for each frame; set in the same tick in which the connection is handed over, or frames may be missed. */
  onFrame: (frame: Uint8Array) => void;
  /** Called once, after the last frame. `detail` says more for the log, for example "frame of 70,000 bytes over the limit of 65,536". */
  onClose: (reason: CloseReason, detail?: string) => void;
}

export interface Listener {
  readonly address: string;
  readonly port: number;
  /** Stops accepting; connections that are open stay open. */
  close(): Promise<void>;
}

/** What a dial ended in, when it did not end in a connection. */
export type DialFailure =
  /** The machine answered that nobody listens there. */
  | 'refused'
  /** Nobody answered in time. */
  | 'timeout'
  /** The network says that there is no way there, or whoever accepted was gone before it had shown anything. */
  | 'unreachable'
  /** Somebody listens there who did not show that it belongs. */
  | 'untrusted';

/** The port through which other machines come in. */
export interface Network {
  /** The IPv4 addresses of this machine, loopback included. */
  addresses(): readonly string[];
  /** Those, and the addresses of interfaces that wait for a carrier: this machine has them, and nobody reaches them yet. */
  ownAddresses(): readonly string[];
  /** Port 0 takes any free one. Rejects with an AddressInUseError where another process listens there already. */
  listen(
    address: string,
    port: number,
    onConnection: (connection: Connection) => void,
  ): Promise<Listener>;
  /** Who was turned away, here or where it was called, before a word was said: how many, by reason. */
  refusals(): Readonly<Record<string, number>>;
  /** Calls back once. A failure is a value, because a scan fails thousands of times. */
  dial(
    address: string,
    port: number,
    timeout: Millis,
    done: (result: Connection | DialFailure) => void,
  ): void;
}

/** Injection token of the {@link Network}. */
export const NETWORK = Symbol('beethoven:network');
