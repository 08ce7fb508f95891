import { Numbered } from '../numbered.js';
import { integerBetween } from '../random.js';
import type { Millis, NodeId } from '../terms.js';
import type { Comparisons } from './comparisons.js';
import { requestOf, type Coordinator, type Verdict } from './coordinator.js';
import { Foresight } from './foresight.js';
import type { CommitMessage, OutcomeMessage } from './messages.js';
import type { Replication } from './replication.js';
import type { TableReplica } from './table-replica.js';
import { TransactionView } from './transaction-view.js';

/** After this a transaction is given up. */
export const DEADLINE: Millis = 5_000;
/** Without an answer for this long, the request is sent again. */
const RESEND: Millis = 500;
/** The wait after the first "not me", and the longest. */
const BACK_OFF: Millis = 5;
const MAX_BACK_OFF: Millis = 200;
/** The longest wait after a conflict. */
const MAX_PAUSE: Millis = 50;
/** After so many conflicts the next run waits a random while, so that the others get through. */
const EAGER_RUNS = 8;
export const MAX_CONFLICTS = 64;
/** The most that are under way on one node. */
export const MAX_RUNNING = 65_536;

/** How a transaction ended. */
export type Settlement =
  | { readonly result: unknown }
  /** What the work threw. */
  | { readonly thrown: unknown }
  | {
      readonly failed: 'conflict' | 'no-quorum' | 'timeout' | 'too-large' | 'too-many' | 'stopped';
    };

interface Running {
  readonly number: number;
  readonly table: string;
  readonly replica: TableReplica;
  readonly work: (view: TransactionView) => unknown;
  readonly settle: (settlement: Settlement) => void;
  readonly deadline: Millis;
  attempt: number;
  conflicts: number;
  refusals: number;
  /** What each run gave: the one that is decided may be an earlier one. */
  readonly results: { readonly attempt: number; readonly result: unknown }[];
  view: TransactionView;
  /** Which run was decided, where the rows of it are not here yet. */
  committed: number | undefined;
  /** Who was asked; nobody while the work runs, or while there is a reason to wait. */
  target: NodeId | undefined;
  next: { readonly at: Millis; readonly act: 'submit' | 'run' } | undefined;
}

/** The transactions that were begun on this node, until their fate is known. */
export class Transactions {
  readonly #running = new Numbered<Running>();
  /** Those that were answered before their rows have come. */
  readonly #early = new Set<Running>();
  readonly #foresight = new Foresight();
  #numbers = 0;

  constructor(
    private readonly replication: Replication,
    private readonly coordinator: Coordinator,
    private readonly comparisons: Comparisons,
  ) {}

  /** When {@link handleTime} has something to do. */
  get dueAt(): Millis {
    let due = Infinity;
    for (const { next, deadline } of this.#running.values()) {
      due = Math.min(due, next?.at ?? Infinity, deadline);
    }
    return due;
  }

