import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { DueHeap, isBefore, type Due } from './due-heap.js';

it('gives what is due first, and of one instant what was put in first, whatever is put in meanwhile', () => {
  const steps = fc.array(fc.option(fc.nat(9), { nil: undefined }));
  fc.assert(
    fc.property(steps, (list) => {
      const heap = new DueHeap<Due>();
      let left: Due[] = [];
      for (const [sequence, at] of list.entries()) {
        if (at === undefined) {
          const [first] = left.toSorted((a, b) => (isBefore(a, b) ? -1 : 1));
          expect(heap.first).toBe(first);
          expect(heap.pop()).toBe(first);
          left = left.filter((entry) => entry !== first);
        } else {
          const entry = { at, sequence };
          heap.push(entry);
          left.push(entry);
        }
        expect(heap.size).toBe(left.length);
      }
    }),
  );
});
