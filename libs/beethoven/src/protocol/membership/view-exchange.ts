import type { Millis } from '../terms.js';
import type { Effects } from './effects.js';
import type { Member } from './member.js';
import { REPAIR_INTERVAL } from './membership-config.js';
import { isLive } from './member-state.js';
import { MAX_RUMORS } from './messages.js';
import type { Roster } from './roster.js';

/** Finds out where the views of two members differ, and tells all of ours where that is the only cure. */
export class ViewExchange {
  #mismatches = 0;
  #repairedAt: Millis = 0;

  constructor(
    private readonly roster: Roster,
    private readonly effects: Effects,
  ) {}

  /** A ping shows what its sender believes. One that differs may be a rumour on its way; two in a row are a gap to fill. */
  compare(now: Millis, member: Member, digest: number): void {
    const { card, status } = member.state;
    if (!isLive(status)) {
      this.effects.send([card.id], { kind: 'rumors', rumors: [{ card, status }] });
    }
    this.#mismatches = digest === this.roster.digest ? 0 : this.#mismatches + 1;
    if (this.#mismatches < 2 || now - this.#repairedAt < REPAIR_INTERVAL) return;
    this.#mismatches = 0;
    this.#repairedAt = now;
    this.repair(now, member, true);
  }

  repair(now: Millis, member: Member, answer: boolean): void {
    if (now - member.repairedAt < REPAIR_INTERVAL) return;
    member.repairedAt = now;
    this.send(now, member, answer);
  }

  send(now: Millis, member: Member, answer: boolean): void {
    const to = [member.state.card.id];
    const rumors = this.roster.view(now);
    for (let i = 0; i < rumors.length; i += MAX_RUMORS) {
      const isLast = i + MAX_RUMORS >= rumors.length;
      const part = rumors.slice(i, i + MAX_RUMORS);
      this.effects.send(to, { kind: 'view', rumors: part, answer: answer && isLast });
    }
  }
}