  /** Runs the work, now and as often as it takes. Settles once, perhaps before this returns. */
  begin(
    table: string,
    replica: TableReplica,
    work: (view: TransactionView) => unknown,
    settle: (settlement: Settlement) => void,
    now: Millis,
  ): void {
    if (this.#running.size >= MAX_RUNNING) return settle({ failed: 'too-many' });
    const transaction: Running = {
      number: ++this.#numbers,
      table,
      replica,
      work,
      settle,
      deadline: now + DEADLINE,
      attempt: 0,
      conflicts: 0,
      refusals: 0,
      results: [],
      view: new TransactionView(table, replica, this.#foresight),
      committed: undefined,
      target: undefined,
      next: undefined,
    };
    this.#running.set(transaction.number, transaction);
    this.#run(transaction, now);
    if (this.#running.has(transaction.number)) this.replication.ports.wakeAt(transaction.deadline);
  }

  /** The coordinator of a transaction has answered. */
  answered({ number, attempt, outcome }: OutcomeMessage, now: Millis): void {
    const transaction = this.#running.get(number);
    if (transaction === undefined) return;
    if (outcome === 'conflict') this.#conflicted(transaction, attempt, now);
    else if (outcome === 'committed') this.#committed(transaction, attempt);
    else this.#refused(transaction, attempt, now);
  }

  /** Rows have come: those of transactions that were answered may be among them. */
  recheck(): void {
    for (const transaction of this.#early)
      if (transaction.committed !== undefined) this.#committed(transaction, transaction.committed);
  }

  /** Members came, went, or can be reached: what waits for the wrong one asks the right one. */
  membersChanged(now: Millis): void {
    for (const transaction of this.#running.values()) {
      const { target, next, table } = transaction;
      if (target !== undefined && !this.replication.ports.mayDecide(table)) {
        this.#settle(transaction, { failed: 'no-quorum' });
        continue;
      }
      const waits = target === undefined && next?.act === 'submit';
      const isMisplaced =
        target !== undefined &&
        target !== this.replication.self &&
        target !== this.replication.coordinator(table);
      if (waits || isMisplaced) this.#submit(transaction, now);
    }
  }

  /** There is a new link to a node: what it was asked may be lost. */
  linked(id: NodeId, now: Millis): void {
    for (const transaction of this.#running.values())
      if (transaction.target === id) this.#submit(transaction, now);
  }

  handleTime(now: Millis): void {
    for (const transaction of this.#running.values()) {
      const { deadline, next } = transaction;
      if (now >= deadline) this.#settle(transaction, { failed: 'timeout' });
      else if (next === undefined || now < next.at) continue;
      else if (next.act === 'run') this.#run(transaction, now);
      else this.#submit(transaction, now);
    }
  }

  stop(): void {
    for (const transaction of this.#running.values())
      this.#settle(transaction, { failed: 'stopped' });
  }

  #run(transaction: Running, now: Millis): void {
    const attempt = ++transaction.attempt;
    const { table, replica } = transaction;
    transaction.view = new TransactionView(table, replica, this.#foresight);
    transaction.target = undefined;
    transaction.next = undefined;
    let result: unknown;
    try {
      result = transaction.work(transaction.view);
    } catch (thrown) {
      this.#settle(transaction, { thrown });
      return;
    }
    if (!isThenable(result)) {
      this.#finished(transaction, result, now);
      return;
    }
    result.then(
      (value) => {
        if (transaction.attempt === attempt && this.#running.has(transaction.number))
          this.#finished(transaction, value, this.replication.ports.now());
      },
      (thrown: unknown) => this.#settle(transaction, { thrown }),
    );
  }

  #finished(transaction: Running, result: unknown, now: Millis): void {
    const { view, attempt, results } = transaction;
    view.close();
    if (view.isTooLarge) this.#settle(transaction, { failed: 'too-large' });
    else if (!view.hasWrites) this.#settle(transaction, { result });
    else {
      results.push({ attempt, result });
      this.#submit(transaction, now);
    }
  }

  #submit(transaction: Running, now: Millis): void {
    const { number, table, attempt, view, replica } = transaction;
    if (!this.replication.ports.mayDecide(table)) {
      this.#settle(transaction, { failed: 'no-quorum' });
      return;
    }
    const target = this.replication.coordinator(table);
    transaction.target = target;
    transaction.next = undefined;
    const { reads, foreseen, writes, count } = view;
    const message: CommitMessage = {
      kind: 'commit',
      table,
      number,
      attempt,
      settled: this.#settledBefore(),
      time: this.replication.clock.last,
      reads,
      foreseen,
      count,
      writes,
    };
    if (target === this.replication.self) {
      const { self: client, replica: id } = this.replication;
      const answer = (verdict: Verdict): void => this.#decided(transaction, attempt, verdict);
      this.coordinator.handle(requestOf(message, { client, replica: id, answer }), now);
      return;
    }
    // What the transaction has read and nobody else has yet must be there before it.
    this.replication.flush(table, replica);
    const peer = this.replication.peers.get(target);
    if (peer !== undefined && this.replication.send(peer, message)) {
      this.#foresight.add(table, number, attempt, writes);
      this.#later(transaction, 'submit', now + RESEND);
    } else this.#refused(transaction, attempt, now);
  }

  /** This node has decided itself. */
  #decided(transaction: Running, attempt: number, verdict: Verdict): void {
    if (!this.#running.has(transaction.number)) return;
    const now = this.replication.ports.now();
    if (verdict.outcome === 'committed') this.#committed(transaction, verdict.attempt);
    else if (verdict.outcome === 'conflict') this.#conflicted(transaction, attempt, now);
    else this.#refused(transaction, attempt, now);
  }

  #committed(transaction: Running, attempt: number): void {
    const { number, results } = transaction;
    const decided = this.replication.decided.get(this.replication.replica, number);
    // The rows come before the answer, unless they were lost: then asking again brings them.
    const run = results.find((candidate) => candidate.attempt === attempt);
    if (decided !== undefined && run !== undefined) {
      this.#settle(transaction, { result: run.result });
      return;
    }
    transaction.committed = attempt;
    this.#early.add(transaction);
  }

  #conflicted(transaction: Running, attempt: number, now: Millis): void {
    if (attempt !== transaction.attempt) return;
    this.#revoke(transaction);
    const conflicts = ++transaction.conflicts;
    if (conflicts > MAX_CONFLICTS) this.#settle(transaction, { failed: 'conflict' });
    else if (conflicts <= EAGER_RUNS && transaction.view.isOutdated) this.#run(transaction, now);
    else {
      // Others are faster, which passes, or this copy and the coordinator's differ: something was lost on the way.
      if (!transaction.view.isOutdated) this.#compare(transaction);
      const wait = Math.min(MAX_PAUSE, BACK_OFF * 2 ** Math.max(0, conflicts - EAGER_RUNS));
      transaction.target = undefined;
      this.#later(transaction, 'run', now + integerBetween(this.replication.ports.random, 1, wait));
    }
  }

  #compare({ table, target = '' }: Running): void {
    const peer = this.replication.peers.get(target);
    if (peer === undefined || peer.expecting.has(table)) return;
    this.comparisons.tell(peer, [table], { complete: false, answer: true });
  }

  #refused(transaction: Running, attempt: number, now: Millis): void {
    if (attempt !== transaction.attempt) return;
    this.#revoke(transaction);
    transaction.target = undefined;
    const wait = Math.min(MAX_BACK_OFF, BACK_OFF * 2 ** transaction.refusals++);
    this.#later(transaction, 'submit', now + wait);
  }

  #revoke({ table, number, view }: Running): void {
    this.#foresight.revoke(table, number, view.writes);
  }

  /** The first that is not settled: transactions begin in the order of their numbers. */
  #settledBefore(): number {
    return this.#running.firstNumber ?? this.#numbers + 1;
  }

  #later(transaction: Running, act: 'submit' | 'run', at: Millis): void {
    transaction.next = { at, act };
    this.replication.ports.wakeAt(at);
  }

  #settle(transaction: Running, settlement: Settlement): void {
    this.#early.delete(transaction);
    const { table, number, view, settle } = transaction;
    this.#foresight.remove(table, number, view.writes);
    if (this.#running.delete(number)) settle(settlement);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
