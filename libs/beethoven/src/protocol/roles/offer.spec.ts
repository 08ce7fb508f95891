import { describe, expect, it } from 'vitest';
import { offersOf, wantedInstances } from './offer.js';

const node = (id: string, startedAt: number, offers: Record<string, number>) => ({
  id,
  startedAt,
  offers: new Map(Object.entries(offers)),
});

describe('an offer', () => {
  it('names the roles of a node and the instances its app wants', () => {
    expect(offersOf({ node: 'a', roles: { mail: 2 } })).toEqual(new Map([['mail', 2]]));
  });

  it.each([
    ['nothing', undefined],
    ['no roles', { node: 'a' }],
    ['roles that are a text', { node: 'a', roles: 'mail' }],
    ['no instances', { node: 'a', roles: { mail: 0 } }],
    ['half an instance', { node: 'a', roles: { mail: 0.5 } }],
    ['more instances than anybody could count', { node: 'a', roles: { mail: 1e12 } }],
    ['an instance that is a text', { node: 'a', roles: { mail: '1' } }],
  ])('is refused with %s', (_, row) => {
    expect(offersOf(row)).toBeUndefined();
  });
});

describe('the wanted instances', () => {
  it('are those of the newest deploy, role by role', () => {
    const nodes = [
      node('old', 1, { mail: 5, sweep: 1 }),
      node('new', 3, { mail: 2 }),
      node('middle', 2, { mail: 9, reports: 4 }),
    ];
    expect(wantedInstances(nodes)).toEqual(
      new Map(Object.entries({ mail: 2, sweep: 1, reports: 4 })),
    );
  });

  it('are the same everywhere when two processes started in the same instant', () => {
    const twins = [node('a', 1, { mail: 1 }), node('b', 1, { mail: 2 })];
    expect(wantedInstances(twins)).toEqual(wantedInstances(twins.toReversed()));
  });
});
