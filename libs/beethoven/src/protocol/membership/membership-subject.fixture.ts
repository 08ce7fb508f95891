import { SeededRandom } from '../../testing/seeded-random.js';
import type { Millis, NodeId } from '../terms.js';
import type { Effect, MembershipTimer } from './effects.js';
import { statusOf, type Rumor } from './member-state.js';
import { DEFAULTS, cardOf, nameOf } from './membership.fixture.js';
import { type ConnectFailure, Membership } from './membership.js';
import type { Message } from './messages.js';

export const BORN = 1_767_225_600_000;
export const NOW = BORN + 60_000;

const FOR_THE_DETECTOR: readonly Effect['kind'][] = ['watch', 'unwatch', 'accuse'];

/** One membership, driven by hand, without a detector. Everybody is as old as it is, but for those whose names say otherwise. */
export class Subject {
  readonly core: Membership;
  now: Millis = NOW;
  /** `a by b` for each accusation that the detector is told. */
  readonly accused: string[] = [];
  readonly #timers: MembershipTimer[] = [];

  constructor(peers: readonly string[] = []) {
    this.core = new Membership(DEFAULTS, new SeededRandom(1), cardOf('me', BORN));
    this.core.start();
    for (const peer of peers) this.link(peer);
  }

  link(name: string): readonly Effect[] {
    return this.#keep(this.core.linkUp(this.now, cardOf(name, BORN)));
  }

  lose(name: string, cause: 'lost' | 'goodbye' = 'lost'): readonly Effect[] {
    return this.#keep(this.core.linkDown(this.now, id(name), cause));
  }

  fail(name: string, failure: ConnectFailure): readonly Effect[] {
    return this.#keep(this.core.connectFailed(this.now, id(name), failure));
  }

  hear(from: string, message: Message): readonly Effect[] {
    return this.#keep(this.core.handleMessage(this.now, id(from), message));
  }

  /** Lets time pass, in which nobody says a word. */
  pass(span: Millis): readonly Effect[] {
    const end = this.now + span;
    const all: Effect[] = [];
    for (;;) {
      this.#timers.sort((a, b) => a.due - b.due);
      const [timer] = this.#timers;
      if (timer === undefined || timer.due > end) break;
      this.#timers.shift();
      this.now = Math.max(this.now, timer.due);
      all.push(...this.#keep(this.core.handleTimer(this.now, timer)));
    }
    this.now = end;
    return all;
  }

  #keep(effects: readonly Effect[]): readonly Effect[] {
    for (const effect of effects) if (effect.kind === 'timer') this.#timers.push(effect.timer);
    for (const effect of effects) {
      if (effect.kind === 'accuse')
        this.accused.push(
          `${nameOf(effect.accusation.id)} by ${nameOf(effect.accusation.accuser)}`,
        );
    }
    return effects.filter(({ kind }) => !FOR_THE_DETECTOR.includes(kind));
  }

  gossip(from: string, ...rumors: Rumor[]): readonly Effect[] {
    return this.hear(from, { kind: 'rumors', rumors });
  }

  /** What the application is shown. */
  shown(name: string): string | undefined {
    const member = this.core.member(id(name));
    return member && statusOf(member);
  }

  /** Its view as it would tell it, and nobody's but its own. */
  statusOf(name: string): string | undefined {
    return this.core.member(id(name))?.status;
  }
}

export function id(name: string): NodeId {
  return cardOf(name).id;
}

export function rumor(name: string, status: Rumor['status'], raised = 0, accuser?: string): Rumor {
  const card = { ...cardOf(name, BORN), incarnation: BORN + raised };
  return { card, status, ...(accuser && { accuser: id(accuser) }) };
}

export const news = (effects: readonly Effect[]): string[] =>
  effects.flatMap((effect) =>
    effect.kind === 'notify'
      ? [`${effect.change.type} ${nameOf(effect.change.member.card.id)}`]
      : [],
  );

export const sent = (effects: readonly Effect[], kind: Message['kind']) =>
  effects.flatMap((effect) =>
    effect.kind === 'send' && effect.message.kind === kind
      ? [{ to: effect.to.map(nameOf).join(''), message: effect.message }]
      : [],
  );

/** `down a to bc` for each rumour in a message of its own. */
export const told = (effects: readonly Effect[]): string[] =>
  sent(effects, 'rumors').flatMap(({ to, message }) =>
    message.kind === 'rumors'
      ? message.rumors.map(({ card, status }) => `${status} ${nameOf(card.id)} to ${to}`)
      : [],
  );

export const kinds = (effects: readonly Effect[]): string[] => effects.map(({ kind }) => kind);

export const timersOf = (effects: readonly Effect[], kind: string) =>
  effects.flatMap((effect) =>
    effect.kind === 'timer' && effect.timer.kind === kind ? [effect] : [],
  );
