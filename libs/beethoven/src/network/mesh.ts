import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../beethoven.options.js';
import type { MessageFormat } from '../protocol/message-format.js';
import type { Host } from '../protocol/seek-chat/answer-hello.js';
import type { Hello, Spoken, Welcome } from '../protocol/seek-chat/hello.js';
import type { Millis, NodeId, PeerCard } from '../protocol/terms.js';
import { CLOCK, type Clock } from './clock.js';
import { encode } from './codec.js';
import { hangUp } from './hang-up.js';
import { HelloCaller, type Call, type Rejection } from './hello-caller.js';
import { HelloReceiver } from './hello-receiver.js';
import { Identity } from './identity.js';
import { FRAME, LINK_FRAME } from './link-frames.js';
import type { Link } from './link.js';
import { Deadlines } from './mesh-deadlines.js';
import { MeshEvents, channelNumber, type Channel, type LinkEnd } from './mesh-events.js';
import { Links } from './mesh-links.js';
import type { Turned } from './mesh-contest.js';
import { MeshLog } from './mesh-log.js';
import { Whereabouts } from './whereabouts.js';
import { PATIENCE } from './patience.js';
import { NETWORK, type Connection, type DialFailure, type Network } from './network.js';

/** Injection token of the protocol versions that a node speaks, where they are not those of this release: in tests of rolling upgrades. */
export const SPOKEN_VERSIONS = Symbol('beethoven:spoken-versions');

const CONNECT_TIMEOUT: Millis = 1_000;
/** The nonce of a ping that decides nothing. */
const NO_CONTEST = 0;

export type ConnectOutcome =
  | { readonly linked: PeerCard }
  | { readonly failed: DialFailure }
  | { readonly rejected: Rejection };

export type AskOutcome =
  | { readonly found: PeerCard }
  | { readonly failed: DialFailure }
  | { readonly rejected: Rejection };

/** What a mesh has counted since it was made. */
export interface MeshCounters {
  /** Connections of all links, now: as many as links, but for moments after two nodes dialled each other at once. */
  readonly connections: number;
  /** Incoming connections that were turned away before they became part of a link. */
  readonly refused: number;
  /** Links that were closed over a frame or a message that made no sense. */
  readonly malformed: number;
  /** Messages that were left unread: of a channel or a kind that nobody here knows, as those of a later release. */
  readonly unclaimed: number;
  /** Messages that were not sent: the queue of a slow peer was full, or the message longer than a frame may be. */
  readonly unsent: number;
  /** Handlers of ours that threw. */
  readonly failures: number;
}

/**
 * The links between this node and the others: one for each peer, whoever dialled. A message that was handed over is lost where its
 * connection breaks before it is sent, even when the link lives on over another connection: what must arrive has to be
 * confirmed by its receiver.
 */
@Injectable()
export class Mesh {
  readonly #logger = new Logger(Mesh.name);
  readonly #deadlines: Deadlines;
  readonly #events: MeshEvents;
  readonly #log: MeshLog;
  readonly #links: Links;
  readonly #caller: HelloCaller;
  readonly #receiver: HelloReceiver;
  readonly #attempts = new Map<string, Promise<ConnectOutcome>>();
  #open = false;
  #unsent = 0;

  constructor(
    @Inject(CLOCK) clock: Clock,
    @Inject(NETWORK) private readonly network: Network,
    @Inject(RESOLVED_OPTIONS) options: ResolvedOptions,
    identity: Identity,
    whereabouts: Whereabouts,
    @Optional() @Inject(SPOKEN_VERSIONS) spoken?: Spoken,
  ) {
    const host = (): Host => ({ cluster: options.clusterName, card: identity.card, spoken });
    const log = new MeshLog(clock, this.#logger);
    this.#log = log;
    this.#deadlines = new Deadlines(clock);
    this.#events = new MeshEvents(this.#logger);
    this.#links = new Links(() => identity.id, clock, this.#deadlines, log, this.#events);
    const isPlausible = (id: NodeId, metAt: string): boolean => whereabouts.isPlausible(id, metAt);
    this.#caller = new HelloCaller(host, network, this.#deadlines, log, isPlausible);
    this.#receiver = new HelloReceiver(
      host,
      clock,
      this.#deadlines,
      log,
      isPlausible,
      (hello, welcome, connection) => this.#admitCaller(hello, welcome, connection),
    );
  }

