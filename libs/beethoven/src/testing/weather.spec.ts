import { describe, expect, it } from 'vitest';
import { SeededRandom } from './seeded-random.js';
import { Weather } from './weather.js';

const weather = (seed = 1) => new Weather(new SeededRandom(seed));
const send = (from: string, to: string, over: Weather, count = 2_000) =>
  Array.from({ length: count }, () => over.delivers(from, to));

describe('a datagram', () => {
  it('arrives once in good weather', () => {
    for (const delays of send('a', 'b', weather())) {
      expect(delays).toHaveLength(1);
      expect(delays[0]).toBeLessThanOrEqual(0.5);
    }
  });

  it('is lost, or arrives twice, as often as was asked for', () => {
    const over = weather();
    over.degrade({ loss: 0.3 });
    expect(send('a', 'b', over).filter(({ length }) => length === 0).length / 2_000).toBeCloseTo(
      0.3,
      1,
    );
    over.degrade({ duplication: 0.2 });
    const delays = send('a', 'b', over);
    expect(delays.filter(({ length }) => length === 2).length / 2_000).toBeCloseTo(0.2, 1);
    expect(delays.find(({ length }) => length === 2)?.[0]).not.toBe(delays[0]?.[1]);
  });

  it('does not arrive through a cut, nor later when it heals', () => {
    const over = weather();
    const cut = over.cut([{ from: 'a', to: 'b' }]);
    expect(over.delivers('a', 'b')).toEqual([]);
    expect(over.delivers('b', 'a')).toHaveLength(1);
    cut.heal();
    expect(over.delivers('a', 'b')).toHaveLength(1);
  });

  it('passes an earlier one that is held back', () => {
    const over = weather();
    over.degrade({ reordering: 0.5 });
    const arrivals = send('a', 'b', over, 100).map(([delay = 0], sent) => sent + delay);
    expect(arrivals).not.toEqual(arrivals.toSorted((a, b) => a - b));
  });
});

describe('the weather of a link', () => {
  it('is its own, one way, until the whole network gets another', () => {
    const over = weather();
    over.degradeLink('a', 'b', { latency: [70, 70] });
    expect(over.delivers('a', 'b')).toEqual([70]);
    expect(over.delay('a', 'b', 200)).toBe(70);
    expect(over.delivers('b', 'a')[0]).toBeLessThanOrEqual(0.5);
    over.degrade({ latency: [9, 9] });
    expect(over.delivers('a', 'b')).toEqual([9]);
  });
});
