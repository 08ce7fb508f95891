import { expect, it } from 'vitest';
import { DATAGRAM_RETRY, LOST_DATAGRAMS } from './detector-config.js';
import { Reach } from './reach.js';

const times = (count: number, step: (reach: Reach) => Reach, from = Reach.UNKNOWN): Reach =>
  Array.from({ length: count }).reduce<Reach>(step, from);

const missed = (reach: Reach): Reach => reach.missed();

it('goes over to the link when datagrams are lost in a row, and back with the first that is answered', () => {
  expect(times(LOST_DATAGRAMS - 1, missed).way).toBe('datagram');
  const lost = times(LOST_DATAGRAMS, missed);
  expect([lost.way, lost.isDirect]).toEqual(['link', false]);
  expect(lost.answered().way).toBe('datagram');
});

it('is direct unless everything that came from the member came over its link', () => {
  expect(Reach.UNKNOWN.isDirect).toBe(true);
  const byLink = Reach.UNKNOWN.heard('link');
  expect(byLink.isDirect).toBe(false);
  expect(byLink.heard('datagram').heard('link').isDirect).toBe(true);
});

it('tries a datagram again after so many beats over the link', () => {
  const shown = times(DATAGRAM_RETRY, (reach) => reach.shownOverLink());
  expect(shown.isDueForDatagram).toBe(true);
  expect(shown.triedAgain().isDueForDatagram).toBe(false);
});

it('is one and the same for all members of whom nothing is amiss', () => {
  const one = Reach.UNKNOWN.heard('datagram');
  expect(times(2, missed, one).answered()).toBe(one);
  expect(Reach.UNKNOWN.heard('datagram')).toBe(one);
});
