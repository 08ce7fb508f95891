import type { Millis, NodeId } from '../terms.js';
import { PROMISE } from './lease-times.js';

type Voters = ReadonlyMap<NodeId, Millis>;

/** Who is there, as one node sees it. */
export interface Company {
  /** The lives of the live members, by id, this node's included. */
  readonly live: Voters;
  /** Since when this node has known each of them. */
  readonly since: ReadonlyMap<NodeId, Millis>;
  /** The lives that are about to go, by id. */
  readonly leaving: Voters;
}

/** A change of the electorate. */
export interface Succession {
  readonly voters: Voters;
  /** Not to be proposed before. */
  readonly from: Millis;
}

/** Whether more than half of the voters are live, leaving ones included. */
export function hasMajority(voters: Voters, live: Voters): boolean {
  let present = 0;
  for (const [id, life] of voters) if (live.get(id) === life) present++;
  return 2 * present > voters.size;
}

/**
 * The next step from these voters to those who are there and stay, if it is this node that takes it: one voter less, or one more. The last one,
 * with nobody to follow it, leaves an electorate without voters, so that nobody who comes later waits for it.
 *
 * A newcomer is let in once it votes: counted earlier, it would only raise the number that a holder needs.
 */
export function succession(
  voters: Voters,
  { live, since, leaving }: Company,
  self: NodeId,
): Succession | undefined {
  if (!hasMajority(voters, live)) return undefined;
  const isStaying = ([id, life]: [NodeId, Millis]): boolean => leaving.get(id) !== life;
  const present = [...voters].filter(([id, life]) => live.get(id) === life);
  const staying = present.filter(isStaying);
  const isLast = staying.length === 0;
  const kept = new Map(isLast ? present : staying);
  const [proposer] = [...kept].toSorted(byAge);
  if (proposer?.[0] !== self) return undefined;

  const without = (id: NodeId): Succession => {
    return { voters: new Map([...voters].filter(([other]) => other !== id)), from: 0 };
  };
  const gone = [...voters.keys()].find((id) => !kept.has(id));
  if (gone !== undefined) return without(gone);
  const votesFrom = (id: NodeId): Millis => (isLast ? 0 : (since.get(id) ?? 0) + PROMISE);
  const [newcomer] = [...live]
    .filter((one) => !voters.has(one[0]) && isStaying(one))
    .toSorted((a, b) => votesFrom(a[0]) - votesFrom(b[0]) || byAge(a, b));
  if (newcomer !== undefined)
    return { voters: new Map([...voters, newcomer]), from: votesFrom(newcomer[0]) };
  if (!isLast) return undefined;
  return without([...voters.keys()].find((id) => id !== self) ?? self);
}

/** The eldest first. */
export function byAge([a, aLife]: [NodeId, Millis], [b, bLife]: [NodeId, Millis]): number {
  return aLife - bLife || (a < b ? -1 : 1);
}
