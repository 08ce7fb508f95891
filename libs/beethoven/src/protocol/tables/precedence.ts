import type { Entry } from './entry.js';
import type { Row } from './row.js';

/** Which of two versions of a row wins: on every copy the same one. */
export class Precedence {
  /** @param rank compared before the stamp; tombstones have none, so a table with ranks has no tombstones */
  constructor(private readonly rank: ((row: Row) => number) | undefined) {}

  get hasRanks(): boolean {
    return this.rank !== undefined;
  }

  /** More than 0 where the first wins, less where the second does, 0 where they are one. */
  compare(
    one: Pick<Entry, 'row' | 'time' | 'writer'>,
    other: Pick<Entry, 'row' | 'time' | 'writer'>,
  ): number {
    const byRank = this.compareRanks(one.row, other.row);
    if (byRank !== 0) return byRank;
    if (one.time !== other.time) return one.time - other.time;
    if (one.writer === other.writer) return 0;
    return one.writer > other.writer ? 1 : -1;
  }

  compareRanks(one: Row | undefined, other: Row | undefined): number {
    if (this.rank === undefined || one === undefined || other === undefined) return 0;
    return finite(this.rank(one)) - finite(this.rank(other));
  }
}

/** A rank that is no number loses. */
function finite(rank: number): number {
  return Number.isFinite(rank) ? rank : -Number.MAX_VALUE;
}
