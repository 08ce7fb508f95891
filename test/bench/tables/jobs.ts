import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import type { CoreServerService, Table, TableService } from 'nestjs-beethoven';
import { stamp } from '../../support/stamp.js';
import { PAIRS, SESSIONS, pair, session, type Pair, type RowKind, type Session } from './rows.js';

/** Writes in one turn of the event loop: an application that writes for longer lets nobody else in. */
const PER_TURN = 1_000;

/** From one ping to the next (ms): each finds the other process idle. */
export const PING_EVERY = 2;

export interface Writing {
  readonly kind: RowKind;
  readonly from: number;
  readonly count: number;
  readonly keys: number;
}

/** When something began and ended on the clock that all processes share, and the CPU time of the process in between (ms). */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly cpu: number;
}

/** What one process with copies of the tables can be told to do. */
export class Jobs {
  readonly #pairs: Table<Pair>;
  #sessions: Table<Session> | undefined;

  constructor(
    private readonly tables: TableService,
    private readonly core: CoreServerService,
  ) {
    this.#pairs = tables.open(PAIRS);
  }

  /** Resolves with the live nodes once there are so many. */
  async together(nodes: number): Promise<number> {
    while (this.core.nodes().length !== nodes) await sleep(5);
    return nodes;
  }

  openSessions(): void {
    this.#sessions ??= this.tables.open(SESSIONS);
  }

  async write({ kind, from, count, keys }: Writing): Promise<Span> {
    const began = begin();
    for (let n = from; n < from + count;) {
      const end = Math.min(from + count, n + PER_TURN);
      if (kind === 'pair') for (; n < end; n++) this.#pairs.put(pair(n, keys));
      else for (; n < end; n++) this.sessions.put(session(n, keys));
      await turn();
    }
    return spanSince(began);
  }

  /** The same rows into a bare `Map`: what the language takes for it. */
  async writeMap({ kind, from, count, keys }: Writing): Promise<Span> {
    const pairs = new Map<string, Pair>();
    const sessions = new Map<string, Session>();
    const began = begin();
    for (let n = from; n < from + count;) {
      const end = Math.min(from + count, n + PER_TURN);
      if (kind === 'pair')
        for (; n < end; n++) {
          const row = pair(n, keys);
          pairs.set(row.key, row);
        }
      else
        for (; n < end; n++) {
          const row = session(n, keys);
          sessions.set(row.id, row);
        }
      await turn();
    }
    const span = spanSince(began);
    if (pairs.size + sessions.size === 0) throw new Error('Nothing was written.');
    return span;
  }

