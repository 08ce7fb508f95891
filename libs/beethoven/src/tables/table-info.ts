import { weighRow } from '../protocol/tables/weight.js';
import type { Millis, NodeId } from '../protocol/terms.js';

/** A table as this node's copy of it is right now. */
export interface TableInfo {
  readonly name: string;
  readonly type: 'set' | 'ordered_set' | 'bag';
  readonly copies: 'multi' | 'local';
  readonly rows: number;
  /** About what all rows take in messages; of more than 1,000 rows, as if they all were like the first 1,000. In memory they take a few times that. */
  readonly bytes: number;
  /** Deleted rows that are remembered until every member knows of it. */
  readonly tombstones: number;
  /** The nodes with a copy, as far as this one is linked with them: itself first. */
  readonly nodes: readonly NodeId[];
  /** For how long this copy has known that it lacks rows of others (ms); 0 when it knows of none. */
  readonly lag: Millis;
}

const SAMPLE = 1_000;

/** About how many bytes so many rows take. */
export function estimateBytes(rows: Iterable<object>, count: number): number {
  let weight = 0;
  let sampled = 0;
  for (const row of rows) {
    weight += weighRow(row);
    if (++sampled === SAMPLE) break;
  }
  return sampled === 0 ? 0 : Math.round((weight / sampled) * count);
}
