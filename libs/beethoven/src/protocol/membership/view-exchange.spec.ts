import { describe, expect, it } from 'vitest';
import { NOW, Subject, id, rumor, sent } from './membership-subject.fixture.js';
import type { Message } from './messages.js';

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

  it('are exchanged when the detector has found that they differ', () => {
    const subject = new Subject(['a', 'b']);
    const effects = subject.core.handleVerdict(NOW, { kind: 'differs', id: id('b') });
    expect(sent(effects, 'view')).toMatchObject([{ to: 'b', message: { answer: true } }]);
  });

  it('are exchanged once a second at most', () => {
    const subject = new Subject(['a', 'b', 'c']);
    let views = 0;
    for (let i = 0; i < 40; i++) {
      subject.now = NOW + i * 10;
      for (const peer of ['a', 'b', 'c']) {
        const differs = { kind: 'differs', id: id(peer) } as const;
        views += sent(subject.core.handleVerdict(subject.now, differs), 'view').length;
      }
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
