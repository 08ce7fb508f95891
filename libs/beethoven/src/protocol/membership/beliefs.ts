import type { Millis, PeerCard } from '../terms.js';
import type { Effects, MembershipTimer } from './effects.js';
import { FlapDamping } from './flap-damping.js';
import { NO_DOUBTS, type Member } from './member.js';
import { MemberDeadlines } from './member-deadlines.js';
import { isLive, isSameLife, statusOf, type MemberState, type Standing } from './member-state.js';
import type { Roster } from './roster.js';

/** Changes what is believed of a member, with all that hangs on it: who watches it, its link, the news for the application. */
export class Beliefs {
  readonly #damping = new FlapDamping();
  readonly #releases: MemberDeadlines;

  constructor(
    private readonly roster: Roster,
    private readonly effects: Effects,
  ) {
    this.#releases = new MemberDeadlines('release', effects);
  }

  /**
   * @param told its phase, as it was told: of those heard of one life the highest is true
   * @returns the member, unless there is no room for one more
   */
  believe(
    now: Millis,
    card: PeerCard,
    status: Standing,
    since: Millis,
    told = 0,
  ): Member | undefined {
    const before = this.roster.get(card.id)?.state;
    const isSame = before !== undefined && isSameLife(before.card, card);
    const phase = isSame ? Math.max(before.phase, told) : told;
    const hold = isSame && before.status === 'down' ? this.#holdDown(now, card, status) : 0;
    const isHeld = isLive(status) && (hold > 0 || (isSame && before.heldDown === true));
    const shown = statusOf({ status, phase, heldDown: isHeld });
    const lastChange = isSame && statusOf(before) === shown ? before.lastChange : since;
    // Two literals and no spread, which would make each three times as large.
    const state: MemberState = isHeld
      ? { card, status, phase, heldDown: true, lastChange }
      : { card, status, phase, lastChange };
    const member = this.roster.put(state);
    if (member === undefined) return undefined;
    if (!isSame) member.doubts = NO_DOUBTS;
    else if (status !== 'suspect' || before.card.incarnation !== card.incarnation) acquit(member);
    if (hold > 0) this.#releases.set(now, member, now + hold);
    if (status === 'down' && isSame && isLive(before.status)) this.#damping.fell(now, card.id);
    this.#watch(now, before, state);
    // A member that hangs keeps its links; its machine tells it of their end when it wakes.
    if (status === 'down' && before && isLive(before.status) && member.linked) {
      this.effects.disconnect(card.id);
    }
    this.#announce(now, before, state);
    return member;
  }

  /** Hold-downs that are over: who lives is trusted again. */
  release(now: Millis, timer: MembershipTimer): void {
    for (const member of this.#releases.take(now, timer)) this.#release(now, member);
  }

  #release(now: Millis, { state: before }: Member): void {
    if (before.heldDown === undefined) return;
    const { card, status, phase } = before;
    const after = { card, status, phase, lastChange: now };
    this.roster.put(after);
    this.#announce(now, before, after);
  }

  #holdDown(now: Millis, { id }: PeerCard, status: Standing): Millis {
    return isLive(status) ? this.#damping.cameBack(now, id, this.roster.size + 1) : 0;
  }

  #watch(now: Millis, before: MemberState | undefined, after: MemberState): void {
    const { card, status } = after;
    const wasLive = before !== undefined && isLive(before.status);
    if (!isLive(status)) {
      if (wasLive) this.effects.unwatch(card.id);
      this.roster.forgetOld(now);
    } else if (!wasLive || before.card.incarnation !== card.incarnation) {
      this.effects.watch(after);
    }
  }

  #announce(now: Millis, before: MemberState | undefined, after: MemberState): void {
    const { effects } = this;
    const { status } = after;
    if (before === undefined || !isLive(before.status)) {
      if (isLive(status)) effects.notify('joined', after, now);
    } else if (!isSameLife(before.card, after.card)) {
      effects.notify('down', { ...before, status: 'down', lastChange: now }, now);
      if (isLive(status)) effects.notify('joined', after, now);
    } else if (!isLive(status)) {
      effects.notify(status === 'left' ? 'left' : 'down', after, now);
    } else {
      const shown = statusOf(after);
      if (shown !== statusOf(before)) effects.notify(NEWS[shown], after, now);
      if (!hasSameLabels(before.card, after.card)) effects.notify('updated', after, now);
    }
  }
}

/** Nobody accuses it any more. */
function acquit(member: Member): void {
  const { doubts } = member;
  if (doubts.accusers.length === 0 && doubts.verdict === undefined) return;
  const { lostLink, unreached } = doubts;
  member.doubts = lostLink ? { ...NO_DOUBTS, lostLink, unreached } : NO_DOUBTS;
}

/** What it means that a live member, which was another thing before, is this now. */
const NEWS = {
  alive: 'recovered',
  suspect: 'suspected',
  stalled: 'stalled',
  down: 'down',
  left: 'left',
} as const;

function hasSameLabels({ labels }: PeerCard, { labels: others }: PeerCard): boolean {
  const keys = Object.keys(labels);
  return (
    keys.length === Object.keys(others).length && keys.every((key) => labels[key] === others[key])
  );
}
