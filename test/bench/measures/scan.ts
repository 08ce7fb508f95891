import { NamespaceNetwork } from '../../netns/namespace-network.js';
import { run } from '../../netns/run.js';
import type { Member } from '../../support/member.js';
import { RealCluster } from '../../support/real-cluster.js';

const MASK = 16;

/**
 * What the start of an application leaves to do (ms) is not measured: from 10 to 35 s after it, a node costs 0.9 % without any range, and 0.24 %
 * from half a minute on.
 */
const WARM_UP = 30_000;

export interface Watching {
  /** All that the node does, in per cent of one core (CPU time). */
  readonly cpu: number;
  /** Addresses called in a second. */
  readonly calls: number;
}

/** A /16 in which hardly anybody is. */
export class EmptyNetwork {
  readonly #cluster: RealCluster;

  private constructor(private readonly network: NamespaceNetwork) {
    const { range: clusterNet } = NamespaceNetwork;
    const beethoven = { clusterNet, clusterNetMask: MASK, insecure: true };
    this.#cluster = new RealCluster({ nodes: 2, beethoven });
  }

  /** Rejects where namespaces cannot be had. */
  static async create(): Promise<EmptyNetwork> {
    return new EmptyNetwork(await NamespaceNetwork.create({ hosts: 2, mask: MASK }));
  }

  async remove(): Promise<void> {
    await this.#cluster.end();
    await this.network.close();
  }

  /** What a node alone does that watches. */
  async watch(span: number, discovery: readonly string[]): Promise<Watching> {
    const member = this.#add(0, { discovery });
    await member.first('ready');
    await pause(WARM_UP);
    const callsBefore = await this.#calls();
    const before = await member.state();
    await pause(span);
    const after = await member.state();
    const calls = (await this.#calls()) - callsBefore;
    await member.end();
    const used = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
    const passed = after.at - before.at;
    return { cpu: (used / 1_000 / passed) * 100, calls: (calls / passed) * 1_000 };
  }

  /** Application started to linked with the node that a seed names, of a node that searches the whole network as well (ms). */
  async join(discovery: readonly string[]): Promise<number> {
    const elder = this.#add(0, { discovery: ['seeds'] });
    await elder.first('ready');
    const seeds = [elder.id.replace(/^.*@/, '')];
    const newcomer = this.#add(1, { discovery, seeds });
    const { at: linkedAt } = await newcomer.first('node', ({ node }) => node === elder.id);
    const { at: startedAt } = await newcomer.first('started');
    await newcomer.end();
    await elder.end();
    return Math.max(0, linkedAt - startedAt);
  }

  /** The connections that somebody on the first host has ever begun, as its kernel counts them. */
  async #calls(): Promise<number> {
    const namespace = this.network.hosts[0]?.namespace ?? '';
    const table = await run('ip', ['netns', 'exec', namespace, 'cat', '/proc/net/snmp']);
    const [names = [], figures = []] = table
      .split('\n')
      .filter((line) => line.startsWith('Tcp:'))
      .map((line) => line.split(' '));
    return Number(figures[names.indexOf('ActiveOpens')]);
  }

  #add(host: number, options: Record<string, unknown>): Member {
    return this.#cluster.add({ namespace: this.network.hosts[host]?.namespace ?? '' }, options);
  }
}

const pause = (span: number) => new Promise((resolve) => setTimeout(resolve, span));
