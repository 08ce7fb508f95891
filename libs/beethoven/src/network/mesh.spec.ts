import { beforeEach, describe, expect, it } from 'vitest';
import { ANYTHING, MeshWorld, captureLog, type MeshNode } from './mesh.fixture.js';

let world: MeshWorld;
let a: MeshNode;
let b: MeshNode;
let log: string[];

beforeEach(async () => {
  log = captureLog();
  world = new MeshWorld();
  a = await world.node('a');
  b = await world.node('b');
});

describe('a link', () => {
  it('is up on both sides once one has dialled, each told once', async () => {
    expect(await world.outcome(a.connect(b))).toEqual({ linked: b.identity.card });
    expect(a.told).toEqual(['up b']);
    expect(b.told).toEqual(['up a']);
    expect(a.mesh.isLinked(b.id) && b.mesh.isLinked(a.id)).toBe(true);
    expect([...a.mesh.links()]).toEqual([b.id]);
  });

  it('is up before the first message of it, in whatever hurry the other side is', async () => {
    b.mesh.onLinkUp(({ id }) => b.mesh.send(id, 'tables', 'at once'));
    a.mesh.onLinkUp(({ id }) => a.mesh.send(id, 'tables', 'me too'));
    await world.linked(a, b);
    expect(a.told).toEqual(['up b', 'message b']);
    expect(b.told).toEqual(['up a', 'message a']);
  });

  it('takes part in a call that is under way to that address, whoever it expects there', async () => {
    const calls = [a.connect(b), a.connect(b, b.id), a.connect(b, 'somebody@127.0.0.1:1')];
    const [seek, link, other] = await world.outcome(Promise.all(calls));
    expect(seek).toEqual({ linked: b.identity.card });
    expect(link).toEqual(seek);
    expect(other).toEqual({ rejected: 'not-me' });
    expect(b.mesh.counters.connections).toBe(1);
  });

  it('takes two round trips, the dial included, and no timer', async () => {
    const begin = world.timeline.now;
    await world.outcome(a.connect(b));
    expect(world.timeline.now - begin).toBeLessThan(2);
  });

  it('carries messages both ways, in order', async () => {
    await world.linked(a, b);
    for (let i = 0; i < 100; i++) {
      expect(a.mesh.send(b.id, 'tables', { i })).toBe(true);
      b.mesh.send(a.id, 'tables', [i]);
    }
    await world.timeline.advance(10);
    expect(b.received).toEqual(Array.from({ length: 100 }, (_, i) => ({ i })));
    expect(a.received).toEqual(Array.from({ length: 100 }, (_, i) => [i]));
  });

  it('is lost at once when the other process is killed', async () => {
    await world.linked(a, b);
    world.network.crash(b.process);
    await world.timeline.advance(1);
    expect(a.told).toEqual(['up b', 'lost b']);
    expect(a.mesh.isLinked(b.id)).toBe(false);
    expect(await world.outcome(a.connect(b, b.id))).toEqual({ failed: 'refused' });
  });

  it('ends with a goodbye when the other side leaves, after what it had still to say', async () => {
    await world.linked(a, b);
    b.mesh.send(a.id, 'tables', 'last words', 'bulk');
    b.mesh.close();
    await world.timeline.advance(5);
    expect(a.told).toEqual(['up b', 'message b', 'goodbye b']);
    expect(a.received).toEqual(['last words']);
    expect(b.told).toEqual(['up a']);
  });

  it('that one side ends is lost for both, and can be made again', async () => {
    await world.linked(a, b);
    a.mesh.disconnect(b.id);
    expect(a.told).toEqual(['up b', 'lost b']);
    await world.timeline.advance(5);
    expect(b.told).toEqual(['up a', 'lost a']);
    await world.linked(b, a);
    expect(a.told).toEqual(['up b', 'lost b', 'up b']);
  });

  it('that one side ends, and begins again before the other is told, is another one for both', async () => {
    await world.linked(a, b);
    const cut = world.network.partition([a.process], [b.process]);
    a.mesh.disconnect(b.id);
    await world.timeline.advance(1_000);
    expect(b.told).toEqual(['up a']);
    cut.heal();
    await world.linked(a, b);
    expect(a.told).toEqual(['up b', 'lost b', 'up b']);
    expect(b.told).toEqual(['up a', 'lost a', 'up a']);
    await world.timeline.advance(10_000);
    expect([...a.told, ...b.told]).toHaveLength(6);
    expect([a, b].map(({ mesh }) => mesh.counters.connections)).toEqual([1, 1]);
  });

  it('tells every listener the same story, also when one of them changes it', async () => {
    a.mesh.onLinkUp(({ id }) => a.mesh.disconnect(id));
    const second: string[] = [];
    a.mesh.onLinkUp(() => second.push('up'));
    a.mesh.onLinkDown(() => second.push('down'));
    await world.outcome(a.connect(b));
    expect(second).toEqual(['up', 'down']);
  });

  it('survives a listener that throws, and the log names the bug', async () => {
    b.mesh.onMessage('membership', ANYTHING, () => {
      throw new Error('a bug');
    });
    await world.linked(a, b);
    a.mesh.send(b.id, 'membership', 1);
    a.mesh.send(b.id, 'tables', 2);
    await world.timeline.advance(5);
    expect(b.received).toEqual([2]);
    expect(b.mesh.counters.failures).toBe(1);
    expect(log).toHaveLength(1);
    expect(log[0]).toMatch(/^error: .*bug/);
  });
});

