import type { ResolvedOptions } from '../src/beethoven.options.js';
import { BehaviorSubject, NEVER, Subject } from 'rxjs';
import type { AllocatorService } from '../src/allocator/allocator.service.js';
import type { ClusterNode, MembershipEvent } from '../src/core-server/cluster-node.js';
import type { CoreServerService } from '../src/core-server/core-server.service.js';
import type { RoleExplorer } from '../src/discovery/role.explorer.js';
import type { QuorumService } from '../src/quorum/quorum.service.js';
import type { RoleDefinition } from '../src/role-mgmt/role-definition.js';
import type { RoleContext, RoleStopReason } from '../src/role-mgmt/role-hooks.js';
import { RoleMgmtService } from '../src/role-mgmt/role-mgmt.service.js';
import type { TableConfig } from '../src/tables/table.js';
import type { TableService } from '../src/tables/table.service.js';
import type { NodeClock } from '../src/testing/node-clock.js';
import { Timeline } from '../src/testing/timeline.js';
import { FakeTable } from './fake-table.js';

/** One way of a message (virtual ms). */
export const HOP = 0.5;

/** How an instance of a role behaves in a test. */
export interface Behaviour {
  start?: (context: RoleContext) => void | Promise<void>;
  stop?: (reason: RoleStopReason) => void | Promise<void>;
}

export interface LogEntry {
  readonly at: number;
  readonly node: string;
  readonly what: string;
}

export interface FakeNode {
  readonly id: string;
  readonly startedAt: number;
  readonly clock: NodeClock;
  readonly service: RoleMgmtService;
  readonly tables: Map<string, FakeTable>;
  readonly membership$: Subject<MembershipEvent>;
  readonly scores$: BehaviorSubject<unknown>;
  /** The scores as it knows them, where they are not those that everybody knows. */
  scores: ReadonlyMap<string, number> | undefined;
  /** What it has told the allocator in all. */
  roleCount: number;
  dead: boolean;
}

/**
 * Several RoleMgmtServices on in-memory tables and a membership that always tells the truth, in virtual time: for what depends
 * on the roles alone.
 */
export class FakeCluster {
  readonly timeline = new Timeline();
  readonly nodes = new Map<string, FakeNode>();
  readonly scores = new Map<string, number>();
  readonly log: LogEntry[] = [];
  /** Makes the next transactions fail. */
  transactionError: Error | undefined;
  #stamp = 0;
  #cut = new Set<string>();

  /** A role whose instances write to the log. */
  role(name: string, more: Partial<RoleDefinition> & Behaviour = {}): RoleDefinition {
    const { start, stop, ...definition } = more;
    return {
      name,
      instances: 1,
      args: undefined,
      safety: 'available',
      handoff: 'stop-first',
      restart: { maxRestarts: 3, within: 5_000 },
      stopTimeout: 10_000,
      className: `${name}Role`,
      create: async () => {
        let here = { node: '', slot: -1 };
        return {
          onRoleStart: (context) => {
            here = context;
            this.note(context.node, `start ${name}/${context.slot} e${context.epoch}`);
            context.signal.addEventListener('abort', () =>
              this.note(context.node, `abort ${name}/${context.slot}`),
            );
            return start?.(context);
          },
          onRoleStop: async (reason) => {
            await stop?.(reason);
            this.note(here.node, `stop ${name}/${here.slot} ${reason}`);
          },
        };
      },
      ...definition,
    };
  }

  /** Adds a node with its copies of the tables; its service is started by `begin()`. */
  add(id: string, roles: RoleDefinition[], startedAt = this.nodes.size + 1): FakeNode {
    const clock = this.timeline.clock();
    const tables = new Map<string, FakeTable>();
    const membership$ = new Subject<MembershipEvent>();
    const scores$ = new BehaviorSubject<unknown>(undefined);
    const open = (config: TableConfig<Record<string, unknown>>): FakeTable => {
      const table = new FakeTable(config, id, {
        stamp: () => ++this.#stamp,
        spread: (name, key, version) =>
          this.later(() => {
            for (const other of this.reachable(id))
              other.clock.run(() => other.tables.get(name)?.apply(key, version));
          }),
        decide: (name, work) => this.decide(id, name, work),
      });
      tables.set(config.name, table);
      return table;
    };
    const nodes = (): ClusterNode[] =>
      this.reachable(id).map((node) => this.clusterNode(node, node.id === id));
    const node: FakeNode = {
      id,
      startedAt,
      clock,
      tables,
      membership$,
      scores$,
      scores: undefined,
      roleCount: 0,
      dead: false,
      service: new RoleMgmtService(
        { definitions: new Map(roles.map((role) => [role.name, role])) } as unknown as RoleExplorer,
        {
          membership$,
          awake$: NEVER,
          nodes,
          isLive: (other: string) => nodes().some((member) => member.id === other),
          get self() {
            return nodes().find(({ self }) => self);
          },
        } as unknown as CoreServerService,
        {
          scores$,
          scores: () => node.scores ?? this.scores,
          send: ({ delta }: { delta: number }) => void (node.roleCount += delta),
        } as unknown as AllocatorService,
        { open } as unknown as TableService,
        { events$: NEVER, settled$: NEVER } as unknown as QuorumService,
        clock,
        { failureDetection: { stallTimeout: 10_000 } } as ResolvedOptions,
      ),
    };
    this.nodes.set(id, node);
    for (const other of this.reachable(id)) if (other !== node) this.exchange(node, other);
    this.announce('joined', node);
    return node;
  }

