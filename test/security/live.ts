import { Module } from '@nestjs/common';
import { BeethovenModule } from '../../libs/beethoven/src/index.js';
import { CALL_KINDS, fromWire } from '../../libs/beethoven/src/network/call-messages.js';
import { encode } from '../../libs/beethoven/src/network/codec.js';
import { FRAME, readFrame } from '../../libs/beethoven/src/network/link-frames.js';
import { Mesh } from '../../libs/beethoven/src/network/mesh.js';
import { MEMBERSHIP_FORMAT } from '../../libs/beethoven/src/protocol/membership/messages.js';
import {
  isOfLaterKind,
  type MessageFormat,
} from '../../libs/beethoven/src/protocol/message-format.js';
import { QUORUM_FORMAT } from '../../libs/beethoven/src/protocol/quorum/wire.js';
import { parseHello } from '../../libs/beethoven/src/protocol/seek-chat/hello.js';
import { TABLE_FORMAT } from '../../libs/beethoven/src/protocol/tables/wire.js';
import { SimulatedCluster } from '../../libs/beethoven/src/testing/index.js';
import { SeededRandom } from '../../libs/beethoven/src/testing/seeded-random.js';
import { Mutator } from './mutator.js';
import { Rogue, helloOf, stateOf } from './rogue.js';

/** So many inputs are sent between two looks at what the node believes. */
const BETWEEN_LOOKS = 32;

/** A body is the business of its service, which the fuzz of the readers does not have. */
const CALLS: MessageFormat<unknown> = {
  kinds: CALL_KINDS.length,
  read: (wire) => fromWire(wire, () => (body) => body ?? null),
};
const FORMATS = [MEMBERSHIP_FORMAT, TABLE_FORMAT, QUORUM_FORMAT, CALLS];

@Module({})
class AppModule {}

export interface LiveReport {
  /** Sent as the hello; sent over a link. */
  readonly hellos: number;
  readonly frames: number;
  /** Made sense after all, and were not sent: a member may change what the others believe. */
  readonly sound: number;
  readonly faults: readonly string[];
  /** The longest that the process has computed for one input (ms), with all that its cluster did meanwhile. */
  readonly slowest: number;
}

/**
 * Sends what makes no sense to a live node of a cluster of three, a part as the hello of a stranger, the rest over the links of members, and sees that
 * members, rows and roles are afterwards what they were before.
 *
 * @param limit the longest that one input may take (ms)
 */
export async function fuzzLive(
  inputs: number,
  seed: number,
  recorded: readonly Uint8Array[],
  limit: number,
): Promise<LiveReport> {
  class Job {
    onRoleStart(): void {}
  }
  const options = {
    clusterNetMask: 28,
    roles: [{ name: 'job', role: Job, instances: 2 }],
  } as const;
  const module = BeethovenModule.forRoot({ ...options, splitBrain: { strategy: 'keep-majority' } });
  const cluster = await SimulatedCluster.create({
    nodes: 3,
    module: { module: AppModule, imports: [module], providers: [Job] },
  });
  const target = cluster.nodes[0] ?? '';
  const mesh = cluster.app(target).get(Mesh, { strict: false });
  const random = new SeededRandom(seed);
  const frames = new Mutator(random, recorded);
  const hellos = new Mutator(random, [encode([FRAME.hello, helloOf(0)])]);
  const faults: string[] = [];
  const counts = { hellos: 0, frames: 0, sound: 0 };
  let [state, slowest, last] = [stateOf(cluster, target), 0, ''];

  for (let i = 1; i <= inputs; i++) {
    const isHello = random.float() < 0.3;
    const frame = (isHello ? hellos : frames).next();
    if (isHello ? isHelloOf(frame) : isSound(frame)) {
      counts.sound++;
      continue;
    }
    counts[isHello ? 'hellos' : 'frames']++;
    last = Buffer.from(frame).toString('hex', 0, 400);
    const send = async (as: number): Promise<number> => {
      const rogue = isHello
        ? await Rogue.connect(cluster, target)
        : await Rogue.join(cluster, target, as);
      const begun = process.cpuUsage();
      rogue.send(frame);
      await cluster.advance(2);
      const { user, system } = process.cpuUsage(begun);
      if (!rogue.closed && !isUnread(frame)) faults.push(`not hung up on: ${last}`);
      rogue.leave();
      return (user + system) / 1_000;
    };
    // The collector of garbage takes its time when it likes: what is slow is slow again.
    let time = await send(4 * i);
    for (let again = 1; again < 4 && time > limit; again++)
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      time = Math.min(time, await send(4 * i + again));
    slowest = Math.max(slowest, time);
    if (time > limit) faults.push(`${time.toFixed(0)} ms: ${last}`);
    if (i % BETWEEN_LOOKS !== 0) continue;
    await cluster.advance(20);
    const now = stateOf(cluster, target);
    if (now !== state) faults.push(`the state changed, at the latest by ${last}`);
    state = now;
  }
  if (mesh.counters.failures > 0) faults.push(`${mesh.counters.failures} handlers threw`);
  await cluster.close();
  return { ...counts, faults, slowest };
}

function isHelloOf(bytes: Uint8Array): boolean {
  const [kind, hello] = readFrame(bytes) ?? [];
  return kind === FRAME.hello && parseHello(hello) !== undefined;
}

/** Whether a frame is one that a node would act on. */
function isSound(bytes: Uint8Array): boolean {
  const [kind, channel, message] = readFrame(bytes) ?? [];
  if (kind !== FRAME.message) return CONTROLS.has(kind);
  return FORMATS[channel as number]?.read(message) !== undefined;
}

/** Pings and goodbyes have no content that could be wrong. */
const CONTROLS: ReadonlySet<unknown> = new Set([
  FRAME.goodbye,
  FRAME.retire,
  FRAME.ping,
  FRAME.pong,
  FRAME.begin,
]);

/** Whether a frame is one that only a later release understands. */
function isUnread(bytes: Uint8Array): boolean {
  const [kind, channel, message] = readFrame(bytes) ?? [];
  if (kind !== FRAME.message || !Number.isSafeInteger(channel) || (channel as number) < 0)
    return false;
  const format = FORMATS[channel as number];
  return format === undefined || isOfLaterKind(message, format);
}
