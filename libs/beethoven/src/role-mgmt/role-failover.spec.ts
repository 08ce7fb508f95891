import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeCluster, HOP } from '../../test/fake-cluster.js';
import { FIRST_BAR } from '../protocol/roles/bars.js';
import { SlotKeeper } from './slot-keeper.js';

vi.spyOn(Logger.prototype, 'log').mockImplementation(() => {});
vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
const warnings = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});

let cluster: FakeCluster;
beforeEach(() => {
  cluster = new FakeCluster();
});

const a = 'a@127.0.0.1:1';
const b = 'b@127.0.0.2:1';
const c = 'c@127.0.0.3:1';
const d = 'd@127.0.0.4:1';
const e = 'e@127.0.0.5:1';
const f = 'f@127.0.0.6:1';

describe('a role whose holder dies', () => {
  it('runs on the least busy survivor within a few messages, under the next epoch', async () => {
    const [holder] = await cluster.start([a, b, c], () => [cluster.role('mail')]);
    cluster.scores.set(b, 9);
    const at = cluster.timeline.now;
    cluster.crash(holder!);
    await cluster.timeline.advance(20);
    const start = cluster.log.at(-1)!;
    expect([start.node, start.what]).toEqual([c, 'start mail/0 e2']);
    expect(start.at - at).toBeLessThanOrEqual(5 * HOP);
  });

  it('moves all of its roles in one transaction', async () => {
    const roles = Array.from({ length: 5 }, (_, i) => `role-${i}`);
    const [holder, second] = await cluster.start([a, b], () =>
      roles.map((name) => cluster.role(name)),
    );
    const transactions = vi.spyOn(second!.tables.get('beethoven.slots')!, 'transaction');
    cluster.crash(holder!);
    // Without waiting for a turn of the event loop.
    expect(transactions).toHaveBeenCalledTimes(1);
    await cluster.timeline.advance(20);
    for (const role of roles) expect(cluster.running(role)).toEqual([b]);
    expect(transactions).toHaveBeenCalledTimes(1);
  });

  it('is looked for at once; that others have gone is dealt with once for all of them', async () => {
    const [holder, ...others] = await cluster.start([a, b, c, d, e, f], () => [
      cluster.role('mail'),
    ]);
    await cluster.timeline.advance(1_000);
    const evaluate = vi.spyOn(SlotKeeper.prototype, 'evaluate');
    for (const idle of others.slice(0, 3)) cluster.crash(idle);
    expect(evaluate).not.toHaveBeenCalled();
    await cluster.timeline.advance(0);
    expect(evaluate).toHaveBeenCalledTimes(3); // once on each that is left
    cluster.crash(holder!);
    expect(evaluate).toHaveBeenCalledTimes(5);
    evaluate.mockRestore();
  });

  it('falls to the next candidate when the first one does not take it', async () => {
    const [holder, second] = await cluster.start([a, b, c], () => [cluster.role('mail')]);
    cluster.scores.set(c, 9);
    second!.clock.pause();
    cluster.crash(holder!);
    await cluster.timeline.advance(490);
    expect(cluster.running('mail')).toEqual([]);
    await cluster.timeline.advance(30);
    expect(cluster.running('mail')).toEqual([c]);
  });

  it('is taken at once by a candidate that learns that it is the least busy', async () => {
    const [holder, second] = await cluster.start([a, b, c], () => [cluster.role('mail')]);
    cluster.scores.set(c, 9);
    second!.clock.pause();
    cluster.crash(holder!);
    await cluster.timeline.advance(10);
    cluster.scores.set(b, 10);
    cluster.nodes.get(c)!.scores$.next(undefined);
    await cluster.timeline.advance(10);
    expect(cluster.running('mail')).toEqual([c]);
  });

  it('is claimed again after a transaction that failed', async () => {
    const [holder] = await cluster.start([a, b], () => [cluster.role('mail')]);
    cluster.transactionError = new Error('no coordinator');
    cluster.crash(holder!);
    await cluster.timeline.advance(400);
    expect(cluster.running('mail')).toEqual([]);
    expect(warnings.mock.calls.at(-1)?.[0]).toMatch(/Claiming role mail\/0 failed.*no coordinator/);
    cluster.transactionError = undefined;
    await cluster.timeline.advance(200);
    expect(cluster.running('mail')).toEqual([b]);
  });

  it('goes to one of two nodes that each take themselves for the least busy', async () => {
    const [holder, second, third] = await cluster.start([a, b, c], () => [cluster.role('mail')]);
    second!.scores = new Map([[c, 9]]);
    third!.scores = new Map([[b, 9]]);
    cluster.crash(holder!);
    await cluster.timeline.advance(2_000);
    expect(cluster.said(/start/)).toHaveLength(2);
    expect(cluster.epochs('mail')).toEqual([2]);
  });

  it('does not run where it was not committed', async () => {
    const [holder] = await cluster.start([a, b], () => [cluster.role('mail')]);
    cluster.crash(holder!);
    // Applied at the deciding copy, not yet acknowledged.
    await cluster.timeline.advance(HOP);
    expect(cluster.running('mail')).toEqual([]);
    await cluster.timeline.advance(2 * HOP);
    expect(cluster.running('mail')).toEqual([b]);
  });

  it('starts under a new epoch in a second life of its node', async () => {
    const [holder] = await cluster.start([a, b], () => [cluster.role('mail')]);
    const roles = [cluster.role('mail')];
    cluster.crash(cluster.nodes.get(b)!);
    cluster.crash(holder!);
    // Nobody was left to take it: what the restarted node reads is that it holds the slot itself.
    const again = cluster.add(a, roles, 10);
    for (const [name, table] of holder!.tables) {
      for (const [key, version] of table.versions) again.tables.get(name)!.apply(key, version);
    }
    const slots = [...again.tables.get('beethoven.slots')!.rows()];
    expect(slots).toMatchObject([{ holder: a, epoch: 1 }]);
    await cluster.begin(again);
    await cluster.timeline.advance(20);
    expect(cluster.epochs('mail')).toEqual([2]);
  });
});

