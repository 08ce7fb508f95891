import { Inject, Injectable } from '@nestjs/common';
import { AllocatorService } from '../allocator/allocator.service.js';
import { CoreServerService } from '../core-server/core-server.service.js';
import {
  DISTR_SERVER_METADATA,
  type DistrServerOptions,
} from '../decorators/distr-server.decorator.js';
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

/** While nobody runs a server, as between a crash and the takeover: how often it is looked for. */
const LOOK_AGAIN: Millis = 20;

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
    const name = options.name ?? server.name;
    const proxy: Record<string, (...args: unknown[]) => Promise<unknown>> = {};
    for (const [method, kind] of handlersOf(server)) {
      if (kind === 'event') continue;
      proxy[method] = async (...args) => {
        const deadline = this.clock.now() + timeout;
        const to = await this.#find(name, node, deadline);
        const body: ServerMessage = { server: name, method, args };
        const target = `${name}.${method}()`;
        if (kind === 'cast') return this.calls.cast(to, { target, body });
        const left = Math.max(0, deadline - this.clock.now());
        return this.calls.call(to, { target, body, timeout: left });
      };
    }
    return Object.freeze(proxy) as ServerProxy<S>;
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
      // oxlint-disable-next-line no-await-in-loop -- until it runs somewhere
      await pause(this.clock, LOOK_AGAIN);
    }
  }
}
