import { SeededRandom } from '../../testing/seeded-random.js';
import { integerBetween } from '../random.js';
import type { NodeId } from '../terms.js';
import { Majority } from './electorate.js';
import { Electors, type ElectorEffect } from './electors.js';
import { MAX_DRIFT } from './lease-times.js';
import { Leases, type LeaseEffect } from './leases.js';
import type { AnswerMessage, Process } from './messages.js';
import type { QuorumRule } from './quorum-rule.js';
import { StaticQuorum } from './static-quorum.js';
import { Voter } from './voter.js';

const SLOT = 'mail/0';

/** One process of the simulation: its clock runs fast or slow, it may stall, and it forgets everything when it ends. */
class Node {
  readonly voter = new Voter();
  readonly electors: Electors | undefined;
  readonly leases: Leases;
  readonly late: (() => void)[] = [];
  epoch = 0;
  retryAt = -Infinity;
  paused = false;
  ended = false;

  constructor(
    readonly self: Process,
    private readonly rate: number,
    private readonly offset: number,
    private readonly world: World,
  ) {
    this.voter.start(this.now);
    const { strategy } = world;
    const fixed = new StaticQuorum(world.quorum, () => 1);
    const isBound = (now: number, tag: string): boolean => this.voter.isBound(now, tag);
    if (strategy === 'keep-majority') this.electors = new Electors(self, this.now, isBound);
    this.leases = new Leases(() => (this.electors === undefined ? fixed : this.majority));
  }

  get now(): number {
    return this.offset + this.world.now * this.rate;
  }

  private get majority(): QuorumRule | undefined {
    const electorate = this.electors?.electorate;
    return electorate && new Majority(electorate);
  }

  get holds(): boolean {
    return this.leases.isHeld(this.now, SLOT, this.epoch);
  }

  run(task: () => void): void {
    if (this.ended) return;
    if (this.paused) this.late.push(task);
    else task();
  }

  resume(): void {
    this.paused = false;
    for (const task of this.late.splice(0)) this.run(task);
  }

  tick(): void {
    this.run(() => {
      this.carryOut(this.leases.handleTime(this.now));
      this.elect(this.electors?.handleTime(this.now));
    });
  }

  sees(live: ReadonlyMap<NodeId, number>): void {
    this.run(() => this.elect(this.electors?.membersChanged(this.now, live)));
  }

  /** Does what the electors say. */
  elect(effects: readonly ElectorEffect[] = []): void {
    for (const effect of effects) {
      if (effect.kind === 'changed') {
        this.world.changes++;
        if (effect.isOtherLine) this.leases.void(this.now);
        else this.leases.renew(this.now);
        this.carryOut(this.leases.handleTime(this.now));
      } else {
        const { message } = effect;
        for (const to of effect.to)
          this.world.send(this.self.id, to, (node) =>
            node.elect(node.electors?.handleMessage(node.now, this.self, message)),
          );
      }
    }
  }

  /** Wants the slot whenever it is worth a try, as every node of a cluster whose roles have no holder does. */
  strive(): void {
    this.run(() => {
      if (this.leases.has(SLOT) || this.now < this.retryAt) return;
      this.epoch = this.world.nextEpoch();
      this.leases.claim(this.now, SLOT, this.epoch);
      this.tick();
    });
  }

  release(): void {
    this.run(() => this.carryOut(this.leases.release(SLOT)));
  }

  private carryOut(effects: readonly LeaseEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'won') this.world.won++;
      if (effect.kind === 'failed') this.retryAt = effect.retryAt + this.world.jitter();
      if (effect.kind === 'ask') this.ask(effect);
      if (effect.kind === 'release') {
        const release = { ...effect, life: this.self.life };
        for (const { self } of this.world.nodes)
          this.world.send(this.self.id, self.id, (to) =>
            to.voter.release(to.now, this.self, release),
          );
      }
    }
  }

  private ask(effect: Extract<LeaseEffect, { kind: 'ask' }>): void {
    const ask = { ...effect, life: this.self.life };
    for (const { self } of this.world.nodes) {
      this.world.send(this.self.id, self.id, (voter) => {
        const { electorate } = voter.electors ?? {};
        const own = electorate ? new Majority(electorate).tag : '';
        if (own !== effect.tag) {
          voter.elect(voter.electors?.greet(this.self.id));
          return;
        }
        const answer = voter.voter.ask(voter.now, this.self, ask);
        this.world.send(voter.self.id, this.self.id, (node) => node.answered(voter.self, answer));
      });
    }
  }

  private answered(
    voter: Process,
    answer: Pick<AnswerMessage, 'round' | 'granted' | 'refused'>,
  ): void {
    this.carryOut(this.leases.handleTime(this.now));
    this.carryOut(this.leases.answered(this.now, voter, answer));
  }
}

/** Everything that may go wrong, in one loop that a seed decides. */
export class World {
  now = 0;
  won = 0;
  /** How often a node learned of another electorate. */
  changes = 0;
  quorum: number;
  nodes: Node[] = [];
  #epoch = 0;
  readonly #random: SeededRandom;
  readonly #due: { at: number; run: () => void }[] = [];
  readonly #cut = new Set<string>();
  readonly #slowest: number;

