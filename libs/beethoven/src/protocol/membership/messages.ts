import { isBeat } from '../detector/beat.js';
import { isCount, type MessageFormat } from '../message-format.js';
import { parseNodeId, type NodeId, type PeerCard } from '../terms.js';
import { PARTS } from './digest.js';
import { STATUSES, isLive, type Rumor } from './member-state.js';

/** What members say to each other. */
export type Message =
  /** A heartbeat that did not go as a datagram, encoded as there. */
  | { readonly kind: 'beat'; readonly bytes: Uint8Array }
  /** News. */
  | { readonly kind: 'rumors'; readonly rumors: readonly Rumor[] }
  /** What the sender believes, or some of it; it asks for these parts of the receiver's view. */
  | { readonly kind: 'view'; readonly rumors: readonly Rumor[]; readonly wants: readonly number[] }
  /** What stands for the sender's view: is the receiver's the same? */
  | { readonly kind: 'digest'; readonly digest: number }
  /** The digest of each part of the sender's view: it wants what differs, and tells its own. */
  | { readonly kind: 'digests'; readonly digests: readonly number[] };

const KINDS: readonly Message['kind'][] = ['beat', 'rumors', 'view', 'digest', 'digests'];

/** How they are read. */
export const MEMBERSHIP_FORMAT: MessageFormat<Message> = { kinds: KINDS.length, read: fromWire };

/** The most rumours in one message; larger views are sent in parts. */
export const MAX_RUMORS = 256;

const MAX_ID = 255;
const MAX_LABELS = 32;
const MAX_LABEL = 256;
const LAST_DATE = 8.64e15;

/** The compact form that travels: an array that starts with the kind. */
export function toWire(message: Message): unknown[] {
  const kind = KINDS.indexOf(message.kind);
  switch (message.kind) {
    case 'beat':
      return [kind, message.bytes];
    case 'rumors':
      return [kind, message.rumors.map(rumorToWire)];
    case 'view':
      return [kind, message.rumors.map(rumorToWire), message.wants];
    case 'digest':
      return [kind, message.digest];
    case 'digests':
      break;
  }
  return [kind, message.digests];
}

/** Checks what a peer has sent. `undefined` where any part of it is not what it should be. */
export function fromWire(wire: unknown): Message | undefined {
  if (!Array.isArray(wire) || !isCount(wire[0])) return undefined;
  const fields = wire as readonly unknown[];
  const kind = KINDS[wire[0]];
  if (kind === undefined) return undefined;
  switch (kind) {
    case 'beat': {
      const [, bytes] = fields;
      return bytes instanceof Uint8Array && isBeat(bytes) ? { kind, bytes } : undefined;
    }
    case 'rumors': {
      const rumors = rumorsFromWire(fields[1]);
      return rumors && { kind, rumors };
    }
    case 'view': {
      const [, list, wants] = fields;
      const rumors = rumorsFromWire(list);
      if (rumors === undefined || !isCounts(wants, PARTS)) return undefined;
      return { kind, rumors, wants };
    }
    case 'digest': {
      const [, digest] = fields;
      return isCount(digest) ? { kind, digest } : undefined;
    }
    case 'digests':
      break;
  }
  const [, digests] = fields;
  return isCounts(digests, PARTS) ? { kind, digests } : undefined;
}

function rumorToWire({ card, status, phase = 0, accuser, age }: Rumor): unknown[] {
  const wire = [
    card.id,
    card.incarnation,
    STATUSES.indexOf(status),
    card.startedAt,
    card.labels,
    phase,
  ] as unknown[];
  const detail = accuser ?? age;
  if (detail !== undefined) wire.push(detail);
  return wire;
}

function rumorsFromWire(list: unknown): readonly Rumor[] | undefined {
  if (!Array.isArray(list) || list.length > MAX_RUMORS) return undefined;
  const rumors: Rumor[] = [];
  for (const wire of list as readonly unknown[]) {
    const rumor = rumorFromWire(wire);
    if (rumor === undefined) return undefined;
    rumors.push(rumor);
  }
  return rumors;
}

function rumorFromWire(wire: unknown): Rumor | undefined {
  if (!Array.isArray(wire)) return undefined;
  const [id, incarnation, code, startedAt, rawLabels, phase, detail] = wire as readonly unknown[];
  const status = isCount(code) ? STATUSES[code] : undefined;
  const labels = labelsFromWire(rawLabels);
  if (!isNodeId(id) || !isCount(incarnation) || !isMoment(startedAt)) return undefined;
  if (status === undefined || labels === undefined || !isPhase(phase)) return undefined;

  const card: PeerCard = { id, incarnation, startedAt, labels };
  const said: Rumor = phase === 0 ? { card, status } : { card, status, phase };
  if (detail === undefined) return said;
  if (status === 'suspect') return isNodeId(detail) ? { ...said, accuser: detail } : undefined;
  if (isLive(status) || !isMoment(detail)) return undefined;
  return { ...said, age: detail };
}

function labelsFromWire(value: unknown): PeerCard['labels'] | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const labels = Object.entries(value);
  if (labels.length === 0) return NO_LABELS;
  if (labels.length > MAX_LABELS || !labels.flat().every(isLabel)) return undefined;
  return Object.fromEntries(labels);
}

const NO_LABELS: PeerCard['labels'] = Object.freeze({});

// What strangers send ends up in log lines, so nothing in it may start a new one.
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;

function isLabel(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_LABEL && !CONTROL.test(value);
}

function isNodeId(value: unknown): value is NodeId {
  if (typeof value !== 'string' || value.length > MAX_ID || CONTROL.test(value)) return false;
  const port = parseNodeId(value)?.port;
  return port !== undefined && port > 0 && port <= 65_535;
}

function isCounts(value: unknown, max: number): value is readonly number[] {
  return Array.isArray(value) && value.length <= max && value.every(isCount);
}

/** Fits into a beat. */
function isPhase(value: unknown): value is number {
  return isCount(value) && value <= 0xffff_ffff;
}

function isMoment(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= LAST_DATE;
}
