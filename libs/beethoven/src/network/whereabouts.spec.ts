import { beforeEach, describe, expect, it } from 'vitest';
import { Timeline } from '../testing/timeline.js';
import { HEARSAY, HEARSAY_EACH_SECOND, MAX_KNOWN, Whereabouts } from './whereabouts.js';

const OPTIONS = { clusterNet: '10.0.4.0', clusterNetMask: 24, allow: [] as string[] };

let timeline: Timeline;
const whereabouts = (options: Partial<typeof OPTIONS> = {}): Whereabouts =>
  new Whereabouts({ ...OPTIONS, ...options }, timeline.clock());

beforeEach(() => {
  timeline = new Timeline();
});

describe('a node may be where its id says', () => {
  it.each([
    ['where it was met', 'a@192.0.2.7:80', '192.0.2.7', true],
    ['in the network of the cluster', 'a@10.0.4.9:33000', '192.0.2.7', true],
    ['on the machine that it speaks from', 'a@127.0.0.9:1', '127.0.0.1', true],
    ['and nowhere else', 'a@192.0.2.7:80', '198.51.100.1', false],
    ['and not on this machine from another', 'a@127.0.0.1:80', '10.0.4.9', false],
  ])('%s', (_, id, metAt, isPlausible) => {
    expect(whereabouts().isPlausible(id, metAt)).toBe(isPlausible);
  });

  it('and there it is known from then on', () => {
    const known = whereabouts();
    known.isPlausible('a@192.0.2.7:80', '192.0.2.7');
    expect(known.isPlausible('a@192.0.2.7:80', '198.51.100.1')).toBe(true);
  });
});

describe('of what others tell', () => {
  it('an address where this node looks anyway is called, however often', () => {
    const known = whereabouts();
    known.learn('192.0.2.7');
    for (let i = 0; i < 2 * HEARSAY; i++) {
      expect(known.mayCall('10.0.4.9')).toBe(true);
      expect(known.mayCall('192.0.2.7')).toBe(true);
    }
  });

  it('others are called so often, and then so many a second', async () => {
    const known = whereabouts();
    const called = (): number => {
      let count = 0;
      while (count < 2 * HEARSAY && known.mayCall('192.0.2.7')) count++;
      return count;
    };
    expect(called()).toBe(HEARSAY);
    await timeline.advance(1_000);
    expect(called()).toBe(HEARSAY_EACH_SECOND);
    await timeline.advance(3_600_000);
    expect(called()).toBe(HEARSAY);
  });

  it('nothing beyond `allow` is called, but for where a source or a meeting has shown somebody', () => {
    const known = whereabouts({ allow: ['192.0.2.0/28'] });
    expect(known.mayCall('192.0.2.7')).toBe(true);
    expect(known.mayCall('192.0.2.77')).toBe(false);
    known.learn('192.0.2.77');
    expect(known.mayCall('192.0.2.77')).toBe(true);
  });

  it('nothing on this machine is called, where the cluster is elsewhere', () => {
    expect(whereabouts().mayCall('127.0.0.1')).toBe(false);
    expect(whereabouts({ clusterNet: '127.0.0.0' }).mayCall('127.0.1.9')).toBe(true);
  });

  it.each(['', 'localhost', '::1', '10.0.4.9.evil.example'])('%j is nowhere', (address) => {
    expect(whereabouts().isKnown(address)).toBe(false);
  });
});

it('the address that was known for longest is forgotten first', () => {
  const known = whereabouts();
  known.learn('192.0.2.1');
  known.learn('192.0.2.2');
  known.learn('192.0.2.1');
  for (let i = 0; i < MAX_KNOWN - 1; i++) known.learn(`198.${i >> 8}.${i & 255}.1`);
  expect(known.isKnown('192.0.2.1')).toBe(true);
  expect(known.isKnown('192.0.2.2')).toBe(false);
});