  /** Adds nodes that all have the same roles, and starts them one after the other. */
  async start(ids: string[], roles: (id: string) => RoleDefinition[]): Promise<FakeNode[]> {
    const nodes = [];
    for (const id of ids) {
      const node = this.add(id, roles(id));
      await this.begin(node);
      nodes.push(node);
    }
    await this.timeline.advance(20);
    return nodes;
  }

  async begin(node: FakeNode): Promise<void> {
    let done = false;
    void node.service.start().then(() => (done = true));
    if (!(await this.timeline.until(() => done, 20_000))) throw new Error('start() hangs');
  }

  /** Waits in virtual time. */
  async finish<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const ended = work.finally(() => (done = true));
    if (!(await this.timeline.until(() => done, 60_000))) throw new Error('It hangs.');
    return ended;
  }

  crash(node: FakeNode): void {
    node.dead = true;
    node.clock.stop();
    this.nodes.delete(node.id);
    this.announce('down', node);
  }

  partition(...groups: FakeNode[][]): void {
    const lost: [FakeNode, FakeNode][] = [];
    for (const these of groups) {
      for (const those of groups.filter((group) => group !== these)) {
        for (const a of these) {
          for (const b of those) {
            this.#cut.add(`${a.id} ${b.id}`);
            lost.push([a, b]);
          }
        }
      }
    }
    for (const [a, b] of lost) this.tell(a, 'down', b);
  }

  heal(): void {
    const found = [...this.#cut].map((pair) => pair.split(' ').map((id) => this.nodes.get(id)));
    this.#cut = new Set();
    for (const [a, b] of found) {
      if (a === undefined || b === undefined) continue;
      this.tell(a, 'joined', b);
      this.exchange(a, b);
    }
  }

  note(node: string, what: string): void {
    this.log.push({ at: this.timeline.now, node, what });
  }

  /** The log of one kind of entry, as `node: entry`. */
  said(pattern: RegExp): string[] {
    return this.log
      .filter(({ what }) => pattern.test(what))
      .map(({ node, what }) => `${node}: ${what}`);
  }

  /** The nodes that really run the role now. */
  running(role: string): string[] {
    return [...this.nodes.values()]
      .filter(({ service }) => service.local().some((local) => local.role === role))
      .map(({ id }) => id);
  }

  /** The epochs under which the role runs. */
  epochs(role: string): number[] {
    return [...this.nodes.values()].flatMap(({ service }) =>
      service
        .local()
        .filter((local) => local.role === role)
        .map(({ epoch }) => epoch),
    );
  }

  private reachable(from: string): FakeNode[] {
    return [...this.nodes.values()].filter(({ id }) => !this.#cut.has(`${from} ${id}`));
  }

  private clusterNode(node: FakeNode, self: boolean): ClusterNode {
    const { id, startedAt } = node;
    const [name = '', address = '', port = ''] = id.split(/[@:]/);
    const status = 'alive' as const;
    const labels = {};
    return {
      id,
      name,
      address,
      port: Number(port),
      status,
      labels,
      startedAt,
      self,
      lastChange: 0,
    };
  }

  private announce(type: 'joined' | 'down', about: FakeNode): void {
    for (const node of this.reachable(about.id))
      if (node.id !== about.id) this.tell(node, type, about);
  }

  private tell(node: FakeNode, type: 'joined' | 'down', about: FakeNode): void {
    const event = { type, node: this.clusterNode(about, false), at: this.timeline.now };
    node.clock.run(() => node.membership$.next(event));
  }

  private exchange(a: FakeNode, b: FakeNode): void {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      for (const [name, table] of from.tables) {
        for (const [key, version] of table.versions)
          to.clock.run(() => to.tables.get(name)?.apply(key, version));
      }
    }
  }

  private later(run: () => void): void {
    this.timeline.schedule(HOP, run);
  }

  private decide<T>(id: string, name: string, work: (deciding: FakeTable) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.later(() => {
        const [senior] = this.reachable(id).toSorted((a, b) => a.startedAt - b.startedAt);
        if (this.transactionError !== undefined) return reject(this.transactionError);
        if (senior === undefined) return; // this node has crashed meanwhile
        const deciding = senior.tables.get(name);
        if (deciding === undefined) return;
        const result = work(deciding);
        // To the other copies and back to the coordinator, then to the client.
        const rounds = senior.id === id ? 2 : 3;
        this.timeline.schedule(rounds * HOP, () =>
          this.nodes.get(id)?.clock.run(() => resolve(result)),
        );
      });
    });
  }
}
