import { fileURLToPath } from 'node:url';
import { Member, type MemberSurroundings } from './member.js';
import type { MemberSpec } from './protocol.js';

// Members always run compiled, also when a test runs from source.
const ENTRY = import.meta.url.endsWith('.ts') ? '../../dist/test/app/main.js' : '../app/main.js';
// Each cluster gets a port of its own, so that nothing of the one before can be met, below those that systems give to callers.
let nextPort = 10_000 + (process.pid % 500) * 40;

export interface RealClusterOptions {
  readonly nodes: number;
  readonly roles?: MemberSpec['roles'];
  /** Options of the module beside name and port: for every member, or for the one with this number. */
  readonly beethoven?: Record<string, unknown> | ((member: number) => Record<string, unknown>);
}

/** A cluster of separate processes, on loopback unless each is put elsewhere. */
export class RealCluster {
  /** The program of a member. */
  static readonly entry = fileURLToPath(new URL(ENTRY, import.meta.url));

  readonly members: Member[] = [];
  readonly port = nextPort++;

  constructor(private readonly options: RealClusterOptions) {}

  /** Starts all nodes at once and waits until they are one cluster with all roles running. */
  static async start(options: RealClusterOptions): Promise<RealCluster> {
    const cluster = new RealCluster(options);
    for (let i = 0; i < options.nodes; i++) cluster.add();
    try {
      await cluster.settled();
    } catch (error) {
      await cluster.end();
      throw error;
    }
    return cluster;
  }

  add(surroundings?: MemberSurroundings, own?: Record<string, unknown>): Member {
    const member = Member.spawn(RealCluster.entry, this.spec(own), surroundings);
    this.members.push(member);
    return member;
  }

  /** What a member of this cluster is told to be. @param own Options of the module for it alone. */
  spec(own?: Record<string, unknown>): MemberSpec {
    const { roles = [], beethoven } = this.options;
    const common = typeof beethoven === 'function' ? beethoven(this.members.length) : beethoven;
    return { beethoven: { listenerPort: this.port, ...common, ...own }, roles };
  }

  get running(): Member[] {
    return this.members.filter(({ isRunning }) => isRunning);
  }

  member(id: string): Member {
    const member = this.running.find((candidate) => candidate.id === id);
    if (member === undefined) throw new Error(`No running member is ${id}.`);
    return member;
  }

  /**
   * Waits until every member is ready, sees all the others and nobody else, and agrees on holders that really run the roles.
   *
   * @param members Those that can reach each other, where not all running ones can.
   */
  async settled(deadline = 20_000, members = this.running): Promise<void> {
    const end = performance.now() + deadline;
    for (const member of members) await member.first('ready', undefined, { deadline });
    for (;;) {
      const trouble = await this.trouble(members);
      if (trouble === undefined) return;
      if (performance.now() > end)
        throw new Error(`The cluster did not settle in ${deadline} ms: ${trouble}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** What is not yet as it should be; `undefined` in a settled cluster. */
  async trouble(members = this.running): Promise<string | undefined> {
    const states = await Promise.all(
      members.map(async (member) => ({ id: member.id, state: await member.state() })),
    );
    const everyone = states.map(({ id }) => id).toSorted();
    for (const { id, state } of states) {
      if (state.live.toSorted().join() !== everyone.join())
        return `${id} sees ${state.live.join(', ')}`;
      for (const { name, instances } of this.options.roles ?? []) {
        const seen = state.roles.find(({ role }) => role === name)?.nodes ?? [];
        const run = states.filter((other) => other.state.running.some(({ role }) => role === name));
        const wanted = Math.min(instances, states.length);
        if (seen.length !== wanted || run.length !== wanted)
          return `${id} sees ${name} on [${seen.join(', ')}], it runs on [${run.map((holder) => holder.id).join(', ')}]`;
      }
    }
    return undefined;
  }

  /** The members on which the role runs. */
  async holders(role: string, [first] = this.running): Promise<Member[]> {
    const state = await first?.state();
    return (state?.roles.find((held) => held.role === role)?.nodes ?? []).map((id) =>
      this.member(id),
    );
  }

  async end(): Promise<void> {
    for (const member of this.members) if (member.isRunning) member.signal('SIGCONT');
    await Promise.all(this.members.map((member) => member.end()));
  }
}
