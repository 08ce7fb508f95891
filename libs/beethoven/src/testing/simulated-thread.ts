import { HeartbeatAgent } from '../heartbeat/heartbeat-agent.js';
import type { StartHeartbeatThread } from '../heartbeat/heartbeat-thread.js';
import type { Random } from '../protocol/random.js';
import type { Millis } from '../protocol/terms.js';
import type { SimulatedProcess } from './simulated-process.js';
import type { Timeline } from './timeline.js';

/** What a worker thread takes to start, and a message from one thread to the other. */
const START: Millis = 40;
const HOP: Millis = 0.01;

/** The heartbeat threads of one simulated process: they have a clock of their own, which goes on while the main thread is blocked. */
export function simulatedThreads(
  process: SimulatedProcess,
  timeline: Timeline,
  random: Random,
): StartHeartbeatThread {
  return (setup, listener) => {
    const { clock, threadClock } = process;
    let ended = false;
    const agent = new HeartbeatAgent(setup, threadClock, random, (message) => {
      timeline.schedule(HOP, () => clock.run(() => ended || listener.message(message)));
    });
    timeline.schedule(START, () =>
      threadClock.run(() => ended || void agent.start(process.datagrams)),
    );
    return {
      post: (message) => {
        timeline.schedule(HOP, () => threadClock.run(() => ended || agent.handle(message)));
      },
      terminate: () => {
        ended = true;
        agent.stop();
      },
    };
  };
}
