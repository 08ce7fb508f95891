import type { Millis, NodeId } from '../terms.js';
import type { QuorumRule } from './quorum-rule.js';
import type { Process } from './messages.js';

/** The processes whose majority decides. A successor differs by one voter, so that a majority of each shares a voter with the other. */
export interface Electorate {
  /** Which line of electorates it belongs to. Electorates that were founded apart are different lines. */
  readonly generation: number;
  readonly foundedAt: Millis;
  readonly founder: NodeId;
  /** Counted within the line. */
  readonly version: number;
  /** The lives of the voters, by id. */
  readonly voters: ReadonlyMap<NodeId, Millis>;
}

/** Names one electorate; for a node that knows none, `''`. */
export function tagOf(electorate: Electorate | undefined): string {
  if (electorate === undefined) return '';
  return `${lineOf(electorate)}/${electorate.version}`;
}

export function isSameLine(a: Electorate, b: Electorate): boolean {
  return lineOf(a) === lineOf(b);
}

/**
 * Whether one replaces the other where both are known: of one line the later version, of two lines that of the higher generation, and of those
 * the one that was founded first.
 */
export function outranks(one: Electorate, other: Electorate): boolean {
  if (isSameLine(one, other)) return one.version > other.version;
  if (one.generation !== other.generation) return one.generation > other.generation;
  if (one.foundedAt !== other.foundedAt) return one.foundedAt < other.foundedAt;
  return one.founder < other.founder;
}

/** More than half of the electorate, each voter in the life in which it was admitted. */
export class Majority implements QuorumRule {
  readonly tag: string;

  constructor(private readonly electorate: Electorate) {
    this.tag = tagOf(electorate);
  }

  isQuorum(voters: ReadonlyMap<NodeId, Process>): boolean {
    let votes = 0;
    for (const { id, life } of voters.values())
      if (this.electorate.voters.get(id) === life) votes++;
    return 2 * votes > this.electorate.voters.size;
  }
}

function lineOf({ generation, foundedAt, founder }: Electorate): string {
  return `${generation}/${foundedAt}/${founder}`;
}
