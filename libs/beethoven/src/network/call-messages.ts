import type { RemoteFault } from '../errors/remote-call.error.js';
import { isCount } from '../protocol/message-format.js';

/** Who answers calls. A service's place here is its number on the wire: add at the end. */
export const SERVICES = ['servers', 'tables'] as const;
export type CallService = (typeof SERVICES)[number];

/** What is to be done. */
export interface Order {
  /** 0 for a cast. */
  readonly number: number;
  /** `undefined`: nobody is there for it, as for one of a later release. */
  readonly service: CallService | undefined;
  /** As the service reads it. */
  readonly body: unknown;
}

/** What nodes that call each other say. */
export type CallMessage =
  | ({ readonly kind: 'call' } & Order)
  | ({ readonly kind: 'cast' } & Order)
  | { readonly kind: 'result'; readonly number: number; readonly body: unknown }
  | { readonly kind: 'fault'; readonly number: number; readonly fault: RemoteFault };

/** A kind's place here is its number on the wire: add at the end. */
export const CALL_KINDS = ['call', 'cast', 'result', 'fault'] as const;

/** Of another node's errors only so many characters are kept of each text. */
const MAX_TEXT = 10_000;

/** The compact form that travels: an array that starts with the kind. */
export function toWire(message: CallMessage): unknown[] {
  const head = [CALL_KINDS.indexOf(message.kind), message.number];
  switch (message.kind) {
    case 'call':
    case 'cast':
      return [...head, message.body, SERVICES.indexOf(message.service ?? 'servers')];
    case 'result':
      return [...head, message.body];
    case 'fault':
      return [...head, message.fault];
  }
}

/** Reads the body of a call; `undefined` for what makes no sense. */
export type ReadBody = (body: unknown) => unknown;

/**
 * Checks what a peer has sent, but for the body of a result, which is whatever was answered.
 * @param readerOf who reads the calls of a service, if anybody does
 */
export function fromWire(
  wire: unknown,
  readerOf: (service: CallService) => ReadBody | undefined,
): CallMessage | undefined {
  if (!Array.isArray(wire)) return undefined;
  const [code, number, content, place] = wire as readonly unknown[];
  const kind = isCount(code) ? CALL_KINDS[code] : undefined;
  if (kind === undefined || !isCount(number)) return undefined;
  if (kind === 'result') return { kind, number, body: content };
  if (kind === 'fault')
    return isFault(content) ? { kind, number, fault: clipped(content) } : undefined;
  if (!isCount(place)) return undefined;
  const service = SERVICES[place];
  const read = service && readerOf(service);
  if (read === undefined) return { kind, number, service: undefined, body: undefined };
  const body = read(content);
  return body === undefined ? undefined : { kind, number, service, body };
}

/** What is told of an error to whoever called. */
export function faultOf(error: unknown): RemoteFault {
  if (!(error instanceof Error)) return clipped({ name: 'Error', message: String(error) });
  const { code } = error as { code?: unknown };
  const { name, message } = error;
  return clipped(typeof code === 'string' ? { name, message, code } : { name, message });
}

function isFault(value: unknown): value is RemoteFault {
  if (typeof value !== 'object' || value === null) return false;
  const { name, message, code } = value as Record<keyof RemoteFault, unknown>;
  const isCode = code === undefined || typeof code === 'string';
  return typeof name === 'string' && typeof message === 'string' && isCode;
}

function clipped({ name, message, code }: RemoteFault): RemoteFault {
  const fault = { name: clip(name), message: clip(message) };
  return code === undefined ? fault : { ...fault, code: clip(code) };
}

const clip = (text: string): string => text.slice(0, MAX_TEXT);
