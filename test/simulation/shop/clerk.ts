import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import {
  AllocatorService,
  BeethovenService,
  CoreServerService,
  RoleMgmtService,
  TableService,
  type Table,
} from 'nestjs-beethoven';
import { WITNESS, type Witness } from './witness.js';

export interface Order {
  readonly id: string;
  readonly by: string;
}

export interface Counter {
  readonly id: string;
  readonly value: number;
}

export interface Note {
  readonly id: string;
  readonly text: string;
}

/** What an application does with the framework all day: through this, a script has it done. */
@Injectable()
export class Clerk implements OnModuleInit, OnApplicationBootstrap {
  readonly orders: Table<Order>;
  readonly counters: Table<Counter>;
  readonly notes: Table<Note>;

  constructor(
    @Inject(WITNESS) private readonly witness: Witness,
    readonly beethoven: BeethovenService,
    readonly coreServer: CoreServerService,
    readonly roleMgmt: RoleMgmtService,
    readonly tables: TableService,
    readonly allocator: AllocatorService,
  ) {
    this.orders = tables.open<Order>({ name: 'orders', key: 'id', columns: ['id', 'by'] });
    this.counters = tables.open<Counter>({
      name: 'counters',
      key: 'id',
      columns: ['id', 'value'],
    });
    this.notes = tables.open<Note>({ name: 'notes', key: 'id', columns: ['id', 'text'] });
  }

  /** The epoch of a slot, as far as this node's copy of the table tells. */
  epochOf(slot: string): number {
    const [row] = this.tables.find('beethoven.slots')?.select({ id: slot }) ?? [];
    return Number(row?.['epoch'] ?? 0);
  }

  onModuleInit(): void {
    const { coreServer, witness } = this;
    coreServer.membership$.subscribe((event) => witness.noticed(coreServer.self, event));
  }

  onApplicationBootstrap(): void {
    this.witness.opened(this);
  }

  /** Writes a row of its own; resolves once it is acknowledged. */
  async order(id: string): Promise<void> {
    await this.beethoven.untilReady(PATIENCE);
    const by = this.coreServer.self.name;
    await this.orders.transaction((tx) => tx.put({ id, by }));
  }

  /** Counts one up. @returns what it came to, once that is acknowledged */
  async count(id: string): Promise<number> {
    await this.beethoven.untilReady(PATIENCE);
    return this.counters.transaction((tx) => {
      const value = (tx.get(id)?.value ?? 0) + 1;
      tx.put({ id, value });
      return value;
    });
  }
}

/** A node that has nobody to be slow with is ready within seconds (virtual ms). */
const PATIENCE = 60_000;
