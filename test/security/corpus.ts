import { BeethovenModule } from '../../libs/beethoven/src/index.js';
import { SimulatedCluster } from '../../libs/beethoven/src/testing/index.js';
import { SimulatedConnection } from '../../libs/beethoven/src/testing/simulated-connection.js';

const KEPT = 4_000;

/** Frames that nodes really send: those of a cluster that forms, loses a node and meets it again. */
export async function recordedFrames(): Promise<readonly Uint8Array[]> {
  const frames: Uint8Array[] = [];
  const prototype = SimulatedConnection.prototype;
  // oxlint-disable-next-line typescript/unbound-method -- called with the connection it is called on
  const { send } = prototype;
  prototype.send = function record(this: SimulatedConnection, ...[frame, priority]) {
    if (frames.length < KEPT) frames.push(Uint8Array.from(frame));
    return send.call(this, frame, priority);
  };
  try {
    const module = BeethovenModule.forRoot({ splitBrain: { strategy: 'keep-majority' } });
    const cluster = await SimulatedCluster.create({ nodes: 4, module, seed: 7 });
    const [node] = cluster.nodes;
    if (node !== undefined) cluster.crash(node);
    await cluster.settled();
    await cluster.advance(5_000);
    await cluster.close();
  } finally {
    prototype.send = send;
  }
  return frames;
}
