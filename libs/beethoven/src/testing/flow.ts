import type { Millis } from '../protocol/terms.js';
import type { SimulatedProcess } from './simulated-process.js';
import type { Timeline } from './timeline.js';
import { RETRANSMISSION, type Weather } from './weather.js';

interface Packet {
  readonly arrival: Millis;
  readonly arrive: () => void;
}

/** One direction of a connection: packets arrive in order, later in bad weather, not at all through a cut. */
export class Flow {
  #packets: Packet[] = [];
  #waiting = false;

  constructor(
    private readonly timeline: Timeline,
    private readonly weather: Weather,
    private readonly from: SimulatedProcess,
    private readonly to: SimulatedProcess,
  ) {}

  /** One packet, of so many bytes. */
  send(arrive: () => void, bytes = 0): void {
    this.timeline.note(bytes);
    this.timeline.tell(() => `${this.from.name} > ${this.to.name} ${bytes} bytes`);
    const arrival =
      this.timeline.now + this.weather.delay(this.from.name, this.to.name, RETRANSMISSION);
    this.#packets.push({ arrival, arrive }); // a late one holds up those behind it
    this.#await();
  }

  /** Drops what is on the way: its sender will not send it again. */
  drop(): void {
    this.#packets = [];
  }

  /** Drops what a cut holds back: its sender is gone, and will not send it again. */
  dropHeld(): void {
    if (this.weather.isCut(this.from.name, this.to.name)) this.drop();
  }

  retry(after: Millis): void {
    this.#waiting = false;
    this.#await(after);
  }

  #await(atLeast: Millis = 0): void {
    const [first] = this.#packets;
    if (this.#waiting || first === undefined) return;
    this.#waiting = true;
    const wait = Math.max(atLeast, first.arrival - this.timeline.now);
    this.timeline.schedule(wait, () => this.#arrive());
  }

  /** Packets that are there at the same time are read in one go, as from one socket. */
  #arrive(): void {
    this.#waiting = false;
    try {
      for (let [first] = this.#packets; first !== undefined; [first] = this.#packets) {
        if (this.#isBlocked()) {
          this.#waiting = true;
          this.weather.hold(this);
          return;
        }
        if (first.arrival > this.timeline.now) return;
        this.#packets.shift();
        first.arrive();
      }
    } finally {
      this.#await();
    }
  }

  #isBlocked(): boolean {
    return this.to.clock.paused || this.weather.isCut(this.from.name, this.to.name);
  }
}
