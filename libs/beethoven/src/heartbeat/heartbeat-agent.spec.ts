import { describe, expect, it } from 'vitest';
import { beatKey, clusterKey, decodeBeat, encodeBeat } from '../protocol/detector/beat.js';
import { BORN, CONFIG, beatOf } from '../protocol/detector/detector.fixture.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { SimulatedNetwork } from '../testing/simulated-network.js';
import { Timeline } from '../testing/timeline.js';
import { BeatSeal, SEALED_BYTES } from './beat-seal.js';
import { HeartbeatAgent } from './heartbeat-agent.js';
import { Pulse } from './pulse.js';

const SHOP = clusterKey('shop');
const SECRET = new Uint8Array(32).fill(7);
const PORT = 33_000;
const ME = 'me@10.0.0.1:33000';
const [me, stranger] = [ME, 'z@10.0.0.1:33000'].map((id) => ({
  key: beatKey(id),
  startedAt: BORN,
}));

/** An agent whose main thread has been blocked since it started, and a node of which it has not heard. */
async function setUp() {
  const timeline = new Timeline();
  const random = new SeededRandom(1);
  const network = new SimulatedNetwork(timeline, random);
  const { clock, datagrams } = network.process('me', ['10.0.0.1']);
  const setup = {
    cluster: SHOP,
    self: { card: { id: ME, startedAt: BORN, incarnation: BORN }, phase: 0 },
    config: CONFIG,
    memory: new Pulse().memory,
    keys: [SECRET],
  };
  const posted: string[] = [];
  const agent = new HeartbeatAgent(setup, clock, random, ({ kind }) => posted.push(kind));
  await agent.start(datagrams);
  const heard: Uint8Array[] = [];
  const other = network.process('z', ['10.0.0.2']);
  const socket = await other.datagrams.bind('10.0.0.2', 40_000, (bytes) => heard.push(bytes));
  return {
    timeline,
    agent,
    posted,
    heard,
    ask: (bytes: Uint8Array) => socket.send('10.0.0.1', PORT, bytes),
  };
}

const question = (sequence: number) => encodeBeat(SHOP, beatOf('z', { kind: 'ping', sequence }));

describe('the heartbeat thread of a node with a secret', () => {
  it('tells a stranger who has the secret, where its question came from, that it is stalled', async () => {
    const { timeline, heard, ask } = await setUp();
    const seal = new BeatSeal([SECRET], stranger!, BORN);
    await timeline.advance(3_000);
    ask(seal.close(question(9), me!));
    await timeline.advance(100);
    expect(heard.map(({ length }) => length)).toEqual([SEALED_BYTES]);
    const answer = decodeBeat(SHOP, seal.open(heard[0]!)!);
    expect(answer).toMatchObject({ kind: 'ack', from: me!.key, sequence: 9, phase: 1 });
  });

  it('answers nobody without it, and no recording', async () => {
    const { timeline, heard, ask } = await setUp();
    const forger = new BeatSeal([new Uint8Array(32)], stranger!, BORN);
    ask(question(1));
    ask(forger.close(question(2), me!));
    await timeline.advance(100);
    expect(heard).toEqual([]);
    const sealed = new BeatSeal([SECRET], stranger!, BORN).close(question(3), me!);
    for (let i = 0; i < 3; i++) ask(sealed);
    await timeline.advance(100);
    expect(heard).toHaveLength(1);
  });

  it('sends datagrams to nobody of whom it knows by hearsay alone', async () => {
    const { timeline, agent, heard, posted } = await setUp();
    const card = { id: 'z@10.0.0.2:40000', startedAt: BORN, incarnation: BORN };
    agent.handle({ kind: 'watch', watch: { card, phase: 0, byLink: true } });
    await timeline.advance(2_000);
    expect([heard.length, posted.includes('send')]).toEqual([0, true]);
    agent.handle({ kind: 'watch', watch: { card, phase: 0 } });
    await timeline.advance(2_000);
    expect(heard.length).toBeGreaterThan(0);
  });
});