const broken = () => {
  throw new Error('broken');
};

describe('a role that fails', () => {
  it('is given up beyond its restart limit, and another node takes it', async () => {
    const [, second] = await cluster.start([a, b], (id) => [
      cluster.role('mail', id === a ? { start: broken } : {}),
    ]);
    await cluster.timeline.advance(1_000);
    expect(cluster.said(/start/)).toEqual([
      ...Array.from({ length: 4 }, () => `${a}: start mail/0 e1`),
      `${b}: start mail/0 e2`,
    ]);
    expect(second!.service.whereIs('mail')).toEqual([b]);
  });

  it('is nobody’s while it is barred everywhere, and is tried again afterwards', async () => {
    const [node] = await cluster.start([a], () => [cluster.role('mail', { start: broken })]);
    await cluster.timeline.advance(1_000);
    expect(cluster.said(/start/)).toHaveLength(4);
    expect(node!.service.roles()).toEqual([{ role: 'mail', count: 1, assigned: 0, nodes: [] }]);
    expect(node!.roleCount).toBe(0);
    await cluster.timeline.advance(FIRST_BAR - 2_000);
    expect(cluster.said(/start/)).toHaveLength(4);
    await cluster.timeline.advance(2_000);
    expect(cluster.said(/start/)).toHaveLength(8);
    // The second time it is barred for twice as long.
    await cluster.timeline.advance(FIRST_BAR + 5_000);
    expect(cluster.said(/start/)).toHaveLength(8);
    await cluster.timeline.advance(FIRST_BAR);
    expect(cluster.said(/start/)).toHaveLength(12);
  });

  it('does not take the node’s other roles with it', async () => {
    await cluster.start([a], () => [
      cluster.role('mail', { start: broken }),
      cluster.role('sweep'),
    ]);
    await cluster.timeline.advance(1_000);
    expect(cluster.running('sweep')).toEqual([a]);
    expect(cluster.epochs('sweep')).toEqual([1]);
  });
});

describe('a cluster that was cut in two', () => {
  it('ends the loser at the moment it learns, and keeps the higher epoch', async () => {
    const [first, second, third] = await cluster.start([a, b, c], () => [cluster.role('mail')]);
    cluster.partition([first!], [second!, third!]);
    await cluster.timeline.advance(1_000);
    expect(cluster.running('mail')).toHaveLength(2);
    const before = cluster.timeline.now;
    cluster.heal();
    const aborted = cluster.log.find(({ what }) => what === 'abort mail/0');
    expect([aborted?.node, aborted?.at]).toEqual([a, before]);
    await cluster.timeline.advance(1_000);
    expect(cluster.said(/stop/)).toEqual([`${a}: stop mail/0 superseded`]);
    expect(cluster.epochs('mail')).toEqual([2]);
  });

  it('has one holder again when both sides had claimed under one epoch', async () => {
    const [first, second, third] = await cluster.start([a, b, c], () => [cluster.role('mail')]);
    cluster.partition([first!], [second!], [third!]);
    await cluster.timeline.advance(1_000);
    expect(cluster.epochs('mail')).toEqual([1, 2, 2]);
    cluster.heal();
    await cluster.timeline.advance(1_000);
    expect(cluster.running('mail')).toHaveLength(1);
  });

  it('fills both slots of a role that each side ran once', async () => {
    const [first, second] = await cluster.start([a, b], () => [
      cluster.role('mail', { instances: 2 }),
    ]);
    cluster.partition([first!], [second!]);
    await cluster.timeline.advance(1_000);
    cluster.heal();
    await cluster.timeline.advance(2_000);
    expect(cluster.running('mail')).toEqual([a, b]);
    expect(first!.service.roles()[0]).toMatchObject({ count: 2, assigned: 2 });
  });

  it('keeps the lower of two slots that one node holds', async () => {
    const [first] = await cluster.start([a], () => [cluster.role('mail', { instances: 2 })]);
    const table = first!.tables.get('beethoven.slots')!;
    table.put({ ...table.get('mail/0'), id: 'mail/1', index: 1, epoch: 7 });
    await cluster.timeline.advance(1_000);
    expect(first!.service.local()).toMatchObject([{ slot: 0, epoch: 1 }]);
    expect(table.get('mail/1')).toMatchObject({ holder: null, epoch: 7 });
    // Never started: it had to be given up before.
    expect(cluster.said(/mail\/1/)).toEqual([]);
  });
});
