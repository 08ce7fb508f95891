import { digestOf, hashOf } from '../../libs/beethoven/src/protocol/membership/digest.js';
import type { DetectorConfig } from '../../libs/beethoven/src/protocol/detector/detector-config.js';
import type { MemberChange } from '../../libs/beethoven/src/protocol/membership/effects.js';
import type { ConnectFailure } from '../../libs/beethoven/src/protocol/membership/membership.js';
import type { Millis, NodeId } from '../../libs/beethoven/src/protocol/terms.js';
import { SeededRandom } from '../../libs/beethoven/src/testing/seeded-random.js';
import { Agenda } from './agenda.js';
import { ScaleNode } from './scale-node.js';
import { Traffic } from './traffic.js';

const START: Millis = 1_767_225_600_000;

/** What a lost segment costs: Linux sends it again after no less than this (ms). */
const RETRANSMISSION: Millis = 200;

/** Hello and welcome, as the codec makes them of these nodes' cards (bytes). */
const HELLO = 130;

export interface Surroundings {
  readonly nodes: number;
  readonly seed: number;
  readonly config: DetectorConfig;
  /** Of a message, one way (ms). */
  readonly latency?: Millis;
  /** Share of packets that are lost. A datagram is gone then; on a link the segment comes late. */
  readonly loss?: number;
}

export type DialOutcome = 'linked' | ConnectFailure;

const UP = 1;
const DIALLING = 2;

/**
 * The pure protocol of up to thousands of nodes on a modelled network, in virtual time: no Nest, no sockets, no codec but for counting.
 * The same seed gives the same run. A node's own work takes no time here: what it costs is measured as CPU time of the whole run.
 */
export class ScaleWorld {
  readonly random: SeededRandom;
  readonly traffic: Traffic;
  readonly nodes: readonly ScaleNode[];
  readonly latency: Millis;
  readonly loss: number;
  now: Millis = START;
  /** What happened so far: a measure of the work. */
  events = 0;
  /** Told of each change that a node tells its application. */
  onChange: (node: ScaleNode, change: MemberChange) => void = () => {};
  readonly #agenda = new Agenda();
  readonly #byId: ReadonlyMap<NodeId, ScaleNode>;
  readonly #byAddress: ReadonlyMap<string, ScaleNode>;
  /** For each pair (one direction each): whether a link is up, or being made. */
  readonly #pairs: Uint8Array;
  readonly #sides: Uint8Array;
  /** Who else waits for a call that is under way. */
  readonly #joined = new Map<number, ((outcome: DialOutcome) => void)[]>();

  constructor({ nodes, seed, config, latency = 0.5, loss = 0 }: Surroundings) {
    this.random = new SeededRandom(seed);
    this.traffic = new Traffic(nodes);
    this.latency = latency;
    this.loss = loss;
    this.#pairs = new Uint8Array(nodes * nodes);
    this.#sides = new Uint8Array(nodes);
    this.nodes = Array.from({ length: nodes }, (_, index) => new ScaleNode(index, this, config));
    this.#byId = new Map(this.nodes.map((node) => [node.id, node]));
    this.#byAddress = new Map(this.nodes.map((node) => [node.address, node]));
  }

  get running(): ScaleNode[] {
    return this.nodes.filter(({ state }) => state === 'running');
  }

  nodeOf(id: NodeId): ScaleNode | undefined {
    return this.#byId.get(id);
  }

  nodeAt(address: string): ScaleNode | undefined {
    return this.#byAddress.get(address);
  }

  /** Starts every node, spread evenly at random over this span. */
  start(span: Millis = 1_000): void {
    for (const node of this.nodes) this.after(this.random.float() * span, () => node.start());
  }

  after(span: Millis, task: () => void): void {
    this.#agenda.add(this.now + span, task);
  }

  advance(span: Millis): void {
    const end = this.now + span;
    while (this.#agenda.dueAt <= end) {
      this.now = this.#agenda.dueAt;
      this.events++;
      this.#agenda.take()?.();
    }
    this.now = end;
  }

  /** Looks every so often whether it has come to that. @returns the time that it took; infinite where the limit was reached */
  until(condition: () => boolean, limit: Millis, step: Millis = 10): Millis {
    const begun = this.now;
    while (!condition()) {
      if (this.now - begun >= limit) return Infinity;
      this.advance(step);
    }
    return this.now - begun;
  }

  /** Whether every running node believes that everyone who runs is alive, and nobody else. */
  isOneView(): boolean {
    if (this.nodes.some(({ state }) => state === 'new')) return false;
    const { running } = this;
    let digest = 0;
    for (const { core, phase } of running)
      digest ^= digestOf(hashOf(core.self.id), { card: core.self, status: 'alive', phase });
    return running.every(
      ({ core }) => core.size === running.length && core.digest === digest >>> 0,
    );
  }

  /** The process ends without a word; its machine answers that nobody listens any more. */
  crash(node: ScaleNode): void {
    node.end('gone');
    for (const peer of this.nodes) {
      if (!this.isLinked(peer, node)) continue;
      this.#unlink(node, peer);
      this.#loseLater(peer, node);
    }
  }

