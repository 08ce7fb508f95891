import { Inject, Injectable, Logger } from '@nestjs/common';
import { Subscription, type Observable } from 'rxjs';
import { DepartedRows } from '../allocator/departed-rows.js';
import { CoreServerService } from '../core-server/core-server.service.js';
import { DistrServerExplorer } from '../discovery/distr-server.explorer.js';
import { DistrServerDefinitionError } from '../errors/distr-server-definition.error.js';
import { ServerNotRunningError } from '../errors/server-not-running.error.js';
import { TableTimeoutError } from '../errors/table-timeout.error.js';
import { Calls } from '../network/calls.js';
import { CLOCK, type Clock } from '../network/clock.js';
import { Bars } from '../protocol/roles/bars.js';
import type { NodeId } from '../protocol/terms.js';
import { SlotRunner } from '../role-mgmt/slot-runner.js';
import type { Table } from '../tables/table.js';
import { TableService } from '../tables/table.service.js';
import type { DistrServerDefinition, Server, ServerRow } from './distr-server-definition.js';
import { Mailbox } from './mailbox.js';

/** Which servers run on a node: written by the node itself. */
interface ServersRow {
  readonly node: NodeId;
  readonly servers: readonly string[];
}

/** A message to a server. */
export interface ServerMessage {
  readonly server: string;
  readonly method: string;
  readonly args: readonly unknown[];
}

interface Running {
  readonly instance: Server;
  readonly definition: DistrServerDefinition;
  readonly mailbox: Mailbox;
  /** Something went wrong of which nobody else hears. */
  readonly crash: (error: unknown) => void;
}

/**
 * Runs the DistrServers of this node. One that is a role as well is started and stopped by it; the others run here from start to stop,
 * under the same supervision: a crash is followed by a new instance, too many by a pause.
 */
@Injectable()
export class DistrServerHost {
  readonly #logger = new Logger('DistrServer');
  readonly #servers: Table<ServersRow>;
  readonly #running = new Map<string, Running>();
  readonly #runners = new Map<string, SlotRunner>();
  readonly #bars = new Bars();
  readonly #departed: DepartedRows<ServersRow>;
  #state: 'new' | 'running' | 'stopped' = 'new';

