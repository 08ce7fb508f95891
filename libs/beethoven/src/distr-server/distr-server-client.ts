import { Inject, Injectable } from '@nestjs/common';
import { Subscription } from 'rxjs';
import { AllocatorService } from '../allocator/allocator.service.js';
import { CoreServerService } from '../core-server/core-server.service.js';
import {
  DISTR_SERVER_METADATA,
  type DistrServerOptions,
} from '../decorators/distr-server.decorator.js';
import { CallLostError } from '../errors/call-lost.error.js';
import { DistrServerDefinitionError } from '../errors/distr-server-definition.error.js';
import { ServerNotRunningError } from '../errors/server-not-running.error.js';
import { Calls } from '../network/calls.js';
import { CLOCK, pause, type Clock } from '../network/clock.js';
import type { Millis, NodeId } from '../protocol/terms.js';
import type { DistrServerBase } from './distr-server-base.js';
import { DistrServerHost, type ServerMessage } from './distr-server-host.js';
import { handlersOf } from './handlers-of.js';

/** Where calls go, and how long they may take. */
export interface CallOptions {
  /**
   * `'nearest'`: this node where the server runs here, else the least busy that runs it. `'self'`: this node. `'least-busy'`: of all that
   * run it. Or the id of a node.
   * @default 'nearest'
   */
  readonly node?: NodeId | undefined;
  /** How long a call is waited for, the search for a node that runs the server included (ms). @default 5000 */
  readonly timeout?: Millis | undefined;
}

/** The methods of a server as its clients see them: those with `@HandleCall()` and `@HandleCast()`. */
export type ServerProxy<S> = {
  readonly [
    Method in Exclude<keyof S, keyof DistrServerBase<never>> as S[Method] extends (
      ...args: never[]
    ) => Promise<unknown>
      ? Method
      : never
  ]: S[Method];
};

const TIMEOUT: Millis = 5_000;

/** Between two tries to send a call to a node that is said to run a server and cannot be reached. */
const TRY_AGAIN: Millis = 20;

/** Calls DistrServers, wherever in the cluster they run. */
@Injectable()
export class DistrServerClient {
  constructor(
    private readonly host: DistrServerHost,
    private readonly calls: Calls,
    private readonly allocator: AllocatorService,
    private readonly coreServer: CoreServerService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Each method of what this gives is a call. A call is sent once and never repeated; arguments and results travel as rows do: plain
   * objects, arrays, strings, numbers, booleans, bytes and `null`. A method with `@HandleCast()` resolves when its message is sent.
   *
   * Its methods throw: RemoteCallError, with name, code and message of what the server threw; ServerNotRunningError when it does not run
   * there, also not after `timeout`; CallTimeoutError; CallLostError when the node is lost; UnsendableValueError.
   *
   * @throws DistrServerDefinitionError for a class without `@DistrServer`
   */
  of<S extends object>(
    server: abstract new (...args: never[]) => S,
    { node = 'nearest', timeout = TIMEOUT }: CallOptions = {},
  ): ServerProxy<S> {
    const options = Reflect.getOwnMetadata(DISTR_SERVER_METADATA, server) as
      DistrServerOptions | undefined;
    if (options === undefined)
      throw new DistrServerDefinitionError(server.name, 'it has no @DistrServer()');
    const service = 'servers';
    const name = options.name ?? server.name;
    const proxy: Record<string, (...args: unknown[]) => Promise<unknown>> = {};
    for (const [method, kind] of handlersOf(server)) {
      if (kind === 'event') continue;
      const target = `${name}.${method}()`;
      proxy[method] = (...args) => {
        const body: ServerMessage = { server: name, method, args };
        const deadline = this.clock.now() + timeout;
        return this.#reach(name, node, deadline, (to, left) =>
          kind === 'cast'
            ? this.calls.cast(to, { service, target, body })
            : this.calls.call(to, { service, target, body, timeout: left }),
        );
      };
    }
    return Object.freeze(proxy) as ServerProxy<S>;
  }

  /** A node may be gone before that is known: what was not sent to it goes to the next. */
  async #reach(
    server: string,
    node: string,
    deadline: Millis,
    send: (to: NodeId, left: Millis) => unknown,
  ): Promise<unknown> {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const to = await this.#find(server, node, deadline);
      const left = deadline - this.clock.now();
      try {
        // oxlint-disable-next-line no-await-in-loop
        return await send(to, Math.max(0, left));
      } catch (error) {
        const isUnsent = error instanceof CallLostError && !error.sent;
        if (!isUnsent || to === node || left <= 0) throw error;
        // oxlint-disable-next-line no-await-in-loop
        await pause(this.clock, TRY_AGAIN);
      }
    }
  }

  async #find(server: string, node: string, deadline: Millis): Promise<NodeId> {
    const self = this.coreServer.self.id;
    if (node === 'self' || (node === 'nearest' && this.host.isRunning(server))) return self;
    if (node !== 'nearest' && node !== 'least-busy') return node;
    for (;;) {
      const [found] = this.allocator.allocationList({
        eligible: ({ id }) => this.host.runsOn(server, id),
      });
      if (found !== undefined) return found;
      if (this.clock.now() >= deadline) throw new ServerNotRunningError(server, 'any node');
      // oxlint-disable-next-line no-await-in-loop -- until it runs somewhere, as after a takeover
      await this.#change(deadline);
    }
  }

  /** Resolves once another server runs, or there are other nodes; at the deadline if nothing changes. */
  #change(deadline: Millis): Promise<void> {
    return new Promise((resolve) => {
      const changes = new Subscription();
      const timer = this.clock.setTimer(deadline - this.clock.now(), () => done());
      const done = (): void => {
        timer.cancel();
        changes.unsubscribe();
        resolve();
      };
      changes.add(this.host.changes$.subscribe(done));
      changes.add(this.coreServer.membership$.subscribe(done));
    });
  }
}