  /** Whom this node has turned away, and who has turned it away, with whatever else was worth a complaint: how many, by reason. */
  refusals(): Readonly<Record<string, number>> {
    return { ...this.network.refusals(), ...this.#log.counts };
  }

  get counters(): MeshCounters {
    return {
      connections: this.#links.connections,
      refused: this.#receiver.refusals,
      malformed: this.#links.malformed,
      unclaimed: this.#events.unclaimed,
      unsent: this.#unsent,
      failures: this.#events.failures,
    };
  }

  /** Lets links be made, now that this node has its identity. */
  open(): void {
    this.#open = true;
  }

  /** Takes a connection that somebody has made to this node. */
  accept(connection: Connection): void {
    if (this.#open) this.#receiver.receive(connection);
    else hangUp(connection, 'destroy');
  }

  /**
   * Makes a link with the node that listens there. Resolves after the handlers of `onLinkUp` have run; never rejects. Calls for the
   * same node at the same time share one attempt.
   * @param expected the node that must be met there; where a link to it is up already, that is the outcome
   * @param timeout for the connection (ms)
   * @param patience for the answer to the hello (ms)
   */
  connect(
    address: string,
    port: number,
    expected?: NodeId,
    timeout: Millis = CONNECT_TIMEOUT,
    patience: Millis = PATIENCE,
  ): Promise<ConnectOutcome> {
    if (!this.#open) return Promise.resolve({ failed: 'unreachable' });
    const link = expected === undefined ? undefined : this.#links.get(expected);
    if (link !== undefined) return Promise.resolve({ linked: link.card });
    if (expected !== undefined && this.#links.isShunned(expected))
      return Promise.resolve({ rejected: 'malformed' });

    const endpoint = `${address}:${port} `;
    const key = `${endpoint}${expected ?? ''}`;
    const underway = this.#attempts.get(key);
    if (underway !== undefined) return underway;
    // The Locator may be calling there already: whoever answers it is the one, or is not.
    const seeking = this.#attempts.get(endpoint);
    const attempt =
      seeking !== undefined && expected !== undefined
        ? seeking.then((outcome) => asExpected(outcome, expected))
        : this.#connect({ address, port, expected, timeout, patience });
    this.#attempts.set(key, attempt);
    void attempt.then(() => this.#attempts.delete(key));
    return attempt;
  }

  /** Who listens there? Makes no link; never rejects. `timeout` is for the connection, and again for the answer (ms). */
  ask(address: string, port: number, timeout: Millis): Promise<AskOutcome> {
    if (!this.#open) return Promise.resolve({ failed: 'unreachable' });
    return new Promise((resolve) => {
      this.#caller.call(
        { address, port, purpose: 'watch', timeout, patience: timeout },
        (outcome) => {
          if (!('met' in outcome)) return resolve(outcome);
          hangUp(outcome.connection, 'close');
          resolve({ found: outcome.met });
        },
      );
    });
  }

  /**
   * False, and nothing sent, without a link to that node, when its queue is full, or for a message of more than 16 MiB. `bulk`
   * messages let the others pass.
   */
  send(to: NodeId, channel: Channel, message: unknown, priority?: 'control' | 'bulk'): boolean {
    const link = this.#links.get(to);
    return link !== undefined && this.#send(link, frameOf(channel, message), priority);
  }

  /** Sends to each that has a link; the message is encoded once. @returns those to whom it was not sent, as by {@link send} */
  sendAll(
    to: Iterable<NodeId>,
    channel: Channel,
    message: unknown,
    priority?: 'control' | 'bulk',
  ): readonly NodeId[] {
    let frame: Uint8Array | undefined;
    const unreached: NodeId[] = [];
    for (const id of to) {
      const link = this.#links.get(id);
      const isSent =
        link !== undefined && this.#send(link, (frame ??= frameOf(channel, message)), priority);
      if (!isSent) unreached.push(id);
    }
    return unreached;
  }

  /**
   * One handler for each channel, which is given what its format can read: over anything else the link is closed. It must not throw;
   * where it does, that is logged and the link stays.
   */
  onMessage<T>(
    channel: Channel,
    format: MessageFormat<T>,
    handler: (from: NodeId, message: T) => void,
  ): void {
    this.#events.onMessage(channel, format, handler);
  }

  /** Called once for each link: both sides know each other, and no message of the link has been delivered yet. */
  onLinkUp(handler: (peer: PeerCard) => void): void {
    this.#events.onLinkUp(handler);
  }

  /**
   * Called once for each link that was up, also where this side has ended it; not by `close()`. Where the peer alone has ended it and
   * begun another, that one is there already.
   */
  onLinkDown(handler: (id: NodeId, cause: LinkEnd) => void): void {
    this.#events.onLinkDown(handler);
  }

  isLinked(id: NodeId): boolean {
    return this.#links.get(id) !== undefined;
  }

  /** The nodes with a link. */
  links(): Iterable<NodeId> {
    return this.#links.ids();
  }

  /** How long nothing has come from the node over its link since something was sent to it (ms); 0 where nothing is owed. */
  unansweredFor(id: NodeId): Millis {
    return this.#links.get(id)?.unansweredFor ?? 0;
  }

  /** The node owes no answer any more: there is a reason why none has come. */
  forgive(id: NodeId): void {
    this.#links.get(id)?.forgive();
  }

  /** Asks the node for an answer; whatever else it says is one too. */
  ping(id: NodeId): void {
    const link = this.#links.get(id);
    if (link !== undefined) this.#send(link, encode([FRAME.ping, NO_CONTEST]));
  }

  /** Ends the link to a node at once. If the node lives, it sees the link lost. */
  disconnect(id: NodeId): void {
    const link = this.#links.get(id);
    if (link !== undefined) this.#links.end(link, 'lost');
  }

  /** Says goodbye to everyone, after what is still queued for them; from here on no link is made. */
  close(): void {
    this.#open = false;
    this.#links.close();
    this.#receiver.close();
    this.#caller.close();
    this.#deadlines.clear();
  }

  #connect(to: Omit<Call, 'purpose'>): Promise<ConnectOutcome> {
    const purpose = to.expected === undefined ? 'seek' : 'link';
    return new Promise((resolve) => {
      this.#caller.call({ ...to, purpose }, (outcome) => {
        if (!('met' in outcome)) return resolve(outcome);
        const { met: card, connection } = outcome;
        this.#links.admit({
          card,
          connection,
          dialledBy: 'self',
          accepted: () => resolve({ linked: card }),
          refused: (why) => {
            turnAway(connection, why);
            // It is the other that has a second life, not this node.
            resolve({ rejected: MEANINGS[why] });
          },
        });
      });
    });
  }

