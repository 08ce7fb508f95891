import { beforeEach, describe, expect, it } from 'vitest';
import { BeethovenConfigError } from '../errors/beethoven-config.error.js';
import { DamagedTableError } from '../errors/damaged-table.error.js';
import { DataDirInUseError } from '../errors/data-dir-in-use.error.js';
import { DiscWriteError } from '../errors/disc-write.error.js';
import { TableSchemaError } from '../errors/table-schema.error.js';
import type { ResolvedOptions } from '../beethoven.options.js';
import { captureLog } from '../network/mesh.fixture.js';
import { DiscTables } from '../storage/disc-tables.js';
import { TablesWorld, type TablesNode } from './table.fixture.js';
import type { Table } from './table.js';

interface Order {
  readonly id: string;
  readonly cents: number;
}

const CONFIG = { name: 'orders', key: 'id', columns: ['id', 'cents'], storage: 'disc' } as const;
const FILE = '/data/tables.shop/orders.log';

const orders = (node: TablesNode): Table<Order> => node.tables.open<Order>(CONFIG);
const ids = (node: TablesNode): string[] =>
  Array.from(orders(node).rows(), ({ id }) => id).toSorted();

describe('tables on the disc', () => {
  let world: TablesWorld;
  beforeEach(() => {
    captureLog();
    world = new TablesWorld();
  });

  const start = (name: string): Promise<TablesNode> =>
    world.start(name, { open: false, before: (node) => void orders(node) });

  function crash(name: string, node: TablesNode): void {
    world.network.crash(node.process);
    world.disc(name).crash();
  }

  it('have their rows again once all nodes were gone at once, what each has merged, and nothing that was deleted', async () => {
    const [a, b] = [await start('a'), await start('b')];
    b.seek(a);
    await world.timeline.advance(500);
    for (const id of ['one', 'two', 'three']) orders(a).put({ id, cents: 1 });
    await world.timeline.advance(500);
    orders(b).delete('two');
    await world.timeline.advance(500);
    world.network.partition([a.process], [b.process]);
    orders(a).put({ id: 'of a', cents: 1 });
    orders(b).put({ id: 'of b', cents: 1 });
    orders(a).put({ id: 'both', cents: 1 });
    await world.timeline.advance(5);
    orders(b).put({ id: 'both', cents: 2 });
    await world.timeline.advance(5);
    crash('a', a);
    crash('b', b);
    world.network.heal();

    const [c, d] = [await start('a'), await start('b')];
    expect(ids(c)).toEqual(['both', 'of a', 'one', 'three']);
    d.seek(c);
    await world.timeline.advance(6_000);
    for (const node of [c, d]) {
      expect(ids(node)).toEqual(['both', 'of a', 'of b', 'one', 'three']);
      expect(orders(node).get('both')).toEqual({ id: 'both', cents: 2 });
    }
  });

  it('do not bring back what was deleted while their node was away', async () => {
    const [a, b] = [await start('a'), await start('b')];
    b.seek(a);
    await world.timeline.advance(500);
    orders(a).put({ id: 'one', cents: 1 });
    orders(a).put({ id: 'two', cents: 1 });
    await world.timeline.advance(500);
    crash('b', b);
    await world.timeline.advance(20_000);
    orders(a).delete('one');
    await world.timeline.advance(20_000);
    const again = await start('b');
    expect(ids(again)).toEqual(['one', 'two']);
    again.seek(a);
    await world.timeline.advance(6_000);
    for (const node of [a, again]) expect(ids(node)).toEqual(['two']);
  });

  it.each(['a', 'b'])(
    'have a transaction on every disc when it resolves: %s is slow',
    async (slow) => {
      const [a, b] = [await start('a'), await start('b')];
      b.seek(a);
      await world.timeline.advance(500);
      world.disc(slow).pace = 40;
      for (const node of [a, b])
        for (let n = 0; n < 5; n++) {
          const id = `${node.address} ${n}`;
          // oxlint-disable-next-line no-await-in-loop -- each dies at once
          await world.outcome(orders(node).transaction((tx) => tx.put({ id, cents: n })));
          for (const name of ['a', 'b']) {
            const text = Buffer.from(world.disc(name).bytes(FILE)!).toString('latin1');
            expect(text).toContain(id);
          }
        }
    },
  );

  it('are created once, also where all nodes that have them were gone', async () => {
    let created = 0;
    const open = (node: TablesNode): void =>
      void node.tables.open<Order>({
        ...CONFIG,
        onCreated: (table) => {
          created++;
          table.put({ id: 'first', cents: 0 });
        },
      });
    const a = await world.start('a', { open: false, before: open });
    a.tables.takePart();
    await world.timeline.advance(500);
    orders(a).put({ id: 'first', cents: 7 });
    await world.timeline.advance(500);
    crash('a', a);
    const again = await world.start('a', { open: false, before: open });
    again.tables.takePart();
    await world.outcome(orders(again).untilExists());
    expect(orders(again).get('first')?.cents).toBe(7);
    expect(created).toBe(1);
  });

  it('keep local copies too, and take rows over into a definition with more columns', async () => {
    const config = { ...CONFIG, copies: 'local' } as const;
    const a = await world.start('a', {
      open: false,
      before: (node) => node.tables.open<Order>(config).put({ id: 'one', cents: 1 }),
    });
    await world.outcome(a.tables.close());
    crash('a', a);
    const b = await world.start('a', { open: false });
    const columns = ['id', 'cents', 'note'] as const;
    const table = b.tables.open<Order & { note?: string }>({ ...config, columns });
    expect([...table.rows()]).toEqual([{ id: 'one', cents: 1 }]);
  });

  it('go on in memory while the disc is full: transactions say so, and all is written once there is room', async () => {
    const a = await start('a');
    await world.timeline.advance(100);
    orders(a).put({ id: 'zero', cents: 0 });
    await world.timeline.advance(100);
    world.disc('a').room = 30;
    const failed = world.outcome(orders(a).transaction((tx) => tx.put({ id: 'one', cents: 1 })));
    await expect(failed).rejects.toThrow(DiscWriteError);
    expect(orders(a).get('one')).toEqual({ id: 'one', cents: 1 });
    orders(a).put({ id: 'two', cents: 2 });
    await world.timeline.advance(5_000);
    world.disc('a').room = Infinity;
    await world.timeline.advance(1_100);
    await world.outcome(orders(a).transaction((tx) => tx.put({ id: 'three', cents: 3 })));
    crash('a', a);
    expect(ids(await start('a'))).toEqual(['one', 'three', 'two', 'zero']);
  });

  it('are not opened where a file has a gap, and the error has every row that can be read', async () => {
    const a = await start('a');
    for (let n = 0; n < 6; n++)
      // oxlint-disable-next-line no-await-in-loop -- each a record
      await world.outcome(orders(a).transaction((tx) => tx.put({ id: `o${n}`, cents: n })));
    crash('a', a);
    const bytes = world.disc('a').bytes(FILE)!;
    bytes[Buffer.from(bytes).indexOf('o2')]! ^= 1;
    const error = await start('a').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DamagedTableError);
    const { damage, message } = error as DamagedTableError;
    expect(damage.before).toEqual([0, 1].map((n) => ({ id: `o${n}`, cents: n })));
    expect(damage.after).toEqual([3, 4, 5].map((n) => ({ id: `o${n}`, cents: n })));
    expect(message).toContain(FILE);
    expect(message).toContain('the 2 rows');
  });

  it('need a directory, of which no other process has one, and the same key', async () => {
    const a = await start('a');
    orders(a).put({ id: 'one', cents: 1 });
    await world.timeline.advance(100);
    await expect(start('a')).rejects.toThrow(DataDirInUseError);
    crash('a', a);
    const b = await world.start('a', { open: false });
    expect(() => b.tables.open<Order>({ ...CONFIG, key: 'cents' })).toThrow(TableSchemaError);
    const options = { clusterName: 'shop' } as ResolvedOptions;
    const disc = new DiscTables(options, world.disc('c').for(a.process.clock), a.process.clock);
    expect(() => disc.load(CONFIG as never)).toThrow(BeethovenConfigError);
    expect(() => disc.load(CONFIG as never)).toThrow(
      /dataDir.*table "orders" has storage: 'disc'/s,
    );
  });
});
