import type { Logger } from '@nestjs/common';
import type { NodeId, PeerCard } from '../protocol/terms.js';

/** Who talks to whom over the links. */
export type Channel = (typeof CHANNELS)[number];

/** A channel's place here is its number on the wire: add at the end. */
const CHANNELS = ['membership', 'tables', 'quorum', 'calls'] as const;

/** `lost`: its last connection closed. `goodbye`: the peer said that it leaves. */
export type LinkEnd = 'lost' | 'goodbye';

export function channelNumber(channel: Channel): number {
  return CHANNELS.indexOf(channel);
}

/** Who listens to the mesh. Everybody hears everything in the same order, also where one of them makes the next thing happen. */
export class MeshEvents {
  readonly #messageHandlers: (((from: NodeId, message: unknown) => void) | undefined)[] = [];
  readonly #upHandlers: ((peer: PeerCard) => void)[] = [];
  readonly #downHandlers: ((id: NodeId, cause: LinkEnd) => void)[] = [];
  readonly #due: (() => void)[] = [];
  #telling = false;
  #failures = 0;
  #unclaimed = 0;

  constructor(private readonly logger: Logger) {}

  /** Handlers that threw. */
  get failures(): number {
    return this.#failures;
  }

  /** Messages for channels to which nobody listens. */
  get unclaimed(): number {
    return this.#unclaimed;
  }

  onMessage(channel: Channel, handler: (from: NodeId, message: unknown) => void): void {
    this.#messageHandlers[channelNumber(channel)] = handler;
  }

  onLinkUp(handler: (peer: PeerCard) => void): void {
    this.#upHandlers.push(handler);
  }

  onLinkDown(handler: (id: NodeId, cause: LinkEnd) => void): void {
    this.#downHandlers.push(handler);
  }

  linkUp(peer: PeerCard): void {
    this.#tell(() => {
      for (const handler of this.#upHandlers) this.#guard(() => handler(peer));
    });
  }

  linkDown(id: NodeId, cause: LinkEnd): void {
    this.#tell(() => {
      for (const handler of this.#downHandlers) this.#guard(() => handler(id, cause));
    });
  }

  message(from: NodeId, channel: unknown, body: unknown): void {
    const handler = typeof channel === 'number' ? this.#messageHandlers[channel] : undefined;
    if (handler === undefined) this.#unclaimed++;
    else this.#tell(() => this.#guard(() => handler(from, body)));
  }

  #tell(event: () => void): void {
    this.#due.push(event);
    if (this.#telling) return;
    this.#telling = true;
    for (let next = this.#due.shift(); next !== undefined; next = this.#due.shift()) next();
    this.#telling = false;
  }

  #guard(handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.#failures++;
      this.logger.error(
        'A handler of the mesh threw. This is a bug of the library.',
        error instanceof Error ? error.stack : error,
      );
    }
  }
}
