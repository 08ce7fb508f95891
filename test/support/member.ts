import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Command, MemberSpec, Report } from './protocol.js';
import { stamp } from './stamp.js';

type ReportOf<K extends Report['report']> = Extract<Report, { report: K }>;

interface Waiter {
  readonly wants: (report: Report) => boolean;
  readonly done: (report: Report) => void;
}

export interface MemberSurroundings {
  readonly execArgv?: readonly string[];
  /** A network namespace to run in. */
  readonly namespace?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** One member of a real cluster: a process of its own, its reports, and the means to end it. */
export class Member {
  readonly reports: Report[] = [];
  readonly #waiters = new Set<Waiter>();
  /** Resolves when the process is gone. */
  readonly exited: Promise<unknown>;

  static spawn(
    entry: string,
    spec: MemberSpec,
    { execArgv = [], namespace, env = {} }: MemberSurroundings = {},
  ): Member {
    // `ip netns exec` replaces itself by the program, so pid and IPC channel are the member's own.
    const enter = namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace];
    const [program, ...args] = [...enter, process.execPath, ...execArgv, entry];
    const child = spawn(program ?? process.execPath, args, {
      env: { ...process.env, ...env, MEMBER: JSON.stringify(spec) },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    return new Member(child);
  }

  /** @param child Runs the program of a member, with an IPC channel to this process. */
  constructor(private readonly child: ChildProcess) {
    this.exited = once(child, 'exit');
    child.on('message', (report: Report) => this.take(report));
  }

  get pid(): number {
    const { pid } = this.child;
    if (pid === undefined) throw new Error('The member process could not be started.');
    return pid;
  }

  /** Known once it has started. */
  get id(): string {
    const started = this.reports.find((report) => report.report === 'started');
    if (started === undefined) throw new Error('The member has not started yet.');
    return started.id;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** The first report of the kind that fits, from now or from before. */
  async first<K extends Report['report']>(
    kind: K,
    fits: (report: ReportOf<K>) => boolean = () => true,
    { deadline = 30_000, since = -Infinity } = {},
  ): Promise<ReportOf<K>> {
    const wants = (report: Report) =>
      report.report === kind && report.at >= since && fits(report as ReportOf<K>);
    const past = this.reports.find(wants);
    if (past !== undefined) return past as ReportOf<K>;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        const last = this.reports.slice(-5).map((report) => JSON.stringify(report));
        reject(
          new Error(
            `no such ${kind} from ${this.pid} in ${deadline} ms; last:\n${last.join('\n')}`,
          ),
        );
      }, deadline);
      const waiter: Waiter = {
        wants,
        done: (report) => {
          clearTimeout(timer);
          resolve(report as ReportOf<K>);
        },
      };
      this.#waiters.add(waiter);
    });
  }

  /** Its state as of now. */
  async state(): Promise<ReportOf<'state'>> {
    const since = stamp();
    this.command({ command: 'state' });
    return this.first('state', undefined, { since });
  }

  command(command: Command): void {
    this.child.send(command);
  }

  /** Sends the signal; gives the moment just before it. */
  signal(signal: NodeJS.Signals): number {
    const at = stamp();
    process.kill(this.pid, signal);
    return at;
  }

  /** Kills the process and waits until it is gone. */
  async end(): Promise<void> {
    if (this.isRunning) this.child.kill('SIGKILL');
    await this.exited;
  }

  private take(report: Report): void {
    this.reports.push(report);
    for (const waiter of this.#waiters) {
      if (!waiter.wants(report)) continue;
      this.#waiters.delete(waiter);
      waiter.done(report);
    }
  }
}
