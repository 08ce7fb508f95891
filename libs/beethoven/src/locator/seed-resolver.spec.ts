import { beforeEach, describe, expect, it } from 'vitest';
import { captureLog } from '../network/mesh.fixture.js';
import { systemNameLookup } from './name-lookup.js';
import { MAX_ADDRESSES, SeedResolver } from './seed-resolver.js';

describe('resolving a seed', () => {
  beforeEach(() => void captureLog());

  it('asks nobody about an address', async () => {
    const resolver = new SeedResolver(() => Promise.reject(new Error('asked')));
    expect(await resolver.resolve({ host: '10.0.4.8', port: 1 })).toEqual([
      { host: '10.0.4.8', port: 1 },
    ]);
  });

  it('gives every address behind a name the port of the seed', async () => {
    const resolver = new SeedResolver(async () => ['10.0.4.8', '10.0.4.9']);
    expect(await resolver.resolve({ host: 'shop', port: 4_000 })).toEqual([
      { host: '10.0.4.8', port: 4_000 },
      { host: '10.0.4.9', port: 4_000 },
    ]);
  });

  it('asks about a name once at a time, and again the next time', async () => {
    let asked = 0;
    const resolver = new SeedResolver(async () => {
      asked++;
      return [];
    });
    const shop = { host: 'shop', port: 1 };
    await Promise.all([resolver.resolve(shop), resolver.resolve({ ...shop, port: 2 })]);
    expect(asked).toBe(1);
    await resolver.resolve(shop);
    expect(asked).toBe(2);
  });

  it('takes no more addresses than it may', async () => {
    const resolver = new SeedResolver(async () => Array.from({ length: 65_536 }, () => '10.0.4.8'));
    expect(await resolver.resolve({ host: 'shop', port: 1 })).toHaveLength(MAX_ADDRESSES);
  });

  it('takes no address for an address that is none', async () => {
    const resolver = new SeedResolver(async () => ['::1', 'shop', '10.0.4.8']);
    expect(await resolver.resolve({ host: 'shop', port: 1 })).toEqual([
      { host: '10.0.4.8', port: 1 },
    ]);
  });

  it('never rejects', async () => {
    for (const fault of [new Error('ENOTFOUND'), 'ENOTFOUND', undefined]) {
      const resolver = new SeedResolver(() => Promise.reject(fault));
      expect(await resolver.resolve({ host: 'shop', port: 1 })).toEqual([]);
    }
  });

  it('knows the names that the machine knows', async () => {
    expect(await systemNameLookup('localhost')).toContain('127.0.0.1');
  });
});
