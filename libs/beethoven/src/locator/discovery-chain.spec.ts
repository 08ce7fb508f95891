import { beforeEach, describe, expect, it } from 'vitest';
import { captureLog } from '../network/mesh.fixture.js';
import { MAX_ANSWER } from './discovery-chain.js';
import type { DiscoveryContext, DiscoverySource } from './discovery-source.js';
import { LocatorWorld, card } from './locator.fixture.js';
import { MAX_REPORTED } from './search-journal.js';

/** A range with nobody but the node that looks. */
const ITSELF = { clusterNet: '127.0.0.1', clusterNetMask: 32 };

function source(
  addresses: (context: DiscoveryContext) => AsyncIterable<string>,
  name = 'mine',
): DiscoverySource {
  return { name, addresses };
}
const saying = (...list: string[]): DiscoverySource =>
  source(async function* () {
    yield* list;
  });
const refused = () => ({ outcome: { failed: 'refused' as const }, after: 1 });

describe('a source of addresses', () => {
  beforeEach(() => void captureLog());

  it('is asked at each attempt, and then for ever, each second to each ten seconds', async () => {
    const at: number[] = [];
    const world: LocatorWorld = new LocatorWorld({
      ...ITSELF,
      discovery: [
        source(async function* () {
          at.push(world.now);
          yield '10.0.4.1:4000';
        }),
      ],
    });
    await world.outcome(world.locator.start());
    expect(at).toHaveLength(3);
    await world.timeline.advance(600_000);
    const gaps = at.slice(4).map((time, index) => time - at[index + 3]!);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(10_000);
    expect(world.hosts().every((host) => host === '10.0.4.1')).toBe(true);
  });

  it('is told what it needs to know', async () => {
    let told: DiscoveryContext | undefined;
    const world = new LocatorWorld({
      ...ITSELF,
      discovery: [
        source(async function* (context) {
          told = context;
          yield '10.0.4.9';
        }),
      ],
    });
    await world.outcome(world.locator.start());
    const self = { name: 'me', address: '127.0.0.1', port: 33_000 };
    expect(told).toMatchObject({ clusterName: 'shop', defaultPort: 33_000, self });
    expect(told?.signal.aborted).toBe(false);
    world.locator.stop();
    expect(told?.signal.aborted).toBe(true);
  });

  it('replaces the others: without the range nobody is scanned', async () => {
    const world = new LocatorWorld({ seeds: ['10.0.4.8'], discovery: [saying('10.0.4.9')] });
    await world.outcome(world.locator.start());
    await world.timeline.advance(60_000);
    expect(new Set(world.hosts())).toEqual(new Set(['10.0.4.9']));
  });

  it('that never ends, throws, hangs or talks nonsense keeps nobody from the others', async () => {
    const endless = source(async function* () {
      for (let n = 0; ; n++) yield `10.${n % 200}.0.1`;
    }, 'endless');
    const angry = source(() => {
      throw new Error('no catalogue');
    }, 'angry');
    const silent = source(
      () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }),
      'silent',
    );
    const odd = source(async function* () {
      yield 7 as unknown as string;
    }, 'odd');
    const world = new LocatorWorld({
      ...ITSELF,
      discovery: [endless, angry, silent, odd, saying('not an address'), saying('10.0.4.9')],
    });
    world.mesh.answer = refused;
    expect(await world.outcome(world.locator.start())).toBe('standalone');
    expect(world.hosts()).toContain('10.0.4.9');
    await world.timeline.advance(60_000);
    const troubles = world.locator.report().map(({ source: of, trouble }) => [of, trouble]);
    expect(troubles).toContainEqual(['angry', 'no catalogue']);
    expect(troubles).toContainEqual(['odd', expect.any(String)]);
    expect(troubles).toContainEqual(['mine', '"not an address" is no address.']);
    const asked = Object.fromEntries(world.locator.report().map((of) => [of.source, of.asked]));
    expect(asked['silent']).toBe(1);
    expect(asked['angry']).toBeGreaterThan(6);
  });

  it('does not get its way against the range, nor the range against it', async () => {
    const world = new LocatorWorld({
      clusterNet: '10.9.0.0',
      clusterNetMask: 16,
      seekAttempts: 1,
      discovery: [
        source(async function* () {
          for (let n = 0; n < MAX_ANSWER; n++) yield `10.1.${n >> 8}.${n & 255}`;
        }),
        'range',
      ],
    });
    world.mesh.answer = refused;
    await world.outcome(world.locator.start());
    world.mesh.calls.length = 0;
    await world.timeline.advance(60_000);
    const ofRange = world.hosts().filter((host) => host.startsWith('10.9.')).length;
    expect(world.mesh.calls.length).toBeLessThanOrEqual(610);
    expect(ofRange / world.mesh.calls.length).toBeGreaterThan(0.4);
    expect(ofRange / world.mesh.calls.length).toBeLessThan(0.6);
  });

  it('that answers while a /16 of nobody is scanned is heard at once', async () => {
    const world = new LocatorWorld(
      { clusterNet: '10.9.0.0', clusterNetMask: 16, seeds: ['shop.internal'] },
      () =>
        new Promise((resolve) => void world.timeline.schedule(2_000, () => resolve(['10.0.4.8']))),
    );
    world.mesh.answer = (address) =>
      address === '10.0.4.8' ? { outcome: { linked: card('a', address) }, after: 3 } : undefined;
    expect(await world.outcome(world.locator.start())).toBe('clustered');
    expect(world.now).toBeLessThanOrEqual(2_004);
  });

  it('is asked again soon once somebody was lost', async () => {
    let asked = 0;
    const world = new LocatorWorld({
      ...ITSELF,
      discovery: [
        source(async function* () {
          asked++;
          yield '10.0.4.9';
        }),
      ],
    });
    world.mesh.answer = refused;
    await world.outcome(world.locator.start());
    await world.timeline.advance(60_000);
    const peer = card('a', '10.0.4.9');
    world.mesh.linkUp(peer);
    const before = asked;
    world.mesh.linkDown(peer.id);
    await world.timeline.advance(1_001);
    expect(asked).toBe(before + 1);
  });
});

