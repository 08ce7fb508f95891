import { setTimeout as sleep } from 'node:timers/promises';
import { bareExchanges } from './bare-exchange.js';
import { Copy } from './copies.js';
import type { Writing } from './jobs.js';
import { session, type RowKind } from './rows.js';

/** So many puts by themselves, and the code for one is compiled, as it is in a process that runs for days. */
const WARM = 3_000;

/** Longer than a comparison of copies takes to come round, so that what was deleted can be forgotten. */
const TIDIED = 15_000;

export interface Rates {
  readonly rates: number[];
  readonly floor: number[];
}

async function withCopies<T>(size: number, measure: (copies: [Copy, ...Copy[]]) => Promise<T>) {
  const copies = await Copy.cluster(size);
  try {
    return await measure(copies);
  } finally {
    await Promise.all(copies.map((copy) => copy.end()));
  }
}

const perSecond = (count: number, ms: number) => (count * 1_000) / ms;

/** Writes in a second on one copy; the floor is a bare `Map`. */
export function localWrites(kind: RowKind, keys: number, repeats: number): Promise<Rates> {
  return withCopies(1, async ([copy]) => {
    const count = 500_000;
    const rates: number[] = [];
    const floor: number[] = [];
    for (let i = 0; i < repeats; i++) {
      const writing = { kind, from: i * count, count, keys };
      const ours = await copy.do('write', writing);
      const map = await copy.do('writeMap', writing);
      rates.push(perSecond(count, ours.to - ours.from));
      floor.push(perSecond(count, map.to - map.from));
    }
    return { rates, floor };
  });
}

/** Writes in a second until the last of them is on all copies, and the CPU time of one on its writer (µs). */
export function replicatedWrites(copies: number, kind: RowKind, keys: number, repeats: number) {
  return withCopies(copies, async ([writer, ...others]) => {
    const count = 300_000;
    const rates: number[] = [];
    const cpu: number[] = [];
    for (let i = 0; i < repeats; i++) {
      const writing: Writing = { kind, from: i * count, count, keys };
      const arrivals = others.map((other) => other.do('arrived', writing));
      const span = await writer.do('write', writing);
      const arrived = await Promise.all(arrivals);
      for (const { rows } of arrived)
        if (rows !== keys) throw new Error(`A copy has ${rows} of ${keys} rows.`);
      rates.push(perSecond(count, Math.max(...arrived.map(({ at }) => at)) - span.from));
      cpu.push((span.cpu * 1_000) / count);
    }
    return { rates, cpu };
  });
}

/** Reads in a second by key; the floor is a bare `Map`. */
export function reads(repeats: number): Promise<Rates> {
  return withCopies(1, async ([copy]) => {
    const count = 5_000_000;
    const rates: number[] = [];
    const floor: number[] = [];
    for (let i = 0; i < repeats; i++) {
      const ours = await copy.do('read', { count, keys: 10_000 });
      const map = await copy.do('read', { count, keys: 10_000, map: true });
      rates.push(perSecond(count, ours.to - ours.from));
      floor.push(perSecond(count, map.to - map.from));
    }
    return { rates, floor };
  });
}

/** Transactions in a second on three copies, the writer's CPU time for each (µs), and the floor by turns with them. `on`: the node that decides, or another. */
export function transactions(
  { writers, hot, on }: { writers: number; hot: boolean; on: 'decider' | 'other' },
  repeats: number,
): Promise<{ rates: number[]; cpu: number[]; floor: number[] }> {
  return withCopies(3, async ([decider, other]) => {
    const copy = on === 'decider' ? decider : (other as Copy);
    const [rates, cpu, floor]: [number[], number[], number[]] = [[], [], []];
    await copy.do('transact', { writers, hot, count: 2_000 });
    for (let i = 0; i < repeats; i++) {
      const count = writers * 3_000;
      const span = await copy.do('transact', { writers, hot, count });
      rates.push(perSecond(count, span.to - span.from));
      cpu.push((span.cpu * 1_000) / count);
      floor.push(await bareExchanges(writers, on));
    }
    return { rates, cpu, floor };
  });
}

