import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BORN, NOW, Subject, id, news, rumor, told } from './membership-subject.fixture.js';
import type { Rumor } from './member-state.js';

const stalled = (phase: number, name = 'a', raised = 0): Rumor => ({
  ...rumor(name, 'alive', raised),
  phase,
});

const verdict = (phase: number) =>
  ({ kind: 'phase', id: id('a'), startedAt: BORN, phase }) as const;

describe('a member that is stalled', () => {
  it('is live, and shown as what it is, until it says that it is awake', () => {
    const subject = new Subject(['a', 'b']);
    expect(news(subject.core.handleVerdict(NOW, verdict(1)))).toEqual(['stalled a']);
    expect(subject.core.size).toBe(3);
    expect(news(subject.gossip('b', stalled(1)))).toEqual([]);
    expect(news(subject.gossip('b', stalled(2)))).toEqual(['recovered a']);
    expect(news(subject.gossip('b', stalled(1)))).toEqual([]);
  });

  it('is told on by whoever has heard a beat of it', () => {
    const subject = new Subject(['a', 'b']);
    subject.core.handleVerdict(NOW, verdict(1));
    const phases = subject.core.digest;
    const other = new Subject(['a', 'b']);
    expect(other.core.digest).not.toBe(phases);
    other.gossip('b', stalled(1));
    expect(other.core.digest).toBe(phases);
    expect(told(other.pass(200)).some((line) => line.startsWith('alive a to'))).toBe(true);
  });

  it('may be suspected as well, and is stalled again when it has contradicted', () => {
    const subject = new Subject(['a', 'b']);
    const seen = [
      ...news(subject.gossip('b', stalled(1))),
      ...news(subject.gossip('b', rumor('a', 'suspect', 0, 'b'))),
      ...news(subject.gossip('b', rumor('a', 'alive', 1))),
      ...news(subject.gossip('b', stalled(2, 'a', 1))),
    ];
    expect(seen).toEqual(['stalled a', 'suspected a', 'stalled a', 'recovered a']);
  });

  it('has not stalled in another life', () => {
    const subject = new Subject(['a', 'b']);
    subject.gossip('b', stalled(1));
    const reborn = { ...rumor('a', 'alive').card, startedAt: BORN + 5, incarnation: BORN + 5 };
    expect(news(subject.gossip('b', { card: reborn, status: 'alive' }))).toEqual([
      'down a',
      'joined a',
    ]);
    expect(news(subject.gossip('b', { card: reborn, status: 'alive', phase: 1 }))).toEqual([
      'stalled a',
    ]);
  });

  it('is the same to all, in whatever order and however often they hear of it', () => {
    const rumors = fc.array(
      fc.record({
        raised: fc.nat(2),
        status: fc.constantFrom('alive' as const, 'suspect' as const),
        phase: fc.nat(4),
      }),
      { minLength: 1, maxLength: 6 },
    );
    const shuffledTwice = rumors.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray([...list, ...list], { minLength: 2 * list.length }),
      ),
    );
    fc.assert(
      fc.property(shuffledTwice, (orders) => {
        const [one, other] = orders.map((list) => {
          const subject = new Subject(['a', 'b', 'c']);
          for (const { raised, status, phase } of list) {
            subject.gossip('b', { ...rumor('a', status, raised, 'c'), phase });
          }
          const { lastChange: _, card, ...state } = subject.core.member(id('a'))!;
          return { ...state, incarnation: card.incarnation, digest: subject.core.digest };
        });
        expect(one).toEqual(other);
      }),
    );
  });
});

describe('a node that hears that it is stalled', () => {
  it('is not, and says so', () => {
    const subject = new Subject(['a', 'b']);
    const effects = subject.gossip('a', { ...stalled(3, 'me') });
    expect(effects[0]).toEqual({ kind: 'raise', incarnation: BORN, phase: 4 });
    expect(told(effects)).toEqual(['alive me to ab']);
    expect(subject.gossip('a', stalled(3, 'me'))).toEqual([]);
    expect(subject.gossip('a', stalled(4, 'me'))).toEqual([]);
  });

  it('cannot be driven beyond what a beat carries', () => {
    const subject = new Subject(['a']);
    expect(subject.gossip('a', stalled(0xffff_ffff, 'me'))).toEqual([]);
  });

  it('listens when it wakes, before it suspects whom it cannot reach', () => {
    const subject = new Subject(['a', 'b']);
    expect(told(subject.core.awake(NOW, 2))).toEqual(['alive me to ab']);
    subject.lose('a');
    expect(news(subject.core.connectFailed(NOW, id('a'), 'timeout'))).toEqual([]);
  });
});
