import { Logger } from '@nestjs/common';
import type { Clock, Timer } from '../network/clock.js';
import { Electors, type ElectorEffect } from '../protocol/quorum/electors.js';
import type { Electorate } from '../protocol/quorum/electorate.js';
import { PROMISE } from '../protocol/quorum/lease-times.js';
import type { ElectorMessage, Process } from '../protocol/quorum/messages.js';
import type { Millis, NodeId } from '../protocol/terms.js';

/**
 * How long a node that leaves waits to be taken out of the electorate (ms): where another one has just left, that change has to stand for as
 * long as a promise before the next can be made. Gone too early, it would still be counted, and the rest be no majority.
 */
const GOODBYE: Millis = PROMISE + 1_000;

/** What an {@link ElectorateDriver} works with. */
export interface ElectorateParts {
  readonly self: Process;
  readonly clock: Clock;
  readonly isBound: (now: Millis, tag: string) => boolean;
  readonly tell: (to: Iterable<NodeId>, message: ElectorMessage) => void;
  /** Another electorate decides from now on. */
  readonly changed: (isOtherLine: boolean) => void;
}

/** Runs the electors: hands them time and messages, and does what they say. */
export class ElectorateDriver {
  readonly #logger = new Logger(ElectorateDriver.name);
  readonly #electors: Electors;
  #isLost = false;
  #timer: Timer | undefined;
  #stopped = false;
  #gone: (() => void) | undefined;

  constructor(private readonly parts: ElectorateParts) {
    const { self, clock, isBound } = parts;
    this.#electors = new Electors(self, clock.now(), isBound);
  }

  get electorate(): Electorate | undefined {
    return this.#electors.electorate;
  }

  membersChanged(live: ReadonlyMap<NodeId, Millis>): void {
    this.#do(this.#electors.membersChanged(this.parts.clock.now(), live));
    if (!this.#electors.isAccompanied) this.#gone?.();
  }

  take(from: Process, message: ElectorMessage): void {
    this.#do(this.#electors.handleMessage(this.parts.clock.now(), from, message));
  }

  /** Tells a node which electorate this one knows, if any. */
  greet(id: NodeId): void {
    this.#do(this.#electors.greet(id));
  }

  /** Resolves once this node votes no more, at the latest after {@link GOODBYE}. */
  async leave(): Promise<void> {
    const { clock, self } = this.parts;
    this.#do(this.#electors.leave(clock.now()));
    const { voters } = this.electorate ?? {};
    if (voters?.get(self.id) !== self.life || !this.#electors.isAccompanied) return;
    await new Promise<void>((resolve) => {
      const latest = clock.setTimer(GOODBYE, resolve);
      this.#gone = () => {
        latest.cancel();
        resolve();
      };
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** Says, once each time, that the majority is out of reach, and what brings it back. */
  #tellMajority(): void {
    const { missing, electorate } = this.#electors;
    const isLost = missing.length > 0;
    if (isLost && !this.#isLost)
      this.#logger.warn(
        `Quorum roles do not run here: of ${electorate?.voters.size} voters, ${missing.join(', ')} are out of reach. They run again when more than half are here, or 10 s after each has come back under its id. If some never will, stop all nodes that remain before you start them again.`,
      );
    else if (this.#isLost && !isLost) this.#logger.log('The majority is here again');
    this.#isLost = isLost;
  }

  #do(effects: readonly ElectorEffect[]): void {
    if (this.#stopped) return;
    const { clock, self, tell, changed } = this.parts;
    for (const effect of effects) {
      if (effect.kind === 'changed') {
        changed(effect.isOtherLine);
        if (this.electorate?.voters.get(self.id) !== self.life) this.#gone?.();
      } else {
        const others = new Set(effect.to);
        // This node is a voter like the others, and first in line.
        if (others.delete(self.id)) this.take(self, effect.message);
        tell(others, effect.message);
      }
    }
    this.#tellMajority();
    this.#timer?.cancel();
    const { dueAt } = this.#electors;
    if (dueAt === Infinity) return;
    const wait = Math.ceil(Math.max(0, dueAt - clock.now()));
    this.#timer = clock.setTimer(wait, () => this.#do(this.#electors.handleTime(clock.now())));
  }
}
