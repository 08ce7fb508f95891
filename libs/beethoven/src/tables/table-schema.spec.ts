import { describe, expect, it } from 'vitest';
import { TableSchema } from './table-schema.js';
import type { TableConfig } from './table.js';

type Config = TableConfig<Record<string, unknown>>;

const CONFIG: Config = {
  name: 'people',
  key: 'id',
  columns: ['id', 'name', 'age', 'photo', 'tags', 'address'],
  types: { name: 'string', age: 'number', photo: 'bytes', tags: 'array', address: 'object' },
  indexes: ['name'],
};
const schema = (change: Partial<Config> = {}): TableSchema =>
  new TableSchema({ ...CONFIG, ...change });

describe('the schema of a table', () => {
  it('takes values of the type of their column, none, and null', () => {
    const row = { id: 1, name: 'Ada', age: 36, photo: Uint8Array.of(1), tags: [], address: {} };
    expect(schema().row(row)).toEqual(row);
    expect(schema().row({ id: 1, name: null, age: undefined })).toEqual({ id: 1, name: null });
  });

  it('names table, column, value and cure where a value has another type', () => {
    const put = (row: object) => () => schema().row({ id: 1, ...row });
    expect(put({ age: '36' })).toThrow(
      'Table "people": the value "36" of column "age" is no number. Give it a value of the type number, or change `types`.',
    );
    expect(put({ photo: [1] })).toThrow(/an array of column "photo" is no bytes.*a Uint8Array/);
    expect(put({ tags: {} })).toThrow(/is no array/);
    expect(put({ address: [] })).toThrow(/is no object/);
  });

  it('finds in the hundredth row of a shape what it finds in the first', () => {
    const one = schema({ types: { age: 'number' } });
    const good = { id: 'a', name: 'Ada', age: 36 };
    for (let n = 0; n < 100; n++) expect(one.row(good)).toStrictEqual(good);
    const put = (row: object) => () => one.row({ ...good, ...row });
    expect(put({ age: '36' })).toThrow(/is no number/);
    expect(put({ name: ['Ada'] })).toThrow(/"name" cannot be indexed/);
    expect(put({ name: Symbol('Ada') })).toThrow(/cannot travel/);
    expect(put({ colour: 'red' })).toThrow(/no column "colour"/);
    expect(put({ id: undefined })).toThrow(/undefined is no key/);
    expect(put({ id: NaN })).toThrow(/NaN is no key/);
    expect(put({ name: 'x'.repeat(2 ** 20) })).toThrow(/Keep rows below/);
    expect(put({ name: null, age: undefined })()).toStrictEqual({ id: 'a', name: null });
    expect(Object.isFrozen(put({})())).toBe(true);
    expect(Object.isFrozen(good)).toBe(false);
  });

  it('indexes no objects', () => {
    const untyped = schema({ types: {} });
    expect(() => untyped.row({ id: 1, name: ['Ada'] })).toThrow(/"name" cannot be indexed/);
  });

  it('makes sense, or says why not', () => {
    expect(() => schema({ type: 'heap' as never })).toThrow(
      /no type "heap".*set, ordered_set, bag/,
    );
    expect(() => schema({ indexes: ['colour'] })).toThrow(/"colour" in `indexes`/);
    expect(() => schema({ types: { colour: 'string' } })).toThrow(
      /"colour" in `indexes` or `types`/,
    );
    expect(() => schema({ type: 'bag', rank: () => 1 })).toThrow(/a bag has a rank/);
  });

  it('is the same with its columns in another order, and on other nodes with other indexes', () => {
    const columns = CONFIG.columns.toReversed();
    expect(schema({ columns }).equals(schema())).toBe(true);
    expect(schema({ indexes: [] }).equals(schema())).toBe(false);
    expect(String(schema({ columns, indexes: [] }).definition)).toBe(String(schema().definition));
    expect(String(schema({ types: {} }).definition)).not.toBe(String(schema().definition));
  });

  it('goes with one of other columns, and not with one of another key, type, rank or type of a column', () => {
    const { definition } = schema();
    const conflict = (change: Partial<Config>) => definition.conflict(schema(change).definition);
    expect(conflict({ columns: [...CONFIG.columns, 'more'] })).toBeUndefined();
    expect(conflict({ columns: ['id', 'name'], types: { name: 'string' } })).toBeUndefined();
    expect(conflict({ key: 'age' })).toMatch(/key is "id" here and "age" in the cluster/);
    expect(conflict({ type: 'bag' })).toMatch(/'set' here and 'bag' in the cluster/);
    expect(conflict({ types: {} })).toMatch(/column "name" is of the type string here and any/);
    expect(conflict({ rank: () => 1 })).toMatch(/no rank here and one/);
  });
});
