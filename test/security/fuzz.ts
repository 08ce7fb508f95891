import { parseArgs } from 'node:util';
import { Logger } from '@nestjs/common';
import { MalformedFrameError } from '../../libs/beethoven/src/errors/malformed-frame.error.js';
import { decode } from '../../libs/beethoven/src/network/codec.js';
import { clusterKey, decodeBeat } from '../../libs/beethoven/src/protocol/detector/beat.js';
import { fromWire as membership } from '../../libs/beethoven/src/protocol/membership/messages.js';
import { fromWire as quorum } from '../../libs/beethoven/src/protocol/quorum/wire.js';
import { answerHello } from '../../libs/beethoven/src/protocol/seek-chat/answer-hello.js';
import { parseRefused, parseWelcome } from '../../libs/beethoven/src/protocol/seek-chat/hello.js';
import { fromWire as tables } from '../../libs/beethoven/src/protocol/tables/wire.js';
import { SeededRandom } from '../../libs/beethoven/src/testing/seeded-random.js';
import { recordedFrames } from './corpus.js';
import { fuzzLive } from './live.js';
import { Mutator } from './mutator.js';
import { strangeProperties } from './rogue.js';

// Hostile frames by the million: against everything that reads what others send, as far as it is a function of it alone, and a hundredth as many
// (or as many as `--live` says) against a live node, as its hello or over a link.

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '200000' },
    live: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});
const inputs = Number(values.inputs);
const liveInputs = Number(values.live ?? Math.ceil(inputs / 100));
const seed = Number(values.seed);

/** Longest time for one input (ms), and most memory that all of them together may add (MiB). */
const TIME = 50;
const MEMORY = 64;

const card = { id: 'host@127.0.0.1:33000', incarnation: 1, startedAt: 1, labels: {} };
const host = { cluster: 'beethoven', card };
const beats = clusterKey('beethoven');

/** @returns whether the decoder took it */
function read(frame: Uint8Array): boolean {
  decodeBeat(beats, frame);
  let elements: unknown;
  try {
    elements = decode(frame);
  } catch (error) {
    if (error instanceof MalformedFrameError) return false;
    throw error;
  }
  if (!Array.isArray(elements)) return true;
  // Whatever it says it is, everybody reads it.
  const [, first, second] = elements as unknown[];
  for (const value of [first, second]) {
    answerHello(value, host);
    parseWelcome(value);
    parseRefused(value);
    membership(value);
    tables(value);
    quorum(value);
  }
  return true;
}

/** What the process has computed (ms): how busy the machine is otherwise does not count. */
function computed(since?: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000;
}

function timed(frame: Uint8Array): number {
  const begun = process.cpuUsage();
  read(frame);
  return computed(begun);
}

Logger.overrideLogger(false);
const frames = await recordedFrames();
const mutator = new Mutator(new SeededRandom(seed), frames);
const faults: string[] = [];
let [taken, slowest, baseline, most] = [0, 0, 0, 0];

for (let i = 0; i < inputs; i++) {
  const frame = mutator.next();
  const hex = (): string => Buffer.from(frame).toString('hex', 0, 400);
  try {
    const begun = process.cpuUsage();
    if (read(frame)) taken++;
    let time = computed(begun);
    // The collector of garbage, and the compiler, take their time when they like: what is slow is slow again.
    for (let again = 0; again < 3 && time > TIME; again++) time = Math.min(time, timed(frame));
    slowest = Math.max(slowest, time);
    if (time > TIME) faults.push(`${time.toFixed(0)} ms: ${hex()}`);
  } catch (error) {
    faults.push(`${String(error)}: ${hex()}`);
  }
  if ((i & 0x3fff) === 0) {
    const { rss } = process.memoryUsage();
    if (i <= 0x8000) baseline = rss; // until then, code warms up
    most = Math.max(most, rss - baseline); // of the readers: a live cluster remembers who was there
  }
}
const live = await fuzzLive(liveInputs, seed, frames, TIME);
faults.push(...live.faults);
const strange = strangeProperties();
if (strange.length > 0) faults.push(`prototypes have ${strange.join()}`);
if (most > MEMORY * 1_048_576) faults.push(`memory grew by ${Math.round(most / 1_048_576)} MiB`);

const count = (n: number): string => n.toLocaleString('en');
console.log(
  `${count(inputs)} inputs of seed ${seed}, from ${count(frames.length)} recorded frames: the decoder took ${count(taken)}; ` +
    `the slowest took ${slowest.toFixed(1)} ms of processor; memory grew by ${(most / 1_048_576).toFixed(0)} MiB; ${faults.length} faults`,
);
console.log(
  `  of a live node ${count(live.hellos)} as hellos and ${count(live.frames)} over links, ${count(live.sound)} made sense and were not sent; ` +
    `the slowest took ${live.slowest.toFixed(1)} ms, with all else that its cluster did`,
);
for (const fault of faults.slice(0, 20)) console.log(`  ${fault}`);
process.exitCode = faults.length > 0 ? 1 : 0;
