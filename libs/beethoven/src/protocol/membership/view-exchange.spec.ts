import { describe, expect, it } from 'vitest';
import { ALL_PARTS, PARTS, hashOf, partOf } from './digest.js';
import { REPAIRS_ANSWERED } from './membership-config.js';
import { NOW, Subject, id, rumor, sent, told } from './membership-subject.fixture.js';
import type { Message } from './messages.js';

const digestOf = (value: number): Message => ({ kind: 'digest', digest: value });

const viewOf = (wants: readonly number[]): Message => ({ kind: 'view', rumors: [], wants });

const peers = (count: number): string[] => Array.from({ length: count }, (_, i) => `n${i}`);

describe('two views that differ', () => {
  it('are exchanged when a stranger links, and compared when a known member does', () => {
    const subject = new Subject(['a']);
    expect(sent(subject.link('z'), 'view').map(({ to }) => to)).toEqual(['z']);
    subject.lose('z');
    const effects = subject.link('z');
    expect(sent(effects, 'view')).toEqual([]);
    expect(sent(effects, 'digest')).toEqual([
      { to: 'z', message: { kind: 'digest', digest: subject.core.digest } },
    ]);
  });

  it('are compared once for each link: the elder says what its view is', () => {
    const subject = new Subject(['a', 'z']);
    const compared = ['a', 'z'].flatMap((name) => {
      subject.lose(name);
      return sent(subject.link(name), 'digest').map(({ to }) => to);
    });
    expect(compared).toEqual(['z']); // of the same age, so the id decides
  });

  it('are told whole to a newcomer of a small cluster; in a large one it is told their digest, and may ask', () => {
    const subject = new Subject(peers(80));
    const effects = subject.link('z');
    expect(sent(effects, 'view')).toEqual([]);
    expect(sent(effects, 'digest').map(({ to }) => to)).toEqual(['z']);
  });

  it('are asked for by the digests of their parts, once the detector has found that they differ', () => {
    const subject = new Subject(['a', 'b']);
    const effects = subject.core.handleVerdict(NOW, { kind: 'differs', id: id('b') });
    const [question] = sent(effects, 'digests');
    expect(question).toMatchObject({ to: 'b' });
    expect(question?.message).toHaveProperty('digests.length', PARTS);
  });

  it('are asked for once a second at most, in a large cluster', () => {
    const subject = new Subject(peers(80));
    let questions = 0;
    for (let i = 0; i < 40; i++) {
      subject.now = NOW + i * 10;
      for (const peer of ['n0', 'n1', 'n2']) {
        const differs = { kind: 'differs', id: id(peer) } as const;
        questions += sent(subject.core.handleVerdict(subject.now, differs), 'digests').length;
      }
    }
    expect(questions).toBe(1);
  });

  it('are asked for at once when they differ on a new link', () => {
    const subject = new Subject(['a', 'b']);
    expect(subject.hear('a', digestOf(subject.core.digest))).toEqual([]);
    expect(sent(subject.hear('a', digestOf(1)), 'digests')).toHaveLength(1);
    expect(sent(subject.hear('a', digestOf(1)), 'digests')).toHaveLength(0);
  });

  it('are mended by telling those parts that differ, and asking for the same of the other', () => {
    const [one, other] = [new Subject(peers(100)), new Subject(peers(100))];
    other.gossip('n0', rumor('news', 'alive'));
    const ask = one.core.handleVerdict(NOW, { kind: 'differs', id: id('n1') });
    const question = sent(ask, 'digests')[0]!.message;
    const [answer] = sent(other.hear('n2', question), 'view');
    const part = partOf(hashOf(id('news')));
    if (answer?.message.kind !== 'view') throw new Error('It is not answered.');
    expect(answer.message.wants).toEqual([part]);
    expect(answer.message.rumors.map(({ card }) => card.id)).toContain(id('news'));
    expect(answer.message.rumors.length).toBeLessThan(10);
    expect(sent(one.hear('n1', answer.message), 'view')).toEqual([]);
    expect(one.core.digest).toBe(other.core.digest);
  });

  it('are mended on the other side by telling it what it lacks, and nothing else', () => {
    const [one, other] = [new Subject(peers(100)), new Subject(peers(100))];
    one.gossip('n0', rumor('news', 'alive'), rumor('n5', 'alive', 1), rumor('n6', 'left', 1));
    const ask = one.core.handleVerdict(NOW, { kind: 'differs', id: id('n1') });
    const answers = sent(other.hear('n2', sent(ask, 'digests')[0]!.message), 'view');
    const back = answers.flatMap(({ message }) => sent(one.hear('n1', message), 'view'));
    const lacked = back.flatMap(({ message }) => (message.kind === 'view' ? message.rumors : []));
    expect(lacked.map(({ card }) => card.id).toSorted()).toEqual(['n5', 'n6', 'news'].map(id));
    for (const { message } of back) other.hear('n2', message);
    expect(other.core.digest).toBe(one.core.digest);
  });

  it('are mended although a part is longer than a message', () => {
    const inOnePart = peers(40_000).filter((name) => partOf(hashOf(id(name))) === 7);
    const [one, other] = [new Subject(['a', 'b']), new Subject(['a', 'b'])];
    for (let i = 0; i < inOnePart.length; i += 100)
      one.gossip('a', ...inOnePart.slice(i, i + 100).map((name) => rumor(name, 'alive')));
    const ask = other.core.handleVerdict(NOW, { kind: 'differs', id: id('a') });
    const answers = sent(one.hear('b', sent(ask, 'digests')[0]!.message), 'view');
    expect(answers.length).toBeGreaterThan(1);
    for (const { message } of answers) other.hear('b', message);
    expect(other.core.digest).toBe(one.core.digest);
  });

  it('are answered to a limited number of members within a second', () => {
    const subject = new Subject(peers(REPAIRS_ANSWERED + 10));
    const question: Message = { kind: 'digests', digests: [] };
    const answers = () =>
      peers(REPAIRS_ANSWERED + 10).filter((peer) => subject.hear(peer, question).length > 0);
    expect(answers()).toHaveLength(REPAIRS_ANSWERED);
    subject.now += 1_000;
    expect(answers()).toHaveLength(REPAIRS_ANSWERED);
  });

  it('are not told to whom wants nothing', () => {
    const subject = new Subject(['a']);
    expect(subject.hear('a', viewOf([]))).toEqual([]);
  });

  it('travel in messages of a limited length', () => {
    const subject = new Subject(['a']);
    for (let i = 0; i < 600; i += 50) {
      const rumors = Array.from({ length: 50 }, (_, j) => rumor(`n${i + j}`, 'alive'));
      subject.gossip('a', ...rumors);
    }
    const parts = sent(subject.hear('a', viewOf(ALL_PARTS)), 'view').map(({ message }) =>
      message.kind === 'view' ? message.rumors.length : 0,
    );
    expect(Math.max(...parts)).toBeLessThanOrEqual(256);
    expect(parts.reduce((sum, length) => sum + length)).toBe(602); // a and this node as well
  });
});

describe('a member that links although it is believed to be gone', () => {
  it('is told so, in a cluster of any size: it shall contradict', () => {
    const subject = new Subject(peers(80));
    subject.lose('n0');
    subject.fail('n0', 'refused');
    expect(told(subject.link('n0'))).toEqual(['down n0 to n0']);
  });
});
