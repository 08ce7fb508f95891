import { Logger } from '@nestjs/common';
import type { MetadataAnswer, MetadataRequest } from '../network/metadata.js';
import type { Millis } from '../protocol/terms.js';
import { parseEvents, type EventsDocument, type ScheduledEvent } from './scheduled-event.js';

/** The first question turns the service on for this machine, and Azure documents up to two minutes for its answer. */
const FIRST_ANSWER: Millis = 150_000;

/** Every later one. */
const ANSWER: Millis = 5_000;

const PATH = '/metadata/scheduledevents?api-version=2020-07-01';
const HEADERS = { Metadata: 'true' };

/** The scheduled events service, as one virtual machine reaches it. */
export class ScheduledEvents {
  readonly #logger = new Logger('AzureService');
  #last: EventsDocument | undefined;
  #complained = false;

  constructor(
    private readonly machine: string,
    private readonly ask: (request: MetadataRequest) => Promise<MetadataAnswer>,
  ) {}

  /** The events of now: the very same list for as long as nothing has changed. `undefined` where there was no answer that makes sense. */
  async look(signal: AbortSignal): Promise<readonly ScheduledEvent[] | undefined> {
    const timeout = this.#last === undefined ? FIRST_ANSWER : ANSWER;
    const answer = await this.ask({ path: PATH, headers: HEADERS, timeout, signal });
    const isAnswer = 'status' in answer && answer.status === 200;
    const document = isAnswer ? parseEvents(answer.body, this.machine) : undefined;
    if (document === undefined) {
      if (!signal.aborted) this.#complain(answer);
      return undefined;
    }
    if (this.#complained) this.#logger.log('Scheduled events are answered again.');
    this.#complained = false;
    if (document.incarnation !== this.#last?.incarnation) this.#last = document;
    return this.#last.events;
  }

  /** Lets the event start before its time, for all of its machines. */
  approve(id: string): Promise<MetadataAnswer> {
    const body = JSON.stringify({ StartRequests: [{ EventId: id }] });
    return this.ask({ path: PATH, method: 'POST', headers: HEADERS, body, timeout: ANSWER });
  }

  #complain(answer: MetadataAnswer): void {
    if (this.#complained) return;
    this.#complained = true;
    const why = 'failed' in answer ? answer.failed : `status ${answer.status}`;
    this.#logger.warn(`Scheduled events are not answered (${why}). Asking on.`);
  }
}
