import 'reflect-metadata';
import { writeSync } from 'node:fs';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { BeethovenModule, TableService, type Table } from 'nestjs-beethoven';

interface Pair {
  readonly id: string;
  readonly n: number;
  readonly filling: string;
}

/** So many pairs of rows are written in turn; what they hold makes the file be written anew every hundred transactions or so. */
const PAIRS = 20;
const FILLING = 'x'.repeat(5_000);

/**
 * Writes pairs of rows to a table on the disc until it is killed, each in a transaction, and says which are kept. First it says what it
 * has found: the number in each row.
 */
@Injectable()
class Keeper {
  readonly table: Table<Pair>;

  constructor(tables: TableService) {
    const columns = ['id', 'n', 'filling'] as const;
    this.table = tables.open<Pair>({ name: 'pairs', key: 'id', columns, storage: 'disc' });
    say({ found: Object.fromEntries(Array.from(this.table.rows(), ({ id, n }) => [id, n])) });
  }

  async work(): Promise<never> {
    let n = Math.max(0, ...Array.from(this.table.rows(), (row) => row.n));
    for (;;) {
      const next = ++n;
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await this.table.transaction((tx) => {
        for (const side of ['left', 'right'])
          tx.put({ id: `${side} ${next % PAIRS}`, n: next, filling: FILLING });
      });
      say({ kept: next });
    }
  }
}

const [dataDir] = process.argv.slice(2);

@Module({
  imports: [
    BeethovenModule.forRoot({
      clusterName: 'keeper',
      clusterNet: '127.0.0.77',
      clusterNetMask: 32,
      dataDir,
    }),
  ],
  providers: [Keeper],
})
class KeeperModule {}

/** At once, whatever happens next. */
function say(what: object): void {
  writeSync(1, `${JSON.stringify(what)}\n`);
}

const app = await NestFactory.createApplicationContext(KeeperModule, { logger: ['error', 'warn'] });
await app.get(Keeper).work();
