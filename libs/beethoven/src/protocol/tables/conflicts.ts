import type { CommitMessage, Read } from './messages.js';
import type { Entry } from './origin.js';
import type { TableReplica } from './table-replica.js';
import { MAX_WEIGHT, weighRow } from './weight.js';

/** Whether a client's writes can be made at all: a peer that sends others is not one of ours. */
export function isSound({ writes }: Pick<CommitMessage, 'writes'>, replica: TableReplica): boolean {
  let weight = 0;
  for (const write of writes) {
    if (!replica.rules.fits(write)) return false;
    weight += weighRow(write.row);
  }
  return weight <= 2 * MAX_WEIGHT;
}

/** Whether something is not any more as the transaction has read it, or stands in the way of what it writes. */
export function isInConflict(
  { reads, count, writes }: Pick<CommitMessage, 'reads' | 'count' | 'writes'>,
  replica: TableReplica,
): boolean {
  return (
    (count >= 0 && count !== replica.size) ||
    reads.some((read) => !isAsRead(replica.entry(read.key), read)) ||
    writes.some((write) => replica.outranks(write))
  );
}

/** Whether a row, or its absence, is still the version that was read. */
export function isAsRead(entry: Readonly<Entry> | undefined, { time, writer }: Read): boolean {
  return entry === undefined ? time === 0 : entry.time === time && entry.writer === writer;
}
