import { beforeEach, describe, expect, it } from 'vitest';
import { MeshWorld, captureLog, type MeshNode } from './mesh.fixture.js';

const PORT = 33_000;

let world: MeshWorld;
let witness: MeshNode;
let log: string[];

beforeEach(async () => {
  log = captureLog();
  world = new MeshWorld();
  witness = await world.node('witness');
});

/** Two nodes of one id: one machine each, as the same container started twice. */
async function twins(): Promise<[MeshNode, MeshNode]> {
  const first = await world.node('twin', { address: '127.0.0.9', port: PORT, startedAt: 1 });
  const second = await world.node('other', { address: '127.0.0.10', port: PORT, startedAt: 2 });
  second.identity.assume({ name: 'twin', address: '127.0.0.9', port: PORT }, 2, {});
  return [first, second];
}

describe('a second life of a linked id', () => {
  it('is refused while the first one answers, with a clear word on both sides', async () => {
    const [first, second] = await twins();
    await world.linked(first, witness);
    expect(await world.outcome(second.connect(witness))).toEqual({ rejected: 'duplicate-id' });
    await world.timeline.advance(1_000);

    expect(witness.told).toEqual(['up twin']);
    expect(second.told).toEqual([]);
    expect(log).toHaveLength(2);
    expect(log[0]).toMatch(/^error: .*second live node.*twin@127.0.0.9:33000/);
    expect(log[1]).toMatch(/^error: .*refuses this node.*duplicate-id/);
  });

  it('is refused also when the witness dials it, and it is not the witness that is told so', async () => {
    const [first, second] = await twins();
    await world.linked(first, witness);
    const outcome = await world.outcome(witness.mesh.connect('127.0.0.10', PORT));
    expect(outcome).toEqual({ rejected: 'not-me' });
    await world.timeline.advance(1_000);
    expect(witness.told).toEqual(['up twin']);
    expect(second.told).toEqual(['up witness', 'lost witness']);
    expect(log.every((line) => line.startsWith('error') && line.includes('twin'))).toBe(true);
    expect(log).toHaveLength(2);
  });

  it('is refused by the first one itself', async () => {
    const [first, second] = await twins();
    expect(await world.outcome(second.connect(first))).toEqual({ rejected: 'duplicate-id' });
    expect([...first.told, ...second.told]).toEqual([]);
  });

  it('takes over when the first one is silent: lost, then up, and nothing of it is missed', async () => {
    const [first, second] = await twins();
    await world.linked(first, witness);
    world.network.pause(first.process);
    witness.mesh.onLinkUp(({ id }) => witness.mesh.send(id, 'tables', 'hello'));

    const begin = world.timeline.now;
    const outcome = await world.outcome(second.connect(witness));
    expect(outcome).toEqual({ linked: witness.identity.card });
    expect(world.timeline.now - begin).toBeLessThan(310);
    await world.timeline.advance(5);
    expect(witness.told).toEqual(['up twin', 'lost twin', 'up twin']);
    expect(second.received).toEqual(['hello']);
    expect(log).toEqual([]);
  });

  it('that is dialled takes over too, with what it has said meanwhile', async () => {
    const [first, second] = await twins();
    await world.linked(first, witness);
    world.network.pause(first.process);
    second.mesh.onLinkUp(({ id }) => second.mesh.send(id, 'tables', 'hello'));

    const outcome = await world.outcome(witness.mesh.connect('127.0.0.10', PORT));
    expect(outcome).toEqual({ linked: second.identity.card });
    expect(witness.told).toEqual(['up twin', 'lost twin', 'up twin', 'message twin']);
  });

  it('takes over at once when the first one dies meanwhile', async () => {
    const [first, second] = await twins();
    await world.linked(first, witness);
    world.network.pause(first.process);
    const connecting = second.connect(witness);
    await world.timeline.advance(20);
    expect(second.told).toEqual([]);
    world.network.crash(first.process);
    expect(await world.outcome(connecting, 5)).toMatchObject({ linked: { id: witness.id } });
  });

  it('that hangs up while it waits leaves nothing behind', async () => {
    const [first, second] = await twins();
    await world.linked(first, witness);
    world.network.pause(first.process);
    void second.connect(witness);
    await world.timeline.advance(20);
    world.network.crash(second.process);
    await world.timeline.advance(1_000);
    expect(witness.told).toEqual(['up twin', 'lost twin']); // it was silent when it was asked
    expect(witness.mesh.counters.connections).toBe(0);
  });
});

it('the same life may say hello again, with a newer incarnation', async () => {
  const node = await world.node('node', { startedAt: 5 });
  await world.linked(witness, node);
  node.identity.raise(node.identity.card.incarnation + 7);
  await world.linked(node, witness);
  expect(witness.told).toEqual(['up node']);
  expect(await witness.connect(node, node.id)).toMatchObject({
    linked: { incarnation: node.identity.card.incarnation },
  });
});
