import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Subscription } from 'rxjs';
import { CoreServerService } from '../core-server/core-server.service.js';
import { TableTimeoutError } from '../errors/table-timeout.error.js';
import { TablesStoppedError } from '../errors/tables-stopped.error.js';
import { CLOCK, type Clock } from '../network/clock.js';
import { Identity } from '../network/identity.js';
import { Mesh } from '../network/mesh.js';
import { RANDOM } from '../network/random.js';
import type { MessageFormat } from '../protocol/message-format.js';
import type { Random } from '../protocol/random.js';
import type { TableMessage } from '../protocol/tables/messages.js';
import { TABLE_FORMAT, toWire } from '../protocol/tables/wire.js';
import type { Member } from '../protocol/tables/replication.js';
import { Replicator } from '../protocol/tables/replicator.js';
import type { RowShape } from '../protocol/tables/row-shape.js';
import { replicaId, type Change, type ReplicaId, type Row } from '../protocol/tables/row.js';
import type { TableReplica } from '../protocol/tables/table-replica.js';
import type { TransactionView } from '../protocol/tables/transaction-view.js';
import type { Settlement } from '../protocol/tables/transactions.js';
import type { Millis, NodeId } from '../protocol/terms.js';
import { DiscTables } from '../storage/disc-tables.js';
import type { TableJournal } from '../storage/table-journal.js';
import { QuorumService } from '../quorum/quorum.service.js';
import { localReplicator } from './local-replicator.js';
import type { OpenTable, TableHost } from './open-table.js';
import { ReplicatedBag } from './replicated-bag.js';
import { ReplicatedTable } from './replicated-table.js';
import { ReplicatorDriver } from './replicator-driver.js';
import { SyncWatch } from './sync-watch.js';
import { BIRTHS, type BirthRow } from './table-birth.js';
import { TableBirths } from './table-births.js';
import { failure } from './table-failure.js';
import { estimateBytes, type TableInfo } from './table-info.js';
import { OWN_TABLES, TableSchema } from './table-schema.js';
import type { Bag, BagConfig, Rows, Table, TableConfig, TableCreation } from './table.js';

type AnyTable = OpenTable<Record<string, unknown>>;

/** A table with what brought it about. */
interface Opened {
  readonly schema: TableSchema;
  readonly table: AnyTable;
  readonly replicator: Replicator;
  readonly replica: TableReplica;
  /** Its name among nodes. */
  readonly wireName: string;
  /** It has come back from the disc. */
  readonly isKept: boolean;
}

