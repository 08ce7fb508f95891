import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Screen } from './screen.js';
import { moment, type Happening, type Snapshot } from './snapshot.js';

const NODE = fileURLToPath(new URL('./node.js', import.meta.url));
const NODES = 3;

/** One failover, as it was seen. */
export interface Failover {
  readonly role: string;
  readonly from: string;
  readonly to: string;
  /** From the kill to the start of the role elsewhere (ms). */
  readonly took: number;
}

/** Three nodes in processes of their own, what they tell, and the hand that kills one. */
export class Demo {
  readonly #nodes = new Map<ChildProcess, Snapshot | undefined>();
  readonly #startedAt = moment();
  #onHappening: ((happening: Happening) => void) | undefined;
  #ended = false;

  constructor(private readonly screen: Screen) {}

  /** Whether the nodes were told to end. */
  get ended(): boolean {
    return this.#ended;
  }

  start(): void {
    for (let i = 0; i < NODES; i++) this.startNode();
  }

  startNode(): void {
    const node = fork(NODE, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#nodes.set(node, undefined);
    node.on('message', (message: Snapshot | Happening) => {
      if (message.kind === 'happening') this.happened(message);
      else this.#nodes.set(node, message);
      this.refresh();
    });
    node.once('exit', (code) => {
      this.#nodes.delete(node);
      this.refresh();
      if (code !== null && code !== 0 && !this.#ended) {
        this.note(`a node ended with code ${code}`);
      }
    });
  }

  /** Resolves once every node sees all the others and every role has its instances. */
  async settled(deadline: number): Promise<void> {
    await this.until(deadline, 'the nodes to find each other', () => {
      const snapshots = [...this.#nodes.values()];
      return snapshots.every(
        (snapshot) =>
          snapshot?.nodes.length === NODES &&
          snapshot.roles.length > 0 &&
          snapshot.roles.every(({ count, nodes }) => nodes.length === count),
      );
    });
  }

  /** Kills the holder of the role and waits until it has started elsewhere. */
  async killHolder(role: string, deadline: number): Promise<Failover> {
    const [holder] =
      [...this.#nodes.values()][0]?.roles.find((held) => held.role === role)?.nodes ?? [];
    const victim = [...this.#nodes].find(([, snapshot]) => snapshot?.self === holder)?.[0];
    if (victim?.pid === undefined || holder === undefined)
      throw new Error(`Nobody holds the role ${role}.`);

    let restarted: Happening | undefined;
    this.#onHappening = (happening) => {
      if (happening.type === 'started' && happening.subject === role) restarted ??= happening;
    };
    const killedAt = moment();
    process.kill(victim.pid, 'SIGKILL');
    this.note(`kill -9 ${holder}, which runs ${role}`, killedAt);
    await this.until(deadline, `${role} to run elsewhere`, () => restarted !== undefined);
    this.#onHappening = undefined;
    if (restarted === undefined) throw new Error(`${role} did not start elsewhere.`);
    const failover = { role, from: holder, to: restarted.self, took: restarted.at - killedAt };
    this.note(
      `${role} runs on ${failover.to} ${failover.took.toFixed(1)} ms after the kill`,
      restarted.at,
    );
    return failover;
  }

  /** Ends every node, the kind way. */
  async end(): Promise<void> {
    this.#ended = true;
    const exits = [...this.#nodes.keys()].map(
      (node) => new Promise((resolve) => node.once('exit', resolve)),
    );
    for (const node of this.#nodes.keys()) node.kill('SIGTERM');
    await Promise.all(exits);
  }

  private happened(happening: Happening): void {
    this.note(`${happening.self}: ${happening.type} ${happening.subject}`, happening.at);
    this.#onHappening?.(happening);
  }

  private note(event: string, at = moment()): void {
    const seconds = ((at - this.#startedAt) / 1_000).toFixed(3);
    this.screen.event(`${seconds.padStart(8)} s  ${event}`);
  }

  private refresh(): void {
    const snapshot = [...this.#nodes.values()].find((seen) => seen !== undefined);
    this.screen.show(snapshot);
  }

  private async until(deadline: number, what: string, reached: () => boolean): Promise<void> {
    const end = moment() + deadline;
    while (!reached()) {
      if (moment() > end) throw new Error(`Waited ${deadline} ms for ${what}, in vain.`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
