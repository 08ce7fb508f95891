import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterNode } from './cluster-node.js';
import { CoreWorld } from './core-server.fixture.js';

beforeEach(() => Logger.overrideLogger(false));
afterEach(() => Logger.overrideLogger(true));

describe('a node that is alone', () => {
  it('is a cluster of one: standalone, itself in the list', async () => {
    const world = new CoreWorld();
    const { service, id } = await world.start('a');
    expect(service.mode()).toBe('standalone');
    expect(service.nodes()).toEqual([service.self]);
    expect(service.clusterNodes()).toEqual([service.self]);
    expect(service.self).toMatchObject({
      id,
      name: 'a',
      address: '10.0.0.1',
      port: 33_000,
      status: 'alive',
      labels: { zone: '10.0.0.1' },
      self: true,
    });
    expect(service.isLive(id)).toBe(true);
    const { startedAt } = service.self;
    expect([service.isLive(id, startedAt), service.isLive(id, startedAt + 1)]).toEqual([
      true,
      false,
    ]);
    expect(service.isLive('nobody@10.0.0.9:1')).toBe(false);
  });
});

describe('a cluster', () => {
  it('is known to everyone, the eldest first, once each has found one other', async () => {
    const world = new CoreWorld();
    const nodes = await world.cluster(5);
    for (const { service, view, story, mesh } of nodes) {
      expect(view).toEqual(['a', 'b', 'c', 'd', 'e']);
      expect(service.mode()).toBe('clustered');
      expect(new Set(story).size).toBe(4);
      expect(story).toHaveLength(4);
      expect([...mesh.links()]).toHaveLength(4);
    }
  });

  it('knows a newcomer everywhere within milliseconds of its first link', async () => {
    const world = new CoreWorld();
    const nodes = await world.cluster(5);
    const newcomer = await world.start('z');
    newcomer.seek(nodes[3]?.id);
    const began = world.timeline.now;
    const all = [...nodes, newcomer];
    expect(await world.timeline.until(() => all.every(({ view }) => view.length === 6), 100)).toBe(
      true,
    );
    expect(world.timeline.now - began).toBeLessThan(5);
  });

  it('declares a crashed node down on every survivor within milliseconds', async () => {
    const world = new CoreWorld();
    const [victim, ...survivors] = await world.cluster(5);
    world.crash(victim!);
    const crashed = world.timeline.now;
    const noticed = (): boolean => survivors.every(({ view }) => view.length === 4);
    expect(await world.timeline.until(noticed, 1_000)).toBe(true);
    expect(world.timeline.now - crashed).toBeLessThan(3);
    for (const { service, story } of survivors) {
      expect(story.filter((line) => line.endsWith(' a'))).toEqual(['joined a', 'down a']);
      expect(service.isLive(victim!.id)).toBe(false);
      expect(service.clusterNodes()[0]).toMatchObject({ name: 'a', status: 'down' });
    }
  });

  it('is told when a node leaves, with the event of a departure and not of a failure', async () => {
    const world = new CoreWorld();
    const [leaver, ...rest] = await world.cluster(4);
    const done = leaver!.service.leave();
    await world.timeline.advance(1);
    await done;
    leaver!.mesh.close();
    await world.timeline.advance(5_000);
    for (const { story, view, service } of rest) {
      expect(story.filter((line) => line.endsWith(' a'))).toEqual(['joined a', 'left a']);
      expect(view).toEqual(['b', 'c', 'd']);
      expect(service.clusterNodes()[0]).toMatchObject({ name: 'a', status: 'left' });
    }
    expect(leaver!.service.self.status).toBe('left');
    expect(leaver!.story.filter((line) => !line.startsWith('joined'))).toEqual([]);
  });

  it('takes a goodbye without another word for a departure', async () => {
    const world = new CoreWorld();
    const [leaver, ...rest] = await world.cluster(3);
    leaver!.mesh.close();
    await world.timeline.advance(100);
    for (const { story } of rest) expect(story.at(-1)).toBe('left a');
  });

  it('finds out about a node that hangs, and takes it back when it wakes', async () => {
    const world = new CoreWorld();
    const [stalled, ...rest] = await world.cluster(5);
    await world.timeline.advance(2_000);
    world.network.pause(stalled!.process);
    await world.timeline.advance(3_500);
    for (const { view } of rest) expect(view).toEqual(['b', 'c', 'd', 'e']);

    await world.timeline.advance(10_000);
    world.network.resume(stalled!.process);
    const agreed = (): boolean => [stalled!, ...rest].every(({ view }) => view.length === 5);
    expect(await world.timeline.until(agreed, 5_000)).toBe(true);
    await world.timeline.advance(20_000);
    expect(agreed()).toBe(true);
    for (const { story } of rest) {
      expect(story.filter((line) => line.endsWith(' a') && !line.startsWith('suspected'))).toEqual([
        'joined a',
        'down a',
        'joined a',
      ]);
      expect(story.filter((line) => /^down [b-e]/.test(line))).toEqual([]);
    }
    expect(stalled!.story.filter((line) => !line.startsWith('joined'))).toEqual([]);
    expect(stalled!.identity.card.incarnation).toBeGreaterThan(stalled!.identity.card.startedAt);
  });

  it('tells a restarted node from its former life', async () => {
    const world = new CoreWorld();
    const [victim, ...rest] = await world.cluster(3);
    world.crash(victim!);
    const reborn = await world.start('a', { address: '10.0.0.1' });
    reborn.seek(rest[0]?.id);
    await world.timeline.advance(100);
    for (const { story, service } of rest) {
      expect(story.filter((line) => line.endsWith(' a'))).toEqual([
        'joined a',
        'down a',
        'joined a',
      ]);
      expect(service.nodes().find(({ name }) => name === 'a')?.startedAt).toBe(
        reborn.service.self.startedAt,
      );
    }
  });

  it('keeps members without a link between them, and hears of the death of one from the others', async () => {
    const world = new CoreWorld();
    const [a, b, c, d] = await Promise.all(['a', 'b', 'c', 'd'].map((name) => world.start(name)));
    world.network.partition([a!.process], [d!.process]);
    for (const node of [a!, c!, d!]) node.seek(b!.id);
    await world.timeline.advance(20_000);
    expect(a!.mesh.isLinked(d!.id)).toBe(false);
    for (const { view } of [a!, b!, c!, d!]) expect(view).toHaveLength(4);
    expect(a!.story.filter((line) => !line.startsWith('joined'))).toEqual([]);

    world.crash(d!);
    await world.timeline.advance(500);
    expect(a!.story.at(-1)).toBe('down d');
  });
});

