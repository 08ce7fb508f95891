import { describe, expect, it } from 'vitest';
import { MeshWorld, type MeshNode } from '../network/mesh.fixture.js';
import { LinkWatch } from './link-watch.js';

/** Two linked nodes; the first watches its links. */
async function pair(runs: () => boolean = () => true) {
  const world = new MeshWorld();
  const a = await world.node('a');
  const b = await world.node('b', { address: '127.0.0.2' });
  const watch = new LinkWatch(a.mesh, a.process.clock, runs);
  watch.start();
  await world.linked(a, b);
  const forget = (): void => world.network.forget(a.process, b.process, 'silence');
  const say = (from: MeshNode, to: MeshNode): boolean => from.mesh.send(to.id, 'tables', 'hello');
  return { world, a, b, watch, forget, say };
}

describe('a link', () => {
  it('that is dead ends within six seconds of being used', async () => {
    const { world, a, b, forget, say } = await pair();
    forget();
    say(a, b);
    await world.timeline.advance(6_000);
    expect(a.told).toEqual(['up b', 'lost b']);
  });

  it('lives on while it is used one way only', async () => {
    const { world, a, b, say } = await pair();
    for (let second = 0; second < 60; second++) {
      say(a, b);
      await world.timeline.advance(1_000);
    }
    expect(a.told).toEqual(['up b']);
    expect(b.received).toHaveLength(60);
  });

  it('that nobody uses is not asked, dead or not', async () => {
    const { world, a, forget } = await pair();
    forget();
    await world.timeline.advance(60_000);
    expect(a.told).toEqual(['up b']);
  });

  it('to a node whose event loop is blocked lives on, and has all its time again when the node wakes', async () => {
    let runs = true;
    const { world, a, b, say } = await pair(() => runs);
    world.network.pause(b.process);
    say(a, b);
    await world.timeline.advance(3_000);
    runs = false;
    await world.timeline.advance(60_000);
    runs = true;
    await world.timeline.advance(3_000);
    world.network.resume(b.process);
    await world.timeline.advance(20_000);
    expect(a.told).toEqual(['up b']);
    expect(b.received).toEqual(['hello']);
  });

  it('is not given up by a node that slept itself, and has its answers yet to read', async () => {
    const { world, a, b, say } = await pair();
    say(a, b);
    await world.timeline.advance(4_500);
    say(a, b);
    a.process.clock.pause();
    await world.timeline.advance(60_000);
    a.process.clock.resume();
    await world.timeline.advance(20_000);
    expect(a.told).toEqual(['up b']);
  });

  it('is not looked at any more once the watch has stopped', async () => {
    const { world, a, b, watch, forget, say } = await pair();
    watch.stop();
    forget();
    say(a, b);
    await world.timeline.advance(60_000);
    expect(a.told).toEqual(['up b']);
  });
});
