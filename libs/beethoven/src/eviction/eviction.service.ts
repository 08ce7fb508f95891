import { Inject, Injectable, Logger } from '@nestjs/common';
import { Subject, type Observable, type Subscription } from 'rxjs';
import { AzureNotices } from '../azure/azure-notices.js';
import { AzureService } from '../azure/azure.service.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../beethoven.options.js';
import { CLOCK, type Clock } from '../network/clock.js';
import { METADATA, type Metadata } from '../network/metadata.js';
import type { EvictionNotice, EvictionSurroundings } from './eviction-notice.js';

/** Listens to everybody who may announce the end of this machine: Azure, if it runs there, and the sources of the options. */
@Injectable()
export class EvictionService {
  readonly #logger = new Logger(EvictionService.name);
  readonly #notices = new Subject<EvictionNotice>();
  readonly #subscriptions: Subscription[] = [];

  /** Completes when the node leaves. */
  readonly notices$: Observable<EvictionNotice> = this.#notices.asObservable();

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(METADATA) private readonly metadata: Metadata,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly azure: AzureService,
    private readonly azureNotices: AzureNotices,
  ) {}

  start(): void {
    const { clock, metadata } = this;
    const { evictionNotices, metadataEndpoint } = this.options;
    this.#listen('azure', this.azureNotices.watch());
    this.azure.start();
    const surroundings: EvictionSurroundings = {
      clock,
      ask: (request) => metadata(metadataEndpoint, request),
    };
    for (const source of evictionNotices) this.#listen(source.name, source.watch(surroundings));
  }

  stop(): void {
    for (const subscription of this.#subscriptions.splice(0)) subscription.unsubscribe();
    this.azure.stop();
    this.#notices.complete();
  }

  #listen(name: string, notices$: Observable<EvictionNotice>): void {
    const subscription = notices$.subscribe({
      next: (notice) => this.#notices.next(notice),
      error: (error: unknown) =>
        this.#logger.error(`${name} has failed, and gives no more notices of eviction.`, error),
    });
    this.#subscriptions.push(subscription);
  }
}
