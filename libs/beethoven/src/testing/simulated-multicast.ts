import type { MulticastDns } from '../network/multicast-dns.js';
import type { DnsMessage } from '../protocol/multicast/dns-message.js';
import type { NodeClock } from './node-clock.js';
import type { Timeline } from './timeline.js';
import type { Weather } from './weather.js';

interface Place {
  readonly host: string;
  readonly clock: NodeClock;
  readonly hear: (message: DnsMessage, sender: string) => void;
}

/** Those who speak multicast DNS in one simulated network: all hosts are on one link, and the weather is that of datagrams. */
export class MulticastGroup {
  readonly #places = new Set<Place>();

  constructor(
    private readonly timeline: Timeline,
    private readonly weather: Weather,
  ) {}

  /** The group as one process sees it. */
  of(host: string, clock: NodeClock): MulticastDns {
    return {
      open: async (address, hear) => {
        const place = { host, clock, hear };
        this.#places.add(place);
        return {
          send: (message) => this.#send(host, address, message),
          close: async () => void this.#places.delete(place),
        };
      },
    };
  }

  #send(from: string, address: string, message: DnsMessage): void {
    for (const place of this.#places) {
      const { host, clock, hear } = place;
      if (clock.stopped) this.#places.delete(place);
      else
        for (const delay of this.weather.delivers(from, host))
          this.timeline.schedule(delay, () => clock.run(() => hear(message, address)));
    }
  }
}
