import { dirname } from 'node:path';
import { Logger } from '@nestjs/common';
import { DiscWriteError } from '../errors/disc-write.error.js';
import { UnsendableValueError } from '../errors/unsendable-value.error.js';
import type { Clock, Timer } from '../network/clock.js';
import { KeptRecords } from '../protocol/tables/kept-record.js';
import type { Journal, Key } from '../protocol/tables/row.js';
import type { TableReplica } from '../protocol/tables/table-replica.js';
import { MESSAGE_WEIGHT, weighRow } from '../protocol/tables/weight.js';
import type { Millis } from '../protocol/terms.js';
import { DiscWatch, PATIENCE } from './disc-watch.js';
import type { LogDisc, LogFile } from './log-disc.js';
import { headerFrame, recordFrame, type TableFile, type TableIdentity } from './table-file.js';

/** After a write that failed. */
export const RETRY: Millis = 1_000;

type Waiter = (failure: DiscWriteError | undefined) => void;

/** A file is written anew once it is this much longer than what was in it when it was new, and twice as long. */
export const MIN_GROWTH = 1_024 * 1_024;

/**
 * Keeps one copy of a table in a file. What has changed by the end of a turn goes to the disc as one record: the state that the copy has then, so
 * that the file is at every moment the copy as it was at some moment. While a record is on its way the next one gathers.
 *
 * The file grows with each record. It is written anew beside itself, in pieces, while records go on into both, and then takes its place.
 */
export class TableJournal implements Journal {
  readonly #logger = new Logger('TableService');
  readonly #records: KeptRecords;
  /** The rows that have changed since the last record. */
  #dirty = new Set<Key>();
  #waiting: Waiter[] = [];
  /** Those who wait for the record that is on its way. */
  #riding: Waiter[] = [];
  #state: 'new' | 'idle' | 'working' | 'failed' | 'closed' = 'new';
  #work: Promise<void> = Promise.resolve();
  #failure: DiscWriteError | undefined;
  #retry: Timer | undefined;
  readonly #watch: DiscWatch;
  /** Lets who closes go, where the disc does not. */
  #giveUp: (() => void) | undefined;
  #file: LogFile | undefined;
  #length: number;
  /** What the file was like when it was new, or would be. */
  #base: number;

