import type { Millis } from '../terms.js';
import type { Effects } from './effects.js';
import type { Member } from './member.js';
import { REPAIR_INTERVAL } from './membership-config.js';
import { MAX_RUMORS } from './messages.js';
import type { Roster } from './roster.js';

/** Tells a member all of ours where its view differs and that is the only cure. */
export class ViewExchange {
  #repairedAt: Millis = 0;

  constructor(
    private readonly roster: Roster,
    private readonly effects: Effects,
  ) {}

  /** Beats have shown that the member's view is not ours. */
  differs(now: Millis, member: Member): void {
    if (now - this.#repairedAt < REPAIR_INTERVAL) return;
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
