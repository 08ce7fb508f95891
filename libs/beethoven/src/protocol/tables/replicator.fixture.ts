import type { Random } from '../random.js';
import type { Millis, NodeId } from '../terms.js';
import { fromWire, toWire } from './wire.js';
import {
  KeptRecords,
  KeptRows,
  recordFromWire,
  recordToWire,
  type KeptCopy,
} from './kept-record.js';
import type { Member } from './replication.js';
import { Replicator } from './replicator.js';
import type { Change, Key, ReplicaSchema, Row } from './row.js';
import type { TableReplica } from './table-replica.js';
import type { Settlement } from './transactions.js';
import type { TransactionView } from './transaction-view.js';

const TABLE = 't';

/** Tables of several nodes, links between them, and a hand that decides what happens next. */
export class TableWorld {
  readonly nodes: TableNode[] = [];
  now: Millis = 1_800_000_000_000;
  /** How many messages of one node to another may be under way. */
  capacity = Infinity;
  /** Chunks of deliveries so far. */
  chunks = 0;
  #starts = 0;
  /** Messages under way, by sender and receiver. */
  readonly #queues = new Map<string, unknown[]>();
  readonly #linked = new Set<string>();

  constructor(
    readonly random: Random,
    readonly schema: ReplicaSchema = { key: 'id' },
  ) {}

