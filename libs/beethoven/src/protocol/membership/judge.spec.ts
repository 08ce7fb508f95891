import { describe, expect, it } from 'vitest';
import type { Millis, PeerCard } from '../terms.js';
import { FIRST_HOLD } from './flap-damping.js';
import { FIRST_TO_KNOW } from './membership-config.js';
import type { Rumor } from './member-state.js';
import {
  BORN,
  NOW,
  Subject,
  id,
  kinds,
  news,
  rumor,
  sent,
  timersOf,
  told,
} from './membership-subject.fixture.js';
import { cardOf } from './membership.fixture.js';

describe('a node that hears about itself', () => {
  it.each(['suspect', 'down', 'left'] as const)('contradicts at once when it is %s', (status) => {
    const subject = new Subject(['a', 'b']);
    const effects = subject.gossip('a', rumor('me', status, 3));
    expect(effects[0]).toEqual({ kind: 'raise', incarnation: BORN + 4, phase: 0 });
    expect(told(effects)).toEqual(['alive me to ab']);
    expect(news(effects)).toEqual([]);
    expect(subject.core.self.incarnation).toBe(BORN + 4);
  });

  it('lets old rumours be', () => {
    const subject = new Subject(['a']);
    subject.gossip('a', rumor('me', 'suspect', 3));
    expect(subject.gossip('a', rumor('me', 'down', 3))).toEqual([]);
    expect(subject.gossip('a', rumor('me', 'alive', 4))).toEqual([]);
  });

  it('beats an incarnation that it never had, as one of a life before, when the clock went back', () => {
    const subject = new Subject(['a']);
    const effects = subject.gossip('a', rumor('me', 'alive', 500));
    expect(effects[0]).toEqual({ kind: 'raise', incarnation: BORN + 501, phase: 0 });
  });

  it('cannot be driven beyond the numbers there are', () => {
    const subject = new Subject(['a']);
    const effects = subject.gossip('a', rumor('me', 'down', Number.MAX_SAFE_INTEGER - BORN));
    expect(effects).toEqual([]);
  });
});

const zoned = (zone: string, raised: number): Rumor => ({
  card: { ...rumor('a', 'alive', raised).card, labels: { zone } },
  status: 'alive',
});

