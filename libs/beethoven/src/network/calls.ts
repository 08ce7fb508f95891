import { Inject, Injectable } from '@nestjs/common';
import { CallLostError } from '../errors/call-lost.error.js';
import { CallTimeoutError } from '../errors/call-timeout.error.js';
import { RemoteCallError, type RemoteFault } from '../errors/remote-call.error.js';
import type { Millis, NodeId } from '../protocol/terms.js';
import { CLOCK, type Clock, type Timer } from './clock.js';
import { Identity } from './identity.js';
import { Mesh } from './mesh.js';

/** Who answers calls. A service's place here is its number on the wire: add at the end. */
const SERVICES = ['servers', 'tables'] as const;
export type CallService = (typeof SERVICES)[number];

type Handler = (from: NodeId, body: unknown) => Promise<unknown>;

/** What is asked of another node. */
export interface Call {
  readonly service: CallService;
  /** For messages: what is called. */
  readonly target: string;
  readonly body: unknown;
  /** How long the answer is waited for (ms). */
  readonly timeout: Millis;
}

interface Pending {
  readonly to: NodeId;
  readonly call: Call;
  readonly timer: Timer;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A message's first part. */
const KIND = { call: 0, cast: 1, result: 2, fault: 3 } as const;

/** The most calls that wait for their answers. */
const MAX_PENDING = 65_536;

/** Of another node's errors only so many characters are kept of each text. */
const MAX_TEXT = 10_000;

/**
 * Calls from node to node, itself included: with an answer within a time-out, or without one. A call is sent once and never
 * repeated.
 */
@Injectable()
export class Calls {
  readonly #pending = new Map<number, Pending>();
  readonly #handlers: Partial<Record<CallService, Handler>> = {};
  #numbers = 0;

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly mesh: Mesh,
    private readonly identity: Identity,
  ) {
    mesh.onMessage('calls', (from, message) => this.#take(from, message));
    mesh.onLinkDown((id) => {
      for (const [number, { to, call }] of this.#pending)
        if (to === id) this.#settle(number)?.reject(new CallLostError(id, call.target, true));
    });
  }

  /** Who answers the calls for a service. What it rejects with is told to the caller: name, code and message. */
  serve(service: CallService, handler: Handler): void {
    this.#handlers[service] = handler;
  }

  /** @throws RemoteCallError, CallTimeoutError, CallLostError; UnsendableValueError for a body that cannot travel */
  call(to: NodeId, call: Call): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const number = ++this.#numbers;
      const message = [KIND.call, number, call.body, SERVICES.indexOf(call.service)];
      if (this.#pending.size >= MAX_PENDING || !this.#isTold(to, message)) {
        reject(new CallLostError(to, call.target, false));
        return;
      }
      const timer = this.clock.setTimer(call.timeout, () => {
        this.#settle(number)?.reject(new CallTimeoutError(to, call.target, call.timeout));
      });
      this.#pending.set(number, { to, call, timer, resolve, reject });
    });
  }

  /** @throws CallLostError where it could not be sent; UnsendableValueError for a body that cannot travel */
  cast(to: NodeId, { service, target, body }: Omit<Call, 'timeout'>): void {
    if (!this.#isTold(to, [KIND.cast, 0, body, SERVICES.indexOf(service)]))
      throw new CallLostError(to, target, false);
  }

  #take(from: NodeId, message: unknown): void {
    if (!Array.isArray(message)) return;
    const [kind, number, body, service] = message as unknown[];
    if (typeof number !== 'number') return;
    if (kind === KIND.call) void this.#answer(from, number, this.#handle(from, body, service));
    else if (kind === KIND.cast) this.#handle(from, body, service).catch(() => undefined);
    else if (this.#pending.get(number)?.to !== from)
      return; // too late
    else if (kind === KIND.result) this.#settle(number)?.resolve(body);
    else this.#settle(number)?.reject(new RemoteCallError(from, soundFault(body)));
  }

  async #handle(from: NodeId, body: unknown, service: unknown): Promise<unknown> {
    const handler = this.#handlers[SERVICES[Number(service)] ?? 'servers'];
    return handler?.(from, body);
  }

  async #answer(to: NodeId, number: number, answer: Promise<unknown>): Promise<void> {
    try {
      const result = await answer;
      if (this.#isTold(to, [KIND.result, number, result])) return;
      throw new CallLostError(to, 'The answer', false);
    } catch (error) {
      this.#isTold(to, [KIND.fault, number, faultOf(error)]);
    }
  }

  #isTold(to: NodeId, message: unknown): boolean {
    if (to !== this.identity.id) return this.mesh.send(to, 'calls', message);
    // Not before the caller waits for the answer.
    queueMicrotask(() => this.#take(to, message));
    return true;
  }

  #settle(number: number): Pending | undefined {
    const pending = this.#pending.get(number);
    this.#pending.delete(number);
    pending?.timer.cancel();
    return pending;
  }
}

/** What is told of an error to whoever called. */
function faultOf(error: unknown): RemoteFault {
  if (!(error instanceof Error)) return { name: 'Error', message: clip(String(error)) };
  const { code } = error as { code?: unknown };
  const fault = { name: clip(error.name), message: clip(error.message) };
  return typeof code === 'string' ? { ...fault, code: clip(code) } : fault;
}

function soundFault(value: unknown): RemoteFault {
  const { name, code, message } = (value ?? {}) as Record<string, unknown>;
  return {
    name: typeof name === 'string' ? clip(name) : 'Error',
    message: typeof message === 'string' ? clip(message) : '',
    code: typeof code === 'string' ? clip(code) : undefined,
  };
}

const clip = (text: string): string => text.slice(0, MAX_TEXT);
