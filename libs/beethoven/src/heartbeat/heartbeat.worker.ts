import { parentPort, workerData } from 'node:worker_threads';
import { systemRandom } from '../network/random.js';
import { systemClock } from '../network/system-clock.js';
import { udpDatagrams } from '../network/udp-datagrams.js';
import { HeartbeatAgent, type AgentSetup, type ToAgent } from './heartbeat-agent.js';

// The thread itself. What it imports is what it costs: no Nest, no RxJS, no codec.
const agent = new HeartbeatAgent(workerData as AgentSetup, systemClock, systemRandom, (message) =>
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- it is not a window
  parentPort?.postMessage(message),
);
parentPort?.on('message', (message: ToAgent) => agent.handle(message));
await agent.start(udpDatagrams);
