import type { TableConfig } from 'nestjs-beethoven';

/** A key and 100 bytes: what the figures of Mnesia were measured with. */
export interface Pair {
  readonly key: string;
  readonly value: string;
}

/** Four columns: what the figures of the other libraries were measured with. */
export interface Session {
  readonly id: string;
  readonly user: string;
  readonly score: number;
  readonly lastChange: number;
}

export const PAIRS: TableConfig<Pair> = { name: 'pairs', key: 'key', columns: ['key', 'value'] };

export const SESSIONS: TableConfig<Session> = {
  name: 'sessions',
  key: 'id',
  columns: ['id', 'user', 'score', 'lastChange'],
};

export type RowKind = 'pair' | 'session';

const NINETY_BYTES = 'x'.repeat(90);
const START = 1_790_000_000_000;

/** The n-th write, to one of so many keys. A row is made anew for each write, as an application would. */
export const pair = (n: number, keys: number): Pair => ({
  key: `key-${n % keys}`,
  value: NINETY_BYTES + String(1_000_000_000 + n),
});

export const session = (n: number, keys: number): Session => ({
  id: `session-${n % keys}`,
  user: `user-${n % 1_000}`,
  score: n,
  lastChange: START + n,
});
