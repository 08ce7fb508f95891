import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Entry } from './entry.js';
import { Origins } from './origins.js';

const known = fc.array(fc.nat(3), { minLength: 3, maxLength: 3 });

function origins(counts: readonly number[]): Origins {
  const all = new Origins('self');
  for (const [i, count] of counts.entries()) all.of(`other ${i}`).see(count);
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
  for (const each of [before, after]) each.self.see(5);
  expect(after.digest).toBe(before.digest);
  after.self.rename('renamed');
  expect(after.digest).not.toBe(before.digest);
});

it('those with an entry beyond what is known are found, until it is known', () => {
  const all = origins([0, 0, 0]);
  const at = (i: number, seq: number) => {
    const origin = all.of(`other ${i}`);
    const entry = new Entry(i, 0, undefined, 1, 'w', origin, seq);
    origin.add(entry);
    return entry;
  };
  at(0, 1);
  const gone = at(1, 2);
  at(2, 3);
  expect(all.ahead().map(({ id }) => id)).toEqual(['other 0', 'other 1', 'other 2']);
  all.of('other 0').see(1);
  gone.origin.remove(gone);
  expect(all.ahead().map(({ id }) => id)).toEqual(['other 2']);
  at(0, 2);
  expect(all.ahead().map(({ id }) => id)).toEqual(['other 2', 'other 0']);
});
