import * as fc from 'fast-check';
import { it } from 'vitest';
import { encode } from '../../libs/beethoven/src/network/codec.js';
import { packedSize } from './packed-size.js';

it('is what the codec makes of any value', () => {
  const number = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.double({ noNaN: true }));
  const text = fc.string({ unit: 'grapheme', maxLength: 300 });
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      number,
      text,
      fc.boolean(),
      fc.constant(null),
      tie('list'),
      tie('map'),
    ),
    list: fc.array(tie('value'), { maxLength: 40 }),
    map: fc.dictionary(fc.stringMatching(/^[a-z]{0,40}$/), tie('value'), { maxKeys: 20 }),
  }));
  fc.assert(
    fc.property(value, (any) => packedSize(any) === encode(any).length),
    { numRuns: 1_000 },
  );
});
