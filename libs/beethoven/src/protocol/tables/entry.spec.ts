import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Entry } from './entry.js';
import { Origin } from './origin.js';

it('keeps every stamp to the last bit', () => {
  const origin = new Origin('a#1');
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (first, second) => {
      const entry = new Entry('k', 0, undefined, first, 'a#1', origin, 1);
      expect(entry.time).toBe(first);
      entry.time = second;
      expect(entry.time).toBe(second);
    }),
  );
});
