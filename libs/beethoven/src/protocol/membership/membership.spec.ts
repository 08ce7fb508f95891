import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/seeded-random.js';
import type { Millis, NodeId, PeerCard } from '../terms.js';
import type { Effect, MembershipTimer } from './effects.js';
import { Membership, type ConnectFailure } from './membership.js';
import { GOSSIP_INTERVAL } from './membership-config.js';
import { DEFAULTS, cardOf, nameOf } from './membership.fixture.js';
import type { Rumor } from './member-state.js';
import { toWire, type Message } from './messages.js';

const BORN = 1_767_225_600_000;
const NOW = BORN + 60_000;

/** One membership, driven by hand. Everybody is as old as it is, but for those whose names say otherwise. */
class Subject {
  readonly core: Membership;
  now: Millis = NOW;
  readonly #timers: MembershipTimer[] = [];

  constructor(peers: readonly string[] = []) {
    this.core = new Membership(DEFAULTS, new SeededRandom(1), cardOf('me', BORN));
    this.#keep(this.core.start(this.now));
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
    return this.#keep(this.core.handleMessage(this.now, id(from), toWire(message)));
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
    return effects;
  }

  gossip(from: string, ...rumors: Rumor[]): readonly Effect[] {
    return this.hear(from, { kind: 'rumors', rumors });
  }

  /** Its view as it would tell it, and nobody's but its own. */
  statusOf(name: string): string | undefined {
    return this.core.member(id(name))?.status;
  }
}

function id(name: string): NodeId {
  return cardOf(name).id;
}

function rumor(name: string, status: Rumor['status'], raised = 0, accuser?: string): Rumor {
  const card = { ...cardOf(name, BORN), incarnation: BORN + raised };
  return { card, status, ...(accuser && { accuser: id(accuser) }) };
}

const news = (effects: readonly Effect[]): string[] =>
  effects.flatMap((effect) =>
    effect.kind === 'notify'
      ? [`${effect.change.type} ${nameOf(effect.change.member.card.id)}`]
      : [],
  );

const sent = (effects: readonly Effect[], kind: Message['kind']) =>
  effects.flatMap((effect) =>
    effect.kind === 'send' && effect.message.kind === kind
      ? [{ to: effect.to.map(nameOf).join(''), message: effect.message }]
      : [],
  );

/** `down a to bc` for each rumour in a message of its own. */
const told = (effects: readonly Effect[]): string[] =>
  sent(effects, 'rumors').flatMap(({ to, message }) =>
    message.kind === 'rumors'
      ? message.rumors.map(({ card, status }) => `${status} ${nameOf(card.id)} to ${to}`)
      : [],
  );

const kinds = (effects: readonly Effect[]): string[] => effects.map(({ kind }) => kind);

const timersOf = (effects: readonly Effect[], kind: string) =>
  effects.flatMap((effect) =>
    effect.kind === 'timer' && effect.timer.kind === kind ? [effect] : [],
  );

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

  it('proves nothing about a member to whom there never was one', () => {
    const subject = new Subject(['a']);
    subject.gossip('a', rumor('b', 'alive'));
    for (const failure of ['refused', 'not-me', 'timeout'] as const) {
      expect(subject.core.connectFailed(NOW, id('b'), failure)).toEqual([]);
    }
    expect(subject.statusOf('b')).toBe('alive');
  });

  it('is of no interest where the member is unknown, or gone already', () => {
    const subject = new Subject(['a']);
    expect(subject.lose('z')).toEqual([]);
    expect(subject.core.connectFailed(NOW, id('z'), 'refused')).toEqual([]);
    subject.gossip('a', rumor('a', 'left'));
    expect(subject.lose('a')).toEqual([]);
  });
});

