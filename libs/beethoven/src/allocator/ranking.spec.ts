import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClusterNode } from '../core-server/cluster-node.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { Ranking, type NodeScore } from './ranking.js';

const member = (id: string, status: ClusterNode['status'] = 'alive'): ClusterNode => ({
  id,
  name: id,
  address: '127.0.0.1',
  port: 33_000,
  status,
  labels: {},
  startedAt: 0,
  self: false,
  lastChange: 7,
});

const row = (node: string, score: number): NodeScore => ({ node, score, lastChange: 9 });

function rankingOf(members: readonly ClusterNode[], scores: Record<string, number>): Ranking {
  const ranking = new Ranking((node) =>
    scores[node] === undefined ? undefined : row(node, scores[node]),
  );
  ranking.follow(members);
  return ranking;
}

describe('the ranking', () => {
  it('stands from least to most busy', () => {
    const ranking = rankingOf(
      ['a', 'b', 'c'].map((id) => member(id)),
      { a: 3, b: 1, c: 2 },
    );
    expect(ranking.ids()).toEqual(['b', 'c', 'a']);
    expect(ranking.rows().map(({ score }) => score)).toEqual([1, 2, 3]);
    expect(ranking.first()).toBe('b');
  });

  it('orders equals by id, in whatever order they came', () => {
    const ranking = rankingOf(
      ['c', 'a', 'b'].map((id) => member(id)),
      { a: 1, b: 1, c: 1 },
    );
    expect(ranking.ids()).toEqual(['a', 'b', 'c']);
  });

  it('counts a member that has told nothing as 0', () => {
    const ranking = rankingOf([member('new'), member('old')], { old: 0.1 });
    expect(ranking.rows()[0]).toEqual({ node: 'new', score: 0, lastChange: 7 });
  });

  it('puts suspects after everyone else, and back once they answer', () => {
    const ranking = rankingOf([member('calm', 'suspect'), member('busy')], { calm: 1, busy: 9 });
    expect(ranking.ids()).toEqual(['busy', 'calm']);
    ranking.follow([member('calm'), member('busy')]);
    expect(ranking.ids()).toEqual(['calm', 'busy']);
  });

  it('loses a member that is no longer live', () => {
    const ranking = rankingOf([member('a'), member('b')], { a: 1, b: 2 });
    ranking.follow([member('b')]);
    expect(ranking.ids()).toEqual(['b']);
    expect([...ranking.scores()]).toEqual([['b', 2]]);
    ranking.rescore('a', row('a', 0)); // its row may well arrive after its end
    expect(ranking.ids()).toEqual(['b']);
  });

  it('moves a node with its score', () => {
    const ranking = rankingOf([member('a'), member('b')], { a: 1, b: 2 });
    ranking.rescore('a', row('a', 3));
    expect(ranking.ids()).toEqual(['b', 'a']);
    ranking.rescore('a', undefined);
    expect(ranking.ids()).toEqual(['a', 'b']);
    expect(ranking.scores().get('a')).toBe(0);
  });

  it('gives the least busy eligible node, and tells who is asked about', () => {
    const ranking = rankingOf([member('a'), member('b'), member('c')], { a: 1, b: 2, c: 3 });
    const asked: string[] = [];
    const node = ranking.firstOf(({ id }) => asked.push(id) > 0 && id !== 'a');
    expect(node).toBe('b');
    expect(asked).toEqual(['a', 'b']);
    expect(ranking.ids(({ id }) => id !== 'b')).toEqual(['a', 'c']);
    expect(ranking.firstOf(() => false)).toBeUndefined();
  });

  it('is the same as sorting anew after every change', () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    const status = fc.constantFrom('alive', 'suspect', 'gone');
    const change = fc.oneof(
      fc.record({ id: fc.constantFrom(...ids), score: fc.integer({ min: 0, max: 3 }) }),
      fc.record({ id: fc.constantFrom(...ids), status }),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const scores: Record<string, number> = {};
        const live = new Map<string, ClusterNode>();
        const ranking = rankingOf([], scores);
        for (const next of changes) {
          if ('score' in next) {
            scores[next.id] = next.score;
            ranking.rescore(next.id, row(next.id, next.score));
          } else {
            if (next.status === 'gone') live.delete(next.id);
            else live.set(next.id, member(next.id, next.status));
            ranking.follow([...live.values()]);
          }
          const expected = [...live.values()].toSorted(
            (a, b) =>
              Number(a.status === 'suspect') - Number(b.status === 'suspect') ||
              (scores[a.id] ?? 0) - (scores[b.id] ?? 0) ||
              (a.id < b.id ? -1 : 1),
          );
          expect(ranking.ids()).toEqual(expected.map(({ id }) => id));
          expect(ranking.size).toBe(live.size);
        }
      }),
    );
  });
});

describe('the better of two', () => {
  const random = new SeededRandom(7);
  const draws = (ranking: Ranking, eligible?: (node: ClusterNode) => boolean) => {
    const counts: Record<string, number> = {};
    for (let i = 0; i < 3_000; i++) {
      const node = String(ranking.betterOfTwo(random, eligible));
      counts[node] = (counts[node] ?? 0) + 1;
    }
    return counts;
  };

  it('prefers the less busy, and never takes the busiest', () => {
    const counts = draws(
      rankingOf(
        ['a', 'b', 'c'].map((id) => member(id)),
        { a: 1, b: 2, c: 3 },
      ),
    );
    expect(counts['a']).toBeGreaterThan(1_800); // two draws of three
    expect(counts['b']).toBeGreaterThan(800); // one of three
    expect(counts['c']).toBeUndefined();
  });

  it('treats equals as equals', () => {
    const counts = draws(
      rankingOf(
        ['a', 'b', 'c', 'd'].map((id) => member(id)),
        {},
      ),
    );
    for (const id of ['a', 'b', 'c', 'd']) expect(counts[id]).toBeGreaterThan(600);
  });

  it('gives nothing to the stalled, and still shows what they told', () => {
    const members = [member('a', 'stalled'), member('b', 'suspect'), member('c')];
    const ranking = rankingOf(members, { a: 1, b: 2, c: 9 });
    expect(ranking.rows().map(({ node }) => node)).toEqual(['c', 'b', 'a']);
    expect(ranking.ids()).toEqual(['c', 'b']);
    const alone = rankingOf([member('a', 'stalled')], { a: 1 });
    expect([alone.first(), alone.firstOf(() => true), alone.ids()]).toEqual([
      undefined,
      undefined,
      [],
    ]);
    expect(alone.betterOfTwo(new SeededRandom(1))).toBeUndefined();
  });

  it('takes no suspect while there is anyone else', () => {
    const members = [member('a', 'suspect'), member('b'), member('c', 'suspect')];
    expect(draws(rankingOf(members, { b: 9 }))).toEqual({ b: 3_000 });
    expect(Object.keys(draws(rankingOf([members[0]!, members[2]!], {}))).toSorted()).toEqual([
      'a',
      'c',
    ]);
  });

  it('draws from the eligible ones', () => {
    const ranking = rankingOf(
      ['a', 'b', 'c'].map((id) => member(id)),
      { a: 1, b: 2, c: 3 },
    );
    expect(draws(ranking, ({ id }) => id !== 'a')).toEqual({ b: 3_000 });
    expect(draws(ranking, ({ id }) => id === 'c')).toEqual({ c: 3_000 });
    expect(ranking.betterOfTwo(random, () => false)).toBeUndefined();
  });
});
