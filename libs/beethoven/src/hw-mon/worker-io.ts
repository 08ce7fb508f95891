import { Worker } from 'node:worker_threads';
import type { Millis } from '../protocol/terms.js';
import type { IoCounters, IoSource } from './io-counters.js';

/** A worker that has not answered by then never will (ms). */
const DEADLINE: Millis = 30_000;

/**
 * The counters of `systeminformation`, for platforms without `/proc`. It runs commands, and importing it costs 10 MiB, so it lives
 * in a worker that ends with its answer: one that stayed would hold 12 to 17 MiB, this one leaves 4 to 8 MiB behind. An answer
 * costs 115 ms of CPU (measured), hence the pace.
 */
export class WorkerIo implements IoSource {
  readonly pace = 120_000;

  constructor(private readonly file = new URL('./io-worker.js', import.meta.url)) {}

  read(): Promise<IoCounters> {
    return new Promise((resolve, reject) => {
      const worker = new Worker(this.file, {
        resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4, stackSizeMb: 2 },
        stderr: true, // its warnings are not ours to print
      });
      worker.unref();
      const deadline = setTimeout(() => void worker.terminate(), DEADLINE);
      deadline.unref();
      worker.once('message', (counters: IoCounters) => resolve(counters));
      worker.once('error', reject);
      worker.once('exit', (code) => {
        clearTimeout(deadline);
        reject(new Error(`The worker ended without an answer (exit code ${code}).`));
      });
    });
  }
}
