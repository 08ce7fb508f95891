import type { ClusterNode } from '../core-server/cluster-node.js';
import { integerBetween, type Random } from '../protocol/random.js';
import type { Millis, NodeId } from '../protocol/terms.js';

/** A node's busy score, and since when it is that (ms since the epoch). */
export interface NodeScore {
  readonly node: NodeId;
  readonly score: number;
  readonly lastChange: Millis;
}

const RANKS = { alive: 0, suspect: 1, stalled: 2, down: 2, left: 2 } as const;

interface Place {
  readonly member: ClusterNode;
  readonly row: NodeScore;
  /** 0 for those that answer, 1 for suspects, 2 for the stalled, which are given nothing. */
  readonly rank: 0 | 1 | 2;
}

/**
 * The live nodes from least to most busy. Suspects come after all others, since many of them are dead, and the stalled last, which
 * are given nothing; equals stand in the
 * order of their ids, so that every node names the same one. Each change moves one place: asking costs nothing.
 */
export class Ranking {
  readonly #order: Place[] = [];
  readonly #places = new Map<NodeId, Place>();
  readonly #scores = new Map<NodeId, number>();
  #members: readonly ClusterNode[] = [];

  /** @param reported The last score that a node told, if it told any. */
  constructor(private readonly reported: (node: NodeId) => NodeScore | undefined) {}

  /** Takes over the list of live members. One that has told no score yet counts 0. */
  follow(members: readonly ClusterNode[]): void {
    if (members === this.#members) return;
    this.#members = members;
    for (const member of members) {
      if (this.#places.get(member.id)?.member === member) continue;
      this.#move(member, this.reported(member.id) ?? unreported(member));
    }
    if (this.#places.size === members.length) return;
    const live = new Set(members.map(({ id }) => id));
    for (const id of this.#places.keys()) if (!live.has(id)) this.#remove(id);
  }

  /** Takes over what a node tells now; `undefined` when its score was withdrawn. A node that is not live has no place. */
  rescore(node: NodeId, row: NodeScore | undefined): void {
    const place = this.#places.get(node);
    if (place !== undefined) this.#move(place.member, row ?? unreported(place.member));
  }

  get size(): number {
    return this.#order.length;
  }

  first(): NodeId | undefined {
    return this.#able[0]?.member.id;
  }

  firstOf(eligible: (node: ClusterNode) => boolean): NodeId | undefined {
    return this.#able.find(({ member }) => eligible(member))?.member.id;
  }

  /** The less busy of two different nodes drawn at random; suspects are drawn only where there is nobody else. */
  betterOfTwo(random: Random, eligible?: (node: ClusterNode) => boolean): NodeId | undefined {
    const able = this.#able;
    const all = eligible ? able.filter(({ member }) => eligible(member)) : able;
    const trusted = lowest(all, ({ rank }) => rank > 0);
    const pool = trusted === 0 ? all.length : trusted;
    if (pool < 2) return all[0]?.member.id;
    const one = integerBetween(random, 0, pool - 1);
    const step = integerBetween(random, 1, pool - 1);
    const other = (one + step) % pool;
    // Between equals the place decides nothing: the draw does, or the lower id would get them all.
    const [a, b] = [all[one], all[other]];
    if (a?.row.score === b?.row.score) return a?.member.id;
    return all[Math.min(one, other)]?.member.id;
  }

  ids(eligible?: (node: ClusterNode) => boolean): NodeId[] {
    const ids: NodeId[] = [];
    for (const { member } of this.#able) if (eligible?.(member) ?? true) ids.push(member.id);
    return ids;
  }

  rows(): NodeScore[] {
    return this.#order.map(({ row }) => row);
  }

  /** A live view, in no order. */
  scores(): ReadonlyMap<NodeId, number> {
    return this.#scores;
  }

  /** Those that can be given something. */
  get #able(): readonly Place[] {
    if (this.#order.at(-1)?.rank !== 2) return this.#order;
    return this.#order.slice(
      0,
      lowest(this.#order, ({ rank }) => rank === 2),
    );
  }

  #move(member: ClusterNode, row: NodeScore): void {
    const before = this.#places.get(member.id);
    if (before !== undefined) this.#order.splice(this.#indexOf(before), 1);
    const place = { member, row, rank: RANKS[member.status] };
    this.#places.set(member.id, place);
    this.#scores.set(member.id, row.score);
    this.#order.splice(this.#indexOf(place), 0, place);
  }

  #remove(id: NodeId): void {
    const place = this.#places.get(id);
    if (place === undefined) return;
    this.#order.splice(this.#indexOf(place), 1);
    this.#places.delete(id);
    this.#scores.delete(id);
  }

  #indexOf(place: Place): number {
    return lowest(this.#order, (other) => !precedes(other, place));
  }
}

const unreported = ({ id, lastChange }: ClusterNode): NodeScore =>
  Object.freeze({ node: id, score: 0, lastChange });

function precedes(a: Place, b: Place): boolean {
  if (a.rank !== b.rank) return a.rank < b.rank;
  if (a.row.score !== b.row.score) return a.row.score < b.row.score;
  return a.member.id < b.member.id;
}

/** The first index at which `reached` holds in a list where it goes from false to true once; the length where it never does. */
function lowest<T>(list: readonly T[], reached: (item: T) => boolean): number {
  let [from, to] = [0, list.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (reached(list[middle] as T)) to = middle;
    else from = middle + 1;
  }
  return from;
}
