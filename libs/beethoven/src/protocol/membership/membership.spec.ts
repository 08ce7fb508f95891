import { describe, expect, it } from 'vitest';
import { DEFAULTS, cardOf } from './membership.fixture.js';
import { GOSSIP_INTERVAL } from './membership-config.js';
import { NOW, Subject, id, kinds, news, rumor, told } from './membership-subject.fixture.js';

describe('a link that ends', () => {
  it('is dialled again at once, and nobody is told anything yet', () => {
    const subject = new Subject(['a', 'b']);
    expect(subject.lose('a')).toEqual([{ kind: 'connect', id: id('a') }]);
    expect(subject.statusOf('a')).toBe('alive');
  });

  it.each(['refused', 'not-me'] as const)('means death where the dial ends in "%s"', (failure) => {
    const subject = new Subject(['a', 'b', 'c']);
    subject.lose('a');
    const effects = subject.fail('a', failure);
    // Whoever has a link to it sees the same: for the others the next round of gossip is soon enough.
    expect(told(effects)).toEqual([]);
    expect(told(subject.pass(GOSSIP_INTERVAL)).join()).toMatch(/^down a to (bc|cb)$/);
    expect(news(effects)).toEqual(['down a']);
    expect(kinds(effects)).toEqual(['timer', 'notify']);
  });

  it.each(['timeout', 'unreachable'] as const)(
    'means suspicion where the dial ends in "%s"',
    (failure) => {
      const subject = new Subject(['a', 'b', 'c']);
      subject.lose('a');
      const effects = subject.core.connectFailed(NOW, id('a'), failure);
      expect(told(effects)).toEqual(['suspect a to bc']);
      expect(news(effects)).toEqual(['suspected a']);
    },
  );

  it('means nothing once there is another one', () => {
    const subject = new Subject(['a', 'b']);
    subject.lose('a');
    expect(news(subject.link('a'))).toEqual([]);
    expect(subject.core.connectFailed(NOW, id('a'), 'refused')).toEqual([]);
    expect(subject.statusOf('a')).toBe('alive');
  });

  it('means a departure where the peer said goodbye', () => {
    const subject = new Subject(['a', 'b']);
    const effects = subject.lose('a', 'goodbye');
    expect(news(effects)).toEqual(['left a']);
    expect(told(effects)).toEqual([]);
    expect(told(subject.pass(GOSSIP_INTERVAL))).toContain('left a to b');
  });

  it.each(['goodbye', 'lost'] as const)(
    '(%s) of a life that is over says nothing of the next one, which was heard of before',
    (cause) => {
      const subject = new Subject(['a', 'b']);
      subject.gossip('b', { card: cardOf('a', NOW), status: 'alive' });
      const effects = subject.lose('a', cause);
      expect(news(effects)).toEqual([]);
      expect(effects).toContainEqual({ kind: 'connect', id: id('a') });
      expect(subject.statusOf('a')).toBe('alive');
    },
  );

  it('proves nothing about a member to whom there never was one', () => {
    const subject = new Subject(['a']);
    subject.gossip('a', rumor('b', 'alive'));
    for (const failure of ['refused', 'not-me', 'timeout'] as const) {
      expect(news(subject.core.connectFailed(NOW, id('b'), failure))).toEqual([]);
    }
    expect(subject.statusOf('b')).toBe('alive');
  });

  it('is tried again each second while the member lives, once for all who ask', () => {
    const subject = new Subject(['a']);
    subject.gossip('a', rumor('b', 'alive'));
    subject.pass(1_000);
    for (let i = 0; i < 5; i++) subject.fail('b', 'timeout');
    expect(subject.pass(999)).toEqual([]);
    expect(subject.pass(1)).toEqual([{ kind: 'connect', id: id('b') }]);
    subject.fail('b', 'timeout');
    subject.link('b');
    expect(kinds(subject.pass(5_000))).not.toContain('connect');
  });

  it('is of no interest where the member is unknown, or gone already', () => {
    const subject = new Subject(['a']);
    expect(subject.lose('z')).toEqual([]);
    expect(subject.core.connectFailed(NOW, id('z'), 'refused')).toEqual([]);
    subject.gossip('a', rumor('a', 'left'));
    expect(subject.lose('a')).toEqual([]);
  });
});

describe('a node that was stopped itself', () => {
  it('does not suspect members that it cannot reach just after it wakes, but knows the dead by their machine', () => {
    const subject = new Subject(['a', 'b', 'c', 'd']);
    subject.core.handleVerdict(NOW, { kind: 'overslept' });
    subject.lose('a');
    subject.lose('b');
    expect(news(subject.core.connectFailed(subject.now, id('a'), 'timeout'))).toEqual([]);
    expect(news(subject.core.connectFailed(subject.now, id('b'), 'refused'))).toEqual(['down b']);
    const later = subject.now + DEFAULTS.probeInterval;
    expect(news(subject.core.connectFailed(later, id('a'), 'timeout'))).toEqual(['suspected a']);
  });
});

describe('a node that leaves', () => {
  it('tells everyone with a link, and ignores whatever comes afterwards', () => {
    const subject = new Subject(['a', 'b']);
    const { version } = subject.core;
    expect(told(subject.core.leave())).toEqual(['left me to ab']);
    expect(subject.core.version).toBeGreaterThan(version);
    expect(subject.core.hasLeft).toBe(true);
    expect(subject.core.leave()).toEqual([]);
    expect(subject.lose('a')).toEqual([]);
    expect(subject.gossip('b', rumor('me', 'left'), rumor('z', 'alive'))).toEqual([]);
    expect(subject.core.connectFailed(NOW, id('a'), 'refused')).toEqual([]);
    expect(subject.link('c')).toEqual([]);
  });
});

describe('what makes no sense', () => {
  it('is a message from somebody to whom there is no link, or a link with oneself', () => {
    const subject = new Subject(['a']);
    expect(subject.gossip('stranger', rumor('b', 'alive'))).toEqual([]);
    expect(subject.link('me')).toEqual([]);
    expect(subject.core.size).toBe(2);
  });

  it('is a timer of a state that is over', () => {
    const subject = new Subject(['a']);
    const stale = ['gossip', 'dial', 'release'] as const;
    for (const kind of stale) {
      expect(subject.core.handleTimer(NOW, { kind, due: NOW })).toEqual([]);
    }
  });
});