/** The tables of this node, kept in step with those of the others. */
@Injectable()
export class TableService {
  readonly #logger = new Logger(TableService.name);
  readonly #replicator: Replicator;
  /** Those that are not replicated: the same, without others. */
  readonly #local: Replicator;
  readonly #tables = new Map<string, Opened>();
  /** All tables, that of births included, by their names among nodes. */
  readonly #byWireName = new Map<string, AnyTable>();
  /** Of those that are kept, by the same names. */
  readonly #journals = new Map<string, TableJournal>();
  readonly #births: TableBirths;
  readonly #driver: ReplicatorDriver;
  readonly #syncs: SyncWatch;
  #subscription: Subscription | undefined;
  #members: readonly Member[] = [];
  #membersOf: unknown;
  #state: 'new' | 'running' | 'stopped' = 'new';

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) random: Random,
    private readonly mesh: Mesh,
    private readonly identity: Identity,
    private readonly coreServer: CoreServerService,
    quorum: QuorumService,
    private readonly disc: DiscTables,
  ) {
    this.#driver = new ReplicatorDriver(clock, random, () => coreServer.noticeStall());
    const common = {
      now: () => clock.now(),
      whenKept: (table: string, then: () => void): void => {
        const journal = this.#journals.get(table);
        if (journal === undefined) then();
        else journal.kept(then);
      },
      wakeAt: (at: Millis) => this.#driver.wakeAt(at),
      flushSoon: () => this.#driver.flushSoon(),
      changed: (table: string, changes: readonly Change[]) =>
        this.#byWireName.get(table)?.tell(changes),
    };
    this.#replicator = new Replicator({
      ...common,
      random,
      members: () => this.#live(),
      // The framework's own go on: roles that are available run on both sides, and their rows settle it when the sides meet.
      mayDecide: (table) =>
        (table.startsWith(OWN_TABLES) && table !== BIRTHS.name) || quorum.hasQuorum,
      send: (to, message, priority) =>
        this.#sendable(() => mesh.send(to, 'tables', toWire(message), priority)) ?? false,
      sendAll: (to, message) =>
        this.#sendable(() => mesh.sendAll(to, 'tables', toWire(message))) ?? [],
    });
    this.#local = localReplicator(common);
    this.#births = new TableBirths({
      clock,
      rows: { multi: this.#openBirths('multi'), local: this.#openBirths('local') },
      self: () => replicaId(identity.id, identity.card.startedAt),
      lifeOf: (node) => this.#lifeOf(node),
      report: (error) => this.#logger.error(error.message, stackOf(error.cause ?? error)),
    });
    this.#syncs = new SyncWatch(clock, {
      others: () => this.#others(),
      exchanged: () => this.#replicator.exchanged(),
    });
  }

  /** Begins to exchange rows. In the same turn in which the mesh opens, or links are missed. */
  start(): void {
    const { card } = this.identity;
    this.#state = 'running';
    for (const replicator of [this.#replicator, this.#local])
      replicator.assume(card.id, card.startedAt);
    this.disc.start();
    this.mesh.onLinkUp(({ id, startedAt }) => {
      if (this.#state === 'running') this.#replicator.linkUp(id, startedAt, this.clock.now());
    });
    this.mesh.onLinkDown((id) => {
      this.#replicator.linkDown(id, this.clock.now());
      this.#syncs.check();
    });
    const format: MessageFormat<TableMessage> = {
      kinds: TABLE_FORMAT.kinds,
      read: (wire) => this.#replicator.read(wire),
    };
    this.mesh.onMessage('tables', format, (from, message) => this.#take(from, message));
    this.#subscription = this.coreServer.awake$.subscribe(() => this.#replicator.awake());
    const changes = this.coreServer.membership$.subscribe(({ type }) => {
      this.#replicator.membersChanged(this.clock.now());
      if (type === 'down' || type === 'left' || type === 'stalled') this.#driver.consultLater();
      if (type === 'down' || type === 'left') this.#births.look();
      this.#syncs.check();
    });
    this.#subscription.add(changes);
    this.#driver.start([this.#replicator, this.#local]);
  }

  /** Falls silent. What was written last is sent; transactions under way are rejected; watchers see their streams complete. */
  stop(): void {
    if (this.#state === 'stopped') return;
    this.#replicator.flush();
    this.#state = 'stopped';
    this.#subscription?.unsubscribe();
    this.#driver.stop();
    this.#births.stop();
    this.#replicator.stop();
    this.#local.stop();
    this.#syncs.stop();
    for (const table of this.#byWireName.values()) table.complete();
  }

  /** Falls silent, and resolves once what is to be kept is on the disc. */
  async close(): Promise<void> {
    this.stop();
    await this.disc.close();
  }

  /** This node has found its cluster, and knows its rows: what nobody has opened before may be created. */
  takePart(): void {
    this.#births.begin();
  }

  /**
   * This node's copy of a table; the same one however often it is opened. What the others have of it arrives soon after. It can be written
   * to at once; `untilExists()` waits for its creation.
   * @throws TableSchemaError for a definition that makes no sense, or is not that under which this node, or its file, has the table.
   * @throws BeethovenConfigError for a table on the disc without `dataDir`
   * @throws DataDirInUseError when another process has its tables there
   * @throws DamagedTableError when the file of the table cannot be read to its end: says which rows are safe
   */
  open<Row extends object>(config: BagConfig<Row> & TableCreation<Bag<Row>>): Bag<Row>;
  open<Row extends object>(config: TableConfig<Row> & TableCreation<Table<Row>>): Table<Row>;
  open(config: TableConfig<never> & TableCreation<never>): unknown {
    const schema = new TableSchema(config as unknown as TableConfig<Record<string, unknown>>);
    const opened = this.#tables.get(schema.name);
    if (opened !== undefined) {
      if (!opened.schema.equals(schema)) throw schema.clash();
      return opened.table;
    }
    if (schema.isOwn) return this.#openAs(schema.name, schema).table;
    const { onCreated } = config as TableCreation<unknown>;
    const made = this.#openAs(schema.definition.nameAmongNodes(schema.name), schema);
    const { table, replicator, wireName, isKept } = made;
    this.#births.expect({
      schema,
      holders: () => replicator.holders(wireName),
      create: isKept ? undefined : onCreated && (async () => onCreated(table)),
      refuse: (error) => table.refuse(error),
    });
    return made.table;
  }

  /** The table of that name, if this node has opened it. */
  find(name: string): Rows<Record<string, unknown>> | undefined {
    return this.#tables.get(name)?.table;
  }

  /** The linked nodes that have a copy of a table, whether this node has one or not. */
  holders(name: string): NodeId[] {
    const wireName = this.#births.nameAmongNodes(name);
    return wireName === undefined ? [] : this.#replicator.holders(wireName);
  }

  /** The tables that this node has opened, the framework's own included. To be called once the application has started. */
  tables(): readonly TableInfo[] {
    const self = this.identity.id;
    const now = this.clock.now();
    return Array.from(this.#tables.values(), ({ schema, replicator, replica, wireName: wire }) => {
      const { name, type, copies } = schema;
      const { size: rows, tombstones } = replica;
      const bytes = estimateBytes(replica.rows(), rows);
      const nodes = [self, ...replicator.holders(wire)];
      return { name, type, copies, rows, bytes, tombstones, nodes, lag: replicator.lag(wire, now) };
    });
  }

  /**
   * Resolves once the rows of every node known now are here, for all open tables: at once when there is nobody else. Who dies
   * meanwhile, or cannot be reached for two seconds while others can, is not waited for.
   */
  synced(): Promise<void> {
    return this.#syncs.synced();
  }

  #openBirths(copies: 'multi' | 'local'): Table<BirthRow> {
    const name = copies === 'multi' ? BIRTHS.name : `${BIRTHS.name}.local`;
    const config = { ...BIRTHS, name, copies } as unknown as TableConfig<Record<string, unknown>>;
    return this.#make(name, new TableSchema(config)).table as unknown as Table<BirthRow>;
  }

  #openAs(name: string, schema: TableSchema): Opened {
    const made = this.#make(name, schema);
    this.#tables.set(schema.name, made);
    return made;
  }

  #make(wireName: string, schema: TableSchema): Opened {
    const { name, key, rank, identity } = schema;
    const views = schema.views();
    const view = views.isEmpty ? undefined : views;
    const replicator = schema.copies === 'local' ? this.#local : this.#replicator;
    const kept = schema.storage === 'disc' ? this.disc.load(schema) : undefined;
    const accepts = (row: Row): boolean => schema.accepts(row);
    const shapeOf = (columns: readonly string[]): RowShape | undefined => schema.shapeOf(columns);
    const told = (): string => schema.told();
    const goesWith = (text: string): boolean => schema.goesWith(text);
    const replicaSchema = { key, rank, identity, accepts, shapeOf, told, goesWith, view };
    const replica = replicator.open(wireName, replicaSchema, this.clock.now(), kept?.copy);
    const journal = kept?.keep(replica);
    if (journal !== undefined) this.#journals.set(wireName, journal);
    const host: TableHost = {
      now: () => this.#driver.now(),
      written: () => this.#driver.flushSoon(),
      report: (error) => this.#logger.error(`A watcher of table "${name}" threw.`, stackOf(error)),
      transaction: (work) =>
        new Promise((resolve, reject) => {
          if (this.#state === 'stopped') return reject(new TablesStoppedError(name));
          let last: TransactionView | undefined;
          const run = (fresh: TransactionView): unknown => work((last = fresh));
          const settle = (settlement: Settlement): void => {
            if ('result' in settlement) {
              const { result } = settlement;
              if (journal === undefined || !last?.hasWrites) resolve(result);
              else journal.kept((failed) => (failed ? reject(failed) : resolve(result)));
            } else reject('thrown' in settlement ? settlement.thrown : failure(name, settlement));
          };
          this.coreServer.noticeStall();
          replicator.transaction(wireName, replica, run, settle, this.clock.now());
        }),
      untilExists: async (timeout) => {
        const deadline = this.clock.now() + timeout;
        await this.#births.untilExists(name, timeout);
        const left = deadline - this.clock.now();
        if (!(await this.#syncs.arrived(() => replicator.isWhole(wireName), left)))
          throw new TableTimeoutError(name, timeout);
      },
    };
    const Shape = schema.type === 'bag' ? ReplicatedBag : ReplicatedTable;
    const table = new Shape<Record<string, unknown>>(schema, replica, views, host);
    this.#byWireName.set(wireName, table);
    const isKept = kept !== undefined && !kept.isNew;
    return { schema, table, replicator, replica, wireName, isKept };
  }

  /** The life of a live node. */
  #lifeOf(node: NodeId): ReplicaId | undefined {
    const startedAt = this.#live().find(({ id }) => id === node)?.startedAt;
    return startedAt === undefined ? undefined : replicaId(node, startedAt);
  }

  /** What is inside a row is not frozen: it can be spoilt after it was checked, and must not take the process with it. */
  #sendable<T>(send: () => T): T | undefined {
    try {
      return send();
    } catch (error) {
      this.#logger.error(
        'A row holds what cannot travel: it was changed after put().',
        stackOf(error),
      );
      return undefined;
    }
  }

  #take(from: NodeId, message: TableMessage): void {
    if (this.#state !== 'running') return;
    this.coreServer.noticeStall();
    this.#replicator.handleMessage(from, message, this.clock.now());
    this.#syncs.check();
  }

  /** Made anew only when the cluster has changed. */
  #live(): readonly Member[] {
    if (this.#state === 'new') return [];
    const nodes = this.coreServer.nodes();
    if (nodes !== this.#membersOf) {
      this.#membersOf = nodes;
      this.#members = nodes.map(({ id, startedAt, status }) => {
        return { id, startedAt, suspect: status !== 'alive', stalled: status === 'stalled' };
      });
    }
    return this.#members;
  }

  /** The other nodes, those included that are linked and not yet known to be members. */
  #others(): ReadonlySet<NodeId> {
    const others = new Set(this.mesh.links());
    for (const { id, self } of this.coreServer.nodes()) if (!self) others.add(id);
    return others;
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
