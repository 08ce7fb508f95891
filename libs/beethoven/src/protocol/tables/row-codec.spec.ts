import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode } from '../../network/codec.js';
import { LAST_STAMP } from './hybrid-clock.js';
import { MAX_ROWS, packRows, unpackRows } from './row-codec.js';
import { RowShapes } from './row-shapes.js';

const value = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double({ noNaN: true }).filter((number) => !Object.is(number, -0)),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
  fc.array(fc.integer()),
);
const column = fc.oneof(
  fc.constantFrom('id', 'a', 'b', '7', 'toString', ''),
  fc.string().filter((name) => name !== '__proto__'),
);
const row = fc.dictionary(column, value, { noNullPrototype: true, maxKeys: 4 });
const key = fc.oneof(fc.string(), fc.integer(), fc.constantFrom('k', 1));
const stamp = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: LAST_STAMP }));
const rows = fc
  .tuple(
    fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 3 }),
    fc.array(fc.tuple(key, fc.option(row), stamp, fc.nat(), fc.nat(), stamp, fc.boolean())),
  )
  .map(([names, list]) => ({
    names,
    cells: list.flatMap(([k, columns, time, writer, origin, seq, isInRow]) => [
      k,
      columns && isInRow ? { ...columns, id: k } : columns,
      time,
      writer % names.length,
      origin % names.length,
      seq,
    ]),
  }));

const NAMES = ['a'];
const SHAPES = [[0, 'id', 'value']];
const ROW = [1, 0, 0, 5, 7, 'k', 'v'];
const unpack = (values: unknown, shapes: unknown = SHAPES, names: unknown = NAMES) =>
  unpackRows(names, [shapes, values]);

describe('packed rows', () => {
  it('arrive as they were, whatever their columns, keys and stamps', () => {
    fc.assert(
      fc.property(rows, ({ names, cells }) => {
        const shapes = new RowShapes();
        const packed = decode(encode(packRows({ names, cells })));
        expect(unpackRows(names, packed)).toStrictEqual({ names, cells });
        const maker = (columns: readonly string[]) => shapes.of(columns)?.make;
        expect(unpackRows(names, packed, maker)).toStrictEqual({ names, cells });
      }),
    );
  });

  it('name columns once, and tell stamps by what they are later than the row before', () => {
    const cells = [1, 2, 3].flatMap((n) => [`k${n}`, { id: `k${n}`, n }, 900 + n, 0, 0, 70 + n]);
    expect(packRows({ names: NAMES, cells })).toEqual([
      [[0, 'id', 'n']],
      [1, 0, 0, 901, 71, 'k1', 1, 1, 0, 0, 1, 1, 'k2', 2, 1, 0, 0, 1, 1, 'k3', 3],
    ]);
  });

  it('have as many shapes as rows have, in whatever order these come', () => {
    const shaped = [{ id: 'k', a: 1 }, { id: 'k' }, { a: 1, id: 'k' }, { other: 1 }];
    const cells = [...shaped, ...shaped].flatMap((one, n) => ['k', one, n, 0, 0, n + 1]);
    const [shapes] = packRows({ names: NAMES, cells });
    expect(shapes).toEqual([
      [0, 'id', 'a'],
      [0, 'id'],
      [1, 'a', 'id'],
      [-1, 'other'],
    ]);
  });

  it('are none, not even some, with any one thing wrong', () => {
    const good = { names: NAMES, cells: ['k', { id: 'k', value: 'v' }, 5, 0, 0, 7] };
    expect(unpack(ROW)).toEqual(good);
    const bad: unknown[][] = [
      ...ROW.map((_, at) => ROW.slice(0, at)).slice(1),
      [2, ...ROW.slice(1)],
      [1.5, ...ROW.slice(1)],
      [1, 1, ...ROW.slice(2)],
      [1, 0, 1, ...ROW.slice(3)],
      [1, 0, 0, -6, ...ROW.slice(4)],
      [1, 0, 0, 0.5, ...ROW.slice(4)],
      [1, 0, 0, LAST_STAMP + 1, ...ROW.slice(4)],
      [1, 0, 0, '5', ...ROW.slice(4)],
      [1, 0, 0, 5, -7, 'k', 'v'],
      [1, 0, 0, 5, null, 'k', 'v'],
      [1, 0, 0, 5, 7, NaN, 'v'],
      [1, 0, 0, 5, 7, {}, 'v'],
      [0, 0, 0, 5, 7],
      [0, 0, 0, 5, 7, undefined],
    ];
    for (const values of bad) {
      expect([values, unpack(values)]).toEqual([values, undefined]);
      expect(unpack([...ROW, ...values])).toBeUndefined();
    }
    for (const shape of [[], ['id'], [2, 'id', 'value'], [0, 'id', 'id'], [0, 'id', 7]])
      expect([shape, unpack(ROW, [shape])]).toEqual([shape, undefined]);
    expect(unpack(ROW, [[0, 'id', '__proto__']])).toBeUndefined();
    expect(unpack([], [[0, ...Array.from({ length: 1_001 }, String)]])).toBeUndefined();
    for (const nothing of [null, {}, 'x', 7]) {
      expect(unpack(nothing)).toBeUndefined();
      expect(unpack(ROW, nothing)).toBeUndefined();
      expect(unpack(ROW, SHAPES, nothing)).toBeUndefined();
      expect(unpackRows(NAMES, nothing)).toBeUndefined();
    }
  });

  it('are never half taken, and never throw, with any part replaced', () => {
    const damage = fc.tuple(rows, fc.nat(), fc.anything(), fc.boolean());
    fc.assert(
      fc.property(damage, ([{ names, cells }, at, thing, inShapes]) => {
        const packed = packRows({ names, cells }) as [unknown[], unknown[]];
        const part = packed[inShapes ? 0 : 1];
        part[at % (part.length + 1)] = thing;
        const taken = unpackRows(names, packed);
        if (taken === undefined) return;
        expect(taken.cells.length % 6).toBe(0);
        expect(unpackRows(names, packRows(taken))).toEqual(taken);
      }),
    );
  });

  it('are limited in number, since an empty row takes more here than on the way', () => {
    const many = (count: number) =>
      Array.from({ length: count }, () => [1, 0, 0, 0, 1, 'k']).flat();
    expect(unpack(many(3), [[-1]])?.cells).toHaveLength(18);
    expect(unpack(many(MAX_ROWS), [[-1]])).toBeDefined();
    expect(unpack(many(MAX_ROWS + 1), [[-1]])).toBeUndefined();
  });
});
