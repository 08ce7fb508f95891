import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Numbered } from './numbered.js';

describe('what is under way, by number', () => {
  it('is what a map would hold, in the same order', () => {
    const number = fc.oneof(fc.nat(40), fc.constantFrom(2 ** 40, 2 ** 40 + 16, 2 ** 53 - 1, 0.5));
    const step = fc.tuple(fc.constantFrom('set', 'set', 'delete'), number);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const ours = new Numbered<string>();
        const map = new Map<number, string>();
        for (const [index, [kind, key]] of steps.entries()) {
          if (kind === 'delete') expect(ours.delete(key)).toBe(map.delete(key));
          else ours.set(key, `${index}`);
          if (kind === 'set') map.set(key, `${index}`);
          expect(ours.get(key)).toBe(map.get(key));
          expect(ours.has(key)).toBe(map.has(key));
          expect([ours.size, ours.firstNumber, ours.first]).toEqual([
            map.size,
            ...(map.entries().next().value ?? [undefined, undefined]),
          ]);
        }
        expect([...ours.values()]).toEqual([...map.values()]);
      }),
    );
  });

  it('can be gone through while some of it goes and more comes', () => {
    const ours = new Numbered<number>();
    for (let n = 0; n < 4; n++) ours.set(n, n);
    const seen: number[] = [];
    for (const n of ours.values()) {
      seen.push(n);
      ours.delete(n);
      ours.delete(n + 1);
      ours.set(n + 10, n);
    }
    expect(seen).toEqual([0, 2]);
    expect([...ours.values()]).toEqual([0, 2]);
  });
});
