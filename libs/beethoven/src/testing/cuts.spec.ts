import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Cuts, type Way } from './cuts.js';

const hosts = ['a', 'b', 'c', 'd'];
const host = fc.constantFrom(...hosts);
const way = fc.record({ from: host, to: host }, { requiredKeys: [] });

it('a way is cut while one cut over it lives, and open after the last', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.array(way), fc.boolean(), fc.boolean())), (script) => {
      const cuts = new Cuts();
      const live: (readonly Way[])[] = [];
      for (const [ways, ends, endsTwice] of script) {
        const end = cuts.add(ways);
        if (!ends) live.push(ways);
        else end();
        if (ends && endsTwice) end();
      }
      for (const from of hosts)
        for (const to of hosts) {
          const lies = live
            .flat()
            .some((cut) => (cut.from ?? from) === from && (cut.to ?? to) === to);
          expect(cuts.isCut(from, to)).toBe(lies && from !== to);
        }
    }),
  );
});

it('everything is open once all is cleared, and stays so when an old cut ends', () => {
  const cuts = new Cuts();
  const end = cuts.add([{ from: 'a', to: 'b' }]);
  cuts.clear();
  expect(cuts.isCut('a', 'b')).toBe(false);
  end();
  const again = cuts.add([{ from: 'a', to: 'b' }]);
  expect(cuts.isCut('a', 'b')).toBe(true);
  again();
  expect(cuts.isCut('a', 'b')).toBe(false);
});