  constructor(
    private readonly table: TableIdentity,
    private readonly path: string,
    { length, cut, live }: TableFile,
    private readonly replica: TableReplica,
    private readonly disc: LogDisc,
    private readonly clock: Clock,
  ) {
    this.#length = length;
    this.#base = Math.min(length, live);
    this.#records = new KeptRecords(replica);
    this.#watch = new DiscWatch(clock, () => {
      this.#tellFailure(new Error(`the disc has not answered for ${PATIENCE} ms`));
      this.#giveUp?.();
    });
    replica.keepIn(this);
    if (cut > 0)
      this.#logger.warn(
        `Table "${table.name}": the last ${cut} bytes of "${path}" were not written to their end, as nobody was told that they were.`,
      );
  }

  /** The copy has its name: from here on it is kept. */
  start(): void {
    if (this.#state !== 'new') return;
    this.#state = 'idle';
    this.#wake();
  }

  touched(key: Key): void {
    this.#dirty.add(key);
    this.#wake();
  }

  /** Tells once everything that is here now is on the disc; at once where it is, and where the disc cannot be written, with the reason. */
  kept(then: Waiter): void {
    if (this.#failure !== undefined) then(this.#failure);
    else if (this.#dirty.size === 0 && this.#state !== 'working') then(undefined);
    else this.#waiting.push(then);
  }

  /** Writes what is not written yet. @returns false where the disc does not answer, and may still write to the file */
  async close(): Promise<boolean> {
    this.#retry?.cancel();
    const isAtRest = await Promise.race([
      this.#finish(),
      new Promise<false>((resolve) => (this.#giveUp = () => resolve(false))),
    ]);
    this.#retry?.cancel();
    this.#watch.stop();
    this.#state = 'closed';
    return isAtRest;
  }

  async #finish(): Promise<true> {
    await this.#work;
    if (this.#state === 'closed') return true;
    if (this.#state !== 'new') await this.#run();
    await this.#file?.close();
    return true;
  }

  #wake(): void {
    if (this.#state !== 'idle') return;
    this.#state = 'working';
    this.#work = this.#runSoon();
  }

  /** Once what is done in this turn is done. */
  async #runSoon(): Promise<void> {
    await new Promise<void>((begin) => this.clock.soon(begin));
    await this.#run();
  }

  async #run(): Promise<void> {
    this.#state = 'working';
    this.#watch.begin();
    try {
      // oxlint-disable-next-line no-await-in-loop -- one record after the other
      while (this.#dirty.size > 0 || this.#waiting.length > 0) await this.#write();
      this.#watch.end();
      this.#state = 'idle';
    } catch (cause) {
      await this.#fail(cause);
    }
  }

  async #write(): Promise<void> {
    await this.#record((bytes) => this.#append(bytes));
    if (this.#failure !== undefined) {
      this.#failure = undefined;
      this.#logger.log(`Table "${this.table.name}" is kept again.`);
    }
    if (this.#length - this.#base > Math.max(MIN_GROWTH, this.#base)) await this.#compact();
  }

  /** One record of everything that has changed. What cannot be written has changed still. */
  async #record(
    append: (bytes: Uint8Array) => Promise<void>,
    records = this.#records,
  ): Promise<void> {
    const dirty = this.#dirty;
    this.#dirty = new Set();
    this.#riding = this.#waiting;
    this.#waiting = [];
    try {
      await append(this.#frame(dirty, records));
    } catch (error) {
      for (const key of dirty) this.#dirty.add(key);
      records.forget();
      throw error;
    }
    for (const then of this.#riding.splice(0)) then(undefined);
  }

  /** What is inside a row is not frozen: one that was spoilt after it was checked is left out, and takes no other with it. */
  #frame(keys: ReadonlySet<Key>, records: KeptRecords): Uint8Array {
    try {
      return recordFrame(records.take(keys));
    } catch (error) {
      if (!(error instanceof UnsendableValueError)) throw error;
      this.#logger.error(
        `Table "${this.table.name}": a row holds what cannot be kept: it was changed after put().`,
      );
      records.forget();
      const probe = new KeptRecords(this.replica);
      const sound = [...keys].filter((key) => {
        try {
          return recordFrame(probe.take([key])).length > 0;
        } catch {
          return false;
        }
      });
      return recordFrame(records.take(sound));
    }
  }

  async #append(bytes: Uint8Array): Promise<void> {
    try {
      this.#file ??= await this.#open();
      await this.#file.append(bytes);
      this.#watch.answered();
    } catch (error) {
      await this.#letGo();
      throw error;
    }
    this.#length += bytes.length;
  }

  async #open(): Promise<LogFile> {
    const file = await this.disc.open(this.path, this.#length);
    try {
      if (this.#length === 0) {
        const bytes = headerFrame(this.table);
        await file.append(bytes);
        this.#length = bytes.length;
      }
      await this.disc.settle(dirname(this.path));
    } catch (error) {
      await file.close();
      throw error;
    }
    return file;
  }

  /** What is sure of the file is what it had before: the rest is cut off when it is opened again. */
  async #letGo(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close().catch(() => undefined);
  }

  /** Should it fail, the file at hand goes on, and it is tried again when that has grown as much once more. */
  async #compact(): Promise<void> {
    this.#base = this.#length;
    const path = `${this.path}.next`;
    const records = new KeptRecords(this.replica);
    let next: LogFile | undefined;
    let length = 0;
    const append = async (bytes: Uint8Array): Promise<void> => {
      await next?.append(bytes);
      this.#watch.answered();
      length += bytes.length;
    };
    try {
      next = await this.disc.open(path, 0);
      await append(headerFrame(this.table));
      for (const keys of this.#pieces()) {
        // oxlint-disable-next-line no-await-in-loop -- the application goes on between two pieces
        await append(this.#frame(keys, records));
        if (this.#dirty.size === 0 && this.#waiting.length === 0) continue;
        // oxlint-disable-next-line no-await-in-loop
        await this.#record(async (bytes) => {
          await this.#append(bytes);
          await append(bytes);
        });
      }
      records.forget();
      await this.#record(async (bytes) => {
        await append(bytes);
        await this.disc.rename(path, this.path);
        await this.#letGo();
        this.#file = next;
        this.#length = length;
        this.#base = length;
        this.#records.forget();
        await this.disc.settle(dirname(path));
      }, records);
    } catch (error) {
      if (next !== undefined && this.#file === next) throw error;
      await next?.close();
      await this.#free(path);
      this.#logger.warn(
        `Table "${this.table.name}": "${this.path}" goes on growing, as it cannot be written anew: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  /** What was not written to its end takes no room on a disc that has none. */
  async #free(path: string): Promise<void> {
    try {
      const file = await this.disc.open(path, 0);
      await file.close();
    } catch {
      // It is tried again when the file is written anew.
    }
  }

  /** The keys of all rows that are here now, some at a time. What comes meanwhile is in a record of its own. */
  *#pieces(): Iterable<ReadonlySet<Key>> {
    let left = this.replica.size + this.replica.tombstones;
    let weight = 0;
    let keys = new Set<Key>();
    for (const { key, row } of this.replica.versions()) {
      if (left-- === 0) break;
      keys.add(key);
      weight += weighRow(row);
      if (weight < MESSAGE_WEIGHT) continue;
      yield keys;
      keys = new Set();
      weight = 0;
    }
    yield keys;
  }

  async #fail(cause: unknown): Promise<void> {
    this.#tellFailure(cause);
    await this.#letGo();
    this.#watch.end();
    this.#state = 'failed';
    this.#retry = this.clock.setTimer(RETRY, () => {
      this.#state = 'idle';
      this.#wake();
    });
  }

  /** Nobody waits any longer for what is not kept. */
  #tellFailure(cause: unknown): void {
    const failure = new DiscWriteError(this.table.name, this.path, { cause });
    if (this.#failure === undefined) this.#logger.error(failure.message);
    this.#failure = failure;
    for (const then of [...this.#riding.splice(0), ...this.#waiting.splice(0)]) then(failure);
  }
}
