import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Doorman,
  FORGIVENESS,
  HANG_UP,
  MAX_ADDRESSES,
  MAX_WAITING,
  MAX_WAITING_OF_ONE,
  PATIENCE,
} from './doorman.js';

function setUp() {
  let now = 0;
  const sent: string[] = [];
  const doorman = new Doorman(() => now);
  const arrive = (address: string, name = address) =>
    doorman.arrive(address, () => void sent.push(name));
  return { doorman, sent, arrive, pass: (span: number) => (now += span) };
}

describe('the doorman', () => {
  it('sends the one away that has waited longest, where an address has too many waiting', () => {
    const { arrive, sent, doorman } = setUp();
    arrive('b');
    for (let i = 0; i <= MAX_WAITING_OF_ONE; i++) expect(arrive('a', `a${i}`)).toBeDefined();
    expect(sent).toEqual(['a0']);
    expect(doorman.waiting).toBe(MAX_WAITING_OF_ONE + 1);
  });

  it('sends the one away that has waited longest, where too many wait in all', () => {
    const { arrive, sent, doorman } = setUp();
    for (let i = 0; i < MAX_WAITING + 3; i++) expect(arrive(`10.0.0.${i}`)).toBeDefined();
    expect(sent).toEqual(['10.0.0.0', '10.0.0.1', '10.0.0.2']);
    expect(doorman.waiting).toBe(MAX_WAITING);
  });

  it('does not send away, nor blame, who has shown that it belongs', () => {
    const { arrive, sent, doorman } = setUp();
    for (let i = 0; i < 10 * MAX_WAITING; i++) {
      const visit = arrive('a');
      visit?.belongs();
      visit?.ended();
    }
    expect(sent).toEqual([]);
    expect(doorman.failures).toBe(0);
  });

  it('backs off from an address that fails, and from no other, and forgives', () => {
    const { arrive, doorman, pass } = setUp();
    for (let i = 0; i < PATIENCE; i++) arrive('a')?.failed();
    expect(doorman.failures).toBe(PATIENCE);
    expect(arrive('a')).toBeUndefined();
    expect(arrive('b')).toBeDefined();
    pass(FORGIVENESS);
    arrive('a')?.failed();
    expect(arrive('a')).toBeUndefined();
    pass(60_000);
    for (let i = 0; i < PATIENCE; i++) expect(arrive('a')?.failed()).toBeUndefined();
    expect(arrive('a')).toBeUndefined();
  });

  it('minds a false handshake as much as eight that were given up', () => {
    const { arrive } = setUp();
    for (let i = 0; i < PATIENCE / HANG_UP; i++) arrive('a')?.ended();
    expect(arrive('a')).toBeUndefined();
    for (let i = 0; i < PATIENCE / HANG_UP - 8; i++) arrive('b')?.ended();
    expect(arrive('b')).toBeDefined();
  });

  it('does not lock an address out for a clock that was set back', () => {
    const { arrive, pass } = setUp();
    for (let i = 0; i < PATIENCE; i++) arrive('a')?.failed();
    pass(-3_600_000);
    expect(arrive('a')).toBeUndefined();
    pass(3_600_000 + FORGIVENESS);
    expect(arrive('a')).toBeDefined();
  });

  it('remembers a bounded number of addresses', () => {
    const { arrive, doorman } = setUp();
    for (let i = 0; i < MAX_ADDRESSES + 100; i++) arrive(`${i}`)?.failed();
    expect(doorman.remembered).toBe(MAX_ADDRESSES);
  });

  it('never has more waiting than it may, whatever they do', () => {
    const step = fc.record({
      address: fc.nat(9),
      what: fc.constantFrom('in', 'out', 'gone', 'stay'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 600 }), (steps) => {
        const { arrive, doorman } = setUp();
        for (const { address, what } of steps) {
          const visit = arrive(`${address}`);
          if (what === 'in') visit?.belongs();
          if (what === 'out') visit?.failed();
          expect(doorman.waiting).toBeLessThanOrEqual(MAX_WAITING);
        }
      }),
      { numRuns: 30 },
    );
  });
});