describe('a member', () => {
  it('that answers a suspicion is alive again', () => {
    const subject = new Subject(['a', 'b']);
    expect(news(subject.gossip('b', rumor('a', 'suspect', 0, 'b')))).toEqual(['suspected a']);
    expect(news(subject.gossip('a', rumor('a', 'alive', 0)))).toEqual([]);
    expect(news(subject.gossip('a', rumor('a', 'alive', 1)))).toEqual(['recovered a']);
  });

  it('that was declared down returns with a higher incarnation, and with no other', () => {
    const subject = new Subject(['a', 'b']);
    subject.lose('a');
    subject.core.connectFailed(NOW, id('a'), 'refused');
    for (const status of ['alive', 'suspect'] as const) {
      expect(news(subject.gossip('b', rumor('a', status, 0)))).toEqual([]);
      expect(subject.statusOf('a')).toBe('down');
    }
    expect(news(subject.gossip('b', rumor('a', 'alive', 1)))).toEqual(['joined a']);
  });

  it('that is declared down and comes back again and again is a suspect for a while each time', () => {
    const subject = new Subject(['a', 'b', 'c', 'd', 'e']);
    const fall = (raised: number): string[] => {
      subject.gossip('b', rumor('a', 'suspect', raised, 'b'), rumor('a', 'down', raised));
      return news(subject.gossip('b', rumor('a', 'alive', raised + 1)));
    };
    expect(fall(0)).toEqual(['joined a']);
    expect(subject.shown('a')).toBe('alive');
    expect(fall(1)).toEqual(['joined a']);
    expect(subject.shown('a')).toBe('suspect');
    expect(news(subject.pass(FIRST_HOLD - 1))).toEqual([]);
    expect(news(subject.pass(1))).toEqual(['recovered a']);
    expect(subject.shown('a')).toBe('alive');
    expect(fall(2)).toEqual(['joined a']);
    expect(news(subject.pass(2 * FIRST_HOLD - 1))).toEqual([]);
    expect(news(subject.pass(1))).toEqual(['recovered a']);
  });

  it('that falls while it is held down is held down anew, and a new process is not', () => {
    const subject = new Subject(['a', 'b', 'c', 'd', 'e']);
    for (const raised of [0, 1, 2]) {
      subject.gossip('b', rumor('a', 'suspect', raised, 'b'), rumor('a', 'down', raised));
      subject.gossip('b', rumor('a', 'alive', raised + 1));
    }
    expect(news(subject.pass(FIRST_HOLD))).toEqual([]);
    const reborn = cardOf('a', BORN + 5_000);
    expect(news(subject.gossip('b', { card: reborn, status: 'alive' }))).toEqual([
      'down a',
      'joined a',
    ]);
    expect(subject.shown('a')).toBe('alive');
    expect(news(subject.pass(60_000))).toEqual([]);
  });

  it('that is held down believes the same of the cluster as those who trust it', () => {
    const [held, trusting] = [
      new Subject(['a', 'b', 'c', 'd', 'e']),
      new Subject(['a', 'b', 'c', 'd', 'e']),
    ];
    for (const raised of [0, 1]) {
      held.gossip('b', rumor('a', 'suspect', raised, 'b'), rumor('a', 'down', raised));
      held.gossip('b', rumor('a', 'alive', raised + 1));
    }
    trusting.gossip('b', rumor('a', 'alive', 2));
    expect(held.core.digest).toBe(trusting.core.digest);
  });

  it('that links while it is down is told so, and believed when it contradicts', () => {
    const subject = new Subject(['a', 'b']);
    subject.lose('a');
    subject.core.connectFailed(NOW, id('a'), 'refused');
    const effects = subject.link('a');
    expect(news(effects)).toEqual([]);
    const [view] = sent(effects, 'view');
    expect(view?.message).toMatchObject({
      rumors: expect.arrayContaining([expect.objectContaining({ status: 'down' })]) as unknown,
    });
    const contradiction = subject.gossip('a', rumor('a', 'alive', 1));
    expect(news(contradiction)).toEqual(['joined a']);
    expect(told(contradiction)).toEqual(['alive a to b']);
  });

  it('that is a new process under an old id is two events: one went down, one joined', () => {
    const subject = new Subject(['a', 'b']);
    const reborn = cardOf('a', BORN + 5_000);
    const effects = subject.gossip('b', { card: reborn, status: 'alive' });
    expect(news(effects)).toEqual(['down a', 'joined a']);
  });

  it('that changes its labels is updated, and that raises its incarnation alone is no news', () => {
    const subject = new Subject(['a', 'b']);
    expect(news(subject.gossip('b', zoned('west', 1)))).toEqual(['updated a']);
    expect(news(subject.gossip('b', zoned('west', 2)))).toEqual([]);
    expect(news(subject.gossip('b', zoned('east', 3)))).toEqual(['updated a']);
  });

  it('that is declared down loses its link, because only its machine can tell it when it wakes', () => {
    const subject = new Subject(['a', 'b']);
    subject.gossip('b', rumor('a', 'suspect', 0, 'b'));
    const effects = subject.gossip('b', rumor('a', 'down', 0));
    expect(effects).toContainEqual({ kind: 'disconnect', id: id('a') });
    expect(news(effects)).toEqual(['down a']);
  });

  it('whose heart beats although it is down is told so', () => {
    const subject = new Subject(['a', 'b']);
    subject.gossip('b', rumor('a', 'suspect', 0, 'b'), rumor('a', 'down', 0));
    subject.link('a');
    const beat = { kind: 'beat', bytes: new Uint8Array(64) } as const;
    expect(told(subject.hear('a', beat))).toEqual(['down a to a']);
  });

  it('somebody else remembers as departed is no news', () => {
    const subject = new Subject(['a']);
    const effects = subject.gossip('a', { ...rumor('old', 'down'), age: 5_000 });
    expect(effects).toEqual([]);
    expect(subject.core.member(id('old'))).toMatchObject({
      status: 'down',
      lastChange: NOW - 5_000,
    });
    expect(news(subject.gossip('a', rumor('old', 'alive')))).toEqual([]);
  });
});

describe('a peer that says that a member is gone, which is alive and linked to us', () => {
  it.each(['down', 'left'] as const)('starts a suspicion, when it says %s', (status) => {
    const subject = new Subject(['a', 'b', 'c']);
    const effects = subject.gossip('b', rumor('a', status));
    expect(news(effects)).toEqual(['suspected a']);
    expect(subject.accused).toEqual(['a by b']);
  });

  it.each(['left', 'down'] as const)(
    'knows better that it is %s, when it does not answer us either',
    (end) => {
      const subject = new Subject(['a', 'b', 'c']);
      subject.gossip('b', rumor('a', end));
      const { startedAt, incarnation } = rumor('a', 'down').card;
      const verdict = { kind: 'down', id: id('a'), startedAt, incarnation } as const;
      expect(news(subject.core.handleVerdict(subject.now, verdict))).toEqual([`${end} a`]);
    },
  );

  it('that has heard a goodbye is believed before those who heard nothing any more', () => {
    const subject = new Subject(['a', 'b', 'c']);
    subject.gossip('b', rumor('a', 'left'));
    expect(news(subject.gossip('c', rumor('a', 'down')))).toEqual(['left a']);
  });

  it('is believed as soon as our own link ends as well', () => {
    const subject = new Subject(['a', 'b', 'c']);
    subject.gossip('b', rumor('a', 'down'));
    const effects = subject.lose('a');
    expect(news(effects)).toEqual(['down a']);
  });

  it('is believed at once when our link had ended before', () => {
    const subject = new Subject(['a', 'b', 'c']);
    subject.lose('a');
    expect(news(subject.gossip('b', rumor('a', 'down')))).toEqual(['down a']);
  });

  it('is believed at once when the member has had its chance', () => {
    const subject = new Subject(['a', 'b', 'c']);
    subject.gossip('c', rumor('a', 'suspect', 0, 'c'));
    expect(news(subject.gossip('b', rumor('a', 'down')))).toEqual(['down a']);
  });

  it('is not believed where it tells an old story, even of a suspect', () => {
    const subject = new Subject(['a', 'b', 'c']);
    subject.gossip('c', rumor('a', 'suspect', 0, 'c'));
    const view = { kind: 'view', rumors: [rumor('a', 'down')], wants: [] } as const;
    expect(news(subject.hear('b', view))).toEqual([]);
    expect(subject.statusOf('a')).toBe('suspect');
  });

  it('is believed where it is the member itself', () => {
    const subject = new Subject(['a', 'b']);
    expect(news(subject.gossip('a', rumor('a', 'left')))).toEqual(['left a']);
  });
});

