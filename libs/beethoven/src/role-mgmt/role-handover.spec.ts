import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { TablesStoppedError } from '../errors/tables-stopped.error.js';
import { FakeCluster, HOP } from '../../test/fake-cluster.js';

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

describe('a node that drains', () => {
  it('stops a role, then hands it directly to the best node: a gap of one round trip', async () => {
    const [holder] = await cluster.start([a, b, c], () => [cluster.role('mail')]);
    cluster.scores.set(b, 5);
    await cluster.finish(holder!.service.drain());
    await cluster.timeline.advance(20);
    const [stop, start] = cluster.log.slice(-2);
    expect([stop?.what, start?.what, start?.node]).toEqual([
      'stop mail/0 drain',
      'start mail/0 e2',
      c,
    ]);
    expect(start!.at - stop!.at).toBeLessThanOrEqual(2 * HOP);
  });

  it('is relieved in the same turn in which the successor learns of it', async () => {
    const [, second] = await cluster.start([a, b], () => [cluster.role('mail')]);
    const slots = second!.tables.get('beethoven.slots')!;
    const given = { holder: b, life: second!.startedAt, epoch: 2, state: 'starting' };
    slots.put({ ...slots.get('mail/0'), ...given });
    await Promise.resolve();
    expect(second!.service.local()).toMatchObject([{ role: 'mail', epoch: 2 }]);
  });

  it('with start-first goes on until the successor runs', async () => {
    let started!: () => void;
    const slowStart = new Promise<void>((resolve) => (started = resolve));
    const [holder] = await cluster.start([a, b], (id) => [
      cluster.role('mail', {
        handoff: 'start-first',
        ...(id === b && { start: () => slowStart }),
      }),
    ]);
    const drained = holder!.service.drain();
    await cluster.timeline.advance(50);
    expect(cluster.running('mail')).toEqual([a, b]);
    expect(cluster.said(/abort|stop/)).toEqual([]);
    started();
    await cluster.finish(drained);
    expect(cluster.said(/start|stop/)).toEqual([
      `${a}: start mail/0 e1`,
      `${b}: start mail/0 e2`,
      `${a}: stop mail/0 drain`,
    ]);
  });

  it('with start-first does not wait for a successor that dies', async () => {
    const [holder, second] = await cluster.start([a, b], (id) => [
      cluster.role('mail', {
        handoff: 'start-first',
        ...(id === b && { start: () => new Promise(() => {}) }),
      }),
    ]);
    const drained = holder!.service.drain();
    await cluster.timeline.advance(50);
    const at = cluster.timeline.now;
    cluster.crash(second!);
    await cluster.finish(drained);
    expect(cluster.said(/stop/)).toEqual([`${a}: stop mail/0 drain`]);
    expect(cluster.timeline.now - at).toBeLessThan(10);
  });

  it('with start-first does not wait for ever for a successor that does not get up', async () => {
    const [holder] = await cluster.start([a, b], (id) => [
      cluster.role('mail', {
        handoff: 'start-first',
        ...(id === b && { create: () => new Promise<never>(() => {}) }),
      }),
    ]);
    const at = cluster.timeline.now;
    await cluster.finish(holder!.service.drain());
    expect(cluster.timeline.now - at).toBeGreaterThan(9_999);
    expect(cluster.timeline.now - at).toBeLessThan(10_100);
  });

  it('spreads what it held over the others', async () => {
    const roles = ['r1', 'r2', 'r3', 'r4'];
    const [holder] = await cluster.start([a, b, c], () => roles.map((name) => cluster.role(name)));
    cluster.scores.set(c, 0.05);
    await cluster.finish(holder!.service.drain());
    await cluster.timeline.advance(20);
    const taken = roles.map((name) => cluster.running(name)[0]);
    expect([b, c].map((id) => taken.filter((taker) => taker === id).length)).toEqual([2, 2]);
  });

  it('stops even where nobody takes over, and takes nothing any more', async () => {
    const [only] = await cluster.start([a], () => [cluster.role('mail')]);
    await cluster.finish(only!.service.drain());
    await cluster.timeline.advance(120_000);
    expect(cluster.said(/start|stop/)).toEqual([
      `${a}: start mail/0 e1`,
      `${a}: stop mail/0 drain`,
    ]);
    const [slot] = [...only!.tables.get('beethoven.slots')!.rows()];
    expect(slot).toMatchObject({ holder: null, epoch: 1 });
  });

  it('leaves its slots open for the next node to join, under the next epoch', async () => {
    const [only] = await cluster.start([a], () => [cluster.role('mail')]);
    await cluster.finish(only!.service.drain());
    await cluster.start([b], () => [cluster.role('mail')]);
    expect(cluster.said(/start/).at(-1)).toBe(`${b}: start mail/0 e2`);
  });

  it('hands on what it is given meanwhile, without starting it', async () => {
    const [holder, second, third] = await cluster.start([a, b, c], () => [cluster.role('mail')]);
    cluster.scores.set(c, 5);
    // Both drain at once: the first gives the slot to the second before it can know.
    await cluster.finish(Promise.all([holder!.service.drain(), second!.service.drain()]));
    await cluster.timeline.advance(600);
    expect(cluster.said(/start/).at(-1)).toMatch(new RegExp(`^${third!.id}`));
    expect(cluster.said(/start/).some((entry) => entry.startsWith(b))).toBe(false);
    expect(cluster.running('mail')).toEqual([c]);
  });

  it('waits for a stop no longer than stopTimeout', async () => {
    const stuck = { stop: () => new Promise<void>(() => {}), stopTimeout: 1_000 };
    const [holder] = await cluster.start([a, b], (id) => [
      cluster.role('mail', id === a ? stuck : {}),
    ]);
    const at = cluster.timeline.now;
    await cluster.finish(holder!.service.drain());
    await cluster.timeline.advance(20);
    expect(cluster.timeline.now - at).toBeLessThan(1_100);
    expect(cluster.running('mail')).toEqual([b]);
  });

  it('is done when its hand-over fails, and tries again for as long as it lives', async () => {
    const [holder] = await cluster.start([a, b], () => [cluster.role('mail')]);
    cluster.transactionError = new Error('no coordinator');
    await cluster.finish(holder!.service.drain());
    expect(cluster.said(/stop/)).toEqual([`${a}: stop mail/0 drain`]);
    expect(cluster.running('mail')).toEqual([]);
    cluster.transactionError = undefined;
    await cluster.timeline.advance(600);
    expect(cluster.running('mail')).toEqual([b]);
  });

  it('says nothing of a hand-over that fails because the node stops', async () => {
    const [holder] = await cluster.start([a, b], () => [cluster.role('mail')]);
    cluster.transactionError = new TablesStoppedError('beethoven.slots');
    const warn = vi.mocked(Logger.prototype.warn).mockClear();
    await cluster.finish(holder!.service.drain());
    expect(warn.mock.calls).toEqual([]);
  });

  it('gives up a claim that it was about to win', async () => {
    const [holder, second] = await cluster.start([a, b], () => [cluster.role('mail')]);
    cluster.crash(holder!);
    await cluster.finish(second!.service.drain());
    await cluster.timeline.advance(1_000);
    expect(cluster.running('mail')).toEqual([]);
    const slots = [...second!.tables.get('beethoven.slots')!.rows()];
    expect(slots.every((slot) => slot['holder'] !== b)).toBe(true);
  });

  it('drains once, however often it is asked to, and also before it has started', async () => {
    const [holder] = await cluster.start([a, b], () => [cluster.role('mail')]);
    expect(holder!.service.drain()).toBe(holder!.service.drain());
    const early = cluster.add(c, [cluster.role('sweep')]);
    await early.service.drain();
    await early.service.start();
    await cluster.timeline.advance(1_000);
    expect(cluster.running('sweep')).toEqual([]);
  });
});

