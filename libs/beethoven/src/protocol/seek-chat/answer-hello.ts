import type { PeerCard } from '../terms.js';
import {
  SPOKEN,
  parseHello,
  parseLetterhead,
  type Hello,
  type RefusalReason,
  type Refused,
  type Spoken,
  type Welcome,
} from './hello.js';

/** The node that answers. */
export interface Host {
  readonly cluster: string;
  readonly card: PeerCard;
  /** @default what this release speaks */
  readonly spoken?: Spoken | undefined;
}

export type Answer =
  { readonly hello: Hello; readonly welcome: Welcome } | { readonly refused: Refused };

/**
 * Decides whether a caller is taken in, from whatever it sent as its hello. Who comes from another cluster is told that and nothing
 * else: not our name, not our versions, not who we are.
 */
export function answerHello(message: unknown, host: Host): Answer {
  const letterhead = parseLetterhead(message);
  if (letterhead === undefined) return refuse('malformed', 'This is no hello.');
  if (letterhead.cluster !== host.cluster) return refuse('cluster', 'This is another cluster.');

  const [oldest, newest] = host.spoken ?? SPOKEN;
  const [min, max] = letterhead.protocol;
  const protocol = Math.min(max, newest);
  if (protocol < Math.max(min, oldest)) {
    return refuse(
      'version',
      `This node speaks protocol ${oldest} to ${newest}, the caller ${min} to ${max}.`,
    );
  }

  const hello = parseHello(message);
  if (hello === undefined) return refuse('malformed', 'This is no hello of a version spoken here.');
  if (hello.card.id === host.card.id) {
    return hello.card.startedAt === host.card.startedAt
      ? refuse('self', 'This node has called itself.')
      : refuse('duplicate-id', `The id ${host.card.id} belongs to the live node that answers.`);
  }
  if (hello.expected !== undefined && hello.expected !== host.card.id) {
    return refuse('not-me', `This is ${host.card.id}, not ${hello.expected}.`);
  }
  return { hello, welcome: { protocol, card: host.card } };
}

function refuse(reason: RefusalReason, text: string): Answer {
  return { refused: { reason, text } };
}
