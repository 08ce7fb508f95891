import { Inject, Injectable, Logger } from '@nestjs/common';
import { Observable } from 'rxjs';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../beethoven.options.js';
import { CoreServerService } from '../core-server/core-server.service.js';
import type { EvictionNotice } from '../eviction/eviction-notice.js';
import { PACE } from '../eviction/poll.js';
import { CLOCK, pause, type Clock } from '../network/clock.js';
import { suspicionBounds } from '../protocol/detector/suspicion.js';
import type { Millis } from '../protocol/terms.js';
import { RoleMgmtService } from '../role-mgmt/role-mgmt.service.js';
import { AzureService } from './azure.service.js';
import { isPassing } from './detect-azure.js';
import { demandOf, turnOf, type Turn } from './event-plan.js';
import type { ScheduledEvent } from './scheduled-event.js';

/** How often a node that waits for others looks whether they have handed over. */
const LOOK: Millis = 100;

/** So long an approval is tried again that Azure did not take. */
const APPROVAL_TIME: Millis = 5_000;

/** Azure's scheduled events as notices of eviction, each with its approval. */
@Injectable()
export class AzureNotices {
  readonly #logger = new Logger('AzureService');
  readonly #detectionTime: Millis;

  constructor(
    private readonly azure: AzureService,
    private readonly coreServer: CoreServerService,
    private readonly roleMgmt: RoleMgmtService,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RESOLVED_OPTIONS) { failureDetection }: ResolvedOptions,
  ) {
    // Nobody is declared down before a suspicion has lasted its shortest.
    const { suspicionMultiplier, probeInterval } = failureDetection;
    this.#detectionTime = suspicionBounds(2, suspicionMultiplier, probeInterval).min;
  }

  /** One notice for each event that asks something of this node, while it is subscribed to. Completes with the events. */
  watch(): Observable<EvictionNotice> {
    return new Observable((subscriber) => {
      const pending = new Map<string, () => void>();
      const end = (id: string): void => {
        pending.get(id)?.();
        pending.delete(id);
      };
      return this.azure.scheduledEvents$.subscribe({
        next: (events) => {
          const listed = new Set(events.map(({ id }) => id));
          for (const id of pending.keys()) if (!listed.has(id)) end(id);
          for (const event of events) {
            const demand = demandOf(event, this.#detectionTime);
            if (demand === 'nothing' || pending.has(event.id)) continue;
            const over = new Promise<void>((resolve) => void pending.set(event.id, resolve));
            subscriber.next(this.#notice(event, demand === 'pause' ? over : undefined));
          }
        },
        complete: () => {
          for (const id of pending.keys()) end(id);
          subscriber.complete();
        },
      });
    });
  }

  #notice(event: ScheduledEvent, over: Promise<void> | undefined): EvictionNotice {
    let turn: Turn = 'leave-it';
    return {
      source: 'azure',
      event: event.type,
      notBefore: event.notBefore,
      over,
      beforeLeaving: async (hurry) => {
        turn = await this.#turn(event, hurry);
      },
      approve: async () => {
        if (turn === 'approve') await this.#approve(event);
      },
    };
  }

  /** What this node does about the approval, once that is decided; by the time that the event starts, nothing. */
  async #turn(event: ScheduledEvent, hurry: AbortSignal): Promise<Turn> {
    const { notBefore = -Infinity } = event;
    const { coreServer, roleMgmt, clock } = this;
    while (event.status === 'Scheduled' && clock.now() < notBefore && !hurry.aborted) {
      const turn = turnOf(event, {
        self: coreServer.self.id,
        nodes: coreServer.clusterNodes(),
        isLive: (node) => coreServer.isLive(node),
        hasDrained: (node) => roleMgmt.hasDrained(node),
      });
      if (turn !== 'wait') return turn;
      await pause(clock, LOOK);
    }
    return 'leave-it';
  }

  async #approve({ id, type, notBefore = Infinity }: ScheduledEvent): Promise<void> {
    const end = Math.min(notBefore, this.clock.now() + APPROVAL_TIME);
    for (;;) {
      const answer = await this.azure.approve(id);
      const status = 'status' in answer ? answer.status : undefined;
      if (status === 200) {
        this.#logger.log(`Approved ${type} ${id}: nothing of this cluster is on its machines.`);
        return;
      }
      const why = status === undefined ? 'no answer' : `status ${status}`;
      const isFinal = status !== undefined && !isPassing(status);
      if (isFinal || this.clock.now() + PACE > end)
        throw new Error(`Azure does not take the approval of ${type} ${id}: ${why}.`);
      await pause(this.clock, PACE);
    }
  }
}
