import { SHARE_ENV, Worker } from 'node:worker_threads';
import { anchor, type Anchor } from '../network/system-clock.js';
import type { AgentSetup, FromAgent } from './heartbeat-agent.js';
import type { StartHeartbeatThread } from './heartbeat-thread.js';

/** What the worker is given. */
export interface WorkerSetup extends AgentSetup {
  /** Both threads tell the time alike. */
  readonly anchor: Anchor;
}

/** Limits of V8's heap in the worker, which make it small: 6.5 to 8 MiB in all (measured). 16,384 members fit in. */
const LIMITS = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 24, stackSizeMb: 1 };

const FILE = new URL('./heartbeat.worker.js', import.meta.url);

/** A worker thread of Node.js. It does not keep the process alive. */
export const startWorkerThread: StartHeartbeatThread = (setup, listener) =>
  startWorker(FILE, setup, listener);

export function startWorker(
  file: URL,
  ...[setup, listener]: Parameters<StartHeartbeatThread>
): ReturnType<StartHeartbeatThread> {
  const worker = new Worker(file, {
    workerData: { ...setup, anchor: anchor() } satisfies WorkerSetup,
    resourceLimits: LIMITS,
    env: SHARE_ENV,
    execArgv: [], // loaders of the application are of no use to it
  });
  worker.unref();
  let ended = false;
  const end = (why: string): void => {
    if (ended) return;
    ended = true;
    listener.ended(why);
  };
  worker.on('message', (message: FromAgent) => {
    if (!ended) listener.message(message);
  });
  worker.once('error', (error) => end(error.message));
  worker.once('exit', (code) => end(`exit code ${code}`));
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- it is not a window
    post: (message) => worker.postMessage(message),
    terminate: () => {
      ended = true;
      void worker.terminate();
    },
  };
}