  constructor(
    private readonly explorer: DistrServerExplorer,
    private readonly tables: TableService,
    private readonly coreServer: CoreServerService,
    @Inject(CLOCK) private readonly clock: Clock,
    calls: Calls,
  ) {
    this.#servers = tables.open<ServersRow>({
      name: 'beethoven.servers',
      key: 'node',
      columns: ['node', 'servers'],
      types: { node: 'string', servers: 'array' },
    });
    this.#departed = new DepartedRows(this.#servers, coreServer, clock);
    calls.serve('servers', readServerMessage, (_, message) => this.handle(message));
  }

  /** Opens the tables of all servers, so that they are here before the node takes its part. */
  openTables(): void {
    for (const definition of this.explorer.definitions.values()) this.#open(definition);
  }

  /** Starts the servers that are no roles. */
  start(): void {
    if (this.#state !== 'new') return;
    this.#state = 'running';
    this.#departed.start();
    const self = this.coreServer.self.id;
    // Where others took this node for gone, and removed its row.
    this.#servers.watch().subscribe(({ key, row }) => {
      if (key === self && row === undefined) this.#announce();
    });
    // What an earlier life of this node ran does not run any more.
    if (this.#servers.has(self)) this.#announce();
    for (const definition of this.explorer.definitions.values())
      if (!definition.isRole) this.#launch(definition);
  }

  /** Resolves when the messages at hand are done, or were waited for long enough. */
  async stop(): Promise<void> {
    this.#state = 'stopped';
    this.#departed.stop();
    await Promise.all(Array.from(this.#runners.values(), (runner) => runner.stop('drain')));
  }

  isRunning(server: string): boolean {
    return this.#running.has(server);
  }

  /** Some node runs other servers than before. */
  get changes$(): Observable<unknown> {
    return this.#servers.watch();
  }

  /** Whether a server runs on a node, as far as this one knows. */
  runsOn(server: string, node: NodeId): boolean {
    const servers: unknown = this.#servers.get(node)?.servers;
    return Array.isArray(servers) && servers.includes(server);
  }

  tableOf(instance: object): Table<ServerRow> {
    return this.#open(this.#definitionOf(instance));
  }

  /** Runs an instance until the signal fires. Rejects when it crashes. */
  async run(instance: object, args: unknown, signal: AbortSignal): Promise<void> {
    const definition = this.#definitionOf(instance);
    const server = instance as Server;
    const { name, subscribe } = definition;
    const table = this.#open(definition);
    await this.#exists(table, signal);
    if (signal.aborted) return;
    await server.onEntry?.(args);
    if (signal.aborted) return;
    const mailbox = new Mailbox(name);
    const events = new Subscription();
    try {
      await new Promise<void>((resolve, crash) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
        const running: Running = { instance: server, definition, mailbox, crash };
        if (subscribe) events.add(table.watch().subscribe((event) => this.#tell(running, event)));
        this.#running.set(name, running);
        this.#announce();
      });
    } finally {
      if (this.#running.get(name)?.instance === server) this.#running.delete(name);
      this.#announce();
      events.unsubscribe();
      await mailbox.close(new ServerNotRunningError(name, this.coreServer.self.id));
    }
  }

  /** Has a message dealt with by a server on this node. Resolves for a call with its result, for a cast at once. */
  async handle({ server, method, args }: ServerMessage): Promise<unknown> {
    const running = this.#running.get(server);
    if (running === undefined) throw new ServerNotRunningError(server, this.coreServer.self.id);
    const kind = running.definition.handlers.get(method);
    if (kind !== 'call' && kind !== 'cast')
      throw new DistrServerDefinitionError(
        running.definition.className,
        `"${method}" is neither a @HandleCall() nor a @HandleCast() here: run the same version on all nodes, or decorate it`,
      );
    const answer = this.#post(running, method, args);
    if (kind === 'call') return answer;
    answer.catch(running.crash);
    return undefined;
  }

  #post(
    { instance, mailbox }: Running,
    method: string,
    args: readonly unknown[],
  ): Promise<unknown> {
    return mailbox.post(() =>
      (instance[method] as (...given: readonly unknown[]) => unknown)(...args),
    );
  }

  #tell(running: Running, event: unknown): void {
    for (const [method, kind] of running.definition.handlers)
      if (kind === 'event') this.#post(running, method, [event]).catch(running.crash);
  }

  #launch(definition: DistrServerDefinition): void {
    const { name, className, args, restart, stopTimeout } = definition;
    const role = {
      name,
      className,
      args,
      restart,
      stopTimeout,
      instances: 1,
      safety: 'available',
      handoff: 'stop-first',
      create: () => definition.create(),
    } as const;
    const place = { slot: 0, epoch: 0, node: this.coreServer.self.id };
    const runner = new SlotRunner(role, place, this.clock, {
      running: () => undefined,
      gaveUp: () => {
        const span = this.#bars.add(name, this.clock.now());
        this.#logger.error(`${className} crashed too often: it starts again in ${span} ms`);
        this.clock.setTimer(span, () => {
          if (this.#state === 'running') this.#launch(definition);
        });
      },
    });
    this.#runners.set(name, runner);
    runner.start();
  }

  #open(definition: DistrServerDefinition): Table<ServerRow> {
    const { table, hasCreation } = definition;
    const onCreated = async (created: Table<ServerRow>): Promise<void> => {
      const instance = await definition.create();
      await instance.onTableCreated?.(created);
    };
    return this.tables.open<ServerRow>(hasCreation ? { ...table, onCreated } : table);
  }

  async #exists(table: Table<ServerRow>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- until it does
        return await table.untilExists();
      } catch (error) {
        if (!(error instanceof TableTimeoutError)) throw error;
        this.#logger.warn(error.message);
      }
    }
  }

  #announce(): void {
    const node = this.coreServer.self.id;
    this.#servers.put({ node, servers: [...this.#running.keys()] });
  }

  #definitionOf(instance: object): DistrServerDefinition {
    for (const definition of this.explorer.definitions.values())
      if (definition.type === instance.constructor) return definition;
    throw new DistrServerDefinitionError(
      instance.constructor.name,
      'it has no @DistrServer(), or is no provider of the application',
    );
  }
}

/** Checks what a peer has sent. */
function readServerMessage(body: unknown): ServerMessage | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { server, method, args } = body as Record<keyof ServerMessage, unknown>;
  if (typeof server !== 'string' || typeof method !== 'string' || !Array.isArray(args))
    return undefined;
  return { server, method, args };
}
