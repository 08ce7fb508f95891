import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Origin } from './origin.js';
import { Origins } from './origins.js';

const known = fc.array(fc.nat(3), { minLength: 3, maxLength: 3 });

function origins(counts: readonly number[]): Origins {
  const all = new Origins(new Origin('self'));
  for (const [i, count] of counts.entries()) all.of(`other ${i}`).known = count;
  return all;
}

it('copies have the same digest exactly where they have seen the same', () => {
  fc.assert(
    fc.property(known, known, (one, other) => {
      const isSame = String(one) === String(other);
      expect(origins(one).digest === origins(other).digest).toBe(isSame);
    }),
  );
});

it('the digest follows a replica that is renamed', () => {
  const [before, after] = [origins([1]), origins([1])];
  for (const each of [before, after]) each.self.known = 5;
  expect(after.digest).toBe(before.digest);
  after.self.id = 'renamed';
  expect(after.digest).not.toBe(before.digest);
});
