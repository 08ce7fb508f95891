import * as v from 'valibot';
import { parseNodeId, type NodeId, type PeerCard } from '../terms.js';

/** The protocol versions that this release speaks, lowest and highest. */
export const SPOKEN: Spoken = [1, 1];

/** Protocol versions, lowest and highest. */
export type Spoken = readonly [min: number, max: number];

/** What a caller wants. `seek` and `link` become a link; `watch` only asks who is there, and hangs up. */
export type Purpose = 'seek' | 'link' | 'watch';

/** The first words on a connection, said by the side that dialled. */
export interface Hello {
  /** The protocol versions that the caller speaks, lowest and highest. */
  readonly protocol: readonly [min: number, max: number];
  readonly cluster: string;
  readonly purpose: Purpose;
  readonly card: PeerCard;
  /** The node that the caller believes to be calling. */
  readonly expected?: NodeId | undefined;
}

/** The answer of a node that takes the caller in. */
export interface Welcome {
  /** The version that both sides speak from here on. */
  readonly protocol: number;
  readonly card: PeerCard;
}

/** Why a node turns a caller away. */
export type RefusalReason = v.InferOutput<typeof reason>;

/** The answer of a node that turns the caller away, and closes. */
export interface Refused {
  readonly reason: RefusalReason;
  /** For the caller's log. */
  readonly text: string;
}

const MAX_NAME = 255;
const MAX_LABELS = 32;
const MAX_LABEL = 256;
const LAST_DATE = 8.64e15;

// What strangers send ends up in log lines, so nothing in it may start a new one.
const line = v.regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u);
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_NAME), line);
const id = v.pipe(
  name,
  v.check((text) => (parseNodeId(text)?.port ?? Infinity) <= 65_535),
);
const label = v.pipe(v.string(), v.maxLength(MAX_LABEL), line);
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const version = v.pipe(count, v.maxValue(65_535));
const reason = v.picklist([
  'cluster',
  'version',
  'duplicate-id',
  'self',
  'not-me',
  'malformed',
  'address',
]);

const card = v.object({
  id,
  incarnation: count,
  startedAt: v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(LAST_DATE)),
  labels: v.pipe(
    v.record(label, label),
    v.check((labels) => Object.keys(labels).length <= MAX_LABELS),
  ),
});

/** The part of a hello that no version may ever change: by it strangers of any age can turn each other away politely. */
const letterhead = v.object({ protocol: v.tuple([version, version]), cluster: name });

const hello = v.object({
  ...letterhead.entries,
  purpose: v.picklist(['seek', 'link', 'watch']),
  card,
  expected: v.optional(id),
});

const welcome = v.object({ protocol: version, card });

const refused = v.object({
  // A later version may have reasons that this one does not know.
  reason: v.fallback(reason, 'malformed'),
  text: v.pipe(v.string(), v.maxLength(1_024), line),
});

/** The letterhead of a hello of any version; `undefined` where the value is none. */
export function parseLetterhead(value: unknown): Pick<Hello, 'protocol' | 'cluster'> | undefined {
  return parse(letterhead, value);
}

/** `undefined` where the value is no hello of a version that we speak. */
export function parseHello(value: unknown): Hello | undefined {
  return parse(hello, value);
}

/** `undefined` where the value is no welcome. */
export function parseWelcome(value: unknown): Welcome | undefined {
  return parse(welcome, value);
}

/** `undefined` where the value is no refusal. */
export function parseRefused(value: unknown): Refused | undefined {
  return parse(refused, value);
}

function parse<T>(schema: v.GenericSchema<unknown, T>, value: unknown): T | undefined {
  const result = v.safeParse(schema, value, { abortEarly: true });
  return result.success ? result.output : undefined;
}
