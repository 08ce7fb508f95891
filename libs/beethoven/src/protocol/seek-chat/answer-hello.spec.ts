import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PeerCard } from '../terms.js';
import { answerHello } from './answer-hello.js';

const cardOf = (id: string, startedAt = 1_000): PeerCard => ({
  id,
  incarnation: startedAt,
  startedAt,
  labels: {},
});
const host = { cluster: 'shop', card: cardOf('host@127.0.0.1:33000') };
const hello = {
  protocol: [1, 1],
  cluster: 'shop',
  purpose: 'link',
  card: cardOf('caller@127.0.0.2:33000'),
};

describe('a node that is called', () => {
  it('takes a caller of its cluster in, and shows its card', () => {
    expect(answerHello(hello, host)).toEqual({ hello, welcome: { protocol: 1, card: host.card } });
  });

  it('agrees on the newest version that both speak', () => {
    expect(answerHello({ ...hello, protocol: [0, 9] }, host)).toMatchObject({
      welcome: { protocol: 1 },
    });
  });

  it.each([
    ['another cluster', { ...hello, cluster: 'bank' }, 'cluster'],
    ['a newer protocol', { ...hello, protocol: [2, 3] }, 'version'],
    ['an older protocol', { ...hello, protocol: [0, 0] }, 'version'],
    ['versions in the wrong order', { ...hello, protocol: [3, 1] }, 'version'],
    ['itself', { ...hello, card: host.card }, 'self'],
    ['another life of its own id', { ...hello, card: cardOf(host.card.id, 2_000) }, 'duplicate-id'],
    ['a call for somebody else', { ...hello, expected: 'other@127.0.0.1:33000' }, 'not-me'],
    ['a hello with a hole', { ...hello, card: undefined }, 'malformed'],
    ['no hello at all', 'GET / HTTP/1.1', 'malformed'],
  ])('turns away %s', (_case, message, reason) => {
    expect(answerHello(message, host)).toMatchObject({ refused: { reason } });
  });

  it('turns a later version away by its letterhead, whatever else has changed in it', () => {
    const fromTheFuture = { protocol: [7, 9], cluster: 'shop', who: new Uint8Array(8) };
    expect(answerHello(fromTheFuture, host)).toMatchObject({ refused: { reason: 'version' } });
  });

  it('tells a stranger of another cluster nothing of its own', () => {
    const foreign = fc.record({
      protocol: fc.tuple(fc.nat(9), fc.nat(9)),
      cluster: fc.string({ minLength: 1 }).filter((cluster) => cluster !== host.cluster),
      purpose: fc.constantFrom('seek', 'link', 'watch'),
      card: fc.constantFrom(hello.card, host.card),
    });
    fc.assert(
      fc.property(foreign, (message) => {
        const told = JSON.stringify(answerHello(message, host));
        for (const secret of [host.cluster, host.card.id, '1']) expect(told).not.toContain(secret);
      }),
    );
  });

  it('takes whatever comes', () => {
    fc.assert(
      fc.property(fc.anything(), (message) => {
        expect(answerHello(message, host)).toMatchObject({ refused: { reason: 'malformed' } });
      }),
    );
  });
});
