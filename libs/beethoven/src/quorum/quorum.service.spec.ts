import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ResolvedOptions } from '../beethoven.options.js';
import { CoreWorld, type CoreNode } from '../core-server/core-server.fixture.js';
import { QuorumService } from './quorum.service.js';

vi.spyOn(Logger.prototype, 'log').mockImplementation(() => {});
vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});
vi.spyOn(Logger.prototype, 'debug').mockImplementation(() => {});
const error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
beforeEach(() => void error.mockClear());

interface Votes {
  readonly node: CoreNode;
  readonly quorum: QuorumService;
  /** `won mail`, `failed mail` and so on. */
  readonly told: string[];
  /** Messages about votes that it has sent. */
  readonly sent: () => number;
}

function votesOf(node: CoreNode, quorumSize: number): Votes {
  const splitBrain = { strategy: 'static-quorum', quorumSize };
  const options = { splitBrain } as unknown as ResolvedOptions;
  const { mesh, identity, service, process } = node;
  const quorum = new QuorumService(process.clock, options, mesh, identity, service);
  const told: string[] = [];
  quorum.events$.subscribe({
    next: (event) => told.push(`${event.kind} ${event.slot}`),
    complete: () => told.push('end'),
  });
  const sendAll = vi.spyOn(mesh, 'sendAll');
  const sent = (): number => sendAll.mock.calls.filter(([, to]) => to === 'quorum').length;
  return { node, quorum, told, sent };
}

/** So many nodes that have known each other for long enough to vote. */
async function cluster(size: number, quorumSize: number) {
  const world = new CoreWorld();
  const nodes = await world.cluster(size);
  const votes = nodes.map((node) => votesOf(node, quorumSize));
  for (const { quorum } of votes) quorum.start();
  await world.timeline.advance(3_000);
  return { world, votes };
}

describe('the votes of a node', () => {
  it('give a slot to one of two that claim it, and to the other once it is given back', async () => {
    const { world, votes } = await cluster(3, 2);
    const [a, b] = votes;
    a!.quorum.claim('mail', 1);
    await world.timeline.advance(1_000);
    b!.quorum.claim('mail', 2);
    await world.timeline.advance(1_000);
    expect([a!.told, b!.told]).toEqual([['won mail'], ['failed mail']]);
    a!.quorum.release('mail');
    b!.quorum.claim('mail', 2);
    await world.timeline.advance(1_000);
    expect(b!.told).toEqual(['failed mail', 'won mail']);
    expect([a, b].map((one) => one!.quorum.isHeld('mail', 2))).toEqual([false, true]);
  });

  it('cost nothing while no slot is claimed or held', async () => {
    const { world, votes } = await cluster(3, 2);
    await world.timeline.advance(60_000);
    expect(votes.map(({ sent }) => sent())).toEqual([0, 0, 0]);
  });

  it('are lost with the quorum: what is held ends before others may hold it, and nothing can be claimed', async () => {
    const { world, votes } = await cluster(3, 2);
    const [a, ...others] = votes;
    a!.quorum.claim('mail', 1);
    await world.timeline.advance(1_000);
    for (const { node } of others) world.network.powerOff(node.process);
    await world.timeline.advance(2_000);
    expect(a!.quorum.isHeld('mail', 1)).toBe(false);
    await world.timeline.advance(20_000);
    expect([a!.quorum.canClaim, a!.quorum.hasQuorum]).toEqual([false, false]);
  });

  it('that a cluster outgrows are an error in the log, once, which says what to set', async () => {
    const world = new CoreWorld();
    const nodes = await Promise.all(['a', 'b', 'c', 'd'].map((name) => world.start(name)));
    for (const node of nodes) votesOf(node, 2).quorum.start();
    for (const node of nodes.slice(1)) node.seek(nodes[0]?.id);
    await world.timeline.advance(10_000);
    const lines = error.mock.calls.map(([line]) => String(line));
    expect(new Set(lines).size).toBe(1);
    expect(lines[0]).toMatch(/4 members.*at least 3/);
    expect(lines).toHaveLength(4); // one on each node
  });

  it('are given two seconds after the node has its address, however long it took to be built', async () => {
    const world = new CoreWorld();
    const votes = (await world.cluster(3)).map((node) => votesOf(node, 2));
    await world.timeline.advance(3_000);
    for (const { quorum } of votes) quorum.start();
    votes[0]!.quorum.claim('mail', 1);
    await world.timeline.advance(1_000);
    expect(votes[0]!.told).toEqual(['failed mail']);
  });

  it('are not given to who asked while the node was stalled, and is gone', async () => {
    const { world, votes } = await cluster(3, 2);
    const [a, b, c] = votes;
    world.network.pause(c!.node.process);
    a!.quorum.claim('mail', 1);
    await world.timeline.advance(50);
    world.crash(a!.node);
    await world.timeline.advance(5_000);
    world.network.resume(c!.node.process);
    await world.timeline.advance(50);
    b!.quorum.claim('mail', 2);
    await world.timeline.advance(300);
    expect(b!.told).toEqual(['won mail']);
  });

  it('end with the node', async () => {
    const { world, votes } = await cluster(3, 2);
    const [a] = votes;
    a!.quorum.claim('mail', 1);
    await world.timeline.advance(1_000);
    a!.quorum.stop();
    const before = a!.sent();
    await world.timeline.advance(10_000);
    expect([a!.told, a!.sent() - before]).toEqual([['won mail', 'end'], 0]);
    expect(a!.quorum.isHeld('mail', 1)).toBe(false);
  });
});
