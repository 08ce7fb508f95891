import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import * as v from 'valibot';
import type { Clock, Timer } from '../network/clock.js';
import type { Disc } from '../network/disc.js';
import {
  parseNodeId,
  type Endpoint,
  type Millis,
  type NodeId,
  type PeerCard,
} from '../protocol/terms.js';
import type { DiscoverySource } from './discovery-source.js';

/** So many peers are remembered; the one that was seen the longest ago is forgotten first. */
export const MAX_PEERS = 64;

/** Changes are written at most this often. */
export const WRITE_PAUSE: Millis = 5_000;

const file = v.pipe(v.string(), v.parseJson(), v.array(v.pipe(v.string(), v.maxLength(512))));

/**
 * The nodes that this one was linked with, in a file: after a start of the whole cluster they are found where they were, also
 * beyond the range and without seeds.
 */
export class LastSeenPeers implements DiscoverySource {
  readonly name = 'last-seen';
  readonly #logger = new Logger('LocatorService');
  readonly #path: string;
  /** The latest last. */
  #peers = new Set<NodeId>();
  #loading: Promise<void> | undefined;
  #writing: Timer | undefined;
  #stopped = false;

  constructor(
    dataDir: string,
    clusterName: string,
    private readonly disc: Disc,
    private readonly clock: Clock,
  ) {
    this.#path = join(dataDir, `peers.${encodeURIComponent(clusterName)}.json`);
  }

  async *addresses(): AsyncIterable<string> {
    this.#loading ??= this.#load();
    await this.#loading;
    for (const { address, port } of [...this.#peers].toReversed().flatMap(endpointOf))
      yield `${address}:${port}`;
  }

  /**
   * Takes note of a peer that was linked. One that was known under the same name elsewhere has moved: its old place is forgotten, unless
   * somebody of that name is linked there still.
   */
  seen({ id }: PeerCard, isLinked: (peer: NodeId) => boolean): void {
    const [{ name, address, port }] = [...endpointOf(id), { name: '', address: '', port: 0 }];
    for (const known of this.#peers) {
      if (known === id || isLinked(known)) continue;
      const [old] = endpointOf(known);
      if (old?.name !== name) continue;
      this.#peers.delete(known);
      this.#logger.log(`${name} has moved from ${old.address}:${old.port} to ${address}:${port}.`);
    }
    this.#peers.delete(id);
    this.#peers.add(id);
    this.#trim();
    this.#writing ??= this.clock.setTimer(WRITE_PAUSE, () => void this.#write());
  }

  /** Writes what is not written yet. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    if (this.#writing !== undefined) await this.#write();
  }

  async #load(): Promise<void> {
    const result = v.safeParse(file, await this.disc.read(this.#path));
    // What was seen in this life is fresher.
    if (result.success) this.#peers = new Set([...result.output, ...this.#peers]);
    this.#trim();
  }

  async #write(): Promise<void> {
    this.#writing?.cancel();
    this.#writing = undefined;
    try {
      await this.disc.write(this.#path, JSON.stringify([...this.#peers]));
    } catch (error) {
      this.#logger.warn(
        `The peers are not remembered: ${error instanceof Error ? error.message : String(error)}. Is \`dataDir\` a directory that this process may write?`,
      );
    }
  }

  #trim(): void {
    for (const oldest of this.#peers) {
      if (this.#peers.size <= MAX_PEERS) break;
      this.#peers.delete(oldest);
    }
  }
}

function endpointOf(id: NodeId): Endpoint[] {
  const endpoint = parseNodeId(id);
  return endpoint === undefined ? [] : [endpoint];
}
