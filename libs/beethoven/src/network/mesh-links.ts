import { MAX_MEMBERS, type Millis, type NodeId } from '../protocol/terms.js';
import type { Clock } from './clock.js';
import { encode } from './codec.js';
import { hangUp } from './hang-up.js';
import { FRAME, readFrame } from './link-frames.js';
import { Link } from './link.js';
import { Contest, type Candidate } from './mesh-contest.js';
import type { Deadlines } from './mesh-deadlines.js';
import { channelName, type LinkEnd, type MeshEvents } from './mesh-events.js';
import type { MeshLog } from './mesh-log.js';
import type { Connection } from './network.js';

/** How long a peer has to show that it lives when somebody else claims its id. */
const CONTEST: Millis = 250;
/** How long the other connections of a peer that has said goodbye may take to end. */
const FAREWELL: Millis = 1_000;
/** How long a node that has sent what makes no sense gets no new link. */
const SHUNNED: Millis = 1_000;

/** The links that are up: which connection belongs to which, and what their frames say. */
export class Links {
  readonly #links = new Map<NodeId, Link>();
  readonly #contests = new Map<NodeId, Contest>();
  readonly #shunned = new Set<NodeId>();
  /** The connections on which the peer has told with which of its links they began. */
  readonly #told = new WeakSet<Connection>();
  #nonce = 0;
  #begun = 0;
  #malformed = 0;

  constructor(
    private readonly self: () => NodeId,
    private readonly clock: Clock,
    private readonly deadlines: Deadlines,
    private readonly log: MeshLog,
    private readonly events: MeshEvents,
  ) {}

  /** Links that were closed over a frame or a message that made no sense. */
  get malformed(): number {
    return this.#malformed;
  }

