import type { CommitMessage, Read } from './messages.js';
import type { Entry } from './origin.js';
import type { TableReplica } from './table-replica.js';
import { MAX_WEIGHT, weighRow } from './weight.js';

/** Whether a client's writes can be made at all: a peer that sends others is not one of ours. */
export function isSound({ writes }: Pick<CommitMessage, 'writes'>, replica: TableReplica): boolean {
  let weight = 0;
  for (const write of writes) {
    if (!replica.fits(write)) return false;
    weight += weighRow(write.row);
  }
  return weight <= 2 * MAX_WEIGHT;
}

/** The rows here that are not as the transaction has read them, deleted ones included; `undefined` when all is as it was. */
export function conflicts(
  { reads, count, writes }: Pick<CommitMessage, 'reads' | 'count' | 'writes'>,
  replica: TableReplica,
): Readonly<Entry>[] | undefined {
  const wrong: Readonly<Entry>[] = [];
  let isWrong = count >= 0 && count !== replica.size;
  for (const read of reads) {
    if (isAsRead(replica.entry(read.key), read)) continue;
    isWrong = true;
    const stored = replica.stored(read.key);
    if (stored !== undefined) wrong.push(stored);
  }
  for (const write of writes) {
    const stored = replica.stored(write.key);
    if (stored === undefined || !replica.outranks(write)) continue;
    isWrong = true;
    wrong.push(stored);
  }
  if (!isWrong) return undefined;
  if (count >= 0) for (const entry of unread(reads, replica)) wrong.push(entry);
  return wrong;
}

/** The rows that the client of a scan does not have. */
function* unread(reads: readonly Read[], replica: TableReplica): Iterable<Readonly<Entry>> {
  const known = new Set(reads.map(({ key }) => key));
  for (const entry of replica.entries()) if (!known.has(entry.key)) yield entry;
}

/** Whether a row, or its absence, is still the version that was read. */
export function isAsRead(entry: Readonly<Entry> | undefined, { time, writer }: Read): boolean {
  return entry === undefined ? time === 0 : entry.time === time && entry.writer === writer;
}
