import { AddressInUseError } from '../errors/address-in-use.error.js';
import type { Datagrams, SocketAddress } from '../network/datagrams.js';
import type { NodeClock } from './node-clock.js';
import type { Timeline } from './timeline.js';
import type { Weather } from './weather.js';

interface Socket extends SocketAddress {
  readonly host: string;
  readonly clock: NodeClock;
  readonly onDatagram: (bytes: Uint8Array, from: SocketAddress) => void;
}

/** The sockets for datagrams of one simulated network: what is sent is lost, late or there twice, as the weather has it. */
export class DatagramSockets {
  readonly #sockets = new Map<string, Socket>();
  readonly #blocked = new Map<string, Set<string>>();

  constructor(
    private readonly timeline: Timeline,
    private readonly weather: Weather,
  ) {}

  /** Datagrams as one process sees them. @param clock of the thread that reads them */
  of(host: string, clock: NodeClock): Datagrams {
    return {
      bind: async (address, port, onDatagram) => {
        const key = `${address}:${port}`;
        const holder = this.#sockets.get(key);
        if (holder !== undefined && !holder.clock.stopped) {
          throw new AddressInUseError(address, port);
        }
        const socket = { host, address, port, clock, onDatagram };
        this.#sockets.set(key, socket);
        return {
          send: (to, at, bytes) => this.#send(socket, `${to}:${at}`, bytes.slice()),
          close: () => {
            if (this.#sockets.get(key) === socket) this.#sockets.delete(key);
          },
        };
      },
    };
  }

  /** Loses all datagrams between two hosts, one way. */
  block(from: string, to: string): void {
    this.#blocked.set(from, (this.#blocked.get(from) ?? new Set()).add(to));
  }

  #send(from: Socket, to: string, bytes: Uint8Array): void {
    const target = this.#sockets.get(to);
    if (target === undefined || this.#blocked.get(from.host)?.has(target.host)) return;
    for (const delay of this.weather.delivers(from.host, target.host)) {
      this.timeline.schedule(delay, () => {
        if (this.#sockets.get(to) === target)
          target.clock.run(() => target.onDatagram(bytes, from));
      });
    }
  }
}
