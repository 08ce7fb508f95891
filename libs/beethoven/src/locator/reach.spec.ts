import { describe, expect, it } from 'vitest';
import { Identity } from '../network/identity.js';
import type { Mesh } from '../network/mesh.js';
import { Timeline } from '../testing/timeline.js';
import { PORT, ScriptedMesh, card } from './locator.fixture.js';
import { BELIEF_TIME, MAX_BELIEFS, Reach } from './reach.js';

const at = (host: string, port = PORT) => ({ host, port });

function world() {
  const timeline = new Timeline();
  const mesh = new ScriptedMesh(timeline);
  const identity = new Identity();
  identity.assume({ name: 'me', address: '127.0.0.1', port: PORT }, 1, {});
  const reach = new Reach(timeline.clock(), identity, mesh as unknown as Mesh);
  mesh.onLinkUp(() => reach.changed());
  mesh.onLinkDown(() => reach.changed());
  return { timeline, mesh, reach };
}

describe('there is no use in calling', () => {
  it('this node itself', () => {
    const { reach } = world();
    expect(reach.has(at('127.0.0.1'))).toBe(true);
    expect(reach.has(at('127.0.0.1', 4_000))).toBe(false);
    expect(reach.has(at('127.0.0.2'))).toBe(false);
  });

  it('who is linked, for as long as it is', () => {
    const { mesh, reach } = world();
    expect(reach.has(at('127.0.0.2'))).toBe(false);
    mesh.linkUp(card('a', '127.0.0.2'));
    expect(reach.has(at('127.0.0.2'))).toBe(true);
    mesh.linkDown(card('a', '127.0.0.2').id);
    expect(reach.has(at('127.0.0.2'))).toBe(false);
  });

  it('(but there is) who only failed to answer', () => {
    const { reach } = world();
    for (const failed of ['refused', 'timeout', 'unreachable'] as const) {
      reach.learn(at('127.0.0.2'), { failed });
      expect(reach.has(at('127.0.0.2'))).toBe(false);
    }
    reach.learn(at('127.0.0.2'), { rejected: 'silent' });
    expect(reach.has(at('127.0.0.2'))).toBe(false);
  });

  it('another cluster, until it may have gone', async () => {
    const { timeline, reach } = world();
    reach.learn(at('127.0.0.2'), { rejected: 'cluster' });
    expect(reach.has(at('127.0.0.2'))).toBe(true);
    await timeline.advance(BELIEF_TIME);
    expect(reach.has(at('127.0.0.2'))).toBe(false);
  });

  it('(but there is) an address where it is known better by now', () => {
    const { reach } = world();
    reach.learn(at('127.0.0.2'), { rejected: 'cluster' });
    reach.learn(at('127.0.0.2'), { failed: 'refused' });
    expect(reach.has(at('127.0.0.2'))).toBe(false);
  });

  it('strangers, but the oldest of too many are forgotten', () => {
    const { reach } = world();
    for (let port = 1; port <= MAX_BELIEFS + 1; port++)
      reach.learn(at('127.0.0.2', port), { rejected: 'cluster' });
    expect(reach.has(at('127.0.0.2', 1))).toBe(false);
    expect(reach.has(at('127.0.0.2', 2))).toBe(true);
    expect(reach.has(at('127.0.0.2', MAX_BELIEFS + 1))).toBe(true);
  });
});