describe('release', () => {
  it('gives one role to another node, which keeps it', async () => {
    const [holder] = await cluster.start([a, b], () => [
      cluster.role('mail'),
      cluster.role('sweep'),
    ]);
    expect(await cluster.finish(holder!.service.release('mail'))).toBe(true);
    await cluster.timeline.advance(1_000);
    expect([cluster.running('mail'), cluster.running('sweep')]).toEqual([[b], [a]]);
    expect(cluster.said(/stop/)).toEqual([`${a}: stop mail/0 release`]);
  });

  describe('with start-first, of a role that has another instance', () => {
    let started!: () => void;
    /** The first two run it; the second gives its slot to the third, which is slow to start. */
    async function releasing() {
      const slowStart = new Promise<void>((resolve) => (started = resolve));
      const nodes = await cluster.start([a, b, c], (id) => [
        cluster.role('poll', {
          instances: 2,
          handoff: 'start-first',
          ...(id === c && { start: () => slowStart }),
        }),
      ]);
      const [, second] = nodes;
      expect(second!.service.local()).toMatchObject([{ role: 'poll', slot: 1 }]);
      const released = second!.service.release('poll');
      await cluster.timeline.advance(20);
      expect(cluster.running('poll')).toEqual([a, b, c]);
      return { nodes, released };
    }

    it('takes no other slot of it before its own instance has stopped', async () => {
      const { nodes, released } = await releasing();
      cluster.crash(nodes[0]!);
      await cluster.timeline.advance(50);
      expect(cluster.said(/start poll\/0 e2|stop/)).toEqual([]);
      started();
      await cluster.finish(released);
      await cluster.timeline.advance(20);
      expect(cluster.said(/start poll\/0 e2|stop/)).toEqual([
        `${b}: stop poll/1 release`,
        `${b}: start poll/0 e2`,
      ]);
    });

    it('stops its own instance before it starts one that it is given', async () => {
      const { nodes, released } = await releasing();
      const slots = nodes[1]!.tables.get('beethoven.slots')!;
      const given = { holder: b, life: nodes[1]!.startedAt, epoch: 2, state: 'starting' };
      slots.put({ ...slots.get('poll/0'), ...given });
      await cluster.timeline.advance(20);
      const own = cluster.said(/start poll\/0 e2|(abort|stop) poll\/1/);
      expect(own[0]).toBe(`${b}: abort poll/1`);
      expect(own).toContain(`${b}: start poll/0 e2`);
      started();
      await cluster.finish(released);
    });
  });

  it('changes nothing where nobody else could take the role', async () => {
    const [holder, second] = await cluster.start([a, b], (id) =>
      id === a ? [cluster.role('mail')] : [],
    );
    expect(await cluster.finish(holder!.service.release('mail'))).toBe(false);
    expect(await cluster.finish(second!.service.release('mail'))).toBe(false);
    expect(await cluster.finish(second!.service.release('unheard of'))).toBe(false);
    expect(cluster.said(/stop/)).toEqual([]);
  });

  it('starts the role here again when the hand-over fails', async () => {
    const [holder] = await cluster.start([a, b], () => [cluster.role('mail')]);
    cluster.transactionError = new Error('no coordinator');
    expect(await cluster.finish(holder!.service.release('mail'))).toBe(false);
    cluster.transactionError = undefined;
    await cluster.timeline.advance(1_000);
    expect(cluster.running('mail')).toEqual([a]);
  });
});
