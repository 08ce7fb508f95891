import { BehaviorSubject, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { ClusterNode, MembershipEvent } from '../core-server/cluster-node.js';
import type { CoreServerService } from '../core-server/core-server.service.js';
import { NoEligibleNodeError } from '../errors/no-eligible-node.error.js';
import type { Table, TableEvent } from '../tables/table.js';
import type { TableService } from '../tables/table.service.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { Timeline } from '../testing/timeline.js';
import { AllocatorService } from './allocator.service.js';
import type { NodeScore } from './ranking.js';
import { SignalIngress } from './signal-ingress.js';
import type { SignalMethods } from './signal-methods.js';

const member = (id: string, status: ClusterNode['status'] = 'alive'): ClusterNode => ({
  id,
  name: id,
  address: '127.0.0.1',
  port: 33_000,
  status,
  labels: { zone: id === 'b' ? 'west' : 'east' },
  startedAt: id === 'me' ? 0 : 1,
  self: id === 'me',
  lastChange: 5,
});

const west = ({ labels }: ClusterNode) => labels['zone'] === 'west';

/** The membership as the CoreServer tells it, under the test's control. */
class Members {
  readonly membership$ = new Subject<MembershipEvent>();
  #nodes: readonly ClusterNode[] = [member('me')];

  readonly self = member('me');
  nodes = () => this.#nodes;
  isLive = (id: string) => this.#nodes.some((node) => node.id === id);

  tell(type: MembershipEvent['type'], node: ClusterNode): void {
    const others = this.#nodes.filter(({ id }) => id !== node.id);
    this.#nodes = type === 'left' || type === 'down' ? others : [...others, node];
    this.membership$.next({ type, node, at: 0 });
  }
}

/** One copy of a replicated table: `remote` writes are those that come in from other nodes. */
class Copy {
  readonly #rows = new Map<string, NodeScore>();
  readonly #events = new Subject<TableEvent<NodeScore>>();
  writes = 0;

  watch = () => this.#events.asObservable();
  get = (key: string) => this.#rows.get(key);
  rows = () => this.#rows.values();

  put = (row: NodeScore, local = true): void => {
    if (local) this.writes++;
    this.#rows.set(row.node, row);
    this.#events.next({ operation: 'put', key: row.node, row, origin: row.node, local });
  };

  /** Who removed a row is not always known: it is told of the last writer then. */
  delete = (key: string): void => {
    const old = this.#rows.get(key);
    this.#rows.delete(key);
    if (old === undefined) return;
    this.#events.next({ operation: 'delete', key, old, origin: key, local: key === 'me' });
  };
}

function allocating() {
  const timeline = new Timeline();
  const members = new Members();
  const copy = new Copy();
  const polls = { running: false };
  const tables = { open: () => copy as unknown as Table<NodeScore> };
  const methods = {
    start: () => void (polls.running = true),
    stop: () => void (polls.running = false),
  };
  const allocator = new AllocatorService(
    members as unknown as CoreServerService,
    tables as unknown as TableService,
    new SignalIngress(),
    methods as unknown as SignalMethods,
    timeline.clock(),
    new SeededRandom(1),
  );
  const report = (node: string, score: number) =>
    copy.put({ node, score, lastChange: timeline.now }, false);
  const join = (node: string, score?: number) => {
    members.tell('joined', member(node));
    if (score !== undefined) report(node, score);
  };
  const busy = (delta: number) => allocator.send({ name: 'jobs', weight: 1, type: 'count', delta });
  return { timeline, members, copy, polls, allocator, report, join, busy };
}

describe('the allocator', () => {
  it('allocates this node while it is alone', () => {
    const { allocator } = allocating();
    allocator.start();
    expect(allocator.allocate()).toBe('me');
    expect(allocator.allocate({ strategy: 'two-choices' })).toBe('me');
    expect(allocator.allocationList()).toEqual(['me']);
    expect(allocator.getAll()).toEqual([{ node: 'me', score: 0, lastChange: 5 }]);
  });

  it('allocates the least busy node', async () => {
    const { timeline, allocator, join, report, busy } = allocating();
    allocator.start();
    join('a', 3);
    join('b', 2);
    busy(4);
    await timeline.advance(1);
    expect(allocator.allocationList()).toEqual(['b', 'a', 'me']);
    report('b', 5);
    expect(allocator.allocate()).toBe('a');
    expect(Object.fromEntries(allocator.scores())).toEqual({ a: 3, b: 5, me: 4 });
  });

  it('follows a signal of its own node in the same instant, before it is replicated', async () => {
    const { timeline, allocator, join, busy } = allocating();
    allocator.start();
    join('a', 0.5);
    busy(1);
    await timeline.advance(0);
    expect(allocator.allocate()).toBe('a');
  });

  it('costs one replicated write for a thousand signals in a tick', async () => {
    const { timeline, copy, allocator, busy } = allocating();
    allocator.start();
    await timeline.advance(100);
    const before = copy.writes;
    for (let i = 0; i < 1_000; i++) busy(1);
    await timeline.advance(1_000);
    expect(copy.writes - before).toBe(1);
  });

  it('forgets a dead node in the same instant, also for those that are told before it', () => {
    const { members, allocator, join, busy } = allocating();
    const heard: string[] = [];
    members.membership$.subscribe(({ type }) => {
      if (type === 'down') heard.push(allocator.allocate());
    });
    allocator.start();
    busy(1);
    join('a', 0);
    expect(allocator.allocate()).toBe('a');
    members.tell('down', member('a'));
    expect(heard).toEqual(['me']);
    expect(allocator.allocationList()).toEqual(['me']);
    expect(allocator.scores().has('a')).toBe(false);
  });

  it('knows a score that was told before its node was known', () => {
    const { allocator, join, report } = allocating();
    allocator.start();
    report('a', 7);
    expect(allocator.allocationList()).toEqual(['me']);
    join('a');
    expect(allocator.scores().get('a')).toBe(7);
  });

  it('allocates suspects last', () => {
    const { members, allocator, join } = allocating();
    allocator.start();
    join('a', -1);
    members.tell('suspected', member('a', 'suspect'));
    expect(allocator.allocationList()).toEqual(['me', 'a']);
    members.tell('recovered', member('a'));
    expect(allocator.allocationList()).toEqual(['a', 'me']);
  });

  it('allocates only eligible nodes', () => {
    const { allocator, join } = allocating();
    allocator.start();
    join('a', 1);
    join('b', 2);
    expect(allocator.allocate({ eligible: west })).toBe('b');
    expect(allocator.allocate({ eligible: west, strategy: 'two-choices' })).toBe('b');
    expect(allocator.allocationList({ eligible: west })).toEqual(['b']);
    expect(allocator.allocationList({ eligible: () => false })).toEqual([]);
    const nobody = () => allocator.allocate({ eligible: () => false });
    expect(nobody).toThrow(NoEligibleNodeError);
    expect(nobody).toThrow('None of the 3 live nodes is eligible');
  });

  it('treats a row that is not made of numbers as none', () => {
    const { allocator, join, report } = allocating();
    allocator.start();
    for (const nonsense of [NaN, Infinity, '-1', null, undefined, {}, -5n]) {
      join('a');
      report('a', nonsense as number);
      expect(allocator.scores().get('a')).toBe(0);
    }
  });

  it('says its score again when another node has removed or replaced it', async () => {
    const { timeline, copy, allocator, report, busy } = allocating();
    allocator.start();
    busy(2);
    await timeline.advance(100);
    copy.delete('me');
    await timeline.advance(10);
    expect(copy.get('me')?.score).toBe(2);
    report('me', 40);
    await timeline.advance(10);
    expect(copy.get('me')?.score).toBe(2);
  });

  it('removes the rows of departed nodes', async () => {
    const { timeline, members, copy, allocator, join } = allocating();
    allocator.start();
    join('a', 1);
    members.tell('left', member('a'));
    await timeline.advance(60_000);
    expect([...copy.rows()].map(({ node }) => node)).toEqual(['me']);
  });

  it('polls the signals of methods while it runs', () => {
    const { allocator, polls } = allocating();
    expect(polls.running).toBe(false);
    allocator.start();
    expect(polls.running).toBe(true);
    allocator.stop();
    expect(polls.running).toBe(false);
  });

  it('has nobody to allocate before the start and after the stop', async () => {
    const { timeline, copy, allocator, join, report, busy } = allocating();
    const idle = () => {
      expect(() => allocator.allocate()).toThrow('Await untilReady() first');
      expect(allocator.getAll()).toEqual([]);
      expect(allocator.allocationList()).toEqual([]);
      expect(allocator.scores().size).toBe(0);
    };
    busy(1);
    idle();
    allocator.start();
    join('a', 1);
    await timeline.advance(100);
    expect(allocator.allocationList()).toEqual(['a', 'me']);
    const before = copy.writes;
    allocator.stop();
    busy(1);
    report('a', 2);
    idle();
    await timeline.advance(60_000);
    expect(copy.writes).toBe(before);
  });
});

describe('scores$', () => {
  it('replays the scores, and tells changes once for a burst', async () => {
    const { timeline, members, allocator, join, report } = allocating();
    allocator.start();
    await timeline.advance(100);
    const seen: string[][] = [];
    allocator.scores$.subscribe((rows) =>
      seen.push(rows.map(({ node, score }) => `${node} ${score}`)),
    );
    expect(seen).toEqual([['me 0']]);
    join('a', 1);
    for (let score = 2; score <= 500; score++) report('a', score);
    await timeline.advance(0);
    expect(seen.splice(1)).toEqual([['me 0', 'a 500']]);
    members.tell('down', member('a'));
    await timeline.advance(10);
    expect(seen.splice(1)).toEqual([['me 0']]);
    await timeline.advance(1_000);
    expect(seen).toHaveLength(1);
  });

  it('completes with the stop', () => {
    const { allocator } = allocating();
    allocator.start();
    const completed = new BehaviorSubject(false);
    allocator.scores$.subscribe({ complete: () => completed.next(true) });
    allocator.stop();
    expect(completed.value).toBe(true);
  });
});
