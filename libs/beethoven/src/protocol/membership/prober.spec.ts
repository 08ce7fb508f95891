import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/seeded-random.js';
import { Effects, type Effect } from './effects.js';
import { Herald } from './herald.js';
import type { Member } from './member.js';
import { PINGS_IN_FLIGHT } from './membership-config.js';
import { DEFAULTS, cardOf, nameOf } from './membership.fixture.js';
import { Prober } from './prober.js';
import { Roster } from './roster.js';

const NOW = 1_000_000;

function setUp(...names: string[]) {
  const effects = new Effects();
  const roster = new Roster(new SeededRandom(1), cardOf('me'), {
    live: 99,
    departed: 9,
    memory: 9,
  });
  const members = new Map<string, Member>();
  for (const name of names) {
    const member = roster.put({ card: cardOf(name), status: 'alive', lastChange: NOW });
    roster.link(member!);
    members.set(name, member!);
  }
  const herald = new Herald(roster, effects);
  const prober = new Prober(DEFAULTS, roster, herald, effects);
  const does = (act: () => unknown): string[] => {
    act();
    return effects.take().map(describeEffect);
  };
  return { roster, members, prober, does };
}

function describeEffect(effect: Effect): string {
  if (effect.kind === 'disconnect' || effect.kind === 'notify' || effect.kind === 'raise') {
    return effect.kind;
  }
  if (effect.kind === 'cancel') return `cancel ${effect.timer.kind} ${effect.timer.sequence}`;
  switch (effect.kind) {
    case 'send': {
      const { kind } = effect.message;
      const sequence = 'sequence' in effect.message ? ` ${effect.message.sequence}` : '';
      return `${kind}${sequence} to ${effect.to.map(nameOf).toSorted().join('')}`;
    }
    case 'timer':
      return `${effect.timer.kind} ${effect.timer.sequence} in ${effect.after}`;
    case 'connect':
      break;
  }
  return `connect ${nameOf(effect.id)}`;
}

describe('a probe', () => {
  it('asks the member, then others on its behalf, then accuses it', () => {
    const { prober, members, does } = setUp('a', 'b', 'c', 'd');
    members.get('a')!.noticedAt = 0;
    for (const name of 'bcd') members.get(name)!.noticedAt = NOW;
    expect(does(() => prober.probe(NOW))).toEqual(['ping 1 to a', 'unanswered 1 in 200']);
    expect(does(() => expect(prober.unanswered(NOW + 200, 1)).toBeUndefined())).toEqual([
      'ping-for-me 1 to bcd',
      'unanswered 1 in 200',
    ]);
    expect(prober.unanswered(NOW + 400, 1)).toBe(members.get('a'));
  });

  it('gives the others their time even where they are asked late', () => {
    const { prober, does } = setUp('a', 'b');
    prober.probe(NOW);
    does(() => prober.unanswered(NOW + 450, 1));
    expect(prober.unanswered(NOW + 650, 1)).toBeDefined();
  });

  it.each([
    ['the member answers', 'a'],
    ['somebody who was asked passes its answer on', 'b'],
  ])('accuses nobody where %s', (_case, from) => {
    const { prober, members, does } = setUp('a', 'b');
    members.get('b')!.noticedAt = NOW;
    prober.probe(NOW);
    prober.unanswered(NOW + 200, 1);
    does(() => {});
    expect(does(() => prober.acknowledged(cardOf(from).id, 1))).toEqual(['cancel unanswered 1']);
    expect(prober.unanswered(NOW + 400, 1)).toBeUndefined();
  });

  it('is not answered by somebody who was not asked', () => {
    const { prober, members } = setUp('a', 'b');
    members.get('b')!.noticedAt = NOW;
    prober.probe(NOW);
    prober.acknowledged(cardOf('b').id, 1);
    prober.acknowledged(cardOf('a').id, 77);
    prober.unanswered(NOW + 200, 1);
    expect(prober.unanswered(NOW + 400, 1)).toBe(members.get('a'));
  });

  it('accuses nobody who raised its incarnation meanwhile, or departed', () => {
    for (const change of [
      { status: 'alive', raised: 1 } as const,
      { status: 'down', raised: 0 } as const,
    ]) {
      const { prober, roster } = setUp('a');
      prober.probe(NOW);
      prober.unanswered(NOW + 200, 1);
      const card = { ...cardOf('a'), incarnation: cardOf('a').incarnation + change.raised };
      roster.put({ card, status: change.status, lastChange: NOW });
      expect(prober.unanswered(NOW + 400, 1)).toBeUndefined();
    }
  });

  it('of a member without a link goes through others, while a link is tried', () => {
    const { prober, members, roster, does } = setUp('a', 'b', 'c');
    roster.unlink(members.get('a')!);
    for (const name of 'bc') members.get(name)!.noticedAt = NOW;
    expect(does(() => prober.probe(NOW))).toEqual([
      'connect a',
      'ping-for-me 1 to bc',
      'unanswered 1 in 200',
    ]);
    expect(prober.unanswered(NOW + 200, 1)).toBe(members.get('a'));
  });

  it('goes to whoever has been silent the longest', () => {
    const { prober, members, does } = setUp('a', 'b', 'c', 'd');
    for (const [i, name] of ['c', 'a', 'd', 'b'].entries())
      members.get(name)!.noticedAt = NOW - 1_000 + i;
    const order = Array.from({ length: 4 }, (_, i) => does(() => prober.probe(NOW + i))[0]);
    expect(order).toEqual(['ping 1 to c', 'ping 2 to a', 'ping 3 to d', 'ping 4 to b']);
  });

  it('is nothing to do while alone', () => {
    const { prober, does } = setUp();
    expect(does(() => prober.probe(NOW))).toEqual([]);
  });
});

