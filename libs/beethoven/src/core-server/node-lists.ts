import type { Membership } from '../protocol/membership/membership.js';
import { isLive, type MemberState } from '../protocol/membership/member-state.js';
import type { Millis } from '../protocol/terms.js';
import { bySeniority, toClusterNode, type ClusterNode } from './cluster-node.js';

interface Lists {
  readonly version: number;
  readonly self: ClusterNode;
  readonly all: readonly ClusterNode[];
  readonly live: readonly ClusterNode[];
}

/** The lists of nodes that the application sees: made anew when something has changed and somebody asks, and only then. */
export class NodeLists {
  readonly #nodes = new WeakMap<MemberState, ClusterNode>();
  #lists: Lists | undefined;

  /** @param startedAt When this node began to take part. */
  constructor(
    private readonly membership: Membership,
    private readonly startedAt: Millis,
  ) {}

  /** As of now; the same object for as long as nothing changes. */
  get current(): Lists {
    if (this.#lists?.version !== this.membership.version) this.#lists = this.#list();
    return this.#lists;
  }

  nodeOf(state: MemberState): ClusterNode {
    let node = this.#nodes.get(state);
    if (node === undefined) this.#nodes.set(state, (node = toClusterNode(state, false)));
    return node;
  }

  #list(): Lists {
    const { version, self: card, hasLeft } = this.membership;
    const status = hasLeft ? 'left' : 'alive';
    const self = toClusterNode({ card, status, phase: 0, lastChange: this.startedAt }, true);
    const others = this.membership.members().map((state) => this.nodeOf(state));
    const all = Object.freeze([self, ...others].toSorted(bySeniority));
    const live = Object.freeze(all.filter((node) => node.self || isLive(node.status)));
    return { version, self, all, live };
  }
}
