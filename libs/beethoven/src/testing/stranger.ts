import type { DatagramSocket } from '../network/datagrams.js';
import type { Endpoint, Millis } from '../protocol/terms.js';
import type { SimulatedProcess } from './simulated-process.js';

/** How long it tries to connect (virtual ms). */
const PATIENCE: Millis = 1_000;
/** A port from which nobody else sends datagrams. */
const PORT = 9;

/** Somebody in the network who is no member of any cluster, and says what it likes. */
export class Stranger {
  readonly #socket: Promise<DatagramSocket>;

  constructor(private readonly process: SimulatedProcess) {
    const [own = '127.0.0.1'] = process.addresses();
    this.#socket = process.datagrams.bind(own, PORT, () => {});
  }

  /** Connects, says all of it, and then nothing more; and says it in datagrams as well. The connection stays until the other end closes it. */
  say({ address, port }: Endpoint, frames: readonly Uint8Array[]): void {
    this.process.dial(address, port, PATIENCE, (connection) => {
      if (typeof connection === 'string') return;
      connection.onFrame = () => {};
      connection.onClose = () => {};
      for (const frame of frames) connection.send(frame);
    });
    void this.#socket.then((socket) => {
      for (const frame of frames) socket.send(address, port, frame);
    });
  }
}
