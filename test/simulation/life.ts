import type { Clerk } from './shop/clerk.js';
import type { Edition } from './shop/shop.roles.js';

/** One process of a node, from its start to its end. */
export class Life {
  /** Its application, once it is up. */
  clerk: Clerk | undefined;
  /** `leaving` and `left`: as it should, by SIGTERM or drain(). */
  state: 'running' | 'leaving' | 'left' | 'ended' = 'running';
  /** It has ended without a word, or before it had said everything. */
  crashed = false;
  /** These points of time are in ms since the beginning of the run. */
  upAt = Infinity;
  endedAt = Infinity;
  /** When it had left, or ended without that. */
  goneAt = Infinity;
  /** When its event loop was blocked, the last time; of pauses that overlap, the first. */
  pausedAt = -Infinity;
  /** Until when its event loop is, or was, blocked. */
  pausedUntil = -Infinity;
  /** Until when it has, or had, no thread either that would tell the others. */
  silentUntil = -Infinity;
  /** How many of the next starts of a role are to fail. */
  readonly sabotage = new Map<string, number>();

  constructor(
    readonly name: string,
    readonly edition: Edition,
  ) {}

  /** When the process started, as the node tells it; `NaN` before it tells. */
  get startedAt(): number {
    return this.clerk?.coreServer.self.startedAt ?? NaN;
  }

  /** Whether it should be a member of the cluster. */
  get isUp(): boolean {
    return this.state === 'running' && this.clerk !== undefined;
  }
}
