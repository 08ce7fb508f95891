import type { MemberChange } from '../../libs/beethoven/src/protocol/membership/effects.js';
import { Ipv4Range, type Ipv4 } from '../../libs/beethoven/src/protocol/ipv4.js';
import { RateCap } from '../../libs/beethoven/src/protocol/locator/rate-cap.js';
import { Redials } from '../../libs/beethoven/src/protocol/locator/redials.js';
import { Sweep } from '../../libs/beethoven/src/protocol/locator/sweep.js';
import type { Target } from '../../libs/beethoven/src/protocol/locator/target.js';
import { Watch } from '../../libs/beethoven/src/protocol/locator/watch.js';
import { parseNodeId, type Millis, type NodeId } from '../../libs/beethoven/src/protocol/terms.js';
import type { ScaleNode } from './scale-node.js';
import type { ScaleWorld } from './scale-world.js';

const NETWORK = '10.0.0.0';
const CALL_TIME: Millis = 250;
const WATCH_CALL_TIME: Millis = 1_000;
const POLL_TIME: Millis = 1_000;
const CALLS_AT_ONCE = 256;

export const PORT = 33_000;
export const FIRST_ADDRESS = Ipv4Range.of(NETWORK, 8).first;

/** What the Locator does: calls everyone of the network until somebody is linked, and then, slowly and for ever, whoever is not. */
export class ScaleLocator {
  readonly #lost = new Map<NodeId, Target>();
  #isNews = false;
  #called = 0;

  constructor(
    private readonly node: ScaleNode,
    private readonly world: ScaleWorld,
  ) {}

  start(): void {
    const sweep = new Sweep(rangeFor(this.world.nodes.length), this.world.random);
    for (let call = 0; call < CALLS_AT_ONCE; call++) this.#seekOn(sweep);
    this.world.after(CALL_TIME, () => this.#watch(sweep));
  }

  changed({ type, member }: MemberChange): void {
    const { id } = member.card;
    if (type === 'joined') this.#isNews = this.#lost.delete(id) || this.#isNews;
    if (type !== 'down') return;
    const endpoint = parseNodeId(id);
    if (endpoint === undefined) return;
    this.#lost.set(id, { host: endpoint.address, port: endpoint.port });
    this.#isNews = true;
  }

  #seekOn(sweep: Sweep): void {
    const { node, world } = this;
    if (node.links > 0 || this.#called++ >= world.nodes.length) return;
    const address = sweep.next((candidate) => this.#isReached(this.#peerAt(candidate)));
    const peer = address === undefined ? undefined : this.#peerAt(address);
    if (peer !== undefined) world.dial(node, peer, CALL_TIME, () => this.#seekOn(sweep));
  }

  #watch(sweep: Sweep): void {
    const { node, world } = this;
    const { random } = world;
    const redials = new Redials(random);
    const watch = new Watch(sweep, redials, PORT, random, world.now);
    const cap = new RateCap();
    let polledAt = -Infinity;
    const step = (): void => {
      if (node.state !== 'running') return;
      // Whoever is linked with everybody has nobody to call.
      if (node.links === world.nodes.length - 1) return world.after(POLL_TIME, step);
      if (this.#isNews && world.now - polledAt >= POLL_TIME) {
        polledAt = world.now;
        this.#isNews = false;
        redials.keep(this.#lost.values(), world.now);
      }
      const reached = ({ host }: Target) => this.#isReached(world.nodeAt(host));
      const { dials, wait } = watch.next(world.now, cap.room(world.now), reached);
      cap.spend(world.now, dials.length);
      for (const { host } of dials) {
        const peer = world.nodeAt(host);
        if (peer !== undefined) world.dial(node, peer, WATCH_CALL_TIME, () => {});
      }
      world.after(Math.max(Math.min(wait, POLL_TIME), cap.wait(world.now)), () => node.input(step));
    };
    step();
  }

  /** Addresses that nobody has count as reached: what the search costs in a range that is not full is the Locator's to measure. */
  #isReached(peer: ScaleNode | undefined): boolean {
    const { node, world } = this;
    return peer === undefined || peer === node || world.isLinked(node, peer);
  }

  #peerAt(address: Ipv4): ScaleNode | undefined {
    return this.world.nodes[address - FIRST_ADDRESS];
  }
}

function rangeFor(nodes: number): Ipv4Range {
  return Ipv4Range.of(NETWORK, 32 - Math.ceil(Math.log2(nodes + 2)));
}
