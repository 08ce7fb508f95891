import { answerHello, type Host } from '../protocol/seek-chat/answer-hello.js';
import type { Hello, Refused, Welcome } from '../protocol/seek-chat/hello.js';
import type { Millis, NodeId } from '../protocol/terms.js';
import type { Clock, Timer } from './clock.js';
import { encode } from './codec.js';
import { hangUp } from './hang-up.js';
import { FRAME, STRANGER_FRAME, readFrame } from './link-frames.js';
import type { Deadlines } from './mesh-deadlines.js';
import type { MeshLog } from './mesh-log.js';
import type { Connection } from './network.js';

/** How long somebody who has connected may take to say hello. */
const PATIENCE: Millis = 2_000;
/** Connections that may wait for their hello at one time. */
const MAX_STRANGERS = 128;

/** The answering side of the hello. */
export class HelloReceiver {
  readonly #strangers = new Map<Connection, Timer>();
  #refusals = 0;

  /** @param onCaller takes over who was accepted, before it has been told: send it the welcome, or refuse it after all. */
  constructor(
    private readonly host: () => Host,
    private readonly clock: Clock,
    private readonly deadlines: Deadlines,
    private readonly log: MeshLog,
    /** Whether a node that speaks from an address may be where its id says. */
    private readonly isPlausible: (id: NodeId, metAt: string) => boolean,
    private readonly onCaller: (hello: Hello, welcome: Welcome, connection: Connection) => void,
  ) {}

  /** Connections that were turned away: refused, silent, or without sense. */
  get refusals(): number {
    return this.#refusals;
  }

  receive(connection: Connection): void {
    // A hello takes milliseconds: who holds connections open keeps nobody out.
    const [oldest] = this.#strangers.size < MAX_STRANGERS ? [] : this.#strangers.keys();
    if (oldest !== undefined) this.#turnAway(oldest, 'crowded', 'no hello, and others came.');
    const deadline = this.deadlines.set(PATIENCE, () => {
      this.#turnAway(connection, 'silent', `no hello in ${PATIENCE} ms.`);
    });
    this.#strangers.set(connection, deadline);
    connection.allowFrames(STRANGER_FRAME);
    connection.onFrame = (bytes) => this.#listen(connection, bytes);
    connection.onClose = (_reason, detail) => {
      this.#turnAway(connection, 'silent', detail ?? 'it hung up before it was answered.');
    };
  }

  /** Hangs up on everybody who has not said hello yet. */
  close(): void {
    for (const connection of this.#strangers.keys()) {
      this.#forget(connection);
      hangUp(connection, 'destroy');
    }
  }

  #listen(connection: Connection, bytes: Uint8Array): void {
    const [kind, message] = readFrame(bytes) ?? [];
    if (kind !== FRAME.hello) {
      this.#turnAway(connection, 'malformed', 'its first frame is no hello.');
      return;
    }
    const answer = answerHello(message, this.host());
    if (!('welcome' in answer)) return this.#refuse(connection, answer.refused);
    const { hello, welcome } = answer;
    if (hello.purpose === 'watch') {
      this.#forget(connection);
      connection.send(encode([FRAME.welcome, welcome]));
      hangUp(connection, 'close');
    } else if (!this.isPlausible(hello.card.id, connection.remoteAddress)) {
      const text = `${hello.card.id} is not where you speak from, and nowhere that this node knows of. Set \`allow\` to the networks of all nodes.`;
      this.#refuse(connection, { reason: 'address', text });
    } else {
      // What comes right behind the hello is read in the next turn of the event loop.
      this.clock.soon(() => this.clock.soon(() => this.#admit(connection, hello, welcome)));
    }
  }

  /**
   * Where a call has waited long to be taken, the end of the connection may stand right behind the hello: a link that is made and lost in
   * one breath brings nothing but another call, and a machine with too much to do would never get to those that still wait.
   */
  #admit(connection: Connection, hello: Hello, welcome: Welcome): void {
    if (!this.#strangers.has(connection)) return;
    this.#forget(connection);
    this.onCaller(hello, welcome, connection);
  }

  #refuse(connection: Connection, refused: Refused): void {
    const { reason, text } = refused;
    this.#forget(connection);
    this.#refusals++;
    if (reason !== 'self' && reason !== 'not-me') {
      this.log.complain(connection.remoteAddress, reason, line(connection, `${reason}: ${text}`));
    }
    connection.send(encode([FRAME.refused, refused]));
    hangUp(connection, 'close');
  }

  #turnAway(connection: Connection, reason: string, why: string): void {
    this.#forget(connection);
    this.#refusals++;
    hangUp(connection, 'destroy');
    this.log.complain(connection.remoteAddress, reason, line(connection, why));
  }

  #forget(connection: Connection): void {
    this.#strangers.get(connection)?.cancel();
    this.#strangers.delete(connection);
  }
}

function line({ remoteAddress, remotePort }: Connection, why: string): string {
  return `Turned away a connection from ${remoteAddress}:${remotePort}: ${why}`;
}
