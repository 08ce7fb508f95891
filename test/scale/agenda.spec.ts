import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Agenda } from './agenda.js';

it('gives what was entered in the order of time, and of one moment in the order of entering', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 20 })), (times) => {
      const agenda = new Agenda();
      const done: { at: number; index: number }[] = [];
      for (const [index, at] of times.entries())
        agenda.add(at, () => void done.push({ at, index }));
      while (agenda.size > 0) agenda.take()?.();
      const sorted = times.map((at, index) => ({ at, index })).toSorted((a, b) => a.at - b.at);
      expect(done).toEqual(sorted);
      expect(agenda.take()).toBeUndefined();
    }),
  );
});
