import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../beethoven.options.js';
import { BeethovenConfigError } from '../errors/beethoven-config.error.js';
import { TableSchemaError } from '../errors/table-schema.error.js';
import { CLOCK, type Clock } from '../network/clock.js';
import type { KeptCopy } from '../protocol/tables/kept-record.js';
import type { TableReplica } from '../protocol/tables/table-replica.js';
import { LOG_DISC, type LogDisc } from './log-disc.js';
import { readTableFile, type TableIdentity } from './table-file.js';
import { TableJournal } from './table-journal.js';

/** What file systems take, less room for `.next`. */
const MAX_FILE_NAME = 240;

/** A copy from an earlier life, and how the one that it becomes is kept. */
export interface KeptTable {
  readonly copy: KeptCopy;
  /** Whether it has ever had a row. */
  readonly isNew: boolean;
  keep(replica: TableReplica): TableJournal;
}

/** The tables of this node that are kept in `dataDir`. */
@Injectable()
export class DiscTables {
  readonly #journals: TableJournal[] = [];
  #unlock: (() => void) | undefined;
  #started = false;

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(LOG_DISC) private readonly disc: LogDisc,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Reads the file of a table; the first one takes the directory.
   * @throws BeethovenConfigError without a `dataDir`
   * @throws DataDirInUseError, DamagedTableError, TableSchemaError
   */
  load(table: TableIdentity): KeptTable {
    const { dataDir, clusterName } = this.options;
    if (dataDir === undefined)
      throw new BeethovenConfigError([
        {
          key: 'dataDir',
          got: 'nothing',
          wanted: `the path of a directory: table "${table.name}" has storage: 'disc'`,
        },
      ]);
    const directory = join(dataDir, `tables.${encodeURIComponent(clusterName)}`);
    const file = `${encodeURIComponent(table.name)}.log`;
    if (file.length > MAX_FILE_NAME)
      throw new TableSchemaError(
        table.name,
        `its name is too long for a file (${file.length} characters once escaped)`,
        `Use ${MAX_FILE_NAME - 4} at most with storage: 'disc'.`,
      );
    this.#unlock ??= this.disc.lock(directory);
    const path = join(directory, file);
    const kept = readTableFile(this.disc.read(path), path, table);
    return {
      copy: kept.copy,
      isNew: kept.copy.seen.size === 0 && kept.copy.rows.cells.length === 0,
      keep: (replica) => {
        const journal = new TableJournal(table, path, kept, replica, this.disc, this.clock);
        this.#journals.push(journal);
        if (this.#started) journal.start();
        return journal;
      },
    };
  }

  /** The copies have their names. */
  start(): void {
    this.#started = true;
    for (const journal of this.#journals) journal.start();
  }

  /** Writes what is not written yet, and gives the directory back: where a write hangs, only as this process ends. */
  async close(): Promise<void> {
    const areAtRest = await Promise.all(this.#journals.map((journal) => journal.close()));
    if (areAtRest.every(Boolean)) this.#unlock?.();
    this.#unlock = undefined;
  }
}
