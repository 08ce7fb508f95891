import type { Millis, NodeId } from '../terms.js';
import { ALL_PARTS } from './digest.js';
import type { Effects } from './effects.js';
import type { Member } from './member.js';
import {
  REPAIRS_ANSWERED,
  REPAIR_INTERVAL,
  SMALL_CLUSTER,
  SMALL_REPAIR_INTERVAL,
} from './membership-config.js';
import { isElder, isLive, supersedes, type Rumor } from './member-state.js';
import { MAX_RUMORS, type Message } from './messages.js';
import type { Roster } from './roster.js';

/**
 * Mends the difference between the views of two members: whoever sees that there is one sends the digests of the parts of its view;
 * the answer holds those parts that differ, and asks for the same of the other.
 */
export class ViewExchange {
  #askedAt: Millis = -Infinity;
  #countedFrom: Millis = -Infinity;
  #answered = 0;

  constructor(
    private readonly roster: Roster,
    private readonly effects: Effects,
  ) {}

  /**
   * There is a link to somebody new, or to a member as before. In a small cluster a newcomer is told everything unasked; otherwise the elder
   * says what stands for its view, and the younger asks if that is not its own.
   */
  greet(now: Millis, { state }: Member, isNew: boolean): void {
    const { card, status } = state;
    if (isNew && this.roster.size <= SMALL_CLUSTER) return this.#tell(now, card.id, ALL_PARTS);
    if (isElder(this.roster.self, card)) {
      this.effects.send([card.id], { kind: 'digest', digest: this.roster.digest });
    }
    if (isLive(status)) return;
    // It does not know that it is believed to be gone, and shall contradict.
    this.effects.send([card.id], { kind: 'rumors', rumors: [{ card, status }] });
  }

  /** The member's view is not ours. */
  ask(now: Millis, { state }: Member): void {
    const pause = this.roster.size <= SMALL_CLUSTER ? SMALL_REPAIR_INTERVAL : REPAIR_INTERVAL;
    if (now - this.#askedAt < pause) return;
    this.#askedAt = now;
    this.effects.send([state.card.id], { kind: 'digests', digests: this.roster.digests });
  }

  /** A member asks for what differs. Beyond the limit it gets no answer, and will ask somebody else. */
  answer(now: Millis, { state }: Member, digests: readonly number[]): void {
    if (now - this.#countedFrom >= REPAIR_INTERVAL) {
      this.#countedFrom = now;
      this.#answered = 0;
    }
    if (this.#answered >= REPAIRS_ANSWERED) return;
    this.#answered++;
    const parts = this.roster.digests.flatMap((own, part) => (own === digests[part] ? [] : part));
    if (parts.length > 0) this.#tell(now, state.card.id, parts, true);
  }

  /** A member has told parts of its view, and asks for the same: it is told what it lacks. */
  tell(
    now: Millis,
    { state }: Member,
    { rumors, wants }: Extract<Message, { kind: 'view' }>,
  ): void {
    if (wants.length === 0) return;
    const heard = new Map(rumors.map((rumor) => [rumor.card.id, rumor]));
    const lacking = this.roster
      .view(now, wants)
      .flat()
      .filter((own) => !knows(heard.get(own.card.id), own));
    this.#send(state.card.id, lacking, []);
  }

  /** Each part whole, so that whoever hears it knows all that is believed here of those who belong to it. */
  #tell(now: Millis, to: NodeId, parts: readonly number[], asks = false): void {
    const view = this.roster.view(now, parts);
    let [message, wants]: [Rumor[], number[]] = [[], []];
    for (const [index, part] of parts.entries()) {
      const rumors = view[index] ?? [];
      if (message.length + rumors.length > MAX_RUMORS && wants.length > 0) {
        this.#send(to, message, asks ? wants : []);
        [message, wants] = [[], []];
      }
      message.push(...rumors);
      wants.push(part);
    }
    this.#send(to, message, asks ? wants : []);
  }

  /** A part that is longer than a message is sent in several, and asked for with the last. */
  #send(to: NodeId, rumors: readonly Rumor[], wants: readonly number[]): void {
    if (rumors.length === 0 && wants.length === 0) return;
    for (let i = 0; i === 0 || i < rumors.length; i += MAX_RUMORS) {
      const isLast = i + MAX_RUMORS >= rumors.length;
      const some = rumors.slice(i, i + MAX_RUMORS);
      this.effects.send([to], { kind: 'view', rumors: some, wants: isLast ? wants : [] });
    }
  }
}

/** Whether somebody who says this needs to be told that. */
function knows(said: Rumor | undefined, own: Rumor): boolean {
  return said !== undefined && !supersedes(own, said) && (own.phase ?? 0) <= (said.phase ?? 0);
}
