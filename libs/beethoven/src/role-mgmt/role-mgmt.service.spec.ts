import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeCluster } from '../../test/fake-cluster.js';
import type { RoleStatus } from './cluster-roles.js';
import type { RoleEvent } from './role-event.js';

vi.spyOn(Logger.prototype, 'log').mockImplementation(() => {});
vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});

let cluster: FakeCluster;
beforeEach(() => {
  cluster = new FakeCluster();
});

const a = 'a@127.0.0.1:1';
const b = 'b@127.0.0.2:1';
const c = 'c@127.0.0.3:1';

describe('roles that are filled', () => {
  it('run on the first node when its start is done', async () => {
    const node = cluster.add(a, [cluster.role('mail'), cluster.role('reports', { instances: 2 })]);
    await cluster.begin(node);
    await cluster.timeline.advance(5);
    expect(cluster.said(/start/)).toEqual([`${a}: start mail/0 e1`, `${a}: start reports/0 e1`]);
    expect(node.service.local()).toEqual([
      { role: 'mail', slot: 0, epoch: 1, state: 'running' },
      { role: 'reports', slot: 0, epoch: 1, state: 'running' },
    ]);
  });

  it('stay where they are, and open slots go to the nodes that join', async () => {
    await cluster.start([a, b, c], () => [
      cluster.role('mail'),
      cluster.role('reports', { instances: 2 }),
    ]);
    expect(cluster.running('mail')).toEqual([a]);
    expect(cluster.running('reports')).toEqual([a, b]);
  });

  it('run on as many nodes as there are, when more instances are wanted', async () => {
    const [node] = await cluster.start([a, b], () => [cluster.role('mail', { instances: 5 })]);
    expect(node!.service.roles()).toEqual([{ role: 'mail', count: 5, assigned: 2, nodes: [a, b] }]);
  });

  it('run only where the application knows them', async () => {
    const [first] = await cluster.start([a, b], (id) => [
      cluster.role(id === a ? 'mail' : 'sweep'),
    ]);
    expect([cluster.running('mail'), cluster.running('sweep')]).toEqual([[a], [b]]);
    expect(first!.service.whereIs('sweep')).toEqual([b]);
  });

  it('are as many as the newest deploy wants, and the surplus stops', async () => {
    await cluster.start([a, b], () => [cluster.role('mail', { instances: 2 })]);
    await cluster.start([c], () => [cluster.role('mail', { instances: 1 })]);
    expect(cluster.running('mail')).toEqual([a]);
    expect(cluster.said(/stop/)).toEqual([`${b}: stop mail/1 surplus`]);
  });

  it('count in the busy score of their node, and no more once they have stopped', async () => {
    const [first, second] = await cluster.start([a, b], () => [
      cluster.role('mail'),
      cluster.role('sweep'),
    ]);
    expect([first!.roleCount, second!.roleCount]).toEqual([2, 0]);
    await cluster.finish(first!.service.drain());
    await cluster.timeline.advance(20);
    expect([first!.roleCount, second!.roleCount]).toEqual([0, 2]);
  });
});

describe('bad rows', () => {
  it('of a role that this node does not know make it hand the slot on', async () => {
    const [first, second] = await cluster.start([a, b], (id) => [
      cluster.role(id === a ? 'mail' : 'x'),
    ]);
    const slots = second!.tables.get('beethoven.slots')!;
    slots.put({
      ...slots.get('mail/0'),
      holder: b,
      life: second!.startedAt,
      epoch: 2,
      state: 'starting',
    });
    await cluster.timeline.advance(100);
    expect(cluster.running('mail')).toEqual([a]);
    expect(first!.service.local()).toMatchObject([{ role: 'mail', epoch: 3 }]);
  });

  it('are ignored, and a good row replaces them', async () => {
    const [first] = await cluster.start([a], () => []);
    first!.tables.get('beethoven.slots')!.put({ id: 'mail/0', holder: 7, epoch: 'many' });
    first!.tables.get('beethoven.offers')!.put({ node: 'x@127.0.0.9:1', roles: { mail: -5 } });
    await cluster.start([b], () => [cluster.role('mail')]);
    expect(cluster.running('mail')).toEqual([b]);
    expect(cluster.epochs('mail')).toEqual([1]);
  });
});

describe('what a node tells', () => {
  it('replays the roles, then every change', async () => {
    const [first, second] = await cluster.start([a, b], () => [cluster.role('mail')]);
    const seen: (readonly RoleStatus[])[] = [];
    second!.service.roles$.subscribe((roles) => seen.push(roles));
    expect(seen).toEqual([[{ role: 'mail', count: 1, assigned: 1, nodes: [a] }]]);
    cluster.crash(first!);
    await cluster.timeline.advance(20);
    expect(seen.at(-1)).toEqual([{ role: 'mail', count: 1, assigned: 1, nodes: [b] }]);
    expect(seen.length).toBeLessThanOrEqual(3);
  });

  it('reports who was assigned, who started, and what was released', async () => {
    const watcher = cluster.add(c, []);
    const seen: RoleEvent[] = [];
    watcher.service.events$.subscribe((event) => seen.push(event));
    await cluster.begin(watcher);
    const [first, second] = await cluster.start([a, b], () => [cluster.role('mail')]);
    await cluster.finish(first!.service.drain());
    await cluster.finish(second!.service.drain());
    await cluster.timeline.advance(20);
    expect(seen.map(({ type, node, epoch }) => `${type} ${node} e${epoch}`)).toEqual([
      `assigned ${a} e1`,
      `started ${a} e1`,
      `assigned ${b} e2`,
      `started ${b} e2`,
      `released ${b} e2`,
    ]);
    expect(seen[0]).toMatchObject({ role: 'mail', slot: 0, at: expect.any(Number) as number });
  });

  it('has no answer, and no error, before it has started', () => {
    const { service } = cluster.add(a, [cluster.role('mail')]);
    expect([service.roles(), service.local(), service.whereIs('mail')]).toEqual([[], [], []]);
  });

  it('knows nothing of a role that nobody knows', async () => {
    const [first] = await cluster.start([a], () => []);
    expect(first!.service.whereIs('unheard of')).toEqual([]);
  });

  it('puts its offers back when they are removed by mistake, and keeps its roles', async () => {
    const [first] = await cluster.start([a, b], () => [cluster.role('mail')]);
    first!.tables.get('beethoven.offers')!.delete(a);
    await cluster.timeline.advance(10);
    expect(first!.tables.get('beethoven.offers')!.get(a)).toEqual({ node: a, roles: { mail: 1 } });
    expect(cluster.epochs('mail')).toEqual([1]);
  });

  it('removes the offers of nodes that are gone', async () => {
    const [first, second] = await cluster.start([a, b], () => [cluster.role('mail')]);
    cluster.crash(first!);
    await cluster.timeline.advance(10_000);
    expect([...second!.tables.get('beethoven.offers')!.rows()]).toEqual([
      { node: b, roles: { mail: 1 } },
    ]);
  });

  it('ends its streams and its instances when it stops', async () => {
    const [first] = await cluster.start([a], () => [cluster.role('mail')]);
    const ended: string[] = [];
    first!.service.roles$.subscribe({ complete: () => ended.push('roles') });
    first!.service.events$.subscribe({ complete: () => ended.push('events') });
    first!.service.stop();
    await cluster.timeline.advance(1_000);
    expect(ended).toEqual(['roles', 'events']);
    expect(first!.service.local()).toEqual([]);
  });
});
