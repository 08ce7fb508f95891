import { MAX_PROMISES } from './voter.js';
import type { QuorumMessage, Refusal, SlotEpoch } from './messages.js';

/** A kind's place here is its number on the wire: add at the end. */
const KINDS = ['ask', 'answer', 'release'] as const;

/** The longest name of a slot: a role of 128 characters, and its index. */
const MAX_SLOT = 160;

/** An array in place of an object: these travel several times a second. */
export function toWire(message: QuorumMessage): readonly unknown[] {
  const { kind, life, round } = message;
  const head = [KINDS.indexOf(kind), life, round];
  switch (kind) {
    case 'ask':
    case 'release':
      return [...head, message.slots];
    case 'answer': {
      const refused = message.refused.map(({ slot, epoch, wait }) => [slot, epoch, wait]);
      return [...head, message.granted, refused];
    }
  }
}

/** Checks what a peer has sent. `undefined` where any part of it is not what it should be. */
export function fromWire(wire: unknown): QuorumMessage | undefined {
  if (!Array.isArray(wire)) return undefined;
  const [code, life, round, list, rest] = wire as readonly unknown[];
  const kind = isCount(code) ? KINDS[code] : undefined;
  if (!isMoment(life) || !isCount(round) || kind === undefined) return undefined;
  switch (kind) {
    case 'ask': {
      const slots = listOf(list, slotEpoch);
      return slots && { kind, life, round, slots };
    }
    case 'release': {
      const slots = listOf(list, slotName);
      return slots && { kind, life, round, slots };
    }
    case 'answer': {
      const granted = listOf(list, slotName);
      const refused = listOf(rest, refusal);
      return granted && refused && { kind, life, round, granted, refused };
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
  if (asked === undefined || !isMoment(wait)) return undefined;
  const [slot, epoch] = asked;
  return { slot, epoch, wait };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isMoment(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
