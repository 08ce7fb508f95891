import type { Millis } from '../protocol/terms.js';

/** Something that happens at a point in virtual time. */
export interface TimelineEvent {
  readonly at: Millis;
  /** Orders the events of one instant: first scheduled, first run. */
  readonly sequence: number;
  /** `undefined` once cancelled: it stays in the queue until it is due, and is skipped. */
  run: (() => void) | undefined;
}

function before(a: TimelineEvent, b: TimelineEvent): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
}

/** The earliest event first: a binary heap, and beside it a plain queue for what is due at once, which is every other event. */
export class EventQueue {
  readonly #heap: TimelineEvent[] = [];
  readonly #due: TimelineEvent[] = [];
  #firstDue = 0;

  get next(): TimelineEvent | undefined {
    const due = this.#due[this.#firstDue];
    const first = this.#heap[0];
    return due !== undefined && (first === undefined || before(due, first)) ? due : first;
  }

  /** For an event that none before it in this queue comes after: of this instant, and scheduled last. */
  pushDue(event: TimelineEvent): void {
    this.#due.push(event);
  }

  push(event: TimelineEvent): void {
    const heap = this.#heap;
    let index = heap.length;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || before(parent, event)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = event;
  }

  pop(): TimelineEvent | undefined {
    const due = this.#due[this.#firstDue];
    if (due === undefined || due !== this.next) return this.#popHeap();
    if (++this.#firstDue === this.#due.length) {
      this.#due.length = 0;
      this.#firstDue = 0;
    }
    return due;
  }

  #popHeap(): TimelineEvent | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || last === first) return first;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      let child = heap[left];
      if (child === undefined) break;
      let place = left;
      const right = heap[left + 1];
      if (right !== undefined && before(right, child)) {
        child = right;
        place = left + 1;
      }
      if (before(last, child)) break;
      heap[index] = child;
      index = place;
    }
    heap[index] = last;
    return first;
  }
}
