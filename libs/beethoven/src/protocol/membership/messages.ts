import { parseNodeId, type NodeId, type PeerCard } from '../terms.js';
import { STATUSES, isLive, type Rumor } from './member-state.js';

/** What members say to each other. */
export type Message =
  /** Are you there? `digest` stands for the sender's whole view. */
  | {
      readonly kind: 'ping';
      readonly sequence: number;
      readonly digest: number;
      readonly rumors: readonly Rumor[];
    }
  | { readonly kind: 'ack'; readonly sequence: number; readonly rumors: readonly Rumor[] }
  /** Ping the target for me, and pass its answer on under my sequence number. */
  | { readonly kind: 'ping-for-me'; readonly sequence: number; readonly target: NodeId }
  /** News. */
  | { readonly kind: 'rumors'; readonly rumors: readonly Rumor[] }
  /** The sender's view, or a part of it; `answer` asks for the receiver's. */
  | { readonly kind: 'view'; readonly rumors: readonly Rumor[]; readonly answer: boolean }
  /** The sender believes to have the same view. */
  | { readonly kind: 'digest'; readonly digest: number };

const KINDS: readonly Message['kind'][] = [
  'ping',
  'ack',
  'ping-for-me',
  'rumors',
  'view',
  'digest',
];

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
    case 'ping':
      return [kind, message.sequence, message.digest, message.rumors.map(rumorToWire)];
    case 'ack':
      return [kind, message.sequence, message.rumors.map(rumorToWire)];
    case 'ping-for-me':
      return [kind, message.sequence, message.target];
    case 'rumors':
      return [kind, message.rumors.map(rumorToWire)];
    case 'view':
      return [kind, message.rumors.map(rumorToWire), message.answer];
    case 'digest':
      break;
  }
  return [kind, message.digest];
}

/** Checks what a peer has sent. `undefined` where any part of it is not what it should be. */
export function fromWire(wire: unknown): Message | undefined {
  if (!Array.isArray(wire) || !isCount(wire[0])) return undefined;
  const fields = wire as readonly unknown[];
  const kind = KINDS[wire[0]];
  if (kind === undefined) return undefined;
  switch (kind) {
    case 'ping': {
      const [, sequence, digest, list] = fields;
      const rumors = rumorsFromWire(list);
      if (!isCount(sequence) || !isCount(digest) || rumors === undefined) return undefined;
      return { kind, sequence, digest, rumors };
    }
    case 'ack': {
      const [, sequence, list] = fields;
      const rumors = rumorsFromWire(list);
      if (!isCount(sequence) || rumors === undefined) return undefined;
      return { kind, sequence, rumors };
    }
    case 'ping-for-me': {
      const [, sequence, target] = fields;
      if (!isCount(sequence) || !isNodeId(target)) return undefined;
      return { kind, sequence, target };
    }
    case 'rumors': {
      const rumors = rumorsFromWire(fields[1]);
      return rumors && { kind, rumors };
    }
    case 'view': {
      const [, list, answer] = fields;
      const rumors = rumorsFromWire(list);
      if (rumors === undefined || typeof answer !== 'boolean') return undefined;
      return { kind, rumors, answer };
    }
    case 'digest':
      break;
  }
  const [, digest] = fields;
  return isCount(digest) ? { kind, digest } : undefined;
}

function rumorToWire({ card, status, accuser, age }: Rumor): unknown[] {
  const wire = [
    card.id,
    card.incarnation,
    STATUSES.indexOf(status),
    card.startedAt,
    card.labels,
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
  const [id, incarnation, code, startedAt, rawLabels, detail] = wire as readonly unknown[];
  const status = isCount(code) ? STATUSES[code] : undefined;
  const labels = labelsFromWire(rawLabels);
  if (!isNodeId(id) || !isCount(incarnation) || !isMoment(startedAt)) return undefined;
  if (status === undefined || labels === undefined) return undefined;

  const card: PeerCard = { id, incarnation, startedAt, labels };
  if (detail === undefined) return { card, status };
  if (status === 'suspect') return isNodeId(detail) ? { card, status, accuser: detail } : undefined;
  if (isLive(status) || !isMoment(detail)) return undefined;
  return { card, status, age: detail };
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

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isMoment(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= LAST_DATE;
}