  /** The machine falls silent: no end of a connection, no refusal. */
  silence(node: ScaleNode): void {
    node.end('silent');
  }

  /** Drops everything between the groups. The links stay until somebody gives them up. */
  partition(groups: readonly (readonly ScaleNode[])[]): void {
    for (const [side, group] of groups.entries())
      for (const { index } of group) this.#sides[index] = side;
  }

  heal(): void {
    this.#sides.fill(0);
  }

  isLinked(from: ScaleNode, to: ScaleNode): boolean {
    return ((this.#pairs[this.#pair(from, to)] ?? 0) & UP) !== 0;
  }

  /** Carries a message over the link, if there is one. */
  send(from: ScaleNode, to: ScaleNode, bytes: number, deliver: () => void): void {
    if (!this.isLinked(from, to)) return;
    const arrives = to.state === 'running' && !this.#isCut(from, to);
    this.traffic.count(from.index, arrives ? to.index : undefined, 'news', bytes);
    if (!arrives) return;
    const late = this.loss > 0 && this.random.float() < this.loss ? RETRANSMISSION : 0;
    this.after(this.latency + late, () => {
      if (this.#isCut(from, to) || to.state !== 'running') return;
      if (this.isLinked(to, from)) to.input(deliver);
      else this.#loseLater(from, to); // a reset
    });
  }

  /** Carries a datagram; no link is needed. */
  cast(from: ScaleNode, to: ScaleNode, bytes: number, deliver: () => void): void {
    const lost = this.loss > 0 && this.random.float() < this.loss;
    const arrives = !lost && to.state === 'running' && !this.#isCut(from, to);
    this.traffic.count(from.index, arrives ? to.index : undefined, 'beat', bytes);
    if (!arrives) return;
    this.after(this.latency, () => {
      if (to.state === 'running' && !this.#isCut(from, to)) deliver();
    });
  }

  /** Connects and says hello. A call for which one is under way already ends with that one. */
  dial(
    from: ScaleNode,
    to: ScaleNode,
    timeout: Millis,
    done: (outcome: DialOutcome) => void,
  ): void {
    const pair = this.#pair(from, to);
    if (((this.#pairs[pair] ?? 0) & DIALLING) !== 0) {
      this.#joined.set(pair, [...(this.#joined.get(pair) ?? []), done]);
      return;
    }
    if (this.isLinked(from, to)) return done('linked');
    this.#set(pair, DIALLING);
    const finish = (after: Millis, outcome: DialOutcome): void =>
      this.after(after, () => {
        this.#clear(pair, DIALLING);
        if (outcome === 'linked') this.#link(from, to);
        from.input(() => done(outcome));
        for (const other of this.#joined.get(pair) ?? []) from.input(() => other(outcome));
        this.#joined.delete(pair);
      });

    const arrives = to.state !== 'silent' && !this.#isCut(from, to);
    this.traffic.count(from.index, arrives ? to.index : undefined, 'dial', 0);
    if (!arrives) return finish(timeout, 'timeout');
    if (to.state !== 'running') return finish(2 * this.latency, 'refused');
    this.after(3 * this.latency, () => {
      const hears = to.state === 'running' && !to.isStalled && !this.#isCut(from, to);
      this.traffic.count(from.index, to.index, 'dial', HELLO);
      if (!hears) return finish(timeout - 3 * this.latency, 'timeout');
      this.traffic.count(to.index, from.index, 'dial', HELLO);
      finish(this.latency, 'linked'); // the welcome goes before all that follows on the link
      this.#link(to, from);
    });
  }

  /** Ends the link from this side. */
  hangUp(node: ScaleNode, peer: ScaleNode): void {
    if (!this.isLinked(node, peer)) return;
    this.#unlink(node, peer);
    node.input(() => node.linkDown(peer));
    this.#loseLater(peer, node);
  }

  #link(node: ScaleNode, peer: ScaleNode): void {
    if (node.state !== 'running' || this.isLinked(node, peer)) return;
    this.#set(this.#pair(node, peer), UP);
    node.links++;
    node.input(() => node.linkUp(peer));
  }

  #unlink(node: ScaleNode, peer: ScaleNode): void {
    this.#clear(this.#pair(node, peer), UP);
    node.links--;
  }

  /** The node will notice that its link to the peer has ended. */
  #loseLater(node: ScaleNode, peer: ScaleNode): void {
    if (this.#isCut(node, peer)) return;
    this.after(this.latency, () => {
      if (node.state !== 'running' || !this.isLinked(node, peer)) return;
      this.#unlink(node, peer);
      node.input(() => node.linkDown(peer));
    });
  }

  #isCut(a: ScaleNode, b: ScaleNode): boolean {
    return this.#sides[a.index] !== this.#sides[b.index];
  }

  #pair(from: ScaleNode, to: ScaleNode): number {
    return from.index * this.nodes.length + to.index;
  }

  #set(pair: number, bit: number): void {
    this.#pairs[pair] = (this.#pairs[pair] ?? 0) | bit;
  }

  #clear(pair: number, bit: number): void {
    this.#pairs[pair] = (this.#pairs[pair] ?? 0) & ~bit;
  }
}
