import { fileURLToPath } from 'node:url';
import { Member } from './member.js';
import type { MemberSpec } from './protocol.js';

// Members always run compiled, also when a test runs from source.
const ENTRY = import.meta.url.endsWith('.ts') ? '../../dist/test/app/main.js' : '../app/main.js';
// Each cluster gets a port of its own, so that nothing of the one before can be met.
let nextPort = 34_000 + (process.pid % 500) * 40;

export interface RealClusterOptions {
  readonly nodes: number;
  readonly roles?: MemberSpec['roles'];
  /** Options of the module beside name and port. */
  readonly beethoven?: Record<string, unknown>;
}

/** A cluster of separate processes on loopback. */
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

  add(execArgv: string[] = []): Member {
    const { roles = [], beethoven = {} } = this.options;
    const member = new Member(
      RealCluster.entry,
      { beethoven: { listenerPort: this.port, ...beethoven }, roles },
      { execArgv },
    );
    this.members.push(member);
    return member;
  }

  get running(): Member[] {
    return this.members.filter(({ isRunning }) => isRunning);
  }

  member(id: string): Member {
    const member = this.running.find((candidate) => candidate.id === id);
    if (member === undefined) throw new Error(`No running member is ${id}.`);
    return member;
  }

  /** Waits until every running member is ready, sees all the others, and agrees on holders that really run the roles. */
  async settled(deadline = 20_000): Promise<void> {
    const end = performance.now() + deadline;
    for (const member of this.running) await member.first('ready', undefined, { deadline });
    for (;;) {
      const trouble = await this.trouble();
      if (trouble === undefined) return;
      if (performance.now() > end)
        throw new Error(`The cluster did not settle in ${deadline} ms: ${trouble}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** What is not yet as it should be; `undefined` in a settled cluster. */
  async trouble(): Promise<string | undefined> {
    const states = await Promise.all(
      this.running.map(async (member) => ({ id: member.id, state: await member.state() })),
    );
    for (const { id, state } of states) {
      if (state.live.length !== states.length) return `${id} sees ${state.live.join(', ')}`;
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
  async holders(role: string): Promise<Member[]> {
    const [first] = this.running;
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
