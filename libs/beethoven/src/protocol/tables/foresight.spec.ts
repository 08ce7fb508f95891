import { describe, expect, it } from 'vitest';
import { Foresight } from './foresight.js';

const write = (key: string, n: number) => ({ key, row: { id: key, n } });

describe('what transactions under way will have written', () => {
  it('is what the last of them writes', () => {
    const foresight = new Foresight();
    foresight.add('t', 1, 1, [write('x', 1), write('y', 1)]);
    foresight.add('t', 2, 1, [write('x', 2)]);
    expect(foresight.get('t', 'x')).toEqual({ row: { id: 'x', n: 2 }, number: 2, attempt: 1 });
    expect(foresight.get('t', 'y')?.number).toBe(1);
    expect(foresight.get('other', 'x')).toBeUndefined();
  });

  it('is forgotten with the answer, but for what a later one writes', () => {
    const foresight = new Foresight();
    foresight.add('t', 1, 1, [write('x', 1), write('y', 1)]);
    foresight.add('t', 2, 1, [write('x', 2)]);
    foresight.remove('t', 1, [write('x', 1), write('y', 1)]);
    expect([foresight.get('t', 'x')?.number, foresight.get('t', 'y')]).toEqual([2, undefined]);
  });

  it('falls with one that it may be built on, and not with one that came after it', () => {
    const foresight = new Foresight();
    foresight.add('t', 1, 1, [write('x', 1)]);
    foresight.add('t', 2, 1, [write('x', 2)]);
    foresight.revoke('t', 3, [write('x', 3)]);
    expect(foresight.holds('t', { key: 'x', number: 2, attempt: 1 })).toBe(true);
    foresight.revoke('t', 1, [write('x', 1)]);
    expect(foresight.get('t', 'x')).toBeUndefined();
  });
});
