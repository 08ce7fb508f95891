import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { RowShape } from './row-shape.js';
import { MAX_SHAPES, RowShapes } from './row-shapes.js';

const columns = fc.uniqueArray(
  fc.string({ maxLength: 8, unit: 'binary' }).filter((column) => column !== '__proto__'),
);
const value = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.object());
const one = (): number => 1;

describe('a row shape', () => {
  it('makes and copies the rows that a loop makes, whatever the columns are called', () => {
    fc.assert(
      fc.property(columns, fc.infiniteStream(value), (names, values) => {
        const shape = new RowShape(names);
        const cells = names.map(() => values.next().value);
        const row = Object.fromEntries(names.map((name, at) => [name, cells[at]]));
        expect(shape.make(['before', ...cells, 'after'], 1)).toStrictEqual(row);
        expect(shape.copy(row, one, Infinity)).toStrictEqual(row);
        expect(shape.copy(row, one, Infinity)).not.toBe(row);
      }),
    );
  });

  it('works where code may not be generated', () => {
    vi.stubGlobal('Function', () => {
      throw new EvalError('Code generation from strings disallowed for this context');
    });
    try {
      const shape = new RowShape(['looped', 'b']);
      expect(shape.make([1, 2, 3], 1)).toStrictEqual({ looped: 2, b: 3 });
      expect(shape.copy({ looped: 1, b: 2 }, one, 9)).toStrictEqual({ looped: 1, b: 2 });
      expect(shape.copy({ looped: 1, b: 2 }, one, 8)).toBeUndefined();
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('copies no row that is too heavy, or of which a part has no weight', () => {
    const shape = new RowShape(['a', 'b']);
    expect(shape.copy({ a: 1, b: 2 }, one, 4)).toEqual({ a: 1, b: 2 });
    expect(shape.copy({ a: 1, b: 2 }, one, 3)).toBeUndefined();
    expect(shape.copy({ a: 1, b: 2 }, (n) => (n === 2 ? NaN : 1), Infinity)).toBeUndefined();
  });

  it('reads each value once', () => {
    let reads = 0;
    const row = {
      get a() {
        return ++reads;
      },
    };
    expect(new RowShape(['a']).copy(row, one, 9)).toEqual({ a: 1 });
  });

  it('is that of plain objects with its columns in its order, and of no others', () => {
    const shape = new RowShape(['a', 'b']);
    expect(shape.matches({ a: 1, b: undefined })).toBe(true);
    for (const other of [{ a: 1 }, { b: 1, a: 1 }, { a: 1, b: 1, c: 1 }, {}, ['a', 'b']])
      expect([other, shape.matches(other)]).toEqual([other, false]);
    const heir = Object.assign(Object.create({ b: 1 }) as object, { a: 1 });
    expect(shape.matches(heir)).toBe(false);
  });
});

describe('the shapes of a table', () => {
  it('are found by a row or by columns, and are few', () => {
    const shapes = new RowShapes();
    const first = shapes.of(['a', 'b']);
    expect(shapes.of(['a', 'b'])).toBe(first);
    expect(shapes.find({ a: 1, b: 2 })).toBe(first);
    expect(shapes.find({ b: 2, a: 1 })).toBeUndefined();
    for (let n = 1; n < MAX_SHAPES; n++) expect(shapes.of([`${n}`])).toBeDefined();
    expect(shapes.of(['one too many'])).toBeUndefined();
    expect(shapes.of(['a', 'b'])).toBe(first);
  });
});
