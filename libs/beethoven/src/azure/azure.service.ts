import { Inject, Injectable } from '@nestjs/common';
import { BehaviorSubject, type Observable, type Subscription } from 'rxjs';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../beethoven.options.js';
import { poll } from '../eviction/poll.js';
import { CLOCK, type Clock } from '../network/clock.js';
import { METADATA, type Metadata, type MetadataAnswer } from '../network/metadata.js';
import type { AzureInstance, AzureSubnet } from './azure-instance.js';
import { AZURE_DETECTION } from './azure-settings.js';
import type { Detection } from './detect-azure.js';
import { ScheduledEvents } from './scheduled-events.js';
import type { ScheduledEvent } from './scheduled-event.js';

/**
 * What Azure tells this machine about itself and about what is to come. Everything is `'no_azure'` on any other machine, and without
 * `useAzNet: true`; what the machine is was asked once, before the application started, and is answered from memory ever after.
 */
@Injectable()
export class AzureService {
  readonly #events = new BehaviorSubject<readonly ScheduledEvent[]>([]);
  readonly #service: ScheduledEvents | undefined;
  #polling: Subscription | undefined;

  /**
   * The events that Azure has announced to this machine's group and not finished: those of now, and the whole list again after each change. Asked for once a
   * second while this node takes part. Empty at first: Azure may take two minutes for its first answer. Completes when the node
   * leaves, and at once outside Azure.
   */
  readonly scheduledEvents$: Observable<readonly ScheduledEvent[]> = this.#events.asObservable();

  constructor(
    @Inject(AZURE_DETECTION) private readonly detection: Detection,
    @Inject(RESOLVED_OPTIONS) { metadataEndpoint }: ResolvedOptions,
    @Inject(METADATA) metadata: Metadata,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    const { azure } = detection;
    if (azure === 'no_azure') this.#events.complete();
    else
      this.#service = new ScheduledEvents(azure.vm, (request) =>
        metadata(metadataEndpoint, request),
      );
  }

  /** This machine, as Azure describes it. */
  state(): AzureInstance | 'no_azure' {
    return this.detection.azure;
  }

  /** The IPv4 subnet of the primary network interface: where the Locator then looks for other nodes. */
  subnet(): AzureSubnet | 'no_azure' {
    const { azure } = this.detection;
    return azure === 'no_azure' ? azure : azure.subnet;
  }

  /** For example `'westeurope'`. */
  region(): string {
    const { azure } = this.detection;
    return azure === 'no_azure' ? azure : azure.region;
  }

  /** @internal Begins to ask for events. */
  start(): void {
    const service = this.#service;
    if (service === undefined || this.#polling !== undefined) return;
    this.#polling = poll(this.clock, (signal) => service.look(signal)).subscribe((events) => {
      if (events !== this.#events.value) this.#events.next(events);
    });
  }

  /** @internal */
  stop(): void {
    this.#polling?.unsubscribe();
    this.#events.complete();
  }

  /** @internal Lets an event start before its time. Gives Azure's answer. */
  async approve(id: string): Promise<MetadataAnswer> {
    return (await this.#service?.approve(id)) ?? { failed: 'unreachable' };
  }
}