  start(
    name: string,
    skew: Millis = 0,
    { open = true, kept }: { open?: boolean; kept?: KeptCopy } = {},
  ): TableNode {
    const node = new TableNode(this, name, this.now + this.#starts++, skew, open, kept);
    this.nodes.push(node);
    for (const other of this.nodes) if (other !== node && other.alive) this.link(node, other);
    return node;
  }

  link(one: TableNode, other: TableNode): void {
    if (one === other || !one.alive || !other.alive || this.isLinked(one, other)) return;
    this.#linked.add(pair(one, other));
    one.sees(other, true);
    other.sees(one, true);
    one.replicator.linkUp(other.name, other.startedAt, one.now);
    other.replicator.linkUp(one.name, one.startedAt, other.now);
  }

  /** The link ends and each takes the other for down. `lost`: how much of what is under way never arrives, 0 to 1. */
  cut(one: TableNode, other: TableNode, lost = 1): void {
    if (!this.#linked.delete(pair(one, other))) return;
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      const queue = this.#queue(from, to);
      queue.length = Math.floor(queue.length * (1 - lost));
      while (queue.length > 0) this.#deliver(from, to);
    }
    for (const [here, there] of [
      [one, other],
      [other, one],
    ] as const) {
      here.replicator.linkDown(there.name, here.now);
      here.sees(there, false);
    }
  }

  crash(node: TableNode, lost = 1): void {
    for (const other of this.nodes) this.cut(node, other, lost);
    node.alive = false;
    this.nodes.splice(this.nodes.indexOf(node), 1);
  }

  isLinked(one: TableNode, other: TableNode): boolean {
    return this.#linked.has(pair(one, other));
  }

  post(from: TableNode, to: NodeId, message: unknown): boolean {
    const receiver = this.nodes.find(({ name }) => name === to);
    if (receiver === undefined || !this.isLinked(from, receiver)) return false;
    const queue = this.#queue(from, receiver);
    if (queue.length >= this.capacity) return false;
    queue.push(message);
    return true;
  }

  /** Delivers one message of the n-th busy link. @returns whether there was any */
  step(n: number): boolean {
    const busy = this.#busy();
    const [from, to] = busy[n % busy.length] ?? [];
    if (from === undefined || to === undefined) return false;
    this.#deliver(from, to);
    return true;
  }

  /** Loses one message of the n-th busy link, as the change-over to another connection can. */
  lose(n: number): void {
    const busy = this.#busy();
    const [from, to] = busy[n % busy.length] ?? [];
    if (from !== undefined && to !== undefined) this.#queue(from, to).shift();
  }

  /** Delivers one message from one to another. @returns whether there was any */
  stepFrom(from: TableNode, to: TableNode): boolean {
    if (this.underway(from, to) === 0) return false;
    this.#deliver(from, to);
    return true;
  }

  underway(from: TableNode, to: TableNode): number {
    return this.#queue(from, to).length;
  }

  loseFrom(from: TableNode, to: TableNode): void {
    this.#queue(from, to).shift();
  }

  /** Loses everything that is under way. */
  drop(): void {
    for (const queue of this.#queues.values()) queue.length = 0;
  }

  deliverAll(): void {
    let steps = 0;
    for (let busy = this.#busy(); busy.length > 0; busy = this.#busy())
      for (const [from, to] of busy)
        while (this.stepFrom(from, to))
          if (++steps === 100_000) throw new Error('The nodes talk for ever.');
  }

  /** Lets every node compare with others until nothing changes any more, or for so many rounds. */
  settle(rounds = 200): void {
    for (let round = 0; round < rounds; round++) {
      this.now += 2_000;
      for (const node of this.nodes) {
        node.replicator.flush();
        node.replicator.handleTime(node.now);
        node.replicator.tidy(node.now);
      }
      this.deliverAll();
      if (round > 3 && this.isSettled()) return;
    }
  }

  isSettled(): boolean {
    const [first, ...others] = this.nodes.map((node) => node.contents());
    return (
      others.every((contents) => contents === first) &&
      this.nodes.every(({ table }) => table.tombstones === 0)
    );
  }

  #busy(): [TableNode, TableNode][] {
    const busy: [TableNode, TableNode][] = [];
    for (const from of this.nodes)
      for (const to of this.nodes)
        if (from !== to && this.#queue(from, to).length > 0) busy.push([from, to]);
    return busy;
  }

  #deliver(from: TableNode, to: TableNode): void {
    const message = fromWire(this.#queue(from, to).shift());
    if (message === undefined) throw new Error('A node of ours sent what no node accepts.');
    if (message.kind === 'chunk') this.chunks++;
    to.replicator.handleMessage(from.name, message, to.now);
  }

  #queue(from: TableNode, to: TableNode): unknown[] {
    const key = `${from.name}#${from.startedAt}>${to.name}#${to.startedAt}`;
    const queue = this.#queues.get(key) ?? [];
    this.#queues.set(key, queue);
    return queue;
  }
}

export class TableNode {
  readonly replicator: Replicator;
  readonly table: TableReplica;
  readonly changes: Change[] = [];
  /** Looks at the copy whenever it has changed. */
  watcher: (() => void) | undefined;
  readonly #records: KeptRecords;
  readonly #onDisc = new KeptRows();
  readonly #touched = new Set<Key>();
  alive = true;
  members: readonly Member[];
  /** Whether what it writes waits for the end of its turn: for a `flush` by hand. */
  gathers = false;
  /** Whether its side has the quorum. */
  mayDecide = true;

  constructor(
    private readonly world: TableWorld,
    readonly name: string,
    readonly startedAt: Millis,
    readonly skew: Millis,
    open: boolean,
    kept?: KeptCopy,
  ) {
    this.members = [{ id: name, startedAt, suspect: false }];
    this.replicator = new Replicator({
      random: world.random,
      now: () => this.now,
      members: () => this.members,
      mayDecide: () => this.mayDecide,
      send: (to, message) => world.post(this, to, toWire(message)),
      sendAll: (to, message) => to.filter((id) => !world.post(this, id, toWire(message))),
      whenKept: (_table, then) => then(),
      wakeAt: () => {},
      flushSoon: () => {
        if (!this.gathers) this.replicator.flush();
      },
      changed: (_table, changes) => {
        this.changes.push(...changes);
        this.watcher?.();
      },
    });
    this.replicator.assume(name, startedAt);
    this.table = this.replicator.open(open ? TABLE : 'another', world.schema, this.now, kept);
    this.#records = new KeptRecords(this.table);
    this.table.keepIn({ touched: (key) => void this.#touched.add(key) });
    if (kept !== undefined) this.#onDisc.add({ ...kept, gone: [] });
  }

  /** Puts what it has now on its disc. */
  keep(): void {
    const record = recordFromWire(recordToWire(this.#records.take(this.#touched)));
    if (record === undefined) throw new Error('A node of ours kept what it cannot read.');
    this.#onDisc.add(record);
    this.#touched.clear();
  }

  /** What its next life will find there. */
  get kept(): KeptCopy {
    return this.#onDisc.copy();
  }

  get now(): Millis {
    return this.world.now + this.skew;
  }

  put(row: Row): void {
    const key = row[this.world.schema.key] as Key;
    this.#told(this.table.write({ key, row }, this.now));
  }

  delete(key: Key): void {
    this.#told(this.table.write({ key, row: undefined }, this.now));
  }

  transaction(work: (view: TransactionView) => unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const settle = (settlement: Settlement): void => {
        if ('result' in settlement) resolve(settlement.result);
        else reject('thrown' in settlement ? settlement.thrown : new Error(settlement.failed));
      };
      this.replicator.transaction(TABLE, this.table, work, settle, this.now);
    });
  }

  sees({ name: id, startedAt }: TableNode, isLive: boolean): void {
    this.members = this.members.filter((member) => member.id !== id);
    if (isLive) this.members = [...this.members, { id, startedAt, suspect: false }];
    this.replicator.membersChanged(this.now);
    if (!isLive) this.replicator.consultCoordinators();
  }

  suspects({ name: id, startedAt }: TableNode): void {
    this.members = this.members.filter((member) => member.id !== id);
    this.members = [...this.members, { id, startedAt, suspect: true }];
    this.replicator.membersChanged(this.now);
  }

  rows(): Row[] {
    return [...this.table.rows()];
  }

  /** Every row with its version, as one text. */
  contents(): string {
    const rows = [...this.table.entries()].map(({ key, row, time, writer }) => [
      key,
      row,
      time,
      writer,
    ]);
    return JSON.stringify(rows.toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)));
  }

  #told(change: Change | undefined): void {
    if (change !== undefined) this.changes.push(change);
  }
}

function pair(one: TableNode, other: TableNode): string {
  const ids = [`${one.name}#${one.startedAt}`, `${other.name}#${other.startedAt}`];
  return ids.toSorted().join(' ');
}
