import { describe, inject, onTestFinished } from 'vitest';
import type { Member } from '../support/member.js';
import type { MemberSpec } from '../support/protocol.js';
import { RealCluster } from '../support/real-cluster.js';
import { stamp } from '../support/stamp.js';
import type { Fault } from './faults.js';
import { NamespaceNetwork, type Host, type NetworkShape } from './namespace-network.js';

/** Skipped where namespaces cannot be had; what stands in the way was said before the tests. */
export function describeHosts(name: string, tests: () => void): void {
  const suite = inject('namespaces') ? describe : describe.skip;
  suite(name, tests);
}

export interface LabOptions extends NetworkShape {
  readonly roles?: MemberSpec['roles'];
  /** Imposed from the beginning. */
  readonly faults?: readonly Fault[];
}

/** Hosts in a network of their own, and a cluster of real processes on them. Everything ends with the test. */
export class Lab {
  static async build(options: LabOptions): Promise<Lab> {
    const network = await NamespaceNetwork.create(options);
    const lab = new Lab(network, options);
    onTestFinished(() => lab.#end());
    if (options.faults !== undefined) await network.impose(...options.faults);
    return lab;
  }

  /** With a member on each host, all of them one cluster. */
  static async start(options: LabOptions): Promise<Lab> {
    const lab = await Lab.build(options);
    for (const host of lab.network.hosts) lab.add(host);
    await lab.cluster.settled(FORMATION);
    return lab;
  }

  readonly cluster: RealCluster;

  private constructor(
    readonly network: NamespaceNetwork,
    { roles = [], mask = 28 }: LabOptions,
  ) {
    const { range: clusterNet } = NamespaceNetwork;
    const beethoven = {
      clusterNet,
      clusterNetMask: mask,
      listenerPort: 33_000,
      insecure: true,
    };
    this.cluster = new RealCluster({ nodes: network.hosts.length, roles, beethoven });
  }

  get members(): readonly Member[] {
    return this.cluster.members;
  }

  get hosts(): readonly Host[] {
    return this.network.hosts;
  }

  /** Starts a member on the host. @param own Options of the module for it alone. */
  add({ namespace }: Host, own?: Record<string, unknown>): Member {
    return this.cluster.add({ namespace }, own);
  }

  /** The host that this member was started on with the others. */
  hostOf(member: Member): Host {
    const host = this.hosts[this.members.indexOf(member)];
    if (host === undefined) throw new Error('This member has no host.');
    return host;
  }

  /** The one member that holds the role. */
  async holder(role: string): Promise<Member> {
    const [holder] = await this.cluster.holders(role);
    if (holder === undefined) throw new Error(`Nobody holds ${role}.`);
    return holder;
  }

  /** All members but these. */
  without(...excluded: readonly Member[]): Member[] {
    return this.members.filter((member) => !excluded.includes(member));
  }

  async #end(): Promise<void> {
    await this.cluster.end();
    await this.network.close();
  }
}

/** How long a cluster may take to form: most of it is the start of the processes. */
export const FORMATION = 60_000;

/** Who hears nobody at all judges slowest: Lifeguard has it probe at a ninth of the pace. */
const DETECTION = 30_000;

/** Each of these members has reported, since then, that each of those is down. */
export async function foundDown(
  members: readonly Member[],
  lost: readonly Member[],
  since: number,
): Promise<void> {
  const isDown = (id: string) => (report: { type: string; node: string }) =>
    report.type === 'down' && report.node === id;
  await Promise.all(
    members.flatMap((member) =>
      lost.map(({ id }) => member.first('node', isDown(id), { since, deadline: DETECTION })),
    ),
  );
}

/** The members whose end this one has reported since then, each once for each time. */
export function reportedDown(member: Member, since: number): string[] {
  return member.reports.flatMap((report) =>
    report.report === 'node' && report.type === 'down' && report.at >= since ? [report.node] : [],
  );
}

/** Whom this member suspects: the last that it has reported of them. */
export function suspectsOf(member: Member): string[] {
  const news = member.reports.flatMap((report) =>
    report.report === 'node' ? [[report.node, report.type] as const] : [],
  );
  return [...new Map(news)].flatMap(([node, type]) => (type === 'suspected' ? [node] : []));
}

/** How often these members have suspected one of the others since then. */
export function suspicions(members: readonly Member[], since: number): number {
  const reports = members.flatMap((member) => member.reports);
  return reports.filter(
    (report) => report.report === 'node' && report.type === 'suspected' && report.at >= since,
  ).length;
}

/** For so long (ms) none of these members reports anybody down; ends at once if one does. */
export async function nobodyIsFoundDown(members: readonly Member[], span: number): Promise<void> {
  const since = stamp();
  await Promise.all(
    members.map((member) =>
      member
        .first('node', ({ type }) => type === 'down', { since, deadline: span })
        .then(
          ({ node }) => {
            throw new Error(`${member.id} says that ${node} is down.`);
          },
          () => undefined,
        ),
    ),
  );
}
