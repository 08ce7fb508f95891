import { EventQueue } from '../../testing/event-queue.js';
import { SeededRandom } from '../../testing/seeded-random.js';
import { nodeId, type Millis, type NodeId, type PeerCard } from '../terms.js';
import type { Effect, MemberChange } from './effects.js';
import { Membership, type ConnectFailure } from './membership.js';
import { DetectorRunner } from '../../heartbeat/detector-runner.js';
import { clusterKey } from '../detector/beat.js';
import type { DetectorConfig } from '../detector/detector-config.js';
import { Detector } from '../detector/detector.js';
import { isLive } from './member-state.js';
import { fromWire, toWire, type Message } from './messages.js';

export const DEFAULTS: DetectorConfig = {
  probeInterval: 250,
  probeTimeout: 150,
  indirectProbes: 3,
  suspicionMultiplier: 2,
};

const START: Millis = 1_767_225_600_000;
const CONNECT_TIMEOUT: Millis = 500;
/** How often somebody looks for those it has no link to, as the Locator does. */
const SEEK_INTERVAL: Millis = 1_000;

export function cardOf(
  name: string,
  startedAt: Millis = START,
  labels: PeerCard['labels'] = {},
): PeerCard {
  const id = nodeId({ name, address: '10.0.0.1', port: 33_000 });
  return { id, incarnation: Math.floor(startedAt), startedAt, labels };
}

/** One node: the membership and a detector whose beats go over its links, and what it told its application. */
export class Node {
  readonly changes: MemberChange[] = [];
  readonly links = new Set<Node>();
  readonly connecting = new Set<Node>();
  state: 'running' | 'paused' | 'ended' = 'running';
  /** What arrived while it was paused: timers are dealt with before messages. */
  readonly waiting: { readonly timers: (() => void)[]; readonly inputs: (() => void)[] } = {
    timers: [],
    inputs: [],
  };

  constructor(
    readonly name: string,
    readonly core: Membership,
    readonly runner: DetectorRunner,
  ) {}

  get id(): NodeId {
    return this.core.self.id;
  }

  /** The names of the live members, in order, suspects with a question mark. */
  get view(): string[] {
    const others = this.core
      .members()
      .filter(({ status }) => isLive(status))
      .map(({ card, status }) => nameOf(card.id) + (status === 'suspect' ? '?' : ''));
    return [this.name, ...others].toSorted();
  }

  /** `down b`, `joined c` and so on, in the order in which they came. */
  get story(): string[] {
    return this.changes.map(({ type, member }) => `${type} ${nameOf(member.card.id)}`);
  }

  changeOf(type: MemberChange['type'], id: NodeId): MemberChange | undefined {
    return this.changes.find((change) => change.type === type && change.member.card.id === id);
  }
}

export function nameOf(id: NodeId): string {
  return id.slice(0, id.indexOf('@'));
}

/** Memberships on a network that delays, drops and cuts, in virtual time. The same seed gives the same run. */
export class World {
  readonly random: SeededRandom;
  readonly nodes: Node[] = [];
  /** Share of messages that never arrive. */
  loss = 0;
  now: Millis = START;
  sent = 0;
  readonly #queue = new EventQueue();
  #sequence = 0;
  #sides = new Map<Node, number>();

  constructor(
    seed: number,
    private readonly config: DetectorConfig = DEFAULTS,
  ) {
    this.random = new SeededRandom(seed);
  }

  start(name: string, labels: PeerCard['labels'] = {}): Node {
    const card = cardOf(name, this.now, labels);
    const core = new Membership(this.config, this.random, card);
    const detector = new Detector(this.config, this.random, { card, phase: 0 });
    const act = (input: () => readonly Effect[]) => this.#input(node, input);
    const clock = {
      now: () => this.now,
      setTimer: (after: Millis, fire: () => void) => {
        let pending = true;
        const run = (): readonly Effect[] => {
          if (pending) fire();
          return [];
        };
        this.at(after, () => this.#input(node, run, 'timers'));
        return { cancel: () => (pending = false) };
      },
      promptly: (run: () => void) => this.at(0, () => run()),
      soon: (run: () => void) => this.at(0, () => run()),
    };
    const runner = new DetectorRunner(detector, clusterKey('shop'), clock, {
      send: (to, _way, bytes) => act(() => core.sendBeat(to, bytes)),
      verdict: (verdict) => act(() => core.handleVerdict(this.now, verdict)),
    });
    const node: Node = new Node(name, core, runner);
    this.nodes.push(node);
    core.start();
    runner.start();
    this.#seek(node);
    return node;
  }

  /** Starts so many nodes at once and waits until they are one cluster. */
  cluster(size: number): Node[] {
    const nodes = Array.from({ length: size }, (_, i) => this.start(String.fromCharCode(97 + i)));
    if (!this.until(() => this.agreed(), 20_000)) throw new Error('No cluster was formed.');
    this.advance(3_000);
    return nodes;
  }

  advance(span: Millis): void {
    this.until(() => false, span);
  }

  until(condition: () => boolean, limit: Millis): boolean {
    const end = this.now + limit;
    while (!condition()) {
      const { next } = this.#queue;
      if (next === undefined || next.at > end) {
        this.now = end;
        return false;
      }
      this.#queue.pop();
      this.now = next.at;
      next.run?.();
    }
    return true;
  }

  /** Whether every running node sees every running node alive, and nobody else. */
  agreed(): boolean {
    const running = this.nodes.filter(({ state }) => state === 'running');
    const names = running.map(({ name }) => name).toSorted();
    return running.every(({ view }) => view.join() === names.join());
  }

  crash(node: Node): void {
    node.state = 'ended';
    for (const peer of node.links) this.#cut(node, peer, 'lost');
  }

  leave(node: Node): void {
    this.#do(node, node.core.leave());
    node.state = 'ended';
    for (const peer of node.links) this.#cut(node, peer, 'goodbye');
  }

  pause(node: Node): void {
    node.state = 'paused';
  }

  resume(node: Node): void {
    node.state = 'running';
    const { timers, inputs } = node.waiting;
    for (const run of timers.splice(0)) run();
    for (const run of inputs.splice(0)) run();
  }

  /** Drops everything between the groups; the links stay. Nodes in no group see everyone. */
  partition(...groups: Node[][]): void {
    for (const [side, group] of groups.entries()) {
      for (const node of group) this.#sides.set(node, side);
    }
  }

  heal(): void {
    this.#sides.clear();
  }

  /** A link breaks although both nodes are well. */
  breakLink(one: Node, other: Node): void {
    this.#cut(one, other, 'lost');
    this.#cut(other, one, 'lost');
  }

  at(after: Millis, run: () => void): void {
    this.#queue.push({ at: this.now + after, sequence: this.#sequence++, run });
  }

  #latency(): Millis {
    return 0.1 + 0.4 * this.random.float();
  }

