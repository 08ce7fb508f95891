import { describe, expect, it } from 'vitest';
import type { Clock } from '../network/clock.js';
import type { ConnectOutcome, Mesh } from '../network/mesh.js';
import type { Membership } from '../protocol/membership/membership.js';
import type { Effect, MembershipTimer } from '../protocol/membership/effects.js';
import type { Heartbeat, HeartbeatListener } from '../heartbeat/heartbeat.js';
import type { Watch } from '../protocol/detector/peer.js';
import type { Verdict } from '../protocol/detector/detector-effects.js';
import type { PeerCard } from '../protocol/terms.js';
import { Timeline } from '../testing/timeline.js';
import { MembershipDriver } from './membership-driver.js';

const B = 'b@127.0.0.2:33000';
const config = { probeInterval: 500 };
const card: PeerCard = { id: B, incarnation: 1, startedAt: 1, labels: {} };

/** A driver between a membership that does as it is told and a mesh whose dials end as they are told. */
class Stage {
  readonly timeline = new Timeline();
  readonly inputs: string[] = [];
  readonly dials: { readonly timeout: number | undefined; at: number }[] = [];
  readonly driver: MembershipDriver;
  outcomes: ConnectOutcome[] = [];
  dialTakes = 1;
  mayCall = true;
  isKnown = true;
  linkUp: (card: PeerCard) => void = () => {};
  listener: HeartbeatListener | undefined;
  #effects = new Map<string, readonly Effect[]>();

  constructor(clock?: Clock) {
    const answer = (input: string): readonly Effect[] => {
      this.inputs.push(input);
      return this.#effects.get(input) ?? [];
    };
    const membership = {
      digest: 7,
      start: () => answer('start'),
      handleVerdict: (_now: number, { kind }: Verdict) => answer(`verdict ${kind}`),
      leave: () => answer('leave'),
      linkUp: () => answer('linkUp'),
      linkDown: (_now: number, _id: string, cause: string) => answer(`linkDown ${cause}`),
      handleTimer: (_now: number, timer: MembershipTimer) => answer(timer.kind),
      connected: () => answer('connected'),
      connectFailed: (_now: number, _id: string, why: string) => answer(`connectFailed ${why}`),
    } as unknown as Membership;
    let linkDown: (id: string, cause: 'lost' | 'goodbye') => void = () => {};
    const mesh = {
      onLinkUp: (handler: (peer: PeerCard) => void) => (this.linkUp = handler),
      onLinkDown: (handler: typeof linkDown) => (linkDown = handler),
      onMessage: () => {},
      sendAll: () => {
        throw new Error('no socket');
      },
      disconnect: (id: string) => {
        this.inputs.push('disconnect begins');
        linkDown(id, 'lost');
        this.inputs.push('disconnect ends');
      },
      connect: (_address: string, _port: number, _id: string, timeout?: number) => {
        this.dials.push({ timeout, at: this.timeline.now });
        const outcome = this.outcomes.shift() ?? { failed: 'timeout' };
        return new Promise<ConnectOutcome>((resolve) => {
          this.timeline.schedule(this.dialTakes, () => resolve(outcome));
        });
      },
    } as unknown as Mesh;
    const heartbeat = {
      start: (listener: HeartbeatListener) => (this.listener = listener),
      stop: () => this.inputs.push('heartbeat stops'),
      tick: () => {},
      watch: ({ byLink }: Watch) => this.inputs.push(byLink ? 'watch by link' : 'watch'),
      unwatch: () => this.inputs.push('unwatch'),
      raise: () => {},
      digest: () => {},
    } as unknown as Heartbeat;
    this.driver = new MembershipDriver(
      membership,
      config,
      clock ?? this.timeline.clock(),
      mesh,
      {
        raise: (incarnation) => this.inputs.push(`raise ${incarnation}`),
        changed: ({ type }) => this.inputs.push(`told ${type}`),
        awake: () => this.inputs.push('awake'),
        settled: () => this.inputs.push('settled'),
      },
      heartbeat,
      { isKnown: () => this.isKnown, mayCall: () => this.mayCall },
    );
  }

  on(input: string, ...effects: Effect[]): this {
    this.#effects.set(input, effects);
    return this;
  }

  timer(kind: MembershipTimer['kind'], after: number): MembershipTimer {
    return { kind, due: this.timeline.now + after };
  }
}

const told = (type: 'down' | 'joined'): Effect => ({
  kind: 'notify',
  change: { type, member: { card, status: 'down', phase: 0, lastChange: 1 }, at: 1 },
});

