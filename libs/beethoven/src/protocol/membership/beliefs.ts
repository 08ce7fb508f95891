import type { Millis, PeerCard } from '../terms.js';
import type { Effects } from './effects.js';
import type { Member } from './member.js';
import { isLive, isSameLife, type MemberState, type MemberStatus } from './member-state.js';
import type { Roster } from './roster.js';
import type { Suspicions } from './suspicions.js';

/** Changes what is believed of a member, with all that hangs on it: its suspicion, its link, the news for the application. */
export class Beliefs {
  constructor(
    private readonly roster: Roster,
    private readonly suspicions: Suspicions,
    private readonly effects: Effects,
  ) {}

  /** @returns the member, unless there is no room for one more */
  believe(now: Millis, card: PeerCard, status: MemberStatus, since: Millis): Member | undefined {
    const known = this.roster.get(card.id);
    const before = known?.state;
    const goesOn = before?.status === status && isSameLife(before.card, card);
    const state = Object.freeze({ card, status, lastChange: goesOn ? before.lastChange : since });
    const member = this.roster.put(state);
    if (member === undefined) return undefined;
    if (status !== 'suspect') this.suspicions.end(member);
    if (before !== undefined && !isSameLife(before.card, card)) member.lostLink = false;
    // A member that hangs keeps its links; its machine tells it of their end when it wakes.
    if (status === 'down' && before && isLive(before.status) && member.linked) {
      this.effects.disconnect(card.id);
    }
    this.#announce(now, before, state);
    return member;
  }

  #announce(now: Millis, before: MemberState | undefined, after: MemberState): void {
    const { effects } = this;
    const { status } = after;
    if (before === undefined || !isLive(before.status)) {
      if (isLive(status)) effects.notify('joined', after, now);
    } else if (!isSameLife(before.card, after.card)) {
      effects.notify('down', { card: before.card, status: 'down', lastChange: now }, now);
      if (isLive(status)) effects.notify('joined', after, now);
    } else if (!isLive(status)) {
      effects.notify(status, after, now);
    } else {
      if (status !== before.status) {
        effects.notify(status === 'suspect' ? 'suspected' : 'recovered', after, now);
      }
      if (!hasSameLabels(before.card, after.card)) effects.notify('updated', after, now);
    }
  }
}

function hasSameLabels({ labels }: PeerCard, { labels: others }: PeerCard): boolean {
  const keys = Object.keys(labels);
  return (
    keys.length === Object.keys(others).length && keys.every((key) => labels[key] === others[key])
  );
}
