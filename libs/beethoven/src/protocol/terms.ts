/** A member of the cluster: `name@address:port`. */
export type NodeId = string;

/** Milliseconds: a span, or a point in time since the epoch on the clock that the driver injects. */
export type Millis = number;

/**
 * Orders the lives of one node id: the start of its process (ms since the epoch), raised by the node itself, and by nobody
 * else, each time it has to contradict a rumour. An incarnation that left or died never returns.
 */
export type Incarnation = number;

/** Live members of a cluster. A node has a link to each, so it is also the limit for links. */
export const MAX_MEMBERS = 16_384;

/** What a node tells about itself when it says hello, and what gossip then carries on. */
export interface PeerCard {
  readonly id: NodeId;
  readonly incarnation: Incarnation;
  /** When its process started (ms since the epoch); fixed for the life of the process: seniority is counted from it. */
  readonly startedAt: Millis;
  /** Free key/value strings that other nodes see. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Where a node id says that its node listens. */
export interface Endpoint {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

export function nodeId({ name, address, port }: Endpoint): NodeId {
  return `${name}@${address}:${port}`;
}

/** Takes a node id apart. The name may hold `@`; address and port cannot. `undefined` where the text is no node id. */
export function parseNodeId(id: NodeId): Endpoint | undefined {
  const match = /^(.+)@([^@:]+):(\d{1,5})$/.exec(id);
  const [, name, address, port] = match ?? [];
  if (name === undefined || address === undefined || port === undefined) return undefined;
  return { name, address, port: Number(port) };
}
