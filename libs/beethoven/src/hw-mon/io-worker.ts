import { parentPort } from 'node:worker_threads';
import systeminformation from 'systeminformation';
import { readSystemIo } from './system-io.js';

async function answer(): Promise<void> {
  const counters = await readSystemIo(systeminformation);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- it is not a window
  parentPort?.postMessage(counters);
}

// A rejection ends the worker with an error, which is how the parent learns of it.
void answer();