const older = (name: string, by: Millis): PeerCard => cardOf(name, BORN - by);

describe('two members without a link', () => {
  it('get one by the younger, at once', () => {
    const subject = new Subject(['a']);
    const effects = subject.gossip('a', { card: older('b', 5), status: 'alive' });
    expect(effects).toContainEqual({ kind: 'connect', id: id('b') });
  });

  it('get one by the elder after a second, if the younger made none', () => {
    const subject = new Subject(['a']);
    const effects = subject.gossip('a', { card: older('b', -5), status: 'alive' });
    expect(kinds(effects)).not.toContain('connect');
    const [wait] = timersOf(effects, 'dial');
    expect(wait!.after).toBe(1_000);
    expect(kinds(subject.pass(999))).not.toContain('connect');
    expect(subject.pass(1)).toContainEqual({ kind: 'connect', id: id('b') });
  });

  it('need none that they have already, or that would lead nowhere', () => {
    const subject = new Subject(['a']);
    for (const name of ['b', 'c']) {
      subject.gossip('a', { card: older(name, -5), status: 'alive' });
    }
    subject.core.linkUp(NOW, older('b', -5));
    subject.gossip('a', { card: older('c', -5), status: 'down' });
    expect(kinds(subject.pass(5_000))).not.toContain('connect');
  });
});

describe('a member whose link is lost, and whom no call reaches', () => {
  it('is accused of that once, and may well be reached by others for ever after', () => {
    const subject = new Subject(['a', 'b']);
    subject.lose('b');
    subject.fail('b', 'timeout');
    expect(subject.statusOf('b')).toBe('suspect');
    subject.gossip('a', rumor('b', 'alive', 1));
    subject.pass(1_000);
    subject.fail('b', 'timeout');
    expect(subject.statusOf('b')).toBe('alive');
    expect(news(subject.fail('b', 'refused'))).toEqual(['down b']);
  });

  it('is not accused where its machine takes the calls: it runs, and has more to do than it can', () => {
    const subject = new Subject(['a', 'b']);
    subject.lose('b');
    expect(news(subject.fail('b', 'silent'))).toEqual([]);
    expect(subject.statusOf('b')).toBe('alive');
  });

  it('is accused again when it had a link in between', () => {
    const subject = new Subject(['a', 'b']);
    subject.lose('b');
    subject.fail('b', 'timeout');
    subject.gossip('a', rumor('b', 'alive', 1));
    subject.core.linkUp(NOW, { ...cardOf('b', BORN), incarnation: BORN + 1 });
    subject.lose('b');
    subject.fail('b', 'timeout');
    expect(subject.statusOf('b')).toBe('suspect');
  });
});

const peers = (count: number): string[] => Array.from({ length: count }, (_, i) => `n${i}`);

describe('an accusation', () => {
  it('goes to everyone at once in a small cluster, and to a few in a large one', () => {
    const reach = [63, 64].map((count) => {
      const subject = new Subject(peers(count));
      subject.lose('n0');
      const effects = subject.core.connectFailed(NOW, id('n0'), 'timeout');
      return effects.flatMap((effect) => (effect.kind === 'send' ? effect.to : [])).length;
    });
    expect(reach).toEqual([62, FIRST_TO_KNOW]);
  });

  it('goes round in gossip in a large cluster until enough have heard it', () => {
    const subject = new Subject(peers(80));
    subject.lose('n0');
    subject.core.connectFailed(NOW, id('n0'), 'refused');
    expect(told(subject.pass(1_000)).filter((line) => line.startsWith('down n0'))).toHaveLength(3);
    expect(told(subject.pass(5_000)).filter((line) => line.startsWith('down n0'))).toEqual([]);
  });
});
