import type { Millis } from '../../protocol/terms.js';

/** Connections at one time that have not shown that they belong: in all, and from one address. */
export const MAX_WAITING = 256;
export const MAX_WAITING_OF_ONE = 64;
/** Failures of one address that are taken at once, and after how long another one is. */
export const PATIENCE = 32;
export const FORGIVENESS: Millis = 200;
/** What it counts to hang up before the end of the handshake, or to be sent away: a busy member may do so, and it costs little. */
export const HANG_UP = 1 / 8;
/** Addresses with failures that are remembered. */
export const MAX_ADDRESSES = 4_096;

/** A connection, until it is known whether it belongs. */
export interface Visit {
  /** It does. */
  belongs(): void;
  /** It does not: its handshake was false. */
  failed(): void;
  /** It has ended, perhaps before anything was known. */
  ended(): void;
}

/** Failures that are not forgiven yet, as of a moment. */
interface Record {
  readonly failures: number;
  readonly at: Millis;
}

interface Waiting {
  readonly address: string;
  readonly sendAway: () => void;
}

/**
 * Limits what strangers cost. Where too many wait, the one that has waited longest goes: a handshake of a member takes milliseconds, and who
 * holds connections open keeps nobody out. An address whose handshakes fail is let in five times a second at most.
 */
export class Doorman {
  /** In the order in which they came. */
  readonly #waiting = new Set<Waiting>();
  readonly #ofOne = new Map<string, Set<Waiting>>();
  readonly #records = new Map<string, Record>();
  #failures = 0;

  constructor(private readonly now: () => Millis) {}

  /** Connections that ended without having shown that they belong. */
  get failures(): number {
    return this.#failures;
  }

  /** Connections that have not shown yet that they belong. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Addresses that something is remembered of. */
  get remembered(): number {
    return this.#records.size;
  }

  /** @param sendAway ends the connection, to make room @returns `undefined` for who has failed too often of late */
  arrive(address: string, sendAway: () => void): Visit | undefined {
    if (this.#failuresOf(address) > PATIENCE - 1) return undefined;
    const guests = this.#ofOne.get(address) ?? new Set();
    const [oldest] = guests.size < MAX_WAITING_OF_ONE ? [] : guests;
    const [oldestOfAll] = this.#waiting.size < MAX_WAITING ? [] : this.#waiting;
    const leaver = oldest ?? oldestOfAll;
    if (leaver !== undefined) {
      this.#fail(leaver, HANG_UP);
      leaver.sendAway();
    }
    const guest = { address, sendAway };
    this.#waiting.add(guest);
    this.#ofOne.set(address, guests.add(guest));
    return {
      belongs: () => void this.#leave(guest),
      failed: () => this.#fail(guest, 1),
      ended: () => this.#fail(guest, HANG_UP),
    };
  }

  #leave(guest: Waiting): boolean {
    const guests = this.#ofOne.get(guest.address);
    guests?.delete(guest);
    if (guests?.size === 0) this.#ofOne.delete(guest.address);
    return this.#waiting.delete(guest);
  }

  #fail(guest: Waiting, weight: number): void {
    if (!this.#leave(guest)) return;
    this.#failures++;
    const record = { failures: this.#failuresOf(guest.address) + weight, at: this.now() };
    this.#records.delete(guest.address);
    this.#records.set(guest.address, record);
    const [oldest] = this.#records.size > MAX_ADDRESSES ? this.#records.keys() : [];
    if (oldest !== undefined) this.#records.delete(oldest);
  }

  #failuresOf(address: string): number {
    const record = this.#records.get(address);
    if (record === undefined) return 0;
    const forgiven = Math.max(0, this.now() - record.at) / FORGIVENESS;
    return Math.max(0, record.failures - forgiven);
  }
}
