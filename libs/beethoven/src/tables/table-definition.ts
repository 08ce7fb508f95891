import { createHash } from 'node:crypto';
import * as v from 'valibot';

const definitionShape = v.object({
  key: v.string(),
  type: v.string(),
  ranked: v.boolean(),
  columns: v.array(v.string()),
  types: v.record(v.string(), v.string()),
});
type Shape = v.InferOutput<typeof definitionShape>;

/**
 * What nodes have to agree on about a table. Releases of an application differ in columns while one follows the other: each may have columns of
 * which the other knows nothing, as long as they mean the same by those that both have.
 */
export class TableDefinition {
  constructor(private readonly shape: Shape) {}

  /** @returns nothing for what is none */
  static parse(text: string): TableDefinition | undefined {
    try {
      const parsed = v.safeParse(definitionShape, JSON.parse(text));
      return parsed.success ? new TableDefinition(parsed.output) : undefined;
    } catch {
      return undefined;
    }
  }

  get columns(): readonly string[] {
    return this.shape.columns;
  }

  /** As it stands in the row of the table's birth: equal for equal ones. */
  toString(): string {
    const { columns, types, ...rest } = this.shape;
    const sorted = Object.entries(types).toSorted(([one], [other]) => (one < other ? -1 : 1));
    return JSON.stringify({
      ...rest,
      columns: columns.toSorted(),
      types: Object.fromEntries(sorted),
    });
  }

  /** The table's name among nodes: rows that are found or decided about in another way are those of another table. */
  nameAmongNodes(name: string): string {
    const { key, type, ranked } = this.shape;
    const identity = createHash('sha256').update(JSON.stringify({ key, type, ranked }));
    return `${name}#${identity.digest('hex').slice(0, 8)}`;
  }

  /** Why rows of the other cannot stand in one table with rows of this one; `undefined` where they can. */
  conflict(other: TableDefinition): string | undefined {
    const [ours, theirs] = [this.shape, other.shape];
    if (ours.key !== theirs.key)
      return `its key is "${ours.key}" here and "${theirs.key}" in the cluster`;
    if (ours.type !== theirs.type)
      return `it is a table of the type '${ours.type}' here and '${theirs.type}' in the cluster`;
    if (ours.ranked !== theirs.ranked)
      return `its rows have ${ours.ranked ? 'a rank here and none' : 'no rank here and one'} in the cluster`;
    for (const column of ours.columns) {
      if (!theirs.columns.includes(column)) continue;
      const [here, there] = [ours.types[column] ?? 'any', theirs.types[column] ?? 'any'];
      if (here !== there)
        return `column "${column}" is of the type ${here} here and ${there} in the cluster`;
    }
    return undefined;
  }

  /** With all columns of both. */
  with(other: TableDefinition): TableDefinition {
    return new TableDefinition({
      ...this.shape,
      columns: [...new Set([...this.columns, ...other.columns])],
      types: { ...this.shape.types, ...other.shape.types },
    });
  }
}
