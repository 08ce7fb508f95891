import { DueHeap, isBefore, type Due } from '../protocol/due-heap.js';

/** Something that happens at a point in virtual time; of one instant, first scheduled, first run. */
export interface TimelineEvent extends Due {
  /** `undefined` once cancelled: it stays in the queue until it is due, and is skipped. */
  run: (() => void) | undefined;
}

/** The earliest event first: a heap, and beside it a plain queue for what is due at once, which is every other event. */
export class EventQueue {
  readonly #later = new DueHeap<TimelineEvent>();
  readonly #due: TimelineEvent[] = [];
  #firstDue = 0;

  get next(): TimelineEvent | undefined {
    const due = this.#due[this.#firstDue];
    const { first } = this.#later;
    return due !== undefined && (first === undefined || isBefore(due, first)) ? due : first;
  }

  /** For an event that none before it in this queue comes after: of this instant, and scheduled last. */
  pushDue(event: TimelineEvent): void {
    this.#due.push(event);
  }

  push(event: TimelineEvent): void {
    this.#later.push(event);
  }

  pop(): TimelineEvent | undefined {
    const due = this.#due[this.#firstDue];
    if (due === undefined || due !== this.next) return this.#later.pop();
    if (++this.#firstDue === this.#due.length) {
      this.#due.length = 0;
      this.#firstDue = 0;
    }
    return due;
  }
}
