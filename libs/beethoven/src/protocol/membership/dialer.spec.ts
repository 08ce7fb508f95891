import { describe, expect, it } from 'vitest';
import { CALLS_AT_ONCE, REDIAL_INTERVAL, REDIAL_LIMIT } from './membership-config.js';
import { NOW, Subject, id, news, rumor, timersOf } from './membership-subject.fixture.js';
import type { Millis } from '../terms.js';
import type { Effect } from './effects.js';

const called = (effects: readonly Effect[]): string[] =>
  effects.flatMap((effect) => (effect.kind === 'connect' ? [effect.id] : []));

/** They are its elders, so it is the one that dials. */
const elders = (count: number): string[] => Array.from({ length: count }, (_, i) => `a${i}`);

/** A node that has learned of so many at once. @returns and whom it calls */
function newcomer(count: number): { subject: Subject; calls: string[] } {
  const subject = new Subject(['a']);
  const calls: string[] = [];
  const names = elders(count);
  for (let i = 0; i < count; i += 100) {
    const rumors = names.slice(i, i + 100).map((name) => rumor(name, 'alive'));
    calls.push(...called(subject.gossip('a', ...rumors)));
  }
  return { subject, calls };
}

describe('a newcomer of a large cluster', () => {
  it('calls so many at a time, and everyone in the end', () => {
    const { subject, calls } = newcomer(600);
    expect(calls).toHaveLength(CALLS_AT_ONCE);
    const underway = [...calls];
    for (let next = underway.shift(); next !== undefined; next = underway.shift()) {
      const more = called(subject.link(next.slice(0, next.indexOf('@'))));
      underway.push(...more);
      calls.push(...more);
      expect(underway.length).toBeLessThanOrEqual(CALLS_AT_ONCE);
    }
    expect(new Set(calls).size).toBe(600);
    expect(calls).toHaveLength(600);
  });

  it('goes on when a call has failed, or came to a link that it had', () => {
    const { subject, calls } = newcomer(300);
    const [first, second] = calls;
    expect(called(subject.fail(first!.slice(0, first!.indexOf('@')), 'timeout'))).toHaveLength(1);
    expect(called(subject.core.connected(second!))).toHaveLength(1);
    expect(called(subject.core.connected(second!))).toHaveLength(0);
  });

  it('does not call those who have departed, or have called, while they waited', () => {
    const { subject, calls } = newcomer(CALLS_AT_ONCE + 3);
    const waiting = elders(CALLS_AT_ONCE + 3).filter((name) => !calls.includes(id(name)));
    subject.gossip('a', rumor(waiting[0]!, 'left'));
    subject.link(waiting[1]!);
    const next = calls.slice(0, 3).flatMap((each) => called(subject.core.connected(each)));
    expect(next).toEqual([id(waiting[2]!)]);
  });

  it('calls one whose link has just been lost before all others', () => {
    const { subject } = newcomer(600);
    expect(called(subject.lose('a'))).toEqual([id('a')]);
    expect(news(subject.fail('a', 'refused'))).toEqual(['down a']);
  });
});

describe('calls that have failed', () => {
  it('are repeated after a while, with one timer for all of them', () => {
    const { subject, calls } = newcomer(20);
    const timers = calls.flatMap((each) =>
      timersOf(subject.fail(each.slice(0, each.indexOf('@')), 'timeout'), 'dial'),
    );
    expect(timers).toHaveLength(1);
    expect(called(subject.pass(REDIAL_INTERVAL - 1))).toEqual([]);
    expect(called(subject.pass(1)).toSorted()).toEqual(calls.toSorted());
    expect(subject.now).toBe(NOW + REDIAL_INTERVAL);
  });

  it('to one that takes them and does not answer come half as often each time, and beats do not hasten them', () => {
    const subject = new Subject(['b', 'c']);
    subject.lose('b');
    const silence = (): Millis => {
      const before = subject.now;
      const effects = [...subject.fail('b', 'silent')];
      while (called(effects).length === 0) {
        effects.push(...subject.core.sendBeat(id('b'), new Uint8Array()), ...subject.pass(500));
      }
      return subject.now - before;
    };
    expect(Array.from({ length: 5 }, silence)).toEqual([2_000, 4_000, 8_000, 16_000, REDIAL_LIMIT]);
    subject.link('b');
    subject.lose('b');
    expect(silence()).toBe(2_000);
  });
});
