import { Inject, Injectable } from '@nestjs/common';
import { CallLostError } from '../errors/call-lost.error.js';
import { CallTimeoutError } from '../errors/call-timeout.error.js';
import { RemoteCallError } from '../errors/remote-call.error.js';
import type { MessageFormat } from '../protocol/message-format.js';
import { Numbered } from '../protocol/numbered.js';
import type { Millis, NodeId } from '../protocol/terms.js';
import {
  CALL_KINDS,
  faultOf,
  fromWire,
  toWire,
  type CallMessage,
  type Order,
  type CallService,
  type ReadBody,
} from './call-messages.js';
import { CLOCK, type Clock, type Timer } from './clock.js';
import { Identity } from './identity.js';
import { Mesh } from './mesh.js';

/** How a service takes part: what its calls say, and what it answers. */
interface Service {
  readonly read: ReadBody;
  readonly answer: (from: NodeId, body: unknown) => Promise<unknown>;
}

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
  readonly number: number;
  readonly to: NodeId;
  readonly call: Call;
  readonly timer: Timer;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The most calls that wait for their answers. */
const MAX_PENDING = 65_536;

/**
 * Calls from node to node, itself included: with an answer within a time-out, or without one. A call is sent once and never
 * repeated.
 */
@Injectable()
export class Calls {
  readonly #pending = new Numbered<Pending>();
  readonly #services: Partial<Record<CallService, Service>> = {};
  #numbers = 0;

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly mesh: Mesh,
    private readonly identity: Identity,
  ) {
    const format: MessageFormat<CallMessage> = {
      kinds: CALL_KINDS.length,
      read: (wire) => fromWire(wire, (service) => this.#services[service]?.read),
    };
    mesh.onMessage('calls', format, (from, message) => this.#take(from, message));
    mesh.onLinkDown((id) => {
      for (const { number, to, call } of this.#pending.values())
        if (to === id) this.#settle(number)?.reject(new CallLostError(id, call.target, true));
    });
  }

  /**
   * Who answers the calls for a service.
   * @param read checks what is called; `undefined` for what makes no sense, over which the link is closed
   * @param answer what it rejects with is told to the caller: name, code and message
   */
  serve<Body>(
    service: CallService,
    read: (body: unknown) => Body | undefined,
    answer: (from: NodeId, body: Body) => Promise<unknown>,
  ): void {
    this.#services[service] = { read, answer } as Service;
  }

  /** @throws RemoteCallError, CallTimeoutError, CallLostError; UnsendableValueError for a body that cannot travel */
  call(to: NodeId, call: Call): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const number = ++this.#numbers;
      const { service, body } = call;
      const message = { kind: 'call', number, service, body } as const;
      if (this.#pending.size >= MAX_PENDING || !this.#isTold(to, message)) {
        reject(new CallLostError(to, call.target, false));
        return;
      }
      const timer = this.clock.setTimer(call.timeout, () => {
        this.#settle(number)?.reject(new CallTimeoutError(to, call.target, call.timeout));
      });
      this.#pending.set(number, { number, to, call, timer, resolve, reject });
    });
  }

  /** @throws CallLostError where it could not be sent; UnsendableValueError for a body that cannot travel */
  cast(to: NodeId, { service, target, body }: Omit<Call, 'timeout'>): void {
    if (!this.#isTold(to, { kind: 'cast', number: 0, service, body }))
      throw new CallLostError(to, target, false);
  }

  #take(from: NodeId, message: CallMessage): void {
    const { kind, number } = message;
    if (kind === 'call') void this.#answer(from, number, this.#handle(from, message));
    else if (kind === 'cast') this.#handle(from, message).catch(() => undefined);
    else if (this.#pending.get(number)?.to !== from)
      return; // too late
    else if (kind === 'result') this.#settle(number)?.resolve(message.body);
    else this.#settle(number)?.reject(new RemoteCallError(from, message.fault));
  }

  async #handle(from: NodeId, { service, body }: Order): Promise<unknown> {
    const called = service && this.#services[service];
    if (called === undefined)
      throw new Error('There is no such service here: run the same version on all nodes.');
    return called.answer(from, body);
  }

  async #answer(to: NodeId, number: number, answer: Promise<unknown>): Promise<void> {
    try {
      const result = await answer;
      if (this.#isTold(to, { kind: 'result', number, body: result })) return;
      throw new CallLostError(to, 'The answer', false);
    } catch (error) {
      this.#isTold(to, { kind: 'fault', number, fault: faultOf(error) });
    }
  }

  #isTold(to: NodeId, message: CallMessage): boolean {
    if (to !== this.identity.id) return this.mesh.send(to, 'calls', toWire(message));
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
