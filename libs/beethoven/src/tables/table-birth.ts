import { filter, type Subscription } from 'rxjs';
import { TableCreationError } from '../errors/table-creation.error.js';
import { TableTimeoutError } from '../errors/table-timeout.error.js';
import { TablesStoppedError } from '../errors/tables-stopped.error.js';
import { pause, type Clock } from '../network/clock.js';
import type { ReplicaId } from '../protocol/tables/row.js';
import type { Millis } from '../protocol/terms.js';
import { TableDefinition } from './table-definition.js';
import type { Table, TableConfig, Transaction } from './table.js';

/** That a table exists. */
export interface BirthRow {
  readonly table: string;
  readonly definition: string;
  /** `creating`: its creation action runs. */
  readonly state: 'creating' | 'created';
  /** Who runs, or ran, the creation action. */
  readonly by: ReplicaId;
  /** Some of those that have a copy, up to {@link WITNESSES}: when none of them lives, the rows are gone. */
  readonly witnesses: readonly ReplicaId[];
}

/** The table of all tables. Every node has a copy from its start, so that there is one node that decides who creates a table. */
export const BIRTHS: TableConfig<BirthRow> = {
  name: 'beethoven.tables',
  key: 'table',
  columns: ['table', 'definition', 'state', 'by', 'witnesses'],
  types: {
    table: 'string',
    definition: 'string',
    state: 'string',
    by: 'string',
    witnesses: 'array',
  },
};

/** As many as would have to die at the same moment for a table to be taken for gone while somebody has it. */
const WITNESSES = 8;

/** A node that could not decide (no quorum, a slow coordinator) tries again after this. */
const RETRY: Millis = 500;

/** What a birth needs of its node. */
export interface BirthPorts {
  readonly clock: Clock;
  readonly births: Table<BirthRow>;
  readonly self: () => ReplicaId;
  readonly isLive: (replica: ReplicaId) => boolean;
  /** The live replicas that have a copy, this one included. */
  readonly holders: () => ReplicaId[];
  /** The creation action; left out where there is none. */
  readonly create?: (() => Promise<void>) | undefined;
  /** The cluster has columns that this node may not know. */
  readonly learn: (definition: TableDefinition) => void;
  /** The cluster has the table under a definition that does not go with this node's. @returns the error that says so */
  readonly clash: (conflict: string) => Error;
  readonly report: (error: Error) => void;
}

/** An error: the table cannot come to exist on this node. */
type State = 'unknown' | 'exists' | 'stopped' | Error;

type Claim = 'exists' | 'wait' | 'mine' | { readonly clash: string };

/**
 * Sees to it that a table comes to exist once in the cluster. Of all nodes that open it one claims its birth in a transaction, runs the
 * creation action, and says that it is done; the others wait. Should it die meanwhile, the next one runs the action again: on
 * what the first had written.
 */
export class TableBirth {
  readonly #waiters = new Set<{ resolve: () => void; reject: (error: Error) => void }>();
  #subscription: Subscription | undefined;
  #state: State = 'unknown';
  #isBusy = false;
  #isDue = false;

  constructor(
    private readonly name: string,
    /** What this node opens it as. */
    private readonly definition: TableDefinition,
    private readonly ports: BirthPorts,
  ) {}

