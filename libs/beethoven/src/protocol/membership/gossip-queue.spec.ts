import { describe, expect, it } from 'vitest';
import { GossipQueue } from './gossip-queue.js';
import { cardOf, nameOf } from './membership.fixture.js';
import type { Rumor } from './member-state.js';

const rumor = (name: string, status: Rumor['status'] = 'alive'): Rumor => ({
  card: cardOf(name),
  status,
});
const names = (rumors: readonly Rumor[]): string =>
  rumors.map(({ card }) => nameOf(card.id)).join('');

function queueOf(...rumors: Rumor[]): GossipQueue {
  const queue = new GossipQueue(4);
  for (const item of rumors) queue.add(item);
  return queue;
}

describe('rumours on their way', () => {
  it('are told as often as the limit says, and no more', () => {
    const queue = queueOf(rumor('a'));
    const told = Array.from({ length: 6 }, () => names(queue.take(8, 1, 4)));
    expect(told).toEqual(['a', 'a', 'a', 'a', '', '']);
    expect(queue.size).toBe(0);
  });

  it('count once for each member that a message goes to', () => {
    const queue = queueOf(rumor('a'));
    expect([queue.take(8, 3, 4), queue.take(8, 3, 4), queue.take(8, 3, 4)].map(names)).toEqual([
      'a',
      'a',
      '',
    ]);
  });

  it('go out the least told first, and of those the newest', () => {
    const queue = queueOf(rumor('a'), rumor('b'), rumor('c'));
    expect(names(queue.take(2, 1, 4))).toBe('cb');
    queue.add(rumor('d'));
    expect(names(queue.take(3, 1, 4))).toBe('dac');
  });

  it('need less telling the more others tell them, but for another story of the same member', () => {
    const queue = queueOf(rumor('a'), rumor('b'));
    for (let times = 0; times < 3; times++) queue.heard(rumor('a'), 4);
    queue.heard(rumor('b', 'down'), 4);
    queue.heard(rumor('c'), 4);
    const told = Array.from({ length: 4 }, () => names(queue.take(8, 1, 4)));
    expect(told).toEqual(['ba', 'b', 'b', 'b']);
    queue.add(rumor('a'));
    for (let times = 0; times < 4; times++) queue.heard(rumor('a'), 4);
    expect(queue.size).toBe(0);
  });

  it('take the place of what was told of the same member before', () => {
    const queue = queueOf(rumor('a'), rumor('b'));
    queue.take(8, 1, 4);
    queue.add(rumor('a', 'down'));
    expect(queue.size).toBe(2);
    expect(queue.take(1, 1, 4)).toEqual([rumor('a', 'down')]);
  });

  it('never are more than there is room for: the one told most often is given up', () => {
    const queue = queueOf(rumor('a'), rumor('b'), rumor('c'));
    queue.take(1, 1, 4);
    queue.add(rumor('d'));
    queue.add(rumor('e'));
    expect(queue.size).toBe(4);
    expect(names(queue.take(8, 1, 4))).toBe('edba');
  });

  it('are gone when there is nobody to tell', () => {
    const queue = queueOf(rumor('a'), rumor('b'));
    queue.clear();
    expect(queue.size).toBe(0);
    expect(queue.take(8, 1, 4)).toEqual([]);
  });
});
