import { bagIdentity } from '../protocol/tables/bag-identity.js';
import type { Draft, RowShape } from '../protocol/tables/row-shape.js';
import { RowShapes } from '../protocol/tables/row-shapes.js';
import type { Key, Row } from '../protocol/tables/row.js';
import { TableViews } from '../protocol/tables/table-views.js';
import { MAX_WEIGHT, weigh } from '../protocol/tables/weight.js';
import { TableSchemaError } from '../errors/table-schema.error.js';
import { TableDefinition } from './table-definition.js';
import { show, typeOf } from './show-value.js';
import type { ColumnType, TableConfig } from './table.js';

/** What the names of the framework's own tables begin with. */
export const OWN_TABLES = 'beethoven.';

const MAX_NAME = 200;
const MAX_COLUMNS = 1_000;
const TYPES: ReadonlySet<unknown> = new Set(['set', 'ordered_set', 'bag']);

/** What a table's definition says about its rows: checks it, and them. */
export class TableSchema {
  readonly name: string;
  readonly key: string;
  readonly type: 'set' | 'ordered_set' | 'bag';
  readonly copies: 'multi' | 'local';
  readonly storage: 'ram' | 'disc';
  readonly rank: ((row: Row) => number) | undefined;
  readonly identity: ((row: Row) => string) | undefined;
  readonly definition: TableDefinition;
  /** The same with the columns of other nodes that this one has heard of. */
  #joined: TableDefinition;
  /** What was last compared with it, which it mostly is again. */
  #compared: { readonly text: string; readonly goes: boolean } = { text: '', goes: true };
  readonly #own: ReadonlySet<string>;
  /** The same with those of other nodes. */
  readonly #columns: Set<string>;
  readonly #types: ReadonlyMap<string, ColumnType>;
  readonly #indexes: ReadonlySet<string>;
  /** The columns of which not every value is right. */
  readonly #checked: readonly string[];
  readonly #shapes = new RowShapes();