describe('a node that hears about itself', () => {
  it.each(['suspect', 'down', 'left'] as const)('contradicts at once when it is %s', (status) => {
    const subject = new Subject(['a', 'b']);
    const effects = subject.gossip('a', rumor('me', status, 3));
    expect(effects[0]).toEqual({ kind: 'raise', incarnation: BORN + 4 });
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
    expect(effects[0]).toEqual({ kind: 'raise', incarnation: BORN + 501 });
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

  it('that pings although it is down is told so', () => {
    const subject = new Subject(['a', 'b']);
    subject.gossip('b', rumor('a', 'suspect', 0, 'b'), rumor('a', 'down', 0));
    subject.link('a');
    const ping = { kind: 'ping', sequence: 1, digest: 0, rumors: [] } as const;
    expect(told(subject.hear('a', ping))).toEqual(['down a to a']);
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
    expect(sent(effects, 'ping').map(({ to }) => to)).toEqual(['a']);
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
    const view = { kind: 'view', rumors: [rumor('a', 'down')], answer: false } as const;
    expect(news(subject.hear('b', view))).toEqual([]);
    expect(subject.statusOf('a')).toBe('suspect');
  });

  it('is believed where it is the member itself', () => {
    const subject = new Subject(['a', 'b']);
    expect(news(subject.gossip('a', rumor('a', 'left')))).toEqual(['left a']);
  });
});

const deadline = (effects: readonly Effect[]): Millis | undefined =>
  timersOf(effects, 'suspicion').at(-1)?.after;

describe('a suspicion', () => {
  it('ends in a verdict that everyone is told, when its time is up and not before', () => {
    const subject = new Subject(['a', 'b', 'c', 'd']);
    subject.lose('a');
    subject.gossip('b', rumor('a', 'suspect', 0, 'b'));
    // Nobody answers our own probes either: one confirmation of the three that would be expected.
    expect(news(subject.pass(3_999))).not.toContain('down a');
    const effects = subject.pass(2);
    expect(news(effects)).toContain('down a');
    expect(told(effects)).toContain('down a to bcd');
  });

  it('is over when its member has contradicted, and does not come back', () => {
    const subject = new Subject(['a', 'b']);
    subject.gossip('b', rumor('a', 'suspect', 0, 'b'));
    subject.gossip('a', rumor('a', 'alive', 1));
    const effects = subject.pass(1_000);
    expect(news(effects).filter((line) => line === 'down a')).toEqual([]);
  });

  it('is shortened by each member that confirms it, once', () => {
    const subject = new Subject(['a', 'b', 'c', 'd']);
    const waits = ['b', 'c', 'c', 'd', 'b'].map((accuser) =>
      deadline(subject.gossip('b', rumor('a', 'suspect', 0, accuser))),
    );
    expect(waits.map((wait) => wait && Math.round(wait))).toEqual([
      6_000,
      4_000,
      undefined,
      2_830,
      undefined,
    ]);
  });

  it('has one timer that counts: what it replaces is ignored', () => {
    const subject = new Subject(['a', 'b', 'c', 'd']);
    const [first] = timersOf(subject.gossip('b', rumor('a', 'suspect', 0, 'b')), 'suspicion');
    subject.gossip('c', rumor('a', 'suspect', 0, 'c'));
    expect(subject.core.handleTimer(NOW + 300, first!.timer)).toEqual([]);
  });

  it('is not shortened by names that somebody made up', () => {
    const subject = new Subject(['a', 'b', 'c', 'd']);
    subject.gossip('b', rumor('a', 'suspect', 0, 'b'));
    for (const name of ['x', 'y', 'z']) {
      expect(subject.gossip('b', rumor('a', 'suspect', 0, name))).toEqual([]);
    }
  });

  it('of ours that comes back to us confirms nothing', () => {
    const subject = new Subject(['a', 'b', 'c', 'd']);
    subject.lose('a');
    subject.core.connectFailed(NOW, id('a'), 'timeout');
    expect(subject.gossip('b', rumor('a', 'suspect', 0, 'me'))).toEqual([]);
  });

  it('makes us ask the suspect ourselves, and confirm when it does not answer', () => {
    const subject = new Subject(['a', 'b', 'c', 'd']);
    const effects = subject.gossip('b', rumor('a', 'suspect', 0, 'b'));
    expect(sent(effects, 'ping').map(({ to }) => to)).toEqual(['a']);
    const [wait] = timersOf(effects, 'unanswered');
    expect(wait!.after).toBe(200);
    expect(told(subject.core.handleTimer(NOW + 200, wait!.timer))).toEqual(['suspect a to abcd']);
  });

  it('is not confirmed where the suspect answers us', () => {
    const subject = new Subject(['a', 'b', 'c', 'd']);
    const effects = subject.gossip('b', rumor('a', 'suspect', 0, 'b'));
    const [ping] = sent(effects, 'ping');
    const sequence = ping?.message.kind === 'ping' ? ping.message.sequence : 0;
    subject.hear('a', { kind: 'ack', sequence, rumors: [] });
    const [wait] = timersOf(effects, 'unanswered');
    expect(subject.core.handleTimer(NOW + 200, wait!.timer)).toEqual([]);
  });
});

describe('a node that was stopped itself', () => {
  it('judges nobody by it, gives suspects the time back, and listens for an interval', () => {
    const subject = new Subject(['a', 'b', 'c', 'd']);
    const [timer] = timersOf(subject.gossip('b', rumor('a', 'suspect', 0, 'b')), 'suspicion');
    subject.now = NOW + 60_000;
    const effects = subject.core.handleTimer(subject.now, timer!.timer);
    expect(news(effects)).toEqual([]);
    expect(sent(effects, 'ping')).toEqual([]);
    expect(timersOf(effects, 'probe').map(({ after }) => after)).toEqual([500]);
    const [again] = timersOf(effects, 'suspicion');
    expect(again!.after).toBeGreaterThan(5_500);
  });

  it('does not hold the answers that it missed against anybody', () => {
    const subject = new Subject(['a', 'b', 'c']);
    expect(sent(subject.pass(600), 'ping')).not.toEqual([]);
    subject.now += 60_000;
    const effects = subject.pass(499);
    expect(sent(effects, 'ping-for-me')).toEqual([]);
    expect(news(effects)).toEqual([]);
  });

  it('does not suspect members that it cannot reach just after it wakes, but knows the dead by their machine', () => {
    const subject = new Subject(['a', 'b', 'c', 'd']);
    subject.now = NOW + 60_000;
    subject.lose('a');
    subject.lose('b');
    expect(news(subject.core.connectFailed(subject.now, id('a'), 'timeout'))).toEqual([]);
    expect(news(subject.core.connectFailed(subject.now, id('b'), 'refused'))).toEqual(['down b']);
    const later = subject.now + 500;
    expect(news(subject.core.connectFailed(later, id('a'), 'timeout'))).toEqual(['suspected a']);
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
    const dial = subject.core.handleTimer(NOW + 499, wait!.timer);
    expect(dial).toEqual([{ kind: 'connect', id: id('b') }]);
  });

  it('need none that they have already, or that would lead nowhere', () => {
    const subject = new Subject(['a']);
    const waits = ['b', 'c'].map((name) => {
      const card = older(name, -5);
      return timersOf(subject.gossip('a', { card, status: 'alive' }), 'dial')[0]!.timer;
    });
    subject.core.linkUp(NOW, older('b', -5));
    subject.gossip('a', { card: older('c', -5), status: 'down' });
    for (const timer of waits) expect(subject.core.handleTimer(NOW + 400, timer)).toEqual([]);
  });
});

const ping = (digest: number): Message => ({ kind: 'ping', sequence: 1, digest, rumors: [] });

const digestOf = (value: number): Message => ({ kind: 'digest', digest: value });

const viewOf = (answer: boolean): Message => ({ kind: 'view', rumors: [], answer });

describe('two views that differ', () => {
  it('are exchanged when a stranger links, and compared when a known member does', () => {
    const subject = new Subject(['a']);
    expect(sent(subject.link('b'), 'view').map(({ to }) => to)).toEqual(['b']);
    subject.lose('b');
    const effects = subject.link('b');
    expect(sent(effects, 'view')).toEqual([]);
    expect(sent(effects, 'digest')).toEqual([
      { to: 'b', message: { kind: 'digest', digest: subject.core.digest } },
    ]);
  });

  it('are exchanged when two pings in a row show another one, and not by one', () => {
    const subject = new Subject(['a', 'b']);
    expect(sent(subject.hear('a', ping(1)), 'view')).toEqual([]);
    subject.hear('b', ping(subject.core.digest));
    expect(sent(subject.hear('a', ping(1)), 'view')).toEqual([]);
    const [view] = sent(subject.hear('b', ping(1)), 'view');
    expect(view).toMatchObject({ to: 'b', message: { answer: true } });
  });

  it('are exchanged once a second at most', () => {
    const subject = new Subject(['a', 'b', 'c']);
    let views = 0;
    for (let i = 0; i < 40; i++) {
      subject.now = NOW + i * 10;
      for (const peer of ['a', 'b', 'c']) views += sent(subject.hear(peer, ping(1)), 'view').length;
    }
    expect(views).toBe(1);
  });

  it('are exchanged at once when they differ on a link that was made again', () => {
    const subject = new Subject(['a', 'b']);
    expect(subject.hear('a', digestOf(subject.core.digest))).toEqual([]);
    expect(sent(subject.hear('a', digestOf(1)), 'view')).toHaveLength(1);
    expect(sent(subject.hear('a', digestOf(1)), 'view')).toHaveLength(0);
  });

  it('are answered with our own, where the peer asks for it', () => {
    const subject = new Subject(['a']);
    expect(sent(subject.hear('a', viewOf(false)), 'view')).toEqual([]);
    expect(sent(subject.hear('a', viewOf(true)), 'view')).toMatchObject([
      { to: 'a', message: { answer: false } },
    ]);
  });

  it('travel in parts when they are large', () => {
    const subject = new Subject(['a']);
    for (let i = 0; i < 600; i += 50) {
      const rumors = Array.from({ length: 50 }, (_, j) => rumor(`n${i + j}`, 'alive'));
      subject.gossip('a', ...rumors);
    }
    const parts = sent(subject.link('b'), 'view').map(({ message }) =>
      message.kind === 'view' ? message.rumors.length : 0,
    );
    expect(parts).toEqual([256, 256, 91]); // 600, a, b and this node
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
    expect(reach).toEqual([62, 3]);
  });

  it('goes to its subject as well, in a large cluster too: it may contradict', () => {
    const subject = new Subject(peers(80));
    subject.gossip('n1', rumor('n0', 'suspect', 0, 'n1'));
    const accusations = told(subject.pass(250)).filter((line) => /^suspect n0 to/.test(line));
    expect(accusations).toContainEqual(expect.stringMatching(/to (n\d+){3}n0$|n0(n\d+)*$/));
  });

  it('rides on pings and answers in a large cluster, and goes round in gossip until enough have heard it', () => {
    const subject = new Subject(peers(80));
    subject.lose('n0');
    subject.core.connectFailed(NOW, id('n0'), 'refused');
    const [answer] = sent(
      subject.hear('n5', { kind: 'ping', sequence: 1, digest: 0, rumors: [] }),
      'ack',
    );
    expect(JSON.stringify(answer)).toContain(id('n0'));
    expect(told(subject.pass(1_000)).filter((line) => line.startsWith('down n0'))).toHaveLength(3);
    expect(told(subject.pass(5_000)).filter((line) => line.startsWith('down n0'))).toEqual([]);
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
  it('is counted and changes nothing', () => {
    const subject = new Subject(['a']);
    const { version, digest } = subject.core;
    for (const wire of [undefined, 7, [], [99], [3, [[]]], { kind: 'rumors' }]) {
      expect(subject.core.handleMessage(NOW, id('a'), wire)).toEqual([]);
    }
    expect(subject.core.malformed).toBe(6);
    expect([subject.core.version, subject.core.digest]).toEqual([version, digest]);
  });

  it('is a message from somebody to whom there is no link, or a link with oneself', () => {
    const subject = new Subject(['a']);
    expect(subject.gossip('stranger', rumor('b', 'alive'))).toEqual([]);
    expect(subject.link('me')).toEqual([]);
    expect(subject.core.size).toBe(2);
  });

  it('is a timer of a state that is over', () => {
    const subject = new Subject(['a']);
    const stale = ['probe', 'unanswered', 'suspicion', 'gossip', 'dial'] as const;
    for (const kind of stale) {
      expect(subject.core.handleTimer(NOW, { kind, due: NOW, member: 'x', sequence: 99 })).toEqual(
        [],
      );
    }
  });
});
