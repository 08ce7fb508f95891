import type { Clock } from '../network/clock.js';
import type { Identity } from '../network/identity.js';
import type { ConnectOutcome, Mesh } from '../network/mesh.js';
import { targetKey, type Target } from '../protocol/locator/target.js';
import { parseNodeId, type Millis, type NodeId } from '../protocol/terms.js';

/** What was learned about an address is believed for so long: by then somebody else may listen there. */
export const BELIEF_TIME: Millis = 60_000;

/** Beliefs kept at one time; the oldest goes first. */
export const MAX_BELIEFS = 1_024;

interface Belief {
  /** Who answered there, for as long as it is linked; `undefined` for somebody who will never be linked. */
  readonly node: NodeId | undefined;
  readonly until: Millis;
}

/** Rejections that another call would only repeat. */
const FINAL: ReadonlySet<string> = new Set(['self', 'cluster', 'version']);

/**
 * Whom there is no use in calling: this node itself, whoever is linked, under its own address or under another one that it was met at
 * (a node of many addresses, a load balancer), and who has just said that it is of another cluster.
 */
export class Reach {
  #linked: Set<string> | undefined;
  readonly #beliefs = new Map<string, Belief>();

  constructor(
    private readonly clock: Clock,
    private readonly identity: Identity,
    private readonly mesh: Mesh,
  ) {}

  /** To be called when a link comes up or goes down. */
  changed(): void {
    this.#linked = undefined;
  }

  /** Takes note of how a call ended. */
  learn(target: Target, outcome: ConnectOutcome): void {
    const key = targetKey(target);
    this.#beliefs.delete(key);
    const node = 'linked' in outcome ? outcome.linked.id : undefined;
    const isNews =
      node === undefined
        ? 'rejected' in outcome && FINAL.has(outcome.rejected)
        : keyOf(node) !== key;
    if (!isNews) return;
    this.#beliefs.set(key, { node, until: this.clock.now() + BELIEF_TIME });
    const [oldest] = this.#beliefs.keys();
    if (this.#beliefs.size > MAX_BELIEFS && oldest !== undefined) this.#beliefs.delete(oldest);
  }

  has(target: Target): boolean {
    const key = targetKey(target);
    this.#linked ??= new Set([this.identity.id, ...this.mesh.links()].map(keyOf));
    if (this.#linked.has(key)) return true;
    const belief = this.#beliefs.get(key);
    if (belief === undefined || belief.until <= this.clock.now()) return false;
    return belief.node === undefined || this.mesh.isLinked(belief.node);
  }

  isSelf(target: Target): boolean {
    return keyOf(this.identity.id) === targetKey(target);
  }
}

function keyOf(id: NodeId): string {
  const endpoint = parseNodeId(id);
  return endpoint === undefined ? id : targetKey({ host: endpoint.address, port: endpoint.port });
}
