import type { LoggerService } from '@nestjs/common';
import type { Millis } from '../protocol/terms.js';
import type { Clock } from './clock.js';

/** How long the same complaint about the same address is not repeated. */
const QUIET: Millis = 600_000;
/** Complaints remembered; with more, the oldest may be repeated. */
const REMEMBERED = 512;
/** Lines per minute, from however many addresses. */
const LINES = 30;
const MINUTE: Millis = 60_000;

/** Complaints about strangers, at a pace that no stranger sets. */
export class MeshLog {
  readonly #counts = new Map<string, number>();
  readonly #quiet = new Map<string, { since: Millis; held: number }>();
  #minute: Millis = -Infinity;
  #lines = 0;
  #held = 0;

  constructor(
    private readonly clock: Clock,
    private readonly logger: Pick<LoggerService, 'warn' | 'error'>,
  ) {}

  /** How often there was reason to complain, by reason, written or not. Reasons are words of ours: there are a few dozen. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      [...this.#counts].toSorted(([one], [other]) => (one < other ? -1 : 1)),
    );
  }

  /** For what is not worth a line. */
  count(reason: string): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  /** One line for each address and reason, then silence about it for ten minutes. */
  complain(address: string, reason: string, text: string): void {
    this.count(reason);
    const now = this.clock.now();
    const key = `${address} ${reason}`;
    const known = this.#quiet.get(key);
    if (known !== undefined && now - known.since < QUIET) {
      known.held++;
      return;
    }
    if (!this.#mayWrite(now)) return;
    this.#quiet.delete(key); // so that the order of the map stays that of the last lines
    this.#quiet.set(key, { since: now, held: 0 });
    for (const oldest of this.#quiet.keys()) {
      if (this.#quiet.size <= REMEMBERED) break;
      this.#quiet.delete(oldest);
    }
    const line = known?.held ? `${text} (and ${known.held} times more since the last line)` : text;
    if (reason === 'duplicate-id') this.logger.error(line);
    else this.logger.warn(line);
  }

  #mayWrite(now: Millis): boolean {
    if (now - this.#minute >= MINUTE) {
      this.#minute = now;
      this.#lines = 0;
      if (this.#held > 0) this.logger.warn(`${this.#held} more complaints were not written.`);
      this.#held = 0;
    }
    if (this.#lines >= LINES) {
      this.#held++;
      return false;
    }
    this.#lines++;
    return true;
  }
}
