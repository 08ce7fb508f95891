import { Inject, Injectable } from '@nestjs/common';
import { Subject, map, startWith, type Observable, type Subscription } from 'rxjs';
import type { ClusterNode } from '../core-server/cluster-node.js';
import { CoreServerService } from '../core-server/core-server.service.js';
import { NoEligibleNodeError } from '../errors/no-eligible-node.error.js';
import { CLOCK, type Clock } from '../network/clock.js';
import { RANDOM } from '../network/random.js';
import type { BusySignal } from '../protocol/busy-score.js';
import type { Random } from '../protocol/random.js';
import type { Millis, NodeId } from '../protocol/terms.js';
import type { Table } from '../tables/table.js';
import { TableService } from '../tables/table.service.js';
import { DepartedRows } from './departed-rows.js';
import { Pacer } from './pacer.js';
import { Ranking, type NodeScore } from './ranking.js';
import { ScorePublisher } from './score-publisher.js';
import { SignalIngress } from './signal-ingress.js';
import { SignalMethods } from './signal-methods.js';

/** Which nodes may be allocated, and how one of them is chosen. */
export interface AllocateOptions {
  /**
   * Asked about the live nodes, the least busy first, until one passes. Must be quick.
   * @default every live node, this one included
   */
  readonly eligible?: ((node: ClusterNode) => boolean) | undefined;
  /**
   * `'two-choices'` takes the less busy of two drawn at random, so that many callers do not all rush to one node between two
   * updates of its score.
   * Source: Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001.
   * @default 'least-busy'
   */
  readonly strategy?: 'least-busy' | 'two-choices' | undefined;
}

/** Between two values of `scores$` (ms). */
const ANNOUNCE_SPACING: Millis = 10;

/**
 * Knows how busy each live node is, and which is the least busy. Scores come from the nodes themselves and are some
 * milliseconds old; nodes that left or went down are gone from here in the same instant.
 */
@Injectable()
export class AllocatorService {
  readonly #ranking = new Ranking((node) => sound(this.#table?.get(node)));
  readonly #changed = new Subject<void>();
  readonly #announcer: Pacer;
  readonly #subscriptions: Subscription[] = [];
  #table: Table<NodeScore> | undefined;
  #publisher: ScorePublisher | undefined;
  #departed: DepartedRows<NodeScore> | undefined;

  /** The rows of {@link getAll}: now, and after every change, at most every 10 ms. Completes when the node stops. */
  readonly scores$: Observable<NodeScore[]> = this.#changed.pipe(
    startWith(undefined),
    map(() => this.getAll()),
  );

  constructor(
    private readonly coreServer: CoreServerService,
    private readonly tables: TableService,
    private readonly ingress: SignalIngress,
    private readonly methods: SignalMethods,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
  ) {
    this.#announcer = new Pacer(clock, ANNOUNCE_SPACING, () => this.#changed.next());
  }

  /** Begins to tell this node's score and to listen to the others'. Signals sent before count from here on. */
  start(): void {
    const self = this.coreServer.self.id;
    const table = this.tables.open<NodeScore>({
      name: 'beethoven.scores',
      key: 'node',
      columns: ['node', 'score', 'lastChange'],
      types: { node: 'string', score: 'number', lastChange: 'number' },
    });
    const publisher = new ScorePublisher(table, self, this.ingress, this.clock);
    const departed = new DepartedRows(table, this.coreServer, this.clock);
    this.#table = table;
    this.#publisher = publisher;
    this.#departed = departed;
    this.#subscriptions.push(
      table.watch().subscribe(({ key, row }) => {
        this.#ranking.rescore(String(key), sound(row));
        if (key === self) publisher.heard(row);
        this.#announce();
      }),
      this.coreServer.membership$.subscribe(() => this.#announce()),
    );
    publisher.start();
    departed.start();
    this.methods.start();
  }

  /** Falls silent. The last score stays with the others until they see this node leave. */
  stop(): void {
    this.methods.stop();
    this.#publisher?.stop();
    this.#departed?.stop();
    this.#announcer.stop();
    for (const subscription of this.#subscriptions.splice(0)) subscription.unsubscribe();
    this.#table = undefined;
    this.#ranking.follow([]);
    this.#changed.complete();
  }

  /**
   * The node to give the next piece of work to. Never a stalled one; suspects only where there is nobody else; a node that has told no score yet
   * counts 0; of equally busy nodes the one with the lowest id, on every node the same.
   *
   * @throws NoEligibleNodeError when no live node passes `eligible`, or this node has not started or has stopped.
   */
  allocate({ eligible, strategy }: AllocateOptions = {}): NodeId {
    const ranking = this.#current();
    const node =
      strategy === 'two-choices'
        ? ranking.betterOfTwo(this.random, eligible)
        : eligible === undefined
          ? ranking.first()
          : ranking.firstOf(eligible);
    if (node === undefined) throw new NoEligibleNodeError(ranking.size);
    return node;
  }

  /** The live nodes from least to most busy, suspects last, without the stalled. Empty, never an error, where {@link allocate} would throw. */
  allocationList({ eligible }: Pick<AllocateOptions, 'eligible'> = {}): NodeId[] {
    return this.#current().ids(eligible);
  }

  /** The busy score of each live node, in the order of {@link allocationList}, the stalled last. */
  getAll(): NodeScore[] {
    return this.#current().rows();
  }

  /** The busy score by node, of the live nodes: a view that changes with them, so copy what has to stay. */
  scores(): ReadonlyMap<NodeId, number> {
    return this.#current().scores();
  }

  /**
   * Counts a signal into this node's busy score; the other nodes know some milliseconds later. Cheap enough for every request.
   * Signals are told apart by name and type. A weight that changes holds from now on. A percentage is clamped to 0 to 100; a
   * count never falls below 0; data that is no finite number is ignored and logged.
   *
   * @throws InvalidSignalError when the signal has no name, no known type, or a weight that is not a number of 0 or more.
   * @throws TooManySignalsError beyond 1,000 different signals on this node.
   */
  send(signal: BusySignal): void {
    this.ingress.send(signal);
  }

  /** The ranking over the members as they are at this instant, even if we are not the first to be told of a change. */
  #current(): Ranking {
    if (this.#table !== undefined) this.#ranking.follow(this.coreServer.nodes());
    return this.#ranking;
  }

  #announce(): void {
    if (this.#changed.observed) this.#announcer.request();
  }
}

/** A row from another node; one that is not made of numbers counts as none. */
function sound(row: NodeScore | undefined): NodeScore | undefined {
  if (row === undefined) return undefined;
  return Number.isFinite(row.score) && Number.isFinite(row.lastChange) ? row : undefined;
}