/** How long a transaction takes that begins right after one of the three copies was frozen (ms). */
export function frozenCopy(repeats: number): Promise<number[]> {
  return withCopies(3, async (copies) => {
    const [decider, , frozen] = copies;
    const times: number[] = [];
    for (let i = 0; i < repeats; i++) {
      await decider.do('transact', { writers: 1, hot: false, count: 100 });
      frozen?.signal('SIGSTOP');
      const { from, to } = await decider.do('transact', { writers: 1, hot: false, count: 1 });
      times.push(to - from);
      frozen?.signal('SIGCONT');
      await sleep(1_000);
      await Promise.all(copies.map((copy) => copy.do('together', 3)));
    }
    return times;
  });
}

/** From the opening of a table to its last row from another process that writes on (ms), and the longest turn of that one (ms). */
export function newcomer(repeats: number, rows: number) {
  return withCopies(1, async ([elder]) => {
    const times: number[] = [];
    const blocks: number[] = [];
    await elder.do('write', { kind: 'session', from: 0, count: rows, keys: rows });
    for (let i = 0; i < repeats; i++) {
      const young = await Copy.join(elder);
      await elder.do('together', 2);
      const block = elder.do('goOn', rows);
      const { from, to } = await young.do('receive', rows);
      await elder.do('rest');
      times.push(to - from);
      blocks.push(await block);
      await young.end();
      await elder.do('together', 1);
    }
    return { times, blocks };
  });
}

/**
 * One of two copies is frozen until the other takes it for down and changes some rows: from the moment when it is seen back to the last of them (ms), and what
 * it has sent and received meanwhile (B).
 */
export function reconnection(repeats: number, rows: number, changed: number) {
  return withCopies(2, async ([writer, away]) => {
    const frozen = away as Copy;
    const times: number[] = [];
    const traffic: number[] = [];
    const all: Writing = { kind: 'session', from: 0, count: rows, keys: rows };
    const first = frozen.do('arrived', all);
    await writer.do('write', all);
    await first;
    for (let i = 1; i <= repeats; i++) {
      const writing: Writing = { kind: 'session', from: i * rows, count: changed, keys: rows };
      const down = writer.do('seen', 'down');
      const caughtUp = frozen.do('caughtUp', writing);
      await sleep(500);
      frozen.signal('SIGSTOP');
      await down;
      await writer.do('write', writing);
      const joined = writer.do('seen', 'joined');
      frozen.signal('SIGCONT');
      const arrived = await caughtUp;
      times.push(arrived.at - (await joined));
      traffic.push(arrived.traffic);
    }
    return { times, traffic };
  });
}

/** Heap and buffers for each of so many rows, the row itself included (B); the floor is the same rows in a bare `Map`. */
export async function memoryPerRow(
  rows: number,
  repeats: number,
): Promise<{ ours: number[]; floor: number }> {
  const ours: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const taken = await withCopies(1, async ([copy]) => {
      await copy.do('openSessions');
      const before = await copy.do('memory');
      await copy.do('write', { kind: 'session', from: 0, count: rows, keys: rows });
      return (await copy.do('memory')) - before;
    });
    ours.push(taken / rows);
  }
  return { ours, floor: mapMemory(rows) / rows };
}

/** Needs `--expose-gc`. */
function mapMemory(rows: number): number {
  global.gc?.();
  const before = process.memoryUsage().heapUsed;
  const map = new Map<string, object>();
  for (let n = 0; n < rows; n++) {
    const row = session(n, rows);
    map.set(row.id, row);
  }
  global.gc?.();
  const after = process.memoryUsage().heapUsed;
  if (map.size !== rows) throw new Error('Rows are missing.');
  return after - before;
}

/** What so many inserts and deletes leave behind, once what was deleted is forgotten (MB), and operations in a second. */
export function churn(copies: number, count: number) {
  return withCopies(copies, async ([copy]) => {
    const live = 1_000;
    await copy.do('churn', { count: 2 * live, live });
    await sleep(TIDIED);
    const before = await copy.do('memory');
    const { from, to } = await copy.do('churn', { count, live });
    await sleep(TIDIED);
    const kept = ((await copy.do('memory')) - before) / 1e6;
    return { kept, rate: perSecond(2 * count, to - from) };
  });
}

/** From `put` on one node to `watch()` on another (ms). */
export function putToWatch(repeats: number): Promise<number[]> {
  return withCopies(2, async ([writer, reader]) => {
    await writer.do('ping', WARM);
    const times = (reader as Copy).do('follow', repeats);
    await sleep(50);
    await writer.do('ping', repeats);
    return times;
  });
}