describe('the driver of the membership', () => {
  it('deals with one input to its end before the next, also where the first makes the next happen', () => {
    const stage = new Stage()
      .on('linkUp', { kind: 'disconnect', id: B }, told('down'))
      .on('linkDown lost', { kind: 'raise', incarnation: 9, phase: 0 });
    stage.driver.start();
    stage.linkUp(card);
    expect(stage.inputs).toEqual([
      'start',
      'linkUp',
      'disconnect begins',
      'linkDown lost',
      'disconnect ends',
      'told down',
      'raise 9',
      'settled',
    ]);
  });

  it('goes on after a handler of ours that threw', () => {
    const stage = new Stage();
    stage.driver.start();
    stage.on('linkUp', { kind: 'send', to: [B], message: { kind: 'digest', digest: 1 } });
    expect(() => stage.linkUp(card)).toThrow('no socket');
    stage.on('linkUp', told('joined'));
    stage.linkUp(card);
    expect(stage.inputs).toEqual(['start', 'linkUp', 'linkUp', 'told joined', 'settled']);
  });

  it.each<[ConnectOutcome, string]>([
    [{ failed: 'refused' }, 'refused'],
    [{ failed: 'timeout' }, 'timeout'],
    [{ rejected: 'not-me' }, 'not-me'],
    [{ rejected: 'self' }, 'not-me'],
    [{ rejected: 'cluster' }, 'not-me'],
    [{ rejected: 'version' }, 'not-me'],
    [{ rejected: 'duplicate-id' }, 'timeout'],
    [{ rejected: 'malformed' }, 'timeout'],
  ])('reports a dial that ended in %j as "%s"', async (outcome, failure) => {
    const stage = new Stage().on('linkUp', { kind: 'connect', id: B });
    stage.outcomes = [outcome];
    stage.driver.start();
    stage.linkUp(card);
    await stage.timeline.advance(10);
    expect(stage.inputs).toEqual(['start', 'linkUp', `connectFailed ${failure}`]);
    expect(stage.dials).toHaveLength(1);
  });

  it('reports a dial that ended in a link as done: of the link the mesh tells', async () => {
    const stage = new Stage().on('linkUp', { kind: 'connect', id: B });
    stage.outcomes = [{ linked: card }];
    stage.driver.start();
    stage.linkUp(card);
    await stage.timeline.advance(10);
    expect(stage.inputs).toEqual(['start', 'linkUp', 'connected']);
  });

  it('dials again at once where a dying process took the connection with it', async () => {
    for (const broken of [{ rejected: 'silent' }, { failed: 'unreachable' }] as const) {
      const stage = new Stage().on('linkUp', { kind: 'connect', id: B });
      stage.outcomes = [broken, { failed: 'refused' }];
      stage.driver.start();
      stage.linkUp(card);
      // oxlint-disable-next-line no-await-in-loop
      await stage.timeline.advance(3);
      expect(stage.inputs).toEqual(['start', 'linkUp', 'connectFailed refused']);
      expect(stage.dials.map(({ timeout }) => timeout)).toEqual([500, 500]);
    }
  });

  it('does not dial where it may not, and says so as of silence', async () => {
    const stage = new Stage().on('linkUp', { kind: 'connect', id: B });
    stage.mayCall = false;
    stage.driver.start();
    stage.linkUp(card);
    await stage.timeline.advance(10);
    expect(stage.inputs).toEqual(['start', 'linkUp', 'connectFailed timeout']);
    expect(stage.dials).toEqual([]);
  });

  it('does not dial again for ever', async () => {
    const stage = new Stage().on('linkUp', { kind: 'connect', id: B });
    stage.outcomes = Array.from({ length: 50 }, () => ({ rejected: 'silent' }) as const);
    stage.driver.start();
    stage.linkUp(card);
    await stage.timeline.advance(1_000);
    expect(stage.inputs).toEqual(['start', 'linkUp', 'connectFailed silent']);
    expect(stage.dials).toHaveLength(4);
  });

  it('does not dial again where nobody said anything for the whole time', async () => {
    const stage = new Stage().on('linkUp', { kind: 'connect', id: B });
    stage.outcomes = [{ rejected: 'silent' }];
    stage.dialTakes = 500;
    stage.driver.start();
    stage.linkUp(card);
    await stage.timeline.advance(5_000);
    expect(stage.inputs).toEqual(['start', 'linkUp', 'connectFailed silent']);
    expect(stage.dials).toHaveLength(1);
  });

  it('hands timers back when they are due', async () => {
    const stage = new Stage();
    stage.driver.start();
    stage.on('linkUp', { kind: 'timer', timer: stage.timer('gossip', 100), after: 100 });
    stage.linkUp(card);
    await stage.timeline.advance(99);
    expect(stage.inputs).toEqual(['start', 'linkUp']);
    await stage.timeline.advance(2);
    expect(stage.inputs).toEqual(['start', 'linkUp', 'gossip']);
  });

  it('hands the detector what is for it, and its verdicts back', () => {
    const watch = { card: { id: B, startedAt: 1, incarnation: 1 }, phase: 0 };
    const stage = new Stage()
      .on('linkUp', { kind: 'watch', watch })
      .on('verdict down', { kind: 'unwatch', id: B });
    stage.driver.start();
    stage.linkUp(card);
    stage.listener?.verdict({ kind: 'down', id: B, startedAt: 1, incarnation: 1 });
    expect(stage.inputs).toEqual(['start', 'linkUp', 'watch', 'verdict down', 'unwatch']);
  });

  it('has beats sent over the link alone to a member of which others told, until it was met where it says it is', () => {
    const watch = { card: { id: B, startedAt: 1, incarnation: 1 }, phase: 0 };
    const stage = new Stage();
    stage.isKnown = false;
    stage.driver.start();
    stage.on('linkUp', { kind: 'watch', watch });
    stage.linkUp(card);
    stage.on('linkUp');
    stage.linkUp({ ...card, id: 'c@127.0.0.3:33000' });
    stage.isKnown = true;
    for (let links = 0; links < 2; links++) stage.linkUp(card);
    const watched = stage.inputs.filter((input) => input.startsWith('watch'));
    expect(watched).toEqual(['watch by link', 'watch by link', 'watch']);
  });

  it('leaves no timer behind', async () => {
    const stage = new Stage();
    const timer = stage.timer('gossip', 100);
    stage.on('linkUp', { kind: 'timer', timer, after: 100 });
    stage.driver.start();
    stage.linkUp(card);
    stage.driver.leave();
    await stage.timeline.advance(1_000);
    expect(stage.inputs).toEqual(['start', 'linkUp', 'leave', 'heartbeat stops']);
  });
});