  /** Reads by key; every one of them must find its row. */
  read({ count, keys, map = false }: { count: number; keys: number; map?: boolean }): Span {
    const names = Array.from({ length: keys }, (_, n) => pair(n, keys).key);
    for (const [n, name] of names.entries())
      if (!this.#pairs.has(name)) this.#pairs.put(pair(n, keys));
    const bare = new Map(names.map((name) => [name, this.#pairs.get(name)]));
    const source = map ? bare : this.#pairs;
    let found = 0;
    const began = begin();
    for (let n = 0; n < count;) {
      for (const name of names) if (source.get(name) !== undefined) found++;
      n += keys;
    }
    const span = spanSince(began);
    if (found < count) throw new Error('Rows were not found.');
    return span;
  }

  /** When this copy has the last of so many writes, and how many rows it then has. */
  async arrived({ kind, from, count, keys }: Writing): Promise<{ at: number; rows: number }> {
    const last = from + count - 1;
    const table: Table<Pair> | Table<Session> = kind === 'pair' ? this.#pairs : this.sessions;
    const isThere =
      kind === 'pair'
        ? () => this.#pairs.get(pair(last, keys).key)?.value === pair(last, keys).value
        : () => this.sessions.get(session(last, keys).id)?.score === last;
    while (!isThere()) await sleep(1);
    const at = stamp();
    return { at, rows: table.size };
  }

  /** {@link arrived}, and what this process has read and written until then (B, Linux only): all of it, membership included. */
  async caughtUp(writing: Writing): Promise<{ at: number; traffic: number }> {
    const before = traffic();
    const { at } = await this.arrived(writing);
    return { at, traffic: traffic() - before };
  }

  /** When another node is next seen to go, or to come. */
  async seen(type: 'down' | 'joined'): Promise<number> {
    return new Promise((resolve) => {
      const subscription = this.core.membership$.subscribe((event) => {
        if (event.type !== type) return;
        subscription.unsubscribe();
        resolve(stamp());
      });
    });
  }

  /** So many transactions, by so many who each begin the next when the last is done. */
  async transact({ writers, count, hot }: { writers: number; count: number; hot: boolean }) {
    let left = count;
    const began = begin();
    const before = Number(this.#pairs.get('hot')?.value ?? 0);
    const write = async (writer: number): Promise<void> => {
      for (let n = 0; left > 0; n++) {
        left--;
        if (hot)
          await this.#pairs.transaction((tx) => {
            const value = Number(tx.get('hot')?.value ?? 0) + 1;
            tx.put({ key: 'hot', value: String(value) });
          });
        else await this.#pairs.transaction((tx) => tx.put(pair(writer * 100 + (n % 100), 10_000)));
      }
    };
    await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
    const span = spanSince(began);
    const made = Number(this.#pairs.get('hot')?.value ?? 0) - before;
    if (hot && made !== count) throw new Error(`${count} transactions have counted to ${made}.`);
    return span;
  }

  /** Inserts and deletes, each of a new key, with so many rows alive. */
  async churn({ count, live }: { count: number; live: number }): Promise<Span> {
    const began = begin();
    for (let n = 0; n < count;) {
      for (const end = Math.min(count, n + PER_TURN); n < end; n++) {
        this.#pairs.put({ key: `churn-${n}`, value: 'x' });
        if (n >= live) this.#pairs.delete(`churn-${n - live}`);
      }
      await turn();
    }
    return spanSince(began);
  }

  /** Bytes of the heap, and of buffers beside it, that are in use after a collection. */
  async memory(): Promise<number> {
    for (let i = 0; i < 3; i++) {
      global.gc?.();
      await sleep(20);
    }
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  }

  /** Follows what the other writes with {@link ping}; gives the times from each `put` to its event here (ms). */
  async follow(count: number): Promise<number[]> {
    const times: number[] = [];
    await new Promise<void>((resolve) => {
      const subscription = this.#pairs.watch().subscribe(({ key, row }) => {
        if (key !== 'ping' || row === undefined) return;
        times.push(stamp() - Number(row.value));
        if (times.length < count) return;
        subscription.unsubscribe();
        resolve();
      });
    });
    return times;
  }

  async ping(count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      await sleep(PING_EVERY);
      this.#pairs.put({ key: 'ping', value: String(stamp()) });
    }
  }

  /** Opens the table here for the first time, and waits until so many rows have come. */
  async receive(rows: number): Promise<Span> {
    const began = begin();
    this.openSessions();
    while (this.sessions.size < rows) await sleep(1);
    return spanSince(began);
  }

  /** Writes on, a row in each millisecond, until told {@link rest}; gives the longest time without a turn (ms). */
  async goOn(keys: number): Promise<number> {
    this.#resting = false;
    const delays = monitorEventLoopDelay({ resolution: 1 });
    delays.enable();
    for (let n = 0; !this.#resting; n++) {
      this.sessions.put(session(n, keys));
      await sleep(1);
    }
    delays.disable();
    return delays.max / 1e6;
  }

  rest(): void {
    this.#resting = true;
  }

  #resting = false;

  private get sessions(): Table<Session> {
    this.openSessions();
    return this.#sessions as Table<Session>;
  }
}

function traffic(): number {
  const io = readFileSync('/proc/self/io', 'utf8');
  return [/rchar: (\d+)/, /wchar: (\d+)/].reduce((sum, at) => sum + Number(at.exec(io)?.[1]), 0);
}

interface Beginning {
  readonly from: number;
  readonly cpu: NodeJS.CpuUsage;
}

function begin(): Beginning {
  return { from: stamp(), cpu: process.cpuUsage() };
}

function spanSince({ from, cpu }: Beginning): Span {
  const { user, system } = process.cpuUsage(cpu);
  return { from, to: stamp(), cpu: (user + system) / 1_000 };
}