  #isCut(a: Node, b: Node): boolean {
    const [side, other] = [this.#sides.get(a), this.#sides.get(b)];
    return side !== undefined && other !== undefined && side !== other;
  }

  #cut(from: Node, peer: Node, cause: 'lost' | 'goodbye'): void {
    if (this.#isCut(from, peer)) return;
    this.at(this.#latency(), () => {
      if (peer.links.delete(from)) {
        this.#input(peer, () => peer.core.linkDown(this.now, from.id, cause));
      }
    });
  }

  /** An input of a node: dealt with now, or when it wakes. */
  #input(node: Node, input: () => readonly Effect[], kind: 'inputs' | 'timers' = 'inputs'): void {
    if (node.state === 'running') this.#do(node, input());
    else if (node.state === 'paused') {
      node.waiting[kind].push(() => this.#input(node, input, kind));
    }
  }

  #do(node: Node, effects: readonly Effect[]): void {
    node.runner.digest(node.core.digest);
    for (const effect of effects) {
      switch (effect.kind) {
        case 'send':
          for (const id of effect.to) this.#send(node, id, effect.message);
          break;
        case 'timer': {
          const { after, timer } = effect;
          this.at(after, () =>
            this.#input(node, () => node.core.handleTimer(this.now, timer), 'timers'),
          );
          break;
        }
        case 'connect':
          this.#connect(node, effect.id);
          break;
        case 'disconnect': {
          const peer = [...node.links].find(({ id }) => id === effect.id);
          if (peer === undefined) break;
          node.links.delete(peer);
          this.#cut(node, peer, 'lost');
          this.#input(node, () => node.core.linkDown(this.now, effect.id, 'lost'));
          break;
        }
        case 'notify':
          node.changes.push(effect.change);
          break;
        case 'raise':
          node.runner.raise(effect.incarnation, effect.phase);
          break;
        case 'watch':
          node.runner.watch(effect.watch);
          break;
        case 'unwatch':
          node.runner.unwatch(effect.id);
          break;
        case 'accuse':
          node.runner.accuse(effect.accusation);
          break;
        case 'beat':
          node.runner.beat(effect.bytes, 'link');
          break;
      }
    }
  }

  #send(from: Node, id: NodeId, sent: Message): void {
    const to = [...from.links].find((peer) => peer.id === id);
    this.sent++;
    if (to === undefined || this.random.float() < this.loss) return;
    const copy = fromWire(structuredClone(toWire(sent)));
    if (copy === undefined) throw new Error('A member cannot read what another has said.');
    this.at(this.#latency(), () => {
      if (this.#isCut(from, to)) return;
      this.#input(to, () => to.core.handleMessage(this.now, from.id, copy));
    });
  }

  #connect(from: Node, id: NodeId): void {
    const to = this.nodes.findLast((node) => node.id === id);
    if (to === undefined || from.connecting.has(to)) return;
    const fail = (failure: ConnectFailure, after: Millis): void =>
      this.at(after, () => {
        from.connecting.delete(to);
        this.#input(from, () => from.core.connectFailed(this.now, id, failure));
      });
    from.connecting.add(to);
    if (this.#isCut(from, to)) return fail('timeout', CONNECT_TIMEOUT);
    if (to.state === 'ended') return fail('refused', 2 * this.#latency());
    if (to.state === 'paused') return fail('timeout', CONNECT_TIMEOUT);
    this.at(2 * this.#latency(), () => {
      if (to.state !== 'running' || this.#isCut(from, to)) return fail('timeout', CONNECT_TIMEOUT);
      from.connecting.delete(to);
      this.#join(to, from);
      this.#join(from, to);
    });
  }

  #join(node: Node, peer: Node): void {
    if (node.links.has(peer) || node.state === 'ended') return;
    node.links.add(peer);
    this.#input(node, () => node.core.linkUp(this.now, peer.core.self));
  }

  /** What the Locator does for ever: call somebody to whom there is no link. */
  #seek(node: Node): void {
    this.at(this.random.float() * SEEK_INTERVAL, () => {
      if (node.state === 'ended') return;
      const strangers = this.nodes.filter(
        (other) => other !== node && other.state !== 'ended' && !node.links.has(other),
      );
      const pick = strangers[Math.floor(this.random.float() * strangers.length)];
      if (pick !== undefined && node.state === 'running') this.#connect(node, pick.id);
      this.#seek(node);
    });
  }
}
