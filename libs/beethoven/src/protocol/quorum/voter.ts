import type { Millis } from '../terms.js';
import { CLAIM_EVERY, PROMISE } from './lease-times.js';
import type { AnswerMessage, AskMessage, Process, Refusal, ReleaseMessage } from './messages.js';

/** The most slots that a voter remembers, so that no peer can fill its memory. */
export const MAX_PROMISES = 10_000;

interface Promised {
  readonly to: Process;
  readonly epoch: number;
  /** Who had which epoch before this one was claimed. */
  readonly before: { readonly to: Process; readonly epoch: number };
  readonly round: number;
  readonly until: Millis;
  /** The electorates on whose grants a lease may stand, and until when. */
  readonly standsOn: ReadonlyMap<string, Millis>;
}

/**
 * One vote for each slot. A grant is a promise: nobody else gets this vote before {@link PROMISE} is over on this node's clock. Promises
 * are kept in memory alone, so a voter that has just started abstains for as long as a promise of its last life may stand.
 *
 * Source: Gray, Cheriton, "Leases", 1989; the vote before a lease, as for the leader of Raft (Ongaro's dissertation, 6.4.1).
 */
export class Voter {
  readonly #promises = new Map<string, Promised>();
  #listensUntil: Millis = Infinity;

  /** Others can ask this node from now on, so its last life can no longer promise anything. Before that it abstains. */
  start(now: Millis): void {
    this.#listensUntil = now + PROMISE;
  }

  /**
   * This node was stalled: what has piled up is from any time, and who asked may have gone or given up since. It makes no new promise before
   * those who still want one ask again; who has its promise keeps it.
   */
  listen(now: Millis): void {
    this.#listensUntil = Math.max(this.#listensUntil, now + CLAIM_EVERY);
  }

  /** Grants what it can. */
  ask(
    now: Millis,
    from: Process,
    { round, tag, firm, slots }: AskMessage,
  ): Pick<AnswerMessage, 'round' | 'granted' | 'refused'> {
    const granted: string[] = [];
    const refused: Refusal[] = [];
    for (const [slot, epoch] of slots) {
      const refusal = this.#refusal(now, from, slot, epoch);
      if (refusal !== undefined) {
        refused.push({ slot, ...refusal });
        continue;
      }
      granted.push(slot);
      const last = this.#promises.get(slot);
      // An ask that comes late, or twice, must not make the promise older than a release that came before its time.
      const isHolder = last !== undefined && isSame(last.to, from);
      const latest = isHolder ? Math.max(last.round, round) : round;
      const isRenewal = isHolder && last.epoch === epoch;
      const before = isRenewal ? last.before : { to: last?.to ?? from, epoch: last?.epoch ?? 0 };
      const until = now + PROMISE;
      const earlier = isHolder && !firm ? last.standsOn : [];
      const standsOn = new Map([...earlier, [tag, until] as const].filter(([, end]) => end > now));
      this.#promises.set(slot, { to: from, epoch, before, round: latest, until, standsOn });
    }
    return { round, granted, refused };
  }

  /** Takes a promise back early. A release that was overtaken by a later grant means nothing. */
  release(now: Millis, from: Process, { round, used, slots }: ReleaseMessage): void {
    for (const slot of slots) {
      const promised = this.#promises.get(slot);
      if (promised === undefined || !isSame(promised.to, from) || promised.round > round) continue;
      const { to, epoch } = used ? promised : promised.before;
      this.#promises.set(slot, { ...promised, to, epoch, until: now, standsOn: new Map() });
    }
  }

  /**
   * Whether a lease may stand on what was granted under another electorate than this. A renewal under this one does not end that, before its
   * holder says that a quorum of this one has granted it.
   */
  isBound(now: Millis, tag: string): boolean {
    for (const { standsOn } of this.#promises.values())
      for (const [other, until] of standsOn) if (other !== tag && now < until) return true;
    return false;
  }

  #refusal(
    now: Millis,
    from: Process,
    slot: string,
    epoch: number,
  ): Pick<Refusal, 'epoch' | 'wait'> | undefined {
    const promised = this.#promises.get(slot);
    const known = promised?.epoch ?? 0;
    const isHolder = promised !== undefined && isSame(promised.to, from);
    const stands = promised !== undefined && now < promised.until;
    const isRenewal = isHolder && stands && epoch === known;
    if (now < this.#listensUntil && !isRenewal)
      return { epoch: known, wait: this.#listensUntil - now };
    if (promised === undefined) {
      if (this.#hasRoom(now)) return undefined;
      return { epoch: known, wait: PROMISE };
    }
    if (!isHolder && stands) return { epoch: known, wait: promised.until - now };
    // An epoch is used by one holder, once: what comes late must not count it back.
    const isNext = epoch > known || (epoch === known && isHolder);
    return isNext ? undefined : { epoch: known, wait: 0 };
  }

  #hasRoom(now: Millis): boolean {
    if (this.#promises.size < MAX_PROMISES) return true;
    for (const [slot, { until }] of this.#promises) if (until <= now) this.#promises.delete(slot);
    return this.#promises.size < MAX_PROMISES;
  }
}

function isSame(a: Process, b: Process): boolean {
  return a.id === b.id && a.life === b.life;
}
