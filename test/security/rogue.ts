import type { SimulatedCluster } from '../../libs/beethoven/src/testing/index.js';
import {
  CoreServerService,
  RoleMgmtService,
  TableService,
} from '../../libs/beethoven/src/index.js';
import { encode } from '../../libs/beethoven/src/network/codec.js';
import { FRAME, readFrame } from '../../libs/beethoven/src/network/link-frames.js';
import {
  NETWORK,
  type Connection,
  type Network,
} from '../../libs/beethoven/src/network/network.js';
import { parseNodeId, type NodeId } from '../../libs/beethoven/src/protocol/terms.js';

/** What every rogue is called, so that it can be told from who belongs. */
const NAME = 'rogue';

/** Somebody who has got in, and says whatever it likes: a connection of its own to a node, from the machine of another. */
export class Rogue {
  /** The kinds of the frames that it was answered. */
  readonly heard: unknown[] = [];
  closed = false;
  #connection: Connection | undefined;

  private constructor(private readonly cluster: SimulatedCluster) {}

  /** Connects; says nothing yet. */
  static async connect(cluster: SimulatedCluster, target: NodeId): Promise<Rogue> {
    const rogue = new Rogue(cluster);
    const through = cluster.nodes.find((node) => node !== target) ?? target;
    const network = cluster.app(through).get<Network>(NETWORK, { strict: false });
    const { address, port } = endpointOf(target);
    network.dial(address, port, 1_000, (result) => {
      if (typeof result === 'string') throw new Error(`No connection: ${result}`);
      rogue.#connection = result;
      result.onFrame = (frame) => void rogue.heard.push(readFrame(frame)?.[0]);
      result.onClose = () => void (rogue.closed = true);
    });
    await cluster.advance(5);
    return rogue;
  }

  /** Connects, and becomes a member of the number given, or under the id. */
  static async join(
    cluster: SimulatedCluster,
    target: NodeId,
    as: number | NodeId = 0,
  ): Promise<Rogue> {
    const rogue = await Rogue.connect(cluster, target);
    rogue.send(encode([FRAME.hello, typeof as === 'number' ? helloOf(as) : helloOf(0, as)]));
    await cluster.advance(5);
    if (rogue.heard[0] !== FRAME.welcome) throw new Error('The rogue was not let in.');
    return rogue;
  }

  send(frame: Uint8Array): void {
    this.#connection?.send(frame);
  }

  /** Sends a message, and waits until it has been dealt with. */
  async say(channel: number, message: unknown): Promise<void> {
    this.send(encode([FRAME.message, channel, message]));
    await this.cluster.advance(5);
  }

  leave(): void {
    this.#connection?.destroy();
  }
}

/** A hello that a node believes. The rogue has started last, so that it never has anything to decide. */
export function helloOf(number: number, id = idOf(number)) {
  const card = { id, incarnation: 1, startedAt: 4e12 + number, labels: {} };
  return { protocol: [1, 1], cluster: 'beethoven', purpose: 'link', card };
}

export function idOf(number: number): NodeId {
  return `${NAME}-${number}@127.0.0.1:${1 + (number % 1_000)}`;
}

/** All that a node believes of others than rogues: members, rows, roles. Equal texts are equal states. */
export function stateOf(cluster: SimulatedCluster, node: NodeId): string {
  const app = cluster.app(node);
  const tables = app.get(TableService);
  const members = app
    .get(CoreServerService)
    .clusterNodes()
    .map(({ id, status, labels, startedAt }) => [id, status, labels, startedAt] as const)
    .filter(([id]) => !id.startsWith(NAME));
  const rows = tables
    .tables()
    .filter(({ name }) => name !== 'beethoven.scores' && name !== 'beethoven.hw') // they change by themselves
    .map(({ name }) => [
      name,
      [...(tables.find(name)?.rows() ?? [])].map((row) => JSON.stringify(row)).toSorted(),
    ]);
  return JSON.stringify([members, rows, app.get(RoleMgmtService).roles(), strangeProperties()]);
}

/** What somebody has put on the prototypes of all objects; nothing, or the process is lost. */
export function strangeProperties(): readonly string[] {
  return [Object.prototype, Array.prototype, Uint8Array.prototype].flatMap((one) =>
    Object.keys(one),
  );
}

function endpointOf(id: NodeId): { address: string; port: number } {
  const endpoint = parseNodeId(id);
  if (endpoint === undefined) throw new Error(`${id} is no node id.`);
  return endpoint;
}
