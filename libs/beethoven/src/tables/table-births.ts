import type { Clock } from '../network/clock.js';
import { nodeOf, type ReplicaId } from '../protocol/tables/row.js';
import type { Millis, NodeId } from '../protocol/terms.js';
import { TableBirth, type BirthRow } from './table-birth.js';
import { TableDefinition } from './table-definition.js';
import type { TableSchema } from './table-schema.js';
import type { Table } from './table.js';

/** What births need of their node. */
export interface BirthsPorts {
  readonly clock: Clock;
  /** The tables of all tables: of those that the cluster shares, and of those of this node alone. */
  readonly rows: Record<'multi' | 'local', Table<BirthRow>>;
  readonly self: () => ReplicaId;
  /** The present life of a node; `undefined` where it is not live. */
  readonly lifeOf: (node: NodeId) => ReplicaId | undefined;
  readonly report: (error: Error) => void;
}

/** A table that is to come to exist. */
export interface Expected {
  readonly schema: TableSchema;
  /** The other nodes that have a copy. */
  readonly holders: () => NodeId[];
  /** The creation action; left out where there is none, or nothing to create. */
  readonly create: (() => Promise<void>) | undefined;
  /** This node cannot use it. */
  readonly refuse: (error: Error) => void;
}

/** Sees to it that the tables which this node has opened exist. */
export class TableBirths {
  readonly #births = new Map<string, TableBirth>();
  #hasBegun = false;

  constructor(private readonly ports: BirthsPorts) {}

  expect({ schema, holders, create, refuse }: Expected): void {
    const { clock, rows, self, lifeOf, report } = this.ports;
    const { name, definition, copies } = schema;
    const birth = new TableBirth(name, definition, {
      clock,
      births: rows[copies],
      self,
      isLive: (replica) => lifeOf(nodeOf(replica)) === replica,
      holders: () => [nodeOf(self()), ...holders()].flatMap((id) => lifeOf(id) ?? []),
      create,
      learn: (theirs) => schema.learn(theirs),
      clash: (conflict) => {
        const error = schema.rival(conflict);
        report(error);
        refuse(error);
        return error;
      },
      report,
    });
    this.#births.set(name, birth);
    if (this.#hasBegun) birth.begin();
  }

  /** The rows of the others are here: what they do not have may be created. */
  begin(): void {
    this.#hasBegun = true;
    for (const birth of this.#births.values()) birth.begin();
  }

  /** Members went, and perhaps what they were about to create. */
  look(): void {
    for (const birth of this.#births.values()) void birth.look();
  }

  /** @throws TableTimeoutError, and what keeps the table from existing here; never for a table that is not expected */
  async untilExists(name: string, timeout: Millis): Promise<void> {
    await this.#births.get(name)?.untilExists(timeout);
  }

  /** The name among nodes of a table that exists somewhere in the cluster. */
  nameAmongNodes(name: string): string | undefined {
    const { definition } = this.ports.rows.multi.get(name) ?? {};
    return definition && TableDefinition.parse(definition)?.nameAmongNodes(name);
  }

  stop(): void {
    for (const birth of this.#births.values()) birth.stop();
  }
}
