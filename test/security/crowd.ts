import { connect, type Socket } from 'node:net';

type Endpoint = readonly [address: string, port: number];

/** Strangers at the ports of a cluster. */
export class Crowd {
  readonly #sockets = new Set<Socket>();
  connected = 0;
  #dispersed = false;

  constructor(private readonly endpoints: readonly Endpoint[]) {}

  /** So many that connect, say nothing, and come again when they are hung up on. */
  loiter(count: number): void {
    for (let i = 0; i < count; i++) this.#come(i, undefined);
  }

  /** So many that say something, at most 200 at a time. @returns when the last was hung up on */
  async storm(count: number, words: Uint8Array): Promise<void> {
    const turns = Array.from({ length: count }).keys();
    const one = async (): Promise<void> => {
      for (const turn of turns) {
        if (this.#dispersed) return;
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        await new Promise<void>((resolve) => this.#come(turn, words, resolve));
      }
    };
    await Promise.all(Array.from({ length: 200 }, one));
  }

  disperse(): void {
    this.#dispersed = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  #come(i: number, words: Uint8Array | undefined, gone?: () => void): void {
    const [address, port] = this.endpoints[i % this.endpoints.length] ?? ['127.0.0.1', 1];
    const socket = connect(port, address);
    this.#sockets.add(socket);
    socket
      .on('error', () => {})
      .on('connect', () => {
        this.connected++;
        if (words !== undefined) socket.write(words);
      });
    socket
      .on('data', () => {})
      .on('close', () => {
        this.#sockets.delete(socket);
        gone?.();
        if (words === undefined && !this.#dispersed)
          setTimeout(() => this.#come(i, words), 50).unref();
      });
  }
}

/** Where nodes listen. */
export function endpointsOf(ids: readonly string[]): Endpoint[] {
  return ids.map((id) => {
    const [address = '', port = ''] = id.slice(id.lastIndexOf('@') + 1).split(':');
    return [address, Number(port)];
  });
}
