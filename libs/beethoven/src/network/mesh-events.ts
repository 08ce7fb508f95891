import type { Logger } from '@nestjs/common';
import { isCount, isOfLaterKind, type MessageFormat } from '../protocol/message-format.js';
import type { NodeId, PeerCard } from '../protocol/terms.js';

/** Who talks to whom over the links. */
export type Channel = (typeof CHANNELS)[number];

/** A channel's place here is its number on the wire: add at the end. */
const CHANNELS = ['membership', 'tables', 'quorum', 'calls'] as const;

/** `lost`: its last connection closed. `goodbye`: the peer said that it leaves. */
export type LinkEnd = 'lost' | 'goodbye';

/** For the log: no words of the sender. */
export function channelName(channel: unknown): string {
  return (isCount(channel) && CHANNELS[channel]) || 'no channel';
}

export function channelNumber(channel: Channel): number {
  return CHANNELS.indexOf(channel);
}

interface Listener<T> {
  readonly format: MessageFormat<T>;
  readonly hear: (from: NodeId, message: T) => void;
}

/** Who listens to the mesh. Everybody hears everything in the same order, also where one of them makes the next thing happen. */
export class MeshEvents {
  readonly #listeners: (Listener<unknown> | undefined)[] = [];
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

  /** Messages that were left unread: of a channel or a kind that nobody here knows. */
  get unclaimed(): number {
    return this.#unclaimed;
  }

  onMessage<T>(
    channel: Channel,
    format: MessageFormat<T>,
    hear: (from: NodeId, message: T) => void,
  ): void {
    this.#listeners[channelNumber(channel)] = { format, hear } as Listener<unknown>;
  }

  onLinkUp(handler: (peer: PeerCard) => void): void {
    this.#upHandlers.push(handler);
  }

  onLinkDown(handler: (id: NodeId, cause: LinkEnd) => void): void {
    this.#downHandlers.push(handler);
  }

  linkUp(peer: PeerCard): void {
    this.#tell(() => this.#tellUp(peer));
  }

  linkDown(id: NodeId, cause: LinkEnd): void {
    this.#tell(() => this.#tellDown(id, cause));
  }

  /** One link was lost, and the next is there. */
  linkRenewed(peer: PeerCard): void {
    this.#tell(() => {
      this.#tellDown(peer.id, 'lost');
      this.#tellUp(peer);
    });
  }

  /** @returns false, and nobody was told, for a message that is not what it says it is */
  message(from: NodeId, channel: unknown, body: unknown): boolean {
    const listener = isCount(channel) ? this.#listeners[channel] : undefined;
    if (listener === undefined || isOfLaterKind(body, listener.format)) {
      this.#unclaimed++;
      return isCount(channel);
    }
    const message = listener.format.read(body);
    if (message === undefined) return false;
    this.#tell(() => this.#guard(() => listener.hear(from, message)));
    return true;
  }

  #tellUp(peer: PeerCard): void {
    for (const handler of this.#upHandlers) this.#guard(() => handler(peer));
  }

  #tellDown(id: NodeId, cause: LinkEnd): void {
    for (const handler of this.#downHandlers) this.#guard(() => handler(id, cause));
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
