import { DistrServer, DistrServerBase, HandleCall, Role, type OnEntry } from 'nestjs-beethoven';

interface Visit {
  readonly id: string;
  readonly count: number;
}

/** The example with a memory: two of the nodes run it, and all have its table. Where one falls, the next goes on counting. */
@Role({ name: 'testd', instances: 2, args: { arg1: 'arg1' } })
@DistrServer({ table: { name: 'testd', key: 'id', columns: ['id', 'count'] } })
export class TestdRole extends DistrServerBase<Visit> implements OnEntry {
  async onEntry(): Promise<void> {
    await this.visit('starts');
  }

  @HandleCall()
  async visit(id: string): Promise<number> {
    return this.table.transaction((tx) => {
      const count = (tx.get(id)?.count ?? 0) + 1;
      tx.put({ id, count });
      return count;
    });
  }
}
