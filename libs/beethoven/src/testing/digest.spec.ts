import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Digest } from './digest.js';

const of = (values: readonly number[]): string => {
  const digest = new Digest();
  for (const value of values) digest.add(value);
  return String(digest);
};
const values = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }));

it('is the same for the same story', () => {
  fc.assert(fc.property(values, (story) => of(story) === of([...story])));
});

it('is another one when anything comes in another order, later by a microsecond, or not at all', () => {
  expect(of([1, 2])).not.toBe(of([2, 1]));
  expect(of([1.5])).not.toBe(of([1.501]));
  expect(of([1])).not.toBe(of([1, 0]));
  expect(of([])).toMatch(/^[\da-f]{16}$/);
});