describe('the report', () => {
  beforeEach(() => void captureLog());

  it('says what was tried, what answered, and why not', async () => {
    const world = new LocatorWorld(
      {
        clusterNet: '10.0.4.0',
        clusterNetMask: 30,
        seeds: ['10.0.4.8', '10.0.4.9', 'nowhere'],
        seekAttempts: 1,
      },
      undefined,
    );
    const peer = card('a', '10.0.4.2');
    world.mesh.answer = (address) => {
      if (address === '10.0.4.2') return { outcome: { linked: peer }, after: 300 };
      if (address === '10.0.4.8') return { outcome: { rejected: 'cluster' }, after: 1 };
      return refused();
    };
    await world.outcome(world.locator.start());
    const [range, seeds] = world.locator.report();
    expect(range).toMatchObject({
      source: 'range',
      asked: 1,
      outcomes: { linked: 1, refused: 1 },
      addresses: [{ address: '10.0.4.2:33000', outcome: 'linked', node: peer.id }],
    });
    expect(seeds).toMatchObject({
      source: 'seeds',
      asked: 1,
      trouble: 'getaddrinfo ENOTFOUND nowhere',
      outcomes: { cluster: 1, refused: 1 },
      addresses: [
        { address: '10.0.4.8:33000', outcome: 'cluster' },
        { address: '10.0.4.9:33000', outcome: 'refused' },
      ],
    });
  });

  it('does not grow without bound', async () => {
    let n = 0;
    const world = new LocatorWorld({
      ...ITSELF,
      discovery: [
        source(async function* () {
          for (let i = 0; i < 900; i++)
            yield `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n++ & 255}`;
        }),
      ],
    });
    world.mesh.answer = refused;
    await world.outcome(world.locator.start());
    await world.timeline.advance(60_000);
    expect(world.locator.report()[0]?.addresses).toHaveLength(MAX_REPORTED);
  });
});