describe('a ping for another member', () => {
  it('is sent, and its answer passed on under the number of the one who asked', () => {
    const { prober, does } = setUp('a', 'b');
    expect(does(() => prober.pingFor(NOW, cardOf('b').id, 42, cardOf('a').id))).toEqual([
      'ping 1 to a',
    ]);
    expect(does(() => prober.acknowledged(cardOf('b').id, 1))).toEqual([]);
    expect(does(() => prober.acknowledged(cardOf('a').id, 1))).toEqual(['ack 42 to b']);
    expect(does(() => prober.acknowledged(cardOf('a').id, 1))).toEqual([]);
  });

  it('is not sent where there is no link, or no such member', () => {
    const { prober, roster, members, does } = setUp('a', 'b');
    roster.unlink(members.get('a')!);
    expect(does(() => prober.pingFor(NOW, cardOf('b').id, 1, cardOf('a').id))).toEqual([]);
    expect(does(() => prober.pingFor(NOW, cardOf('b').id, 1, 'x@10.0.0.9:1'))).toEqual([]);
  });

  it('accuses nobody, and is forgotten after a while', () => {
    const { prober, does } = setUp('a', 'b');
    does(() => prober.pingFor(NOW, cardOf('b').id, 42, cardOf('a').id));
    does(() => prober.probe(NOW + 1_000));
    expect(does(() => prober.acknowledged(cardOf('a').id, 1))).toEqual([]);
  });
});

describe('pings in flight', () => {
  it('are limited: the oldest are given up', () => {
    const { prober, does } = setUp('a', 'b');
    for (let i = 0; i <= PINGS_IN_FLIGHT; i++) {
      does(() => prober.pingFor(NOW, cardOf('b').id, i, cardOf('a').id));
    }
    expect(does(() => prober.acknowledged(cardOf('a').id, 1))).toEqual([]);
    expect(does(() => prober.acknowledged(cardOf('a').id, 2))).toEqual(['ack 1 to b']);
  });

  it('are all forgiven when this node was not listening', () => {
    const { prober, does } = setUp('a', 'b');
    does(() => prober.probe(NOW));
    prober.forgive();
    expect(does(() => expect(prober.unanswered(NOW + 200, 1)).toBeUndefined())).toEqual([]);
  });
});
