import { isCount, type MessageFormat } from '../message-format.js';
import type { Millis, NodeId } from '../terms.js';
import type { Electorate } from './electorate.js';
import { MAX_PROMISES } from './voter.js';
import type { Ballot, Proposal, QuorumMessage, Refusal, SlotEpoch } from './messages.js';

/** A kind's place here is its number on the wire: add at the end. */
const KINDS = [
  'ask',
  'answer',
  'release',
  'electorate',
  'leaving',
  'prepare',
  'promised',
  'propose',
  'accepted',
] as const;

/** What voters say to each other. */
export const QUORUM_FORMAT: MessageFormat<QuorumMessage> = { kinds: KINDS.length, read: fromWire };

/** The longest name of a slot: a role of 128 characters, and its index. */
const MAX_SLOT = 160;
const LAST_DATE = 8.64e15;
/** The longest time that a voter may say to be bound: far more than a promise lasts. */
const MAX_WAIT: Millis = 60_000;
/** The longest id of a node, as in a hello. */
const MAX_ID = 255;
/** The longest tag: the id of a founder and three numbers. */
const MAX_TAG = MAX_ID + 80;

/** An array in place of an object: these travel several times a second. */
export function toWire(message: QuorumMessage): readonly unknown[] {
  const { kind, life } = message;
  const head = [KINDS.indexOf(kind), life];
  switch (kind) {
    case 'ask':
      return [...head, message.round, message.tag, message.firm, message.slots];
    case 'release':
      return [...head, message.round, message.used, message.slots];
    case 'answer': {
      const refused = message.refused.map(({ slot, epoch, wait }) => [slot, epoch, wait]);
      return [...head, message.round, message.granted, refused];
    }
    case 'electorate': {
      const { electorate } = message;
      if (electorate === undefined) return head;
      const { generation, foundedAt, founder, version, voters } = electorate;
      return [...head, generation, foundedAt, founder, version, [...voters]];
    }
    case 'leaving':
      return head;
    case 'prepare':
    case 'accepted':
      return [...head, message.tag, message.ballot];
    case 'promised': {
      const { tag, ballot, earlier } = message;
      return [...head, tag, ballot, ...(earlier ? [earlier.ballot, [...earlier.voters]] : [])];
    }
    case 'propose':
      return [...head, message.tag, message.ballot, [...message.voters]];
  }
}

/** Checks what a peer has sent. `undefined` where any part of it is not what it should be. */
export function fromWire(wire: unknown): QuorumMessage | undefined {
  if (!Array.isArray(wire)) return undefined;
  const [code, life, ...fields] = wire as readonly unknown[];
  const kind = isCount(code) ? KINDS[code] : undefined;
  if (!isMoment(life) || kind === undefined) return undefined;
  switch (kind) {
    case 'ask': {
      const [round, tag, firm, list] = fields;
      const slots = listOf(list, slotEpoch);
      if (!isCount(round) || !isTag(tag) || typeof firm !== 'boolean') return undefined;
      return slots && { kind, life, round, tag, firm, slots };
    }
    case 'release': {
      const [round, used, list] = fields;
      const slots = listOf(list, slotName);
      if (!isCount(round) || typeof used !== 'boolean' || slots === undefined) return undefined;
      return { kind, life, round, used, slots };
    }
    case 'answer': {
      const [round, list, rest] = fields;
      const granted = listOf(list, slotName);
      const refused = listOf(rest, refusal);
      if (!isCount(round) || granted === undefined || refused === undefined) return undefined;
      return { kind, life, round, granted, refused };
    }
    case 'electorate': {
      if (fields.length === 0) return { kind, life, electorate: undefined };
      const electorate = electorateOf(fields);
      return electorate && { kind, life, electorate };
    }
    case 'leaving':
      return { kind, life };
    case 'prepare':
    case 'accepted': {
      const [tag, ballot] = fields;
      return isTag(tag) && isBallot(ballot) ? { kind, life, tag, ballot } : undefined;
    }
    case 'promised': {
      const [tag, ballot, ...rest] = fields;
      const earlier = proposalOf(rest);
      if (!isTag(tag) || !isBallot(ballot) || (rest.length > 0 && !earlier)) return undefined;
      return { kind, life, tag, ballot, earlier };
    }
    case 'propose': {
      const [tag, ...rest] = fields;
      const proposal = proposalOf(rest);
      return isTag(tag) && proposal ? { kind, life, tag, ...proposal } : undefined;
    }
  }
}

function listOf<T>(list: unknown, read: (wire: unknown) => T | undefined): T[] | undefined {
  if (!Array.isArray(list) || list.length > MAX_PROMISES) return undefined;
  const items: T[] = [];
  for (const wire of list as readonly unknown[]) {
    const item = read(wire);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}

function slotName(wire: unknown): string | undefined {
  return typeof wire === 'string' && wire.length > 0 && wire.length <= MAX_SLOT ? wire : undefined;
}

function slotEpoch(wire: unknown): SlotEpoch | undefined {
  if (!Array.isArray(wire)) return undefined;
  const [name, epoch] = wire as readonly unknown[];
  const slot = slotName(name);
  return slot !== undefined && isCount(epoch) ? [slot, epoch] : undefined;
}

function refusal(wire: unknown): Refusal | undefined {
  const asked = slotEpoch(wire);
  const wait = (wire as readonly unknown[] | undefined)?.[2];
  if (asked === undefined || !isMoment(wait) || wait > MAX_WAIT) return undefined;
  const [slot, epoch] = asked;
  return { slot, epoch, wait };
}

function electorateOf(fields: readonly unknown[]): Electorate | undefined {
  const [generation, foundedAt, founder, version, list] = fields;
  const voters = votersOf(list);
  if (!isCount(generation) || !isMoment(foundedAt) || !isId(founder)) return undefined;
  if (!isCount(version) || voters === undefined) return undefined;
  return { generation, foundedAt, founder, version, voters };
}

function proposalOf([ballot, list]: readonly unknown[]): Proposal | undefined {
  const voters = votersOf(list);
  return isBallot(ballot) && voters ? { ballot, voters } : undefined;
}

function votersOf(list: unknown): ReadonlyMap<NodeId, Millis> | undefined {
  const voters = listOf(list, (wire) => {
    if (!Array.isArray(wire)) return undefined;
    const [id, life] = wire as readonly unknown[];
    return isId(id) && isMoment(life) ? ([id, life] as const) : undefined;
  });
  return voters && new Map(voters);
}

function isBallot(wire: unknown): wire is Ballot {
  if (!Array.isArray(wire)) return false;
  const [count, by] = wire as readonly unknown[];
  return isCount(count) && isId(by);
}

function isTag(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TAG;
}

function isId(value: unknown): value is NodeId {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_ID;
}

function isMoment(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= LAST_DATE;
}
