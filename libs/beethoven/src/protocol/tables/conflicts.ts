import type { DecidedLog } from './decided-log.js';
import type { CommitMessage, Foreseen, Read } from './messages.js';
import type { Entry } from './entry.js';
import type { ReplicaId } from './row.js';
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
  {
    reads,
    foreseen,
    count,
    writes,
  }: Pick<CommitMessage, 'reads' | 'foreseen' | 'count' | 'writes'>,
  client: ReplicaId,
  replica: TableReplica,
  log: DecidedLog,
): boolean {
  return (
    (count >= 0 && count !== replica.size) ||
    reads.some((read) => !isAsRead(replica.entry(read.key), read)) ||
    foreseen.some((one) => !isAsForeseen(one, client, replica, log)) ||
    writes.some((write) => replica.outranks(write))
  );
}

/** Whether the client's earlier transaction was decided, and nothing has replaced what it wrote. */
function isAsForeseen(
  { key, number, attempt }: Foreseen,
  client: ReplicaId,
  replica: TableReplica,
  log: DecidedLog,
): boolean {
  const decided = log.get(client, number);
  const entry = replica.stored(key);
  if (decided?.attempt !== attempt) return false;
  return entry?.origin.id === decided.origin && entry.seq === decided.seq;
}

/** Whether a row, or its absence, is still the version that was read. */
export function isAsRead(entry: Readonly<Entry> | undefined, { time, writer }: Read): boolean {
  return entry === undefined ? time === 0 : entry.time === time && entry.writer === writer;
}
