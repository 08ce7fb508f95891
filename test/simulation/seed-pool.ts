import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Verdict } from './seed.js';

const WORKER = fileURLToPath(new URL('./seed.worker.js', import.meta.url));
/** A seed that takes longer is given up (real ms). */
const DEADLINE = 240_000;
/** A worker is replaced after so many seeds: what a run leaves behind must not slow the later ones. */
const SEEDS_PER_WORKER = 250;

/**
 * Judges each of the seeds, several at a time, each in the next free process.
 *
 * @param judged Told of each verdict as it is found.
 */
export async function judgeAll(
  seeds: Iterable<number>,
  workers: number,
  nodes: number | undefined,
  judged: (verdict: Verdict) => void,
): Promise<void> {
  const rest = seeds[Symbol.iterator]();
  const work = async (): Promise<void> => {
    let worker: ChildProcess | undefined;
    let done = 0;
    for (let next = rest.next(); next.done !== true; next = rest.next()) {
      worker ??= fork(WORKER);
      // oxlint-disable-next-line no-await-in-loop -- a worker has one seed at a time
      const verdict = await ask(worker, next.value, nodes);
      judged(verdict);
      if (++done % SEEDS_PER_WORKER === 0 || worker.killed || !worker.connected) {
        worker.kill();
        worker = undefined;
      }
    }
    worker?.kill();
  };
  await Promise.all(Array.from({ length: workers }, work));
}

function ask(worker: ChildProcess, seed: number, nodes: number | undefined): Promise<Verdict> {
  return new Promise((resolve) => {
    const lost = (seen: string): void => settle(failed(seed, seen));
    const exited = (): void => lost('its process ended');
    const timer = setTimeout(() => {
      worker.kill('SIGKILL');
      lost(`no verdict after ${DEADLINE / 1_000} s`);
    }, DEADLINE);
    const settle = (verdict: Verdict): void => {
      clearTimeout(timer);
      worker.off('message', settle).off('exit', exited);
      resolve(verdict);
    };
    worker.on('message', settle).on('exit', exited);
    worker.send({ seed, nodes });
  });
}

function failed(seed: number, seen: string): Verdict {
  const failure = { law: 'every run ends', seen, script: '(the whole script of the seed)' };
  return { seed, nodeSeconds: 0, convergence: 0, failure };
}