describe('sending', () => {
  it('is refused without a link, to oneself too', () => {
    expect(a.mesh.send(b.id, 'tables', 1)).toBe(false);
    expect(a.mesh.send(a.id, 'tables', 1)).toBe(false);
  });

  it('to several reaches those with a link', async () => {
    const c = await world.node('c');
    await world.linked(a, b);
    await world.linked(a, c);
    a.mesh.sendAll([b.id, 'nobody@127.0.0.1:1', c.id], 'tables', 'all');
    await world.timeline.advance(5);
    expect([b.received, c.received]).toEqual([['all'], ['all']]);
  });

  it('to a peer that reads nothing ends in a refusal, not in memory', async () => {
    await world.linked(a, b);
    world.network.pause(b.process);
    const message = new Uint8Array(1_024 * 1_024);
    let accepted = 0;
    while (accepted < 100 && a.mesh.send(b.id, 'tables', message)) accepted++;
    expect(accepted).toBeLessThan(20);
    expect(a.mesh.counters.unsent).toBe(1);
  });

  it('refuses a message that no peer would take, and the link stays', async () => {
    await world.linked(a, b);
    expect(a.mesh.send(b.id, 'tables', new Uint8Array(16 * 1_024 * 1_024))).toBe(false);
    await world.timeline.advance(5);
    expect(a.mesh.isLinked(b.id)).toBe(true);
  });

  it('on a channel to which nobody listens over there is counted there, and lost', async () => {
    await world.linked(a, b);
    a.mesh.send(b.id, 'membership', 1);
    await world.timeline.advance(5);
    expect(b.mesh.counters.unclaimed).toBe(1);
  });
});

describe('connecting', () => {
  it('twice at once is one attempt', async () => {
    const first = a.connect(b);
    expect(a.connect(b)).toBe(first);
    await world.outcome(first);
    await world.timeline.advance(5);
    expect(b.told).toEqual(['up a']);
    expect(a.connect(b)).not.toBe(first);
  });

  it('to a peer with a link is done already', async () => {
    await world.linked(a, b);
    expect(await a.connect(b, b.id)).toEqual({ linked: b.identity.card });
  });

  it('where nobody listens fails', async () => {
    expect(await world.outcome(a.mesh.connect('127.0.0.1', 1))).toEqual({ failed: 'refused' });
    expect(await world.outcome(a.mesh.connect('10.0.0.1', 1, undefined, 250))).toEqual({
      failed: 'timeout',
    });
  });

  it('to somebody else than expected is turned away, by the one who answers', async () => {
    const other = 'other@127.0.0.1:1';
    expect(await world.outcome(a.connect(b, other))).toEqual({ rejected: 'not-me' });
    expect(b.told).toEqual([]);
  });

  it('to oneself is noticed, and nothing is logged', async () => {
    expect(await world.outcome(a.connect(a))).toEqual({ rejected: 'self' });
    expect(log).toEqual([]);
  });

  it('to a stalled process is given up in time, and nothing is left behind', async () => {
    world.network.pause(b.process);
    const begin = world.timeline.now;
    expect(await world.outcome(a.connect(b, undefined, 250))).toEqual({ rejected: 'silent' });
    expect(world.timeline.now - begin).toBeLessThan(310);
  });

  it('is not given up by a process that stalled itself, when the answer was there', async () => {
    const attempt = a.connect(b, undefined, 250);
    await world.timeline.advance(0.5);
    world.network.pause(a.process);
    await world.timeline.advance(5_000);
    world.network.resume(a.process);
    expect(await world.outcome(attempt)).toMatchObject({ linked: { id: b.id } });
  });

  it('ends with the mesh', async () => {
    world.network.pause(b.process);
    const asked = a.connect(b);
    await world.timeline.advance(1);
    a.mesh.close();
    expect(await world.outcome(asked, 10)).toEqual({ rejected: 'silent' });
    expect(await world.outcome(a.connect(b), 10)).toEqual({ failed: 'unreachable' });
  });

  it('and being connected to is refused before the mesh is open and after it is closed', async () => {
    await world.linked(a, b);
    b.mesh.close();
    expect(await world.outcome(a.connect(b))).toEqual({ rejected: 'silent' });
    expect(b.told).toEqual(['up a']);
  });
});

describe('asking who is there', () => {
  it('shows the card and makes no link', async () => {
    const asked = await world.outcome(a.mesh.ask(b.address, b.port, 250));
    expect(asked).toEqual({ found: b.identity.card });
    await world.timeline.advance(100);
    expect([...a.told, ...b.told]).toEqual([]);
    expect(log).toEqual([]);
  });

  it('shows the card as it is now', async () => {
    b.identity.raise(Number.MAX_SAFE_INTEGER);
    const asked = await world.outcome(a.mesh.ask(b.address, b.port, 250));
    expect(asked).toMatchObject({ found: { incarnation: Number.MAX_SAFE_INTEGER } });
  });

  it('of another cluster learns that it is another, and is logged on both sides', async () => {
    const bank = await world.node('bank', { cluster: 'bank' });
    expect(await world.outcome(a.mesh.ask(bank.address, bank.port, 250))).toEqual({
      rejected: 'cluster',
    });
    expect(log).toHaveLength(2);
  });
});
