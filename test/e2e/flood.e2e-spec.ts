import { connect, type Socket } from 'node:net';
import { generateSecret } from 'nestjs-beethoven';
import { afterEach, describe, expect, it } from 'vitest';
import { RealCluster } from '../support/real-cluster.js';

let cluster: RealCluster | undefined;
let crowd: Crowd | undefined;
afterEach(async () => {
  crowd?.disperse();
  await cluster?.end();
});

/** Strangers at the ports of a cluster. */
class Crowd {
  readonly #sockets = new Set<Socket>();
  connected = 0;
  #dispersed = false;

  constructor(private readonly endpoints: readonly [address: string, port: number][]) {}

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

describe('10,000 strangers, and 1,000 that say nothing,', { timeout: 120_000 }, () => {
  it.each([
    ['in the open', {}],
    ['with a secret', { secret: generateSecret() }],
  ])('do not keep a role from moving, %s', async (_, beethoven) => {
    const roles = [{ name: 'job', instances: 1 }];
    cluster = await RealCluster.start({ nodes: 4, roles, beethoven });
    const [holder] = await cluster.holders('job');
    const survivors = cluster.running.filter((member) => member !== holder);
    const endpoints = survivors.map(({ id }) => {
      const [address = '', port = ''] = id.slice(id.lastIndexOf('@') + 1).split(':');
      return [address, Number(port)] as [string, number];
    });
    crowd = new Crowd(endpoints);
    crowd.loiter(1_000);
    const storm = crowd.storm(10_000, Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    await new Promise((resolve) => void setTimeout(resolve, 500)); // in the middle of it

    holder?.signal('SIGKILL');
    await holder?.exited;
    await cluster.settled(30_000);
    await storm;
    expect(crowd.connected).toBeGreaterThanOrEqual(10_000);
    expect(await cluster.trouble()).toBeUndefined();
  });
});
