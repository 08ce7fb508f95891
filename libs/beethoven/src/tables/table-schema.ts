import { TableSchemaError } from '../errors/table-schema.error.js';
import type { Key, Row } from '../protocol/tables/row.js';
import { MAX_WEIGHT, weigh } from '../protocol/tables/weight.js';
import type { TableConfig } from './table.js';

const MAX_NAME = 200;
const MAX_COLUMNS = 1_000;

/** What a table's definition says about its rows: checks it, and them. */
export class TableSchema {
  readonly key: string;
  readonly rank: ((row: Row) => number) | undefined;
  readonly #columns: ReadonlySet<string>;

  constructor(
    readonly name: string,
    { key, columns, rank }: Pick<TableConfig<Record<string, unknown>>, 'key' | 'columns' | 'rank'>,
  ) {
    this.key = key;
    this.rank = rank;
    this.#columns = new Set(columns);
    if (name.length === 0 || name.length > MAX_NAME)
      throw this.#error(`its name has ${name.length} characters`, `Use 1 to ${MAX_NAME}.`);
    if (this.#columns.size > MAX_COLUMNS)
      throw this.#error(`it has ${this.#columns.size} columns`, `Use ${MAX_COLUMNS} at most.`);
    if (!this.#columns.has(key))
      throw this.#error(`the key "${key}" is none of its columns`, `Add "${key}" to \`columns\`.`);
    if (this.#columns.has('__proto__'))
      throw this.#error('a column is called "__proto__"', 'Give it another name.');
  }

  /** Whether another definition says the same. */
  equals(other: TableSchema): boolean {
    return (
      this.key === other.key &&
      this.rank === other.rank &&
      this.#columns.size === other.#columns.size &&
      [...this.#columns].every((column) => other.#columns.has(column))
    );
  }

  /** The row as it is stored: a frozen copy without empty columns. @throws TableSchemaError */
  row(given: object): Row {
    const columns = given as Readonly<Record<string, unknown>>;
    const row: Record<string, unknown> = {};
    let weight = 0;
    for (const column of Object.keys(given)) {
      const value = columns[column];
      if (!this.#columns.has(column)) throw this.#unknown(column, value);
      if (value === undefined) continue;
      weight += column.length + weigh(value);
      row[column] = value;
    }
    if (Number.isNaN(weight)) throw this.#unsendable(row);
    this.checkKey(row[this.key]);
    if (weight > MAX_WEIGHT)
      throw this.#error(
        `the row with the key ${show(row[this.key])} has about ${weight} bytes`,
        `Keep rows below ${MAX_WEIGHT} bytes.`,
      );
    return Object.freeze(row);
  }

  checkKey(key: unknown): asserts key is Key {
    if (typeof key === 'string' || (typeof key === 'number' && Number.isFinite(key))) return;
    throw this.#error(
      `${show(key)} is no key (column "${this.key}")`,
      'Keys are strings or finite numbers.',
    );
  }

  /** @throws TableSchemaError in a table whose rows have a rank */
  checkDeletable(key: unknown): asserts key is Key {
    this.checkKey(key);
    if (this.rank !== undefined)
      throw this.#error(
        `the row ${show(key)} has a rank and cannot be deleted`,
        'Put a row of a higher rank that says that it is void.',
      );
  }

  clash(): TableSchemaError {
    return this.#error(
      'it is open already with another key, other columns or another rank',
      'Open it with the same definition everywhere, or give it another name.',
    );
  }

  #unknown(column: string, value: unknown): TableSchemaError {
    return this.#error(
      `there is no column "${column}" (value ${show(value)})`,
      `Its columns are ${[...this.#columns].join(', ')}.`,
    );
  }

  #unsendable(row: Row): TableSchemaError {
    const [column, value] =
      Object.entries(row).find((entry) => Number.isNaN(weigh(entry[1]))) ?? [];
    return this.#error(
      `the value ${show(value)} of column "${column}" cannot travel`,
      'Use plain objects and arrays up to 16 deep, strings, numbers, booleans, bytes and null.',
    );
  }

  #error(fault: string, cure: string): TableSchemaError {
    return new TableSchemaError(this.name, fault, cure);
  }
}

/** A value for a message: short, and never a failure of its own. */
function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 60));
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? 'an array' : `a ${value.constructor?.name ?? 'plain object'}`;
  }
  return typeof value === 'function' ? 'a function' : String(value);
}