  /** To be called when the rows of the others are here: what they have created must not be created anew. */
  begin(): void {
    if (this.#subscription !== undefined || this.#state === 'stopped') return;
    this.#subscription = this.ports.births
      .watch()
      .pipe(filter(({ key }) => key === this.name))
      .subscribe(() => void this.look());
    void this.look();
  }

  /** Looks what is to be done, after anything that may have changed it. */
  async look(): Promise<void> {
    this.#isDue = true;
    if (this.#isBusy || this.#subscription === undefined) return;
    this.#isBusy = true;
    while (this.#isDue) {
      this.#isDue = false;
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await this.#step();
    }
    this.#isBusy = false;
  }

  /** @throws TableTimeoutError, and what keeps the table from existing here */
  untilExists(timeout: Millis): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject };
      this.#waiters.add(waiter);
      this.#tell();
      const timer = this.ports.clock.setTimer(timeout, () => {
        if (this.#waiters.delete(waiter)) reject(new TableTimeoutError(this.name, timeout));
      });
      waiter.resolve = () => (timer.cancel(), resolve());
      waiter.reject = (error) => (timer.cancel(), reject(error));
    });
  }

  stop(): void {
    this.#subscription?.unsubscribe();
    this.#enter('stopped');
  }

  async #step(): Promise<void> {
    if (this.#state === 'exists') return this.#keep();
    if (this.#state !== 'unknown') return;
    const claim = await this.#decide((tx) => this.#claim(tx));
    if (claim === 'exists') this.#exists();
    else if (claim === 'mine') await this.#create();
    else if (typeof claim === 'object') this.#enter(this.ports.clash(claim.clash));
  }

  #claim(tx: Transaction<BirthRow>): Claim {
    const { create, isLive } = this.ports;
    const row = tx.get(this.name);
    const self = this.ports.self();
    const isOwn = row?.by === self && row.state === 'creating';
    if (row !== undefined && !isOwn && this.#lives(row)) {
      const theirs = TableDefinition.parse(row.definition);
      const clash = theirs && this.definition.conflict(theirs);
      if (clash !== undefined) return { clash };
      if (row.state === 'creating') return 'wait';
      const witnesses = row.witnesses.filter(isLive);
      if (witnesses.length < WITNESSES && !witnesses.includes(self)) witnesses.push(self);
      const definition = this.#joined(row);
      if (definition !== row.definition || witnesses.length !== row.witnesses.length)
        tx.put({ ...row, definition, witnesses });
      return 'exists';
    }
    tx.put(this.#birth(create === undefined ? 'created' : 'creating'));
    return create === undefined ? 'exists' : 'mine';
  }

  /** Whether somebody has the rows, or is about to write the first. */
  #lives({ state, by, witnesses }: BirthRow): boolean {
    const { isLive } = this.ports;
    return state === 'creating' ? isLive(by) : witnesses.some(isLive);
  }

  /** What the cluster knows of the table, with what this node adds to it. */
  #joined({ definition }: BirthRow): string {
    const theirs = TableDefinition.parse(definition);
    return String(theirs?.with(this.definition) ?? this.definition);
  }

  #birth(state: BirthRow['state']): BirthRow {
    const by = this.ports.self();
    const definition = String(this.definition);
    return { table: this.name, definition, state, by, witnesses: [by] };
  }

  async #create(): Promise<void> {
    const { create } = this.ports;
    const self = this.ports.self();
    try {
      await create?.();
    } catch (error) {
      const failure = new TableCreationError(this.name, error);
      this.#enter(failure);
      this.ports.report(failure);
      await this.#decide((tx) => {
        if (tx.get(this.name)?.by === self) tx.delete(this.name);
      });
      return;
    }
    const isOwn = await this.#decide((tx) => {
      const isStillOwn = tx.get(this.name)?.by === self;
      if (isStillOwn) tx.put(this.#birth('created'));
      return isStillOwn;
    });
    // Who took this node for dead creates the table anew, and says when that is done.
    if (isOwn) this.#exists();
    this.#isDue = true;
  }

  #exists(): void {
    this.#enter('exists');
    this.#isDue = true; // to learn what others have added to it
  }

  /** The table exists, and this node has it: sees to it that this stays known. */
  async #keep(): Promise<void> {
    const { births, isLive, self } = this.ports;
    const row = births.get(this.name);
    const theirs = row && TableDefinition.parse(row.definition);
    if (row !== undefined && theirs !== undefined && this.#lives(row)) {
      const conflict = this.definition.conflict(theirs);
      // Two sides of a partition have each created it, and not alike.
      if (conflict !== undefined) return this.#enter(this.ports.clash(conflict));
      this.ports.learn(theirs);
    }
    const witnesses = row?.witnesses.filter(isLive) ?? [];
    const isKeeper = witnesses.length === 0 || witnesses[0] === self();
    const isSeenTo = !isKeeper || witnesses.length === row?.witnesses.length;
    const isKnown = row !== undefined && this.#joined(row) === row.definition;
    if (row?.state === 'creating' || (isSeenTo && isKnown)) return;
    await this.#decide((tx) => {
      const present = tx.get(this.name) ?? this.#birth('created');
      const live = new Set([...present.witnesses.filter(isLive), ...this.ports.holders()]);
      tx.put({
        ...present,
        definition: this.#joined(present),
        witnesses: [...live].slice(0, WITNESSES),
      });
    });
  }

  /** Repeats what could not be decided until it is; `undefined` when the node stops. */
  async #decide<T>(work: (tx: Transaction<BirthRow>) => T): Promise<T | undefined> {
    while (this.#state !== 'stopped') {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        return await this.ports.births.transaction(work);
      } catch (error) {
        if (error instanceof TablesStoppedError) return undefined;
        // oxlint-disable-next-line no-await-in-loop
        await pause(this.ports.clock, RETRY);
      }
    }
    return undefined;
  }

  #enter(state: State): void {
    if (this.#state === 'stopped') return;
    this.#state = state;
    this.#tell();
  }

  #tell(): void {
    if (this.#state === 'unknown') return;
    for (const { resolve, reject } of this.#waiters) {
      if (this.#state === 'exists') resolve();
      else reject(this.#state === 'stopped' ? new TablesStoppedError(this.name) : this.#state);
    }
    this.#waiters.clear();
  }
}
