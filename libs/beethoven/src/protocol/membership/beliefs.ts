import type { Millis, PeerCard } from '../terms.js';
import type { Effects } from './effects.js';
import { FlapDamping } from './flap-damping.js';
import type { Member } from './member.js';
import { isLive, isSameLife, statusOf, type MemberState, type Standing } from './member-state.js';
import type { Roster } from './roster.js';

/** Changes what is believed of a member, with all that hangs on it: who watches it, its link, the news for the application. */
export class Beliefs {
  readonly #damping = new FlapDamping();

  constructor(
    private readonly roster: Roster,
    private readonly effects: Effects,
  ) {}

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
    const belief = { card, status, phase, ...(isHeld && ({ heldDown: true } as const)) };
    const goesOn = isSame && statusOf(before) === statusOf(belief);
    const lastChange = goesOn ? before.lastChange : since;
    const state = Object.freeze({ ...belief, lastChange });
    const member = this.roster.put(state);
    if (member === undefined) return undefined;
    if (status !== 'suspect' || !isSame || before.card.incarnation !== card.incarnation) {
      member.accusers = [];
      member.verdict = undefined;
    }
    if (before !== undefined && !isSame) member.lostLink = false;
    if (hold > 0) this.#releaseAfter(now, member, hold);
    if (status === 'down' && isSame && isLive(before.status)) this.#damping.fell(now, card.id);
    this.#watch(now, before, state);
    // A member that hangs keeps its links; its machine tells it of their end when it wakes.
    if (status === 'down' && before && isLive(before.status) && member.linked) {
      this.effects.disconnect(card.id);
    }
    this.#announce(now, before, state);
    return member;
  }

  /** The hold-down of a member is over: if it lives, it is trusted again. */
  release(now: Millis, member: Member): void {
    const before = member.state;
    member.release = undefined;
    if (before.heldDown === undefined) return;
    const { card, status, phase } = before;
    const after = Object.freeze({ card, status, phase, lastChange: now });
    this.roster.put(after);
    this.#announce(now, before, after);
  }

  #holdDown(now: Millis, { id }: PeerCard, status: Standing): Millis {
    return isLive(status) ? this.#damping.cameBack(now, id, this.roster.size + 1) : 0;
  }

  #releaseAfter(now: Millis, member: Member, hold: Millis): void {
    member.release = { kind: 'release', due: now + hold, member: member.state.card.id };
    this.effects.timer(now, member.release);
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