  #admitCaller({ card }: Hello, welcome: Welcome, connection: Connection): void {
    this.#links.admit({
      card,
      connection,
      dialledBy: 'peer',
      accepted: () => void connection.send(encode([FRAME.welcome, welcome])),
      refused: (why) => turnAway(connection, why),
    });
  }

  #send(link: Link, frame: Uint8Array, priority?: 'control' | 'bulk'): boolean {
    if (frame.length <= LINK_FRAME && link.send(frame, priority)) return true;
    this.#unsent++;
    return false;
  }
}

/** What it means for whoever wanted the link that it was turned away. */
const MEANINGS = { broken: 'silent', 'duplicate-id': 'not-me', malformed: 'malformed' } as const;

const TEXTS = {
  'duplicate-id': 'A live node has this id already.',
  malformed: 'What it has sent makes no sense. It may come again in a second.',
} as const;

function frameOf(channel: Channel, message: unknown): Uint8Array {
  return encode([FRAME.message, channelNumber(channel), message]);
}

function turnAway(connection: Connection, why: Turned): void {
  if (why === 'broken') {
    hangUp(connection, 'destroy');
    return;
  }
  connection.send(encode([FRAME.refused, { reason: why, text: TEXTS[why] }]));
  hangUp(connection, 'close');
}

function asExpected(outcome: ConnectOutcome, expected: NodeId): ConnectOutcome {
  const isAnother = 'linked' in outcome && outcome.linked.id !== expected;
  return isAnother ? { rejected: 'not-me' } : outcome;
}
