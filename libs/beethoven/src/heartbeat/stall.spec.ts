import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CoreWorld, type CoreNode } from '../core-server/core-server.fixture.js';

beforeEach(() => Logger.overrideLogger(false));
afterEach(() => Logger.overrideLogger(true));

const SIZE = 5;

async function cluster(seed: number): Promise<{ world: CoreWorld; nodes: CoreNode[] }> {
  const world = new CoreWorld(seed, 'worker');
  const nodes = await world.cluster(SIZE);
  await world.timeline.advance(3_000);
  return { world, nodes };
}

/** What the nodes were told since they have formed their cluster. */
const news = (nodes: readonly CoreNode[]): string[] =>
  nodes.flatMap(({ story }) => story.filter((line) => !line.startsWith('joined')));

describe.each([1, 2, 3, 4, 5])('a node of a cluster (seed %i)', (seed) => {
  it('whose main thread is blocked for a moment is suspected by nobody, and suspects nobody', async () => {
    const { world, nodes } = await cluster(seed);
    for (const span of [300, 700, 990]) {
      world.network.pause(nodes[0]!.process);
      await world.timeline.advance(span);
      world.network.resume(nodes[0]!.process);
      await world.timeline.advance(2_000);
    }
    expect(news(nodes)).toEqual([]);
  });

  it('whose main thread is blocked for seconds is stalled, recovers, and is never suspected', async () => {
    const { world, nodes } = await cluster(seed);
    const [sleeper, ...rest] = nodes;
    world.network.pause(sleeper!.process);
    const since = world.timeline.now;
    await world.timeline.advance(3_000);
    for (const { service } of rest) {
      expect(service.nodes().find(({ name }) => name === 'a')?.status).toBe('stalled');
    }
    for (const { events } of rest) expect(events.at(-1)!.at - since).toBeLessThan(2_600);
    world.network.resume(sleeper!.process);
    await world.timeline.advance(500);
    for (const { service } of rest) {
      expect(service.nodes().find(({ name }) => name === 'a')?.status).toBe('alive');
    }
    await world.timeline.advance(20_000);
    expect(news(rest)).toEqual(Array.from(rest, () => ['stalled a', 'recovered a']).flat());
    expect(news([sleeper!])).toEqual([]);
  });

  it('that is stopped as a whole is down within 3.5 seconds, and condemns nobody when it wakes', async () => {
    const { world, nodes } = await cluster(seed);
    const [sleeper, ...rest] = nodes;
    world.network.freeze(sleeper!.process);
    await world.timeline.advance(3_500);
    for (const { view } of rest) expect(view).toEqual(['b', 'c', 'd', 'e']);
    await world.timeline.advance(10_000);
    world.network.resume(sleeper!.process);
    const agreed = (): boolean => nodes.every(({ view }) => view.length === SIZE);
    expect(await world.timeline.until(agreed, 5_000)).toBe(true);
    await world.timeline.advance(10_000);
    expect(agreed()).toBe(true);
    for (const line of news([sleeper!])) expect(line).not.toMatch(/^down/);
    for (const line of news(rest)) expect(line).not.toMatch(/^down [b-e]/);
  });

  it('that was stopped as a whole for about a second knows it, and knows it once', async () => {
    const { world, nodes } = await cluster(seed);
    const [{ process, service }] = nodes as [CoreNode, ...CoreNode[]];
    let awakenings = 0;
    service.awake$.subscribe(() => awakenings++);
    await world.timeline.advance(20_000);
    expect(awakenings).toBe(0);
    for (const span of [800, 1_200, 1_600, 1_990]) {
      awakenings = 0;
      world.network.freeze(process);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await world.timeline.advance(span);
      world.network.resume(process);
      // oxlint-disable-next-line no-await-in-loop
      await world.timeline.advance(10_000);
      expect([span, awakenings]).toEqual([span, 1]);
    }
  });

  it('whose machine loses its power is down on all within 1.5 seconds', async () => {
    const { world, nodes } = await cluster(seed);
    const [victim, ...rest] = nodes;
    world.network.powerOff(victim!.process);
    await world.timeline.advance(1_500);
    for (const { view } of rest) expect(view).toEqual(['b', 'c', 'd', 'e']);
  });

  it('is alive to all where loss takes one datagram of five', async () => {
    const { world, nodes } = await cluster(seed);
    world.network.degrade({ loss: 0.2 });
    await world.timeline.advance(60_000);
    expect(news(nodes).filter((line) => /^(down|stalled)/.test(line))).toEqual([]);
  });
});

describe('a node', () => {
  it.each([0, 500, 5_000])(
    'that has been blocked for %i ms when a newcomer hears of it is stalled to that one too, though nobody is left who knew it',
    async (before) => {
      const { world, nodes } = await cluster(3);
      const [sleeper, ...others] = nodes;
      world.network.pause(sleeper!.process);
      await world.timeline.advance(before);
      const newcomer = await world.start('newcomer');
      newcomer.seek(others[0]!.id);
      await world.timeline.until(() => newcomer.view.length === SIZE + 1, 1_000);
      for (const other of others) world.crash(other);
      await world.timeline.advance(30_000);
      expect(newcomer.service.nodes().map(({ status }) => status)).toEqual(['stalled', 'alive']);
      world.network.resume(sleeper!.process);
      await world.timeline.advance(2_000);
      expect(newcomer.view).toEqual(['a', 'newcomer']);
      expect(newcomer.story).not.toContain('down a');
    },
  );

  it('is alive to those that no datagram of its reaches, and to those whose datagrams do not reach it', async () => {
    for (const way of ['from', 'to', 'both'] as const) {
      // oxlint-disable-next-line no-await-in-loop
      const { world, nodes } = await cluster(7);
      const [one, ...rest] = nodes.map(({ process }) => process);
      for (const other of rest) {
        if (way !== 'to') world.network.loseDatagrams(one!, other);
        if (way !== 'from') world.network.loseDatagrams(other, one!);
      }
      // oxlint-disable-next-line no-await-in-loop
      await world.timeline.advance(60_000);
      expect(news(nodes)).toEqual([]);
    }
  });

  it('whose port is taken for datagrams beats over its links', async () => {
    const world = new CoreWorld(1, 'worker');
    const squatter = world.network.process('squatter', ['10.0.0.2']);
    await squatter.datagrams.bind('10.0.0.2', 33_000, () => {});
    const nodes = await world.cluster(3);
    await world.timeline.advance(30_000);
    expect(news(nodes)).toEqual([]);
    world.network.freeze(nodes[1]!.process);
    await world.timeline.advance(8_000);
    expect(nodes[0]!.view).toEqual(['a', 'c']);
  });
});
