import { repeats, take } from './options.js';
import { summary } from './statistics.js';
import { print } from './table.js';
import { bareDeliveries } from './tables/bare-delivery.js';
import {
  churn,
  frozenCopy,
  localWrites,
  memoryPerRow,
  newcomer,
  putToWatch,
  reads,
  reconnection,
  replicatedWrites,
  transactions,
} from './tables/measures.js';

async function local(kind: 'pair' | 'session', keys: number, goal: number, others: string) {
  const { rates, floor } = await localWrites(kind, keys, repeats);
  print({
    measure: `writes on 1 copy, ${kind === 'pair' ? 'key and 100 B' : '4 columns'}, ${keys.toLocaleString('en')} rows`,
    unit: 'writes/s',
    ours: summary(rates),
    floor: summary(floor).median,
    goal: `${goal.toLocaleString('en')} writes/s; the floor is a bare Map.set of the same rows`,
    met: summary(rates).median >= goal,
    others,
  });
}

async function replicated(
  copies: number,
  kind: 'pair' | 'session',
  keys: number,
  goal: number,
  others: string,
) {
  const { rates, cpu } = await replicatedWrites(copies, kind, keys, repeats);
  print({
    measure: `writes until on all of ${copies} copies (processes), ${kind === 'pair' ? 'key and 100 B' : '4 columns'}`,
    unit: 'writes/s',
    ours: summary(rates),
    goal: `${goal.toLocaleString('en')} writes/s (the writer's CPU time: ${summary(cpu).median.toFixed(2)} µs a write)`,
    met: summary(rates).median >= goal,
    others,
  });
}

async function transacted(
  writers: number,
  hot: boolean,
  on: 'decider' | 'other',
  goal: number,
  others: string,
) {
  const { rates, cpu, floor } = await transactions({ writers, hot, on }, repeats);
  const ours = summary(rates);
  const where = on === 'decider' ? 'on the node that decides' : 'on another node';
  print({
    measure: `transactions${hot ? ' on one hot row' : ''}, 3 copies, ${writers} writer${writers > 1 ? 's' : ''} ${where}`,
    unit: 'transactions/s',
    ours,
    floor: summary(floor).median,
    goal: `${goal.toLocaleString('en')} transactions/s; the floor is as many messages over bare sockets (the writer's CPU time: ${summary(cpu).median.toFixed(0)} µs each)`,
    met: ours.median >= goal,
    others,
  });
}

/** Each measure by the name that --only takes. */
const measures: Record<string, () => Promise<void>> = {
  writes: () => local('pair', 10_000, 1_250_000, 'Mnesia (dirty_write) 1,250,000 writes/s'),
  'writes-3': () => replicated(3, 'pair', 10_000, 250_000, 'Mnesia 208,000 to 224,000 writes/s'),
  rows: () =>
    local(
      'session',
      100_000,
      800_000,
      'plain prototype 820,000, Yjs 141,000, TinyBase 10,700 writes/s',
    ),
  'rows-2': () =>
    replicated(
      2,
      'session',
      100_000,
      200_000,
      'plain prototype 93,000, Yjs 28,000, TinyBase 3,100 writes/s',
    ),
  async reads() {
    const { rates, floor } = await reads(repeats);
    print({
      measure: 'reads by key, 10,000 rows',
      unit: 'reads/s',
      ours: summary(rates),
      floor: summary(floor).median,
      goal: '10,000,000 reads/s; the floor is a bare Map.get',
      met: summary(rates).median >= 10_000_000,
      others: 'Mnesia 3,200,000, TinyBase 170,000 reads/s',
    });
  },
  async transactions() {
    for (const on of ['decider', 'other'] as const) {
      await transacted(1, false, on, 5_000, 'Mnesia 3,900, NATS KV CAS 2,360, etcd 650');
      await transacted(8, false, on, 30_000, 'Mnesia 13,500, NATS KV CAS 18,600, etcd 3,300');
    }
  },
  async hot() {
    for (const on of ['decider', 'other'] as const)
      await transacted(8, true, on, 10_000, 'Mnesia 752');
  },
  async frozen() {
    const ours = summary(await frozenCopy(Math.min(repeats, 10)));
    print({
      measure: 'a transaction that begins when one of 3 copies is frozen',
      unit: 'ms',
      ours,
      goal: 'never longer than the detection time, 1,000 ms',
      met: ours.max <= 1_000,
      others: 'Mnesia 73,338 ms (net_ticktime 60), 3,593 ms (4)',
    });
  },
  async newcomer() {
    const { times, blocks } = await newcomer(Math.min(repeats, 10), 100_000);
    print({
      measure: '100,000 rows of 4 columns to a newcomer, while writes go on',
      unit: 'ms',
      ours: summary(times),
      goal: `300 ms (longest turn of the one that sends: ${summary(blocks).max.toFixed(1)} ms)`,
      met: summary(times).median <= 300,
      others: 'plain prototype 340 ms, Yjs 660 ms, TinyBase 10,400 ms',
    });
  },
  async reconnect() {
    const { times, traffic } = await reconnection(Math.min(repeats, 5), 100_000, 100);
    const others = 'plain prototype 8 KB, Yjs 75 KB, TinyBase 3.6 MB, Mnesia by hand';
    print({
      measure:
        '100 of 100,000 rows changed while a node was frozen: from when it is seen back to the last row',
      unit: 'ms',
      ours: summary(times),
      goal: '10 ms',
      met: summary(times).median <= 10,
      others,
    });
    print({
      measure: 'the same: all that the node has sent and received since, membership included',
      unit: 'KB',
      ours: summary(traffic.map((bytes) => bytes / 1_000)),
      goal: '16 KB',
      met: summary(traffic).median <= 16_000,
      others,
    });
  },
  async memory() {
    const found = await memoryPerRow(100_000, Math.min(repeats, 5));
    print({
      measure: 'memory a row, 100,000 rows of 4 columns, the row included',
      unit: 'B',
      ours: summary(found.ours),
      floor: found.floor,
      goal: '300 B; the floor is a bare Map of the same rows',
      met: summary(found.ours).median <= 300,
      others: 'plain prototype 366 B, Yjs 529 B, TinyBase 1,087 B',
    });
  },
  async churn() {
    for (const copies of [1, 3]) {
      const { kept, rate } = await churn(copies, 1_000_000);
      print({
        measure: `1,000,000 inserts and deletes over 1,000 live rows, ${copies} cop${copies > 1 ? 'ies' : 'y'}: heap kept`,
        unit: 'MB',
        ours: summary([kept]),
        goal: `5 MB once collected (${Math.round(rate).toLocaleString('en')} operations/s)`,
        met: kept <= 5,
        others: 'TinyBase 416 MB at 460,000, Yjs 264 MB, for ever',
      });
    }
  },
  async watch() {
    const pings = Math.max(repeats * 20, 200);
    const ours = summary(await putToWatch(pings));
    print({
      measure: 'put on one node to watch() on another',
      unit: 'ms',
      ours,
      floor: summary(await bareDeliveries(pings)).median,
      goal: '0.15 ms; the floor is a write to its arrival over a bare socket',
      met: ours.median <= 0.15,
      others: 'NATS 0.25 ms, etcd 0.74 ms',
    });
  },
};

await take(measures);
