import { describe, expect, it } from 'vitest';
import type { Millis } from '../terms.js';
import type { Effect } from './effects.js';
import {
  NOW,
  Subject,
  id,
  news,
  rumor,
  sent,
  timersOf,
  told,
} from './membership-subject.fixture.js';

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
