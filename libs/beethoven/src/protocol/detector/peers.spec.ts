import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/seeded-random.js';
import { beatKey } from './beat.js';
import { idOf, watchOf } from './detector.fixture.js';
import { Peers } from './peers.js';

/** What each of so many members has for peers. */
function ringOf(size: number): { readonly name: string; readonly peers: Peers }[] {
  const names = Array.from({ length: size }, (_, i) => `n${i}`);
  return names.map((name) => {
    const peers = new Peers(new SeededRandom(1), beatKey(idOf(name)));
    for (const other of names) if (other !== name) peers.add(0, watchOf(other));
    return { name, peers };
  });
}

/** Whoever is named comes if it is not there, and goes if it is. */
function moved(moves: readonly number[]): { readonly peers: Peers; readonly present: Set<string> } {
  const peers = new Peers(new SeededRandom(1), beatKey(idOf('me')));
  const present = new Set<string>();
  for (const move of moves) {
    const name = `n${move}`;
    const peer = peers.get(idOf(name));
    if (peer === undefined) peers.add(0, watchOf(name));
    else peers.delete(peer);
    if (!present.delete(name)) present.add(name);
  }
  return { peers, present };
}

describe('the order of beats', () => {
  it('has everyone hear of exactly one other in each turn, whom it expects', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(2 ** 40), (size, turn) => {
        const ring = ringOf(size);
        const heard = ring.map(
          ({ name, peers }) => `${idOf(name)} > ${peers.listenerIn(turn)?.id}`,
        );
        const expected = ring.map(
          ({ name, peers }) => `${peers.beaterIn(turn)?.id} > ${idOf(name)}`,
        );
        expect(expected.toSorted()).toEqual(heard.toSorted());
      }),
    );
  });

  it('has nobody beat for itself, whoever came and went', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9)), fc.nat(), (moves, turn) => {
        const { peers, present } = moved(moves);
        for (const peer of [peers.listenerIn(turn), peers.beaterIn(turn)]) {
          expect(peer === undefined).toBe(present.size === 0);
          if (peer !== undefined) expect([...present].map(idOf)).toContain(peer.id);
        }
      }),
    );
  });

  it('knows who is there, by id and by key, and nobody else', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 120 }), (moves) => {
        const { peers, present } = moved(moves);
        expect(peers.size).toBe(present.size);
        for (let n = 0; n <= 40; n++) {
          const id = idOf(`n${n}`);
          const expected = present.has(`n${n}`) ? id : undefined;
          expect([peers.get(id)?.id, peers.byKey(beatKey(id))?.id]).toEqual([expected, expected]);
        }
      }),
    );
  });

  it('lets each beat for all the others in the course of time', () => {
    const [first] = ringOf(6);
    const asked = Array.from({ length: 60 }, (_, turn) => first!.peers.listenerIn(turn)?.id);
    expect(new Set(asked).size).toBe(5);
  });
});

describe('those who are asked about another', () => {
  it('are so many different ones, without the other and without suspects', () => {
    const [first] = ringOf(30);
    const target = first!.peers.get(idOf('n7'))!;
    for (let i = 0; i < 50; i++) {
      const others = first!.peers.others(target, 3);
      expect(new Set(others).size).toBe(3);
      expect(others).not.toContain(target);
    }
    expect(new Peers(new SeededRandom(1), 1).others(target, 3)).toEqual([]);
  });
});
