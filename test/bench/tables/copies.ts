import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Jobs } from './jobs.js';

const ENTRY = fileURLToPath(new URL('./copy.js', import.meta.url));
let nextPort = 36_000 + (process.pid % 400) * 40;

type Given<J extends keyof Jobs> = Parameters<Jobs[J]>[0];
type Result<J extends keyof Jobs> = Awaited<ReturnType<Jobs[J]>>;

/** A process with copies of the tables, seen from the one that measures. */
export class Copy {
  readonly #waiting = new Map<
    number,
    { resolve(value: never): void; reject(error: Error): void }
  >();
  readonly #started: Promise<unknown>;
  #jobs = 0;

  private constructor(
    private readonly child: ChildProcess,
    private readonly port: number,
  ) {
    this.#started = new Promise((resolve, reject) => this.#waiting.set(0, { resolve, reject }));
    child.on('message', (message: { id: number; result?: never; error?: string }) => {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.error === undefined) waiting?.resolve(message.result as never);
      else waiting?.reject(new Error(message.error));
    });
    child.on('exit', () => {
      for (const waiting of this.#waiting.values()) waiting.reject(new Error('A copy is gone.'));
    });
  }

  static async start(port: number): Promise<Copy> {
    const copy = new Copy(
      fork(ENTRY, { execArgv: ['--expose-gc'], env: { ...process.env, PORT: String(port) } }),
      port,
    );
    await copy.#started;
    return copy;
  }

  /** So many processes, one cluster; the eldest, which decides transactions, first. */
  static async cluster(size: number): Promise<[Copy, ...Copy[]]> {
    const port = nextPort++;
    const copies: [Copy, ...Copy[]] = [await Copy.start(port)];
    for (let i = 1; i < size; i++) copies.push(await Copy.start(port));
    await Promise.all(copies.map((copy) => copy.do('together', size)));
    return copies;
  }

  /** One more, in the cluster of another. */
  static join(other: Copy): Promise<Copy> {
    return Copy.start(other.port);
  }

  do<J extends keyof Jobs>(
    job: J,
    ...[given]: Given<J> extends undefined ? [] : [given: Given<J>]
  ): Promise<Result<J>> {
    const id = ++this.#jobs;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.child.send({ id, job, given });
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async end(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}