describe('what the application sees', () => {
  it('replays the list of now, and follows it, on nodes$', async () => {
    const world = new CoreWorld();
    const [a] = await world.cluster(3);
    const lists: string[] = [];
    a!.service.nodes$.subscribe((nodes) => lists.push(nodes.map(({ name }) => name).join('')));
    const newcomer = await world.start('z');
    newcomer.seek(a!.id);
    await world.timeline.advance(50);
    world.crash(newcomer);
    await world.timeline.advance(50);
    expect(lists).toEqual(['abc', 'abcz', 'abc']);
  });

  it('replays the mode, and tells each change once, on mode$', async () => {
    const world = new CoreWorld();
    const [a, b, c] = await Promise.all([world.start('a'), world.start('b'), world.start('c')]);
    const modes: string[] = [];
    a.service.mode$.subscribe((mode) => modes.push(mode));
    for (const node of [b, c]) node.seek(a.id);
    await world.timeline.advance(50);
    for (const node of [b, c]) {
      world.crash(node);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await world.timeline.advance(50);
    }
    expect(modes).toEqual(['standalone', 'clustered', 'standalone']);
  });

  it('has changed already when the event comes', async () => {
    const world = new CoreWorld();
    const [a, b] = await world.cluster(3);
    const seen: unknown[] = [];
    a!.service.membership$.subscribe(({ type, node, at }) => {
      const { service } = a!;
      seen.push([type, service.isLive(node.id), service.nodes().includes(node), at]);
    });
    world.crash(b!);
    await world.timeline.advance(10);
    expect(seen).toEqual([['down', false, false, expect.any(Number)]]);
  });

  it('is the same list for as long as nothing changes, and cannot be written to', async () => {
    const world = new CoreWorld();
    const [a, b] = await world.cluster(3);
    const list = a!.service.nodes();
    await world.timeline.advance(10_000);
    expect(a!.service.nodes()).toBe(list);
    expect(() => (list as ClusterNode[]).pop()).toThrow(TypeError);
    world.crash(b!);
    await world.timeline.advance(10);
    expect(a!.service.nodes()).not.toBe(list);
  });

  it('ends when the node leaves, and nothing happens to it afterwards', async () => {
    const world = new CoreWorld();
    const [a, b] = await world.cluster(3);
    const ended: string[] = [];
    a!.service.nodes$.subscribe({ complete: () => ended.push('nodes$') });
    a!.service.mode$.subscribe({ complete: () => ended.push('mode$') });
    a!.service.membership$.subscribe({ complete: () => ended.push('membership$') });
    const done = Promise.all([a!.service.leave(), a!.service.leave()]);
    expect(ended.toSorted()).toEqual(['membership$', 'mode$', 'nodes$']);
    const before = a!.service.clusterNodes();
    world.crash(b!);
    await world.timeline.advance(10_000);
    await done;
    expect(a!.service.clusterNodes()).toEqual(before);
  });
});

describe('nonsense on the membership channel', () => {
  it('costs its sender the link for a second, and nobody its membership', async () => {
    const world = new CoreWorld();
    const [a, b] = await world.cluster(3);
    const warnings: unknown[] = [];
    Logger.overrideLogger({ log() {}, error() {}, warn: (text: unknown) => warnings.push(text) });
    const events = a!.events.length;
    b!.mesh.send(a!.id, 'membership', [1, [['b', 1, 2]]]);
    await world.timeline.advance(50);
    expect(a!.mesh.isLinked(b!.id)).toBe(false);
    expect(warnings[0]).toMatch(/^b@.* on membership that makes no sense/);
    await world.timeline.advance(5_000);
    expect(a!.mesh.isLinked(b!.id)).toBe(true);
    const since = a!.events.slice(events).map(({ type }) => type);
    expect(since.filter((type) => type !== 'suspected' && type !== 'recovered')).toEqual([]);
    expect(a!.events.at(-1)?.type).toBe('recovered');
  });
});
