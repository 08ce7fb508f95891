import { parentPort, workerData } from 'node:worker_threads';
import { systemRandom } from '../network/random.js';
import { clockAnchoredTo } from '../network/system-clock.js';
import { udpDatagrams } from '../network/udp-datagrams.js';
import { HeartbeatAgent, type ToAgent } from './heartbeat-agent.js';
import type { WorkerSetup } from './worker-thread.js';

// The thread itself. What it imports is what it costs: no Nest, no RxJS, no codec.
const setup = workerData as WorkerSetup;
const agent = new HeartbeatAgent(setup, clockAnchoredTo(setup.anchor), systemRandom, (message) =>
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- it is not a window
  parentPort?.postMessage(message),
);
parentPort?.on('message', (message: ToAgent) => agent.handle(message));
await agent.start(udpDatagrams);