  constructor(config: TableConfig<Record<string, unknown>>) {
    const { name, key, columns, types = {}, type = 'set', copies = 'multi' } = config;
    const { indexes = [], rank, storage = 'ram' } = config;
    this.name = name;
    this.key = key;
    this.type = type;
    this.copies = copies;
    this.rank = rank;
    this.identity = type === 'bag' ? bagIdentity : undefined;
    this.#own = new Set(columns);
    this.#columns = new Set(columns);
    this.#types = new Map(Object.entries(types) as [string, ColumnType][]);
    this.#indexes = new Set(indexes);
    this.#checked = [...new Set([...this.#types.keys(), ...indexes])];
    this.storage = storage;
    this.#check();
    this.definition = new TableDefinition({
      key,
      type,
      ranked: rank !== undefined,
      columns: [...this.#columns],
      types: Object.fromEntries(this.#types),
    });
    this.#joined = this.definition;
  }

  /** Whether it is one of the framework's own. */
  get isOwn(): boolean {
    return this.name.startsWith(OWN_TABLES);
  }

  /** Columns that other nodes know are not wrong here: a row that is read and put again keeps them. */
  learn(theirs: TableDefinition): void {
    for (const column of theirs.columns) this.#columns.add(column);
    this.#joined = theirs.with(this.definition);
    this.#compared = { text: '', goes: true };
  }

  /** What other nodes are told before any row is. The framework's own tables are for later releases of it to change. */
  told(): string {
    return this.isOwn ? '' : String(this.#joined);
  }

  /** Whether rows are to be exchanged with a node that was told the other way round. */
  goesWith(text: string): boolean {
    if (this.isOwn) return true;
    if (text !== this.#compared.text) {
      const theirs = TableDefinition.parse(text);
      const goes = theirs !== undefined && this.#joined.conflict(theirs) === undefined;
      this.#compared = { text, goes };
    }
    return this.#compared.goes;
  }

  /** Whether another definition on this node says the same. */
  equals(other: TableSchema): boolean {
    return (
      String(this.definition) === String(other.definition) &&
      this.rank === other.rank &&
      this.copies === other.copies &&
      this.storage === other.storage &&
      this.#indexes.size === other.#indexes.size &&
      [...this.#indexes].every((column) => other.#indexes.has(column))
    );
  }

  /** The order and the indexes of a copy that is to be made. */
  views(): TableViews {
    const indexes = this.type === 'bag' ? [...this.#indexes, this.key] : this.#indexes;
    return new TableViews({ ordered: this.type === 'ordered_set', indexes });
  }

  /** The row as it is stored: a frozen copy without empty columns. @throws TableSchemaError */
  row(given: object): Row {
    return Object.freeze(this.draft(given));
  }

  /** The same, to be frozen by who takes it. @throws TableSchemaError */
  draft(given: object): Draft {
    const row =
      this.#shapes.find(given)?.copy(given, weighCell, MAX_WEIGHT) ?? this.#copyWithCare(given);
    for (const column of this.#checked) {
      const value = row[column];
      if (value !== undefined && value !== null) this.#checkValue(column, value);
    }
    this.checkKey(row[this.key]);
    return row;
  }

  /** How rows of these columns are made, if they are columns of this definition: those of others do not become code. */
  shapeOf(columns: readonly string[]): RowShape | undefined {
    return columns.every((column) => this.#own.has(column)) ? this.#shapes.of(columns) : undefined;
  }

  /** Whether a row from elsewhere can have been put under this definition, or one that goes with it. */
  accepts(row: Row): boolean {
    if (this.#types.size === 0) return true; // the walk over a map costs more than all the rest
    for (const [column, type] of this.#types) {
      const value = row[column] ?? undefined;
      if (value !== undefined && typeOf(value) !== type) return false;
    }
    return true;
  }

  /** What a row is found by in the copy: its key, or its identity in a bag. @throws TableSchemaError */
  keyOf(row: Row): Key {
    if (this.identity === undefined) return row[this.key] as Key;
    const identity = this.identity(row);
    if (identity.isWellFormed()) return identity;
    throw this.#error(
      `the row with the key ${show(row[this.key])} has a string with half a surrogate pair`,
      'Pass strings through toWellFormed().',
    );
  }

  checkKey(key: unknown): asserts key is Key {
    if (typeof key === 'string' ? key.isWellFormed() : Number.isFinite(key)) return;
    throw this.#error(
      `${show(key)} is no key (column "${this.key}")`,
      'Keys are well-formed strings or finite numbers.',
    );
  }

  checkColumns(where: object): void {
    for (const [column, value] of Object.entries(where))
      if (!this.#columns.has(column)) throw this.#unknown(column, value);
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
      'it is open already with another key, type, rank, kind of copies, storage, or other columns or indexes',
      'Open it with the same definition everywhere, or give it another name.',
    );
  }

  rival(conflict: string): TableSchemaError {
    return this.#error(
      conflict,
      'Open it with the same key, type, rank and types of columns on all nodes, or give the new one another name.',
    );
  }

  noIndex(column: string): TableSchemaError {
    return this.#error(
      `column "${column}" has no index`,
      `Add "${column}" to \`indexes\`, or use select().`,
    );
  }

  noOrder(): TableSchemaError {
    return this.#error(
      `a table of the type '${this.type}' has no order`,
      "Open it with `type: 'ordered_set'`.",
    );
  }

  #check(): void {
    const { name, key, type, copies, storage } = this;
    if (name.length === 0 || name.length > MAX_NAME)
      throw this.#error(`its name has ${name.length} characters`, `Use 1 to ${MAX_NAME}.`);
    if (this.#columns.size > MAX_COLUMNS)
      throw this.#error(`it has ${this.#columns.size} columns`, `Use ${MAX_COLUMNS} at most.`);
    if (!this.#columns.has(key))
      throw this.#error(`the key "${key}" is none of its columns`, `Add "${key}" to \`columns\`.`);
    if (this.#columns.has('__proto__'))
      throw this.#error('a column is called "__proto__"', 'Give it another name.');
    if (!TYPES.has(type))
      throw this.#error(`there is no type ${show(type)}`, `Use one of ${[...TYPES].join(', ')}.`);
    if (copies !== 'multi' && copies !== 'local')
      throw this.#error(`there are no copies ${show(copies)}`, 'Use multi or local.');
    if (storage !== 'ram' && storage !== 'disc')
      throw this.#error(`there is no storage ${show(storage)}`, 'Use ram or disc.');
    if (type === 'bag' && this.rank !== undefined)
      throw this.#error(
        'a bag has a rank',
        'Its rows do not replace each other: leave `rank` out.',
      );
    for (const column of [...this.#indexes, ...this.#types.keys()])
      if (!this.#columns.has(column))
        throw this.#error(
          `"${column}" in \`indexes\` or \`types\` is none of its columns`,
          `Its columns are ${[...this.#columns].join(', ')}.`,
        );
  }

  /** Column by column: a row of a new shape, or one with a fault, or with columns that are empty. */
  #copyWithCare(given: object): Draft {
    const columns = Object.entries(given);
    const row: Draft = {};
    let weight = 0;
    for (const [column, value] of columns) {
      if (!this.#columns.has(column)) throw this.#unknown(column, value);
      if (value === undefined) continue;
      weight += column.length + weigh(value);
      row[column] = value;
    }
    if (Number.isNaN(weight)) throw this.#unsendable(row);
    if (weight > MAX_WEIGHT)
      throw this.#error(
        `the row with the key ${show(row[this.key])} has about ${weight} bytes`,
        `Keep rows below ${MAX_WEIGHT} bytes.`,
      );
    const names = Object.keys(row);
    if (names.length === columns.length) this.shapeOf(names);
    return row;
  }

  #checkValue(column: string, value: unknown): void {
    const type = this.#types.get(column);
    if (type !== undefined && typeOf(value) !== type)
      throw this.#error(
        `the value ${show(value)} of column "${column}" is no ${type}`,
        `Give it ${type === 'bytes' ? 'a Uint8Array' : `a value of the type ${type}`}, or change \`types\`.`,
      );
    if (typeof value === 'object' && this.#indexes.has(column))
      throw this.#error(
        `the value ${show(value)} of column "${column}" cannot be indexed`,
        'Indexed columns hold strings, numbers, booleans or null.',
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

/** A column that is empty is none. */
function weighCell(value: unknown): number {
  return value === undefined ? NaN : weigh(value);
}
