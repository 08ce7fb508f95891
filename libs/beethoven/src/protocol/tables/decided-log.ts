import { Numbered } from '../numbered.js';
import type { Decided } from './messages.js';
import type { ReplicaId, Vector } from './row.js';

/** The most transactions that a node recognises, of all clients together. */
export const MAX_DECIDED = 65_536;
/** The most clients: the one that has been quiet for longest is forgotten first. */
export const MAX_CLIENTS = 1_024;

interface Known {
  readonly table: string;
  readonly decided: Decided;
  /** Its client has yet to be answered from here. */
  isUnderway: boolean;
}

/** What is known of one client's transactions. */
interface Session {
  /** It waits for none of those before this one any more. */
  settled: number;
  readonly decided: Numbered<Known>;
}

/**
 * The transactions that were decided, here or elsewhere, and that their clients may still ask about. A client whose coordinator died asks
 * the next one, which must not make the same writes twice. Each client says from where on it still waits for answers, so that the
 * log is as long as what is under way.
 *
 * Source: Lee, Park, Kejriwal, Matsushita, Ousterhout, "Implementing Linearizability at Large Scale and Low Latency" (RIFL), 2015.
 */
export class DecidedLog {
  /** In the order in which they were last used. */
  readonly #sessions = new Map<ReplicaId, Session>();
  #latest: Session | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get clients(): number {
    return this.#sessions.size;
  }

  get(client: ReplicaId, number: number): Decided | undefined {
    return this.#sessions.get(client)?.decided.get(number)?.decided;
  }

  /** Whether the client has its answer, or has given up: a request for it is a late copy. */
  isSettled(client: ReplicaId, number: number): boolean {
    return number < (this.#sessions.get(client)?.settled ?? 0);
  }

  isUnderway(client: ReplicaId, number: number): boolean {
    return this.#sessions.get(client)?.decided.get(number)?.isUnderway ?? false;
  }

  /** This node has begun to wait for the other copies on its behalf, or has ended that. */
  mark(client: ReplicaId, number: number, isUnderway: boolean): void {
    const known = this.#sessions.get(client)?.decided.get(number);
    if (known !== undefined) known.isUnderway = isUnderway;
  }

  add(table: string, decided: Decided): void {
    const { client, number, settled } = decided;
    const session = this.#sessionOf(client);
    if (number >= session.settled && !session.decided.has(number)) {
      session.decided.set(number, { table, decided, isUnderway: false });
      this.#size++;
    }
    this.#settle(session, settled);
    if (this.#size > MAX_DECIDED) this.#forgetOldest();
  }

  /** Those of a table that a copy which has seen this much does not know of. */
  beyond(table: string, seen: Vector): Decided[] {
    const unknown: Decided[] = [];
    for (const session of this.#sessions.values())
      for (const one of session.decided.values()) {
        const { origin, seq } = one.decided;
        if (one.table === table && seq > (seen.get(origin) ?? 0)) unknown.push(one.decided);
      }
    return unknown;
  }

  /** The client's session, as the one that was used last. */
  #sessionOf(client: ReplicaId): Session {
    const known = this.#sessions.get(client);
    if (known !== undefined && known === this.#latest) return known;
    const session = known ?? { settled: 0, decided: new Numbered() };
    this.#latest = session;
    this.#sessions.delete(client);
    this.#sessions.set(client, session);
    if (this.#sessions.size > MAX_CLIENTS) {
      const [quiet] = this.#sessions;
      if (quiet !== undefined) {
        this.#size -= quiet[1].decided.size;
        this.#sessions.delete(quiet[0]);
      }
    }
    return session;
  }

  /** They were decided nearly in their order: whoever stands behind one that is still waited for goes with it. */
  #settle(session: Session, settled: number): void {
    if (settled <= session.settled) return;
    session.settled = settled;
    let number = session.decided.firstNumber;
    while (number !== undefined && number < settled) {
      session.decided.delete(number);
      this.#size--;
      number = session.decided.firstNumber;
    }
  }

  #forgetOldest(): void {
    for (const { decided } of this.#sessions.values()) {
      const { firstNumber } = decided;
      if (firstNumber === undefined) continue;
      decided.delete(firstNumber);
      this.#size--;
      return;
    }
  }
}
