import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { systemDisc, type Disc } from '../network/disc.js';
import { captureLog } from '../network/mesh.fixture.js';
import { MAX_PEERS, WRITE_PAUSE } from './last-seen-peers.js';
import { LocatorWorld, card } from './locator.fixture.js';

/** A disc in memory. */
class Memory implements Disc {
  readonly files = new Map<string, string>();
  writes = 0;
  read(path: string): Promise<string | undefined> {
    return Promise.resolve(this.files.get(path));
  }
  write(path: string, text: string): Promise<void> {
    this.writes++;
    this.files.set(path, text);
    return Promise.resolve();
  }
}

const OPTIONS = { clusterNet: '127.0.0.1', clusterNetMask: 32, dataDir: '/data', seekAttempts: 1 };
const world = (disc: Disc): LocatorWorld => new LocatorWorld(OPTIONS, undefined, 1, disc);

describe('the peers that were seen last', () => {
  let log: string[];
  beforeEach(() => {
    log = captureLog();
  });

  it('are called by the next life, where they were, the latest first', async () => {
    const disc = new Memory();
    const first = world(disc);
    first.mesh.linkUp(card('a', '10.0.4.8', 4_000));
    first.mesh.linkUp(card('b', '10.7.0.1'));
    await first.timeline.advance(WRITE_PAUSE);
    expect([...disc.files.keys()]).toEqual(['/data/peers.shop.json']);

    const second = world(disc);
    await second.outcome(second.locator.start());
    expect(second.mesh.calls).toMatchObject([
      { address: '10.7.0.1', port: 33_000 },
      { address: '10.0.4.8', port: 4_000 },
    ]);
  });

  it('are written at most every five seconds, and at the end', async () => {
    const disc = new Memory();
    const one = world(disc);
    for (let n = 1; n <= 50; n++) {
      one.mesh.linkUp(card(`n${n}`, `10.0.4.${n}`));
      await one.timeline.advance(100);
    }
    await one.timeline.advance(60_000);
    expect(disc.writes).toBe(1);
    one.mesh.linkUp(card('z', '10.0.5.1'));
    one.locator.stop();
    await one.timeline.advance(0);
    expect(disc.writes).toBe(2);
    expect([...disc.files.values()][0]).toContain('z@10.0.5.1');
  });

  it('are no more than they may be, the longest unseen forgotten first', async () => {
    const disc = new Memory();
    const one = world(disc);
    for (let n = 0; n < 2 * MAX_PEERS; n++) one.mesh.linkUp(card(`n${n}`, `10.0.4.${n}`));
    await one.timeline.advance(WRITE_PAUSE);
    const peers = JSON.parse([...disc.files.values()][0]!) as string[];
    expect(peers).toHaveLength(MAX_PEERS);
    expect(peers.at(-1)).toContain(`n${2 * MAX_PEERS - 1}@`);
  });

  it('are known by their name: one that moved is looked for at its new address alone', async () => {
    const disc = new Memory();
    const one = world(disc);
    one.mesh.linkUp(card('a', '10.0.4.8'));
    one.mesh.linkDown(card('a', '10.0.4.8').id);
    one.mesh.linkUp(card('a', '10.0.4.9'));
    // Two that live under one name are two.
    one.mesh.linkUp(card('a', '10.0.4.10'));
    await one.timeline.advance(WRITE_PAUSE);
    expect(JSON.parse([...disc.files.values()][0]!)).toEqual([
      'a@10.0.4.9:33000',
      'a@10.0.4.10:33000',
    ]);
    expect(log.filter((line) => line.includes('moved'))).toEqual([
      'log: a has moved from 10.0.4.8:33000 to 10.0.4.9:33000.',
    ]);
  });

  it.each(['', '{}', '["x", 7]', 'null', '["not an id", "a@b"]'])(
    'are nobody where the file says %j',
    async (text) => {
      const disc = new Memory();
      disc.files.set('/data/peers.shop.json', text);
      const one = world(disc);
      expect(await one.outcome(one.locator.start())).toBe('standalone');
      expect(one.mesh.calls).toEqual([]);
    },
  );

  it('are not missed where the disc cannot be written', async () => {
    const one = world({
      read: () => Promise.resolve(undefined),
      write: () => Promise.reject(new Error('EROFS')),
    });
    one.mesh.linkUp(card('a', '10.0.4.8'));
    await one.timeline.advance(WRITE_PAUSE);
    expect(log.filter((line) => line.includes('EROFS'))).toHaveLength(1);
  });

  it('are in a file of the machine, whole or not at all', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'beethoven-'));
    try {
      const path = join(dir, 'deep', 'peers.json');
      expect(await systemDisc.read(path)).toBeUndefined();
      await systemDisc.write(path, 'one');
      await systemDisc.write(path, 'two');
      expect(await systemDisc.read(path)).toBe('two');
      expect(await readdir(join(dir, 'deep'))).toEqual(['peers.json']);
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});
