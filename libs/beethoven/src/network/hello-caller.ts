import type { Host } from '../protocol/seek-chat/answer-hello.js';
import {
  SPOKEN,
  parseRefused,
  parseWelcome,
  type Hello,
  type Purpose,
  type RefusalReason,
} from '../protocol/seek-chat/hello.js';
import { judgeWelcome } from '../protocol/seek-chat/judge-welcome.js';
import type { Millis, NodeId, PeerCard } from '../protocol/terms.js';
import { encode } from './codec.js';
import { hangUp } from './hang-up.js';
import { FRAME, STRANGER_FRAME, readFrame } from './link-frames.js';
import type { Deadlines } from './mesh-deadlines.js';
import type { MeshLog } from './mesh-log.js';
import type { Connection, DialFailure, Network } from './network.js';

/** Why nobody was met at an address where somebody accepted the connection. `silent`: no answer in time, or hung up without one. */
export type Rejection = RefusalReason | 'silent';

export type CallOutcome =
  | { readonly met: PeerCard; readonly connection: Connection }
  | { readonly failed: DialFailure }
  | { readonly rejected: Rejection };

export interface Call {
  readonly address: string;
  readonly port: number;
  readonly purpose: Purpose;
  /** The node that must answer. */
  readonly expected?: NodeId | undefined;
  /** For the connection. */
  readonly timeout: Millis;
  /** For the answer to the hello, once there is a connection. */
  readonly patience: Millis;
}

/** Rejections that are no fault of anybody: the caller learned what it wanted to know. */
const HARMLESS: ReadonlySet<Rejection> = new Set(['self', 'not-me']);

/** The calling side of the hello. */
export class HelloCaller {
  readonly #unanswered = new Map<Connection, (outcome: CallOutcome) => void>();
  #closed = false;

  constructor(
    private readonly host: () => Host,
    private readonly network: Network,
    private readonly deadlines: Deadlines,
    private readonly log: MeshLog,
    /** Whether a node that was met at an address may be where its id says. */
    private readonly isPlausible: (id: NodeId, metAt: string) => boolean,
  ) {}

  /**
   * Dials, says hello, and calls back once. Whoever was met comes with its connection: set its `onFrame` and `onClose` in the same
   * turn.
   */
  call(call: Call, done: (outcome: CallOutcome) => void): void {
    this.network.dial(call.address, call.port, call.timeout, (result) => {
      if (typeof result === 'string') {
        done({ failed: result });
      } else if (this.#closed) {
        hangUp(result, 'destroy');
        done({ rejected: 'silent' });
      } else {
        this.#introduce(result, call, done);
      }
    });
  }

  /**
   * Hangs up on everybody who has not answered yet, with a goodbye: who took the call has a link already. Their calls, and those still
   * being dialled, end in `silent`.
   */
  close(): void {
    this.#closed = true;
    const goodbye = encode([FRAME.goodbye]);
    for (const [connection, settle] of this.#unanswered) {
      connection.send(goodbye);
      hangUp(connection, 'close');
      settle({ rejected: 'silent' });
    }
  }

  #introduce(
    connection: Connection,
    { address, port, purpose, expected, patience }: Call,
    done: (outcome: CallOutcome) => void,
  ): void {
    const remote = `${address}:${port}`;
    const host = this.host();
    const settle = (outcome: CallOutcome): void => {
      this.#unanswered.delete(connection);
      deadline.cancel();
      done(outcome);
    };
    const reject = (rejected: Rejection, why: string): void => {
      hangUp(connection, 'destroy');
      if (!HARMLESS.has(rejected)) this.log.complain(remote, rejected, `${remote} ${why}`);
      settle({ rejected });
    };
    const deadline = this.deadlines.set(patience, () => {
      reject('silent', `accepted a connection but did not answer our hello in ${patience} ms.`);
    });
    this.#unanswered.set(connection, settle);

    connection.allowFrames(STRANGER_FRAME);
    connection.onClose = (_reason, detail) => {
      reject('silent', `hung up without an answer to our hello${detail ? `: ${detail}` : '.'}`);
    };
    connection.onFrame = (bytes) => {
      const [kind, body] = readFrame(bytes) ?? [];
      const welcome = kind === FRAME.welcome ? parseWelcome(body) : undefined;
      if (welcome !== undefined) {
        const fault = judgeWelcome(welcome, host, expected);
        const { id } = welcome.card;
        if (fault === undefined && purpose !== 'watch' && !this.isPlausible(id, address))
          reject(
            'address',
            `answers as ${id}, which is not where it was called, and nowhere that this node knows of. Set \`allow\` to the networks of all nodes.`,
          );
        else if (fault === undefined) settle({ met: welcome.card, connection });
        else reject(fault, `answers as ${welcome.card.id}: ${fault}.`);
        return;
      }
      const refused = kind === FRAME.refused ? parseRefused(body) : undefined;
      if (refused === undefined) reject('malformed', 'does not speak our protocol.');
      else reject(refused.reason, `refuses this node, ${refused.reason}: ${refused.text}`);
    };

    const { cluster, card, spoken = SPOKEN } = host;
    const hello: Hello = { protocol: spoken, cluster, purpose, card, expected };
    connection.send(encode([FRAME.hello, hello]));
  }
}