  /** Connections of all links, at this moment. */
  get connections(): number {
    let sum = 0;
    for (const link of this.#links.values()) sum += link.size;
    return sum;
  }

  /** Whether a link to that node had to be closed just now. */
  isShunned(id: NodeId): boolean {
    return this.#shunned.has(id);
  }

  get(id: NodeId): Link | undefined {
    return this.#links.get(id);
  }

  ids(): Iterable<NodeId> {
    return this.#links.keys();
  }

  /** Makes a connection part of a link, or turns it away, now or once its contest is decided. */
  admit(candidate: Candidate): void {
    const { id, startedAt } = candidate.card;
    const link = this.#links.get(id);
    if (this.#shunned.has(id)) candidate.refused('malformed');
    else if (link === undefined) this.#link(candidate);
    else if (link.card.startedAt === startedAt) this.#join(link, candidate);
    else this.#contest(link, candidate);
  }

  end(link: Link, cause: LinkEnd): void {
    const { id } = link.card;
    if (this.#links.get(id) !== link) return;
    this.#links.delete(id);
    link.destroy();
    this.events.linkDown(id, cause);
    this.#decide(id, 'the old one is gone');
  }

  /** Says goodbye on every link, and forgets them all. */
  close(): void {
    const goodbye = encode([FRAME.goodbye]);
    for (const link of this.#links.values()) link.close(goodbye);
    this.#links.clear();
    for (const contest of this.#contests.values()) {
      for (const candidate of contest.end().keys()) candidate.refused('broken');
    }
    this.#contests.clear();
  }

  #link(candidate: Candidate): void {
    const { card, connection } = candidate;
    if (this.#links.size >= MAX_MEMBERS) {
      const text = `No link with ${card.id}: ${MAX_MEMBERS} others have one.`;
      this.log.complain(connection.remoteAddress, 'full', text);
      candidate.refused('broken');
      return;
    }
    this.#begin(candidate);
    candidate.accepted();
    this.#tellBegin(connection);
    this.events.linkUp(card);
  }

  #begin({ card, connection, dialledBy }: Pick<Candidate, 'card' | 'connection' | 'dialledBy'>) {
    const link = new Link(card, this.self(), this.clock, this.deadlines);
    this.#links.set(card.id, link);
    this.#listen(link, connection);
    link.add(connection, dialledBy);
    return link;
  }

  #tellBegin(connection: Connection): void {
    connection.send(encode([FRAME.begin, ++this.#begun]));
  }

  /**
   * The peer had no link to this node, and has one now. Where it had one before, to which this one still belongs, it has ended that, and this side was
   * not told: what both sides know of each other since they met, the peer has forgotten.
   */
  #hearBegin(link: Link, connection: Connection, number: number): void {
    const isAnother = link.theirs !== undefined && link.theirs !== number;
    link.theirs = number;
    if (!isAnother) return;
    const { card } = link;
    const dialledBy = link.release(connection);
    link.destroy();
    this.#begin({ card, connection, dialledBy }).theirs = number;
    this.#tellBegin(connection);
    this.events.linkRenewed(card);
  }

  #join(link: Link, candidate: Candidate): void {
    if (candidate.card.incarnation > link.card.incarnation) link.card = candidate.card;
    this.#listen(link, candidate.connection);
    link.add(candidate.connection, candidate.dialledBy);
    candidate.accepted();
  }

  #listen(link: Link, connection: Connection): void {
    connection.onFrame = (bytes) => this.#read(link, connection, bytes);
    connection.onClose = () => {
      if (link.ended(connection)) this.end(link, link.goodbye ? 'goodbye' : 'lost');
    };
  }

  #read(link: Link, connection: Connection, bytes: Uint8Array): void {
    const [kind, first, second] = readFrame(bytes) ?? [];
    link.heard(connection);
    switch (kind) {
      case FRAME.message:
        if (!this.events.message(link.card.id, first, second)) break;
        return;
      case FRAME.ping:
        if (typeof first !== 'number') break;
        connection.send(encode([FRAME.pong, first]));
        return;
      case FRAME.pong:
        if (typeof first !== 'number') break;
        if (this.#contests.get(link.card.id)?.nonce === first)
          this.#decide(link.card.id, 'the old one lives');
        return;
      case FRAME.begin:
        if (typeof first !== 'number' || this.#told.has(connection)) break;
        this.#told.add(connection);
        this.#hearBegin(link, connection, first);
        return;
      case FRAME.retire:
        link.peerRetires(connection);
        return;
      case FRAME.goodbye:
        this.#takeLeave(link, connection);
        return;
      case FRAME.refused:
        this.log.complain(
          connection.remoteAddress,
          'duplicate-id',
          `${link.card.id} has a live link to another node with the id of this one, ${this.self()}.`,
        );
        this.end(link, 'lost');
        return;
    }
    this.#shun(
      link,
      connection,
      kind === FRAME.message ? `a message on ${channelName(first)}` : 'a frame',
    );
  }

  /** Closes the link over what makes no sense, and makes no new one for a while, or two nodes could do nothing but that. */
  #shun(link: Link, { remoteAddress }: Connection, what: string): void {
    const { id } = link.card;
    this.#malformed++;
    const text = `${id} sent ${what} that makes no sense: its link is closed.`;
    this.log.complain(remoteAddress, 'malformed', text);
    this.#shunned.add(id);
    const [oldest] = this.#shunned.size > MAX_MEMBERS ? this.#shunned : [];
    if (oldest !== undefined) this.#shunned.delete(oldest);
    this.deadlines.set(SHUNNED, () => this.#shunned.delete(id));
    this.end(link, 'lost');
  }

  /** The goodbye is the last frame of each connection; on another one there may be something to read yet. */
  #takeLeave(link: Link, connection: Connection): void {
    link.goodbye = true;
    if (link.size > 1) this.deadlines.set(FAREWELL, () => this.end(link, 'goodbye'));
    hangUp(connection, 'close');
    if (link.ended(connection)) this.end(link, 'goodbye');
  }

  #contest(link: Link, candidate: Candidate): void {
    const { id } = link.card;
    let contest = this.#contests.get(id);
    if (contest === undefined) {
      contest = new Contest(++this.#nonce);
      this.#contests.set(id, contest);
      link.sendOnAll(encode([FRAME.ping, contest.nonce]));
      const begun = contest;
      this.deadlines.set(CONTEST, () => {
        if (this.#contests.get(id) === begun) this.end(link, 'lost');
      });
    }
    contest.add(candidate);
  }

  #decide(id: NodeId, verdict: 'the old one lives' | 'the old one is gone'): void {
    const contest = this.#contests.get(id);
    if (contest === undefined) return;
    this.#contests.delete(id);
    for (const [candidate, held] of contest.end()) {
      if (verdict === 'the old one is gone') {
        this.admit(candidate);
        for (const frame of held) candidate.connection.onFrame(frame);
      } else {
        this.log.complain(
          candidate.connection.remoteAddress,
          'duplicate-id',
          `A second live node calls itself ${id}, from ${candidate.connection.remoteAddress}:${candidate.connection.remotePort}. It is refused: give each node its own nodeName or listenerPort.`,
        );
        candidate.refused('duplicate-id');
      }
    }
  }
}