  constructor(
    private readonly seed: number,
    size: number,
    readonly strategy: 'static-quorum' | 'keep-majority' = 'static-quorum',
  ) {
    this.#random = new SeededRandom(seed);
    this.quorum = Math.floor(size / 2) + 1;
    this.#slowest = this.pick([20, 300, 300, 1_000, 3_000]);
    for (let i = 0; i < size; i++) this.nodes.push(this.node(`n${i}`, 1));
    this.found();
  }

  send(from: NodeId, to: NodeId, deliver: (node: Node) => void): void {
    const copies = this.chance(0.05) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (this.chance(0.02) || this.#cut.has(`${from} ${to}`)) continue;
      const delay = from === to ? 0 : this.#random.float() * this.#slowest;
      const receiver = this.nodes.find(({ self }) => self.id === to);
      const at = this.now + delay;
      const place = this.#due.findLastIndex((due) => due.at <= at) + 1;
      this.#due.splice(place, 0, {
        at,
        // What was sent to one life may reach the next.
        run: () => {
          const node = this.nodes.find(({ self }) => self.id === receiver?.self.id);
          node?.run(() => deliver(node));
        },
      });
    }
  }

  /** One step of 1 to 100 ms. */
  step(): void {
    const until = this.now + integerBetween(this.#random, 1, 100);
    for (;;) {
      const [next] = this.#due;
      if (next === undefined || next.at > until) break;
      this.#due.shift();
      this.now = Math.max(this.now, next.at);
      next.run();
      this.check();
    }
    this.now = until;
    for (const node of this.nodes) {
      node.tick();
      node.strive();
    }
    this.disturb();
    if (this.chance(0.3)) this.notice(this.pick(this.nodes));
    this.check();
  }

  check(): void {
    let holders = 0;
    for (const { holds } of this.nodes) if (holds) holders++;
    if (holders > 1) throw new Error(`${holders} holders at ${this.now} (seed ${this.seed})`);
  }

  /** All nodes begin as voters of one electorate. */
  private found(): void {
    const voters = new Map(this.nodes.map(({ self }) => [self.id, self.life]));
    const electorate = { generation: 0, foundedAt: 0, founder: 'n0', version: 1, voters };
    for (const node of this.nodes)
      node.elect(
        node.electors?.handleMessage(node.now, node.self, {
          kind: 'electorate',
          life: 1,
          electorate,
        }),
      );
  }

  /** What a failure detector makes of the network: mostly right, late, and at times a slander. */
  private notice(node: Node): void {
    const live = new Map([[node.self.id, node.self.life]]);
    for (const { self } of this.nodes) {
      if (self === node.self) continue;
      const isCut =
        this.#cut.has(`${self.id} ${node.self.id}`) || this.#cut.has(`${node.self.id} ${self.id}`);
      if (this.chance(isCut ? 0.1 : 0.995)) live.set(self.id, self.life);
    }
    // Nobody founds a cluster of its own: that would be two by right.
    if (node.electors?.electorate === undefined) live.set('elder', 0);
    node.sees(live);
    for (const id of live.keys()) node.elect(node.electors?.greet(id));
  }

  /** Trouble comes to the holder first: to lose a slot one has to hold it. */
  private disturb(): void {
    const holder = this.nodes.find(({ holds }) => holds);
    const one = holder !== undefined && this.chance(0.5) ? holder : this.pick(this.nodes);
    const trouble = this.#random.float();
    if (trouble < 0.01) one.release();
    else if (trouble < 0.015) one.paused = true;
    else if (trouble < 0.03) for (const node of this.nodes) node.resume();
    else if (trouble < 0.035) this.restart(this.pick(this.nodes));
    else if (trouble < 0.05) this.isolate(one);
    else if (trouble < 0.065) this.#cut.clear();
  }

  /** One way or both, from some or all. */
  private isolate(one: Node): void {
    const share = this.pick([0.5, 1]);
    const [out, back] = this.pick([
      [true, false],
      [false, true],
      [true, true],
    ]);
    for (const { self } of this.nodes) {
      if (self === one.self || !this.chance(share)) continue;
      if (out) this.#cut.add(`${one.self.id} ${self.id}`);
      if (back) this.#cut.add(`${self.id} ${one.self.id}`);
    }
  }

  private restart(node: Node): void {
    node.ended = true;
    this.nodes = this.nodes.map((each) =>
      each === node ? this.node(node.self.id, this.now) : each,
    );
  }

  private node(id: NodeId, life: number): Node {
    const drift = this.pick([-MAX_DRIFT, 0, MAX_DRIFT]);
    return new Node({ id, life }, 1 + drift, this.#random.float() * 1e6, this);
  }

  nextEpoch(): number {
    return ++this.#epoch;
  }

  jitter(): number {
    return this.pick([0, 0, 300, 1_000]);
  }

  private chance(share: number): boolean {
    return this.#random.float() < share;
  }

  private pick<T>(items: readonly T[]): T {
    return items[integerBetween(this.#random, 0, items.length - 1)]!;
  }
}
