import { Logger } from '@nestjs/common';
import type { ResolvedOptions } from '../beethoven.options.js';
import type { MessageFormat } from '../protocol/message-format.js';
import type { Millis, NodeId, PeerCard } from '../protocol/terms.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { SimulatedNetwork } from '../testing/simulated-network.js';
import type { SimulatedProcess } from '../testing/simulated-process.js';
import { Timeline } from '../testing/timeline.js';
import { Identity } from './identity.js';
import { Whereabouts } from './whereabouts.js';
import { Mesh, type ConnectOutcome } from './mesh.js';
import type { Connection, Listener } from './network.js';

export function cardOf(id: NodeId, startedAt = 1): PeerCard {
  return { id, incarnation: 1, startedAt, labels: {} };
}

/** What somebody says who wants a link. */
export function helloFrom(card: PeerCard) {
  return { protocol: [1, 1], cluster: 'shop', purpose: 'link', card };
}

export interface NodeSetup {
  readonly address?: string;
  readonly port?: number;
  readonly cluster?: string;
  /** Since the start of the world (ms). */
  readonly startedAt?: Millis;
}

/** Meshes on a simulated network, for specs. */
export class MeshWorld {
  readonly timeline = new Timeline();
  readonly network: SimulatedNetwork;
  readonly #begin = this.timeline.now;

  constructor(seed = 1) {
    this.network = new SimulatedNetwork(this.timeline, new SeededRandom(seed));
  }

  async node(name: string, setup: NodeSetup = {}): Promise<MeshNode> {
    const { address = '127.0.0.1', port = 0, cluster = 'shop', startedAt = 0 } = setup;
    const process = this.network.process(name);
    const identity = new Identity();
    // Only the name of the cluster matters to a mesh.
    const options = { clusterName: cluster, ...ANYWHERE } as unknown as ResolvedOptions;
    const whereabouts = new Whereabouts(options, process.clock);
    const mesh = new Mesh(process.clock, process, options, identity, whereabouts);
    const listener = await process.listen(address, port, (connection) => mesh.accept(connection));
    identity.assume({ name, address, port: listener.port }, this.#begin + startedAt, {});
    mesh.open();
    return new MeshNode(process, identity, mesh, listener);
  }

  /** A connection to a node from somebody who is no node. */
  async stranger(node: MeshNode): Promise<Stranger> {
    const process = this.network.process('stranger');
    const stranger = new Stranger();
    process.dial(node.address, node.port, 1_000, (result) => {
      if (typeof result === 'string') throw new Error(`stranger: ${result}`);
      stranger.connection = result;
      result.onFrame = (frame) => stranger.frames.push(frame);
      result.onClose = () => void (stranger.closed = true);
    });
    await this.timeline.advance(5);
    return stranger;
  }

  async linked(one: MeshNode, other: MeshNode): Promise<void> {
    const outcome = await this.outcome(one.connect(other));
    if (!('linked' in outcome)) throw new Error(`no link: ${JSON.stringify(outcome)}`);
    await this.timeline.advance(5);
  }

  async outcome<T>(attempt: Promise<T>, limit: Millis = 10_000): Promise<T> {
    let settled = false;
    void attempt.then(() => (settled = true));
    await this.timeline.until(() => settled, limit);
    if (!settled) throw new Error(`no outcome in ${limit} ms`);
    return attempt;
  }
}

export class Stranger {
  connection: Connection | undefined;
  readonly frames: Uint8Array[] = [];
  closed = false;
}

/** A node that has nothing but a mesh, and remembers what the mesh told it. */
export class MeshNode {
  readonly told: string[] = [];
  readonly received: unknown[] = [];

  constructor(
    readonly process: SimulatedProcess,
    readonly identity: Identity,
    readonly mesh: Mesh,
    private readonly listener: Listener,
  ) {
    mesh.onLinkUp(({ id }) => this.told.push(`up ${nameOf(id)}`));
    mesh.onLinkDown((id, cause) => this.told.push(`${cause} ${nameOf(id)}`));
    mesh.onMessage('tables', ANYTHING, (from, message) => {
      this.told.push(`message ${nameOf(from)}`);
      this.received.push(message);
    });
  }

  get id(): NodeId {
    return this.identity.id;
  }

  get address(): string {
    return this.id.slice(this.id.lastIndexOf('@') + 1, this.id.lastIndexOf(':'));
  }

  get port(): number {
    return Number(this.id.slice(this.id.lastIndexOf(':') + 1));
  }

  /** As a node does that goes: nothing is left of it but what is on its way. */
  leave(): void {
    this.mesh.close();
    void this.listener.close();
  }

  connect(
    other: MeshNode,
    expected?: NodeId,
    timeout?: Millis,
    patience = timeout,
  ): Promise<ConnectOutcome> {
    return this.mesh.connect(other.address, other.port, expected, timeout, patience);
  }
}

/** Where the nodes of specs are. */
export const ANYWHERE = { clusterNet: '127.0.0.0', clusterNetMask: 8, allow: [] };

/** Reads whatever comes, for specs of the mesh alone. */
export const ANYTHING: MessageFormat<unknown> = { kinds: Infinity, read: (wire) => wire };

/** What is logged from here on, instead of printing it. */
export function captureLog(): string[] {
  const lines: string[] = [];
  const take =
    (level: string) =>
    (text: string): void =>
      void lines.push(`${level}: ${text}`);
  Logger.overrideLogger({ log: take('log'), warn: take('warn'), error: take('error') });
  return lines;
}

function nameOf(id: NodeId): string {
  return id.slice(0, id.lastIndexOf('@'));
}
