import { beforeEach, describe, expect, it } from 'vitest';
import { captureLog } from '../network/mesh.fixture.js';
import { systemNameLookup, type NameLookup } from './name-lookup.js';
import { MAX_ADDRESSES, MAX_TROUBLES, SeedResolver } from './seed-resolver.js';

const resolverOf = (
  addresses: NameLookup['addresses'],
  services: NameLookup['services'] = () => Promise.reject(new Error('asked for services')),
): SeedResolver => new SeedResolver({ addresses, services }, []);

describe('resolving a seed', () => {
  beforeEach(() => void captureLog());

  it('asks nobody about an address', async () => {
    const resolver = resolverOf(() => Promise.reject(new Error('asked')));
    expect(await resolver.resolve({ host: '10.0.4.8', port: 1 })).toEqual([
      { host: '10.0.4.8', port: 1 },
    ]);
  });

  it('gives every address behind a name the port of the seed', async () => {
    const resolver = resolverOf(async () => ['10.0.4.8', '10.0.4.9']);
    expect(await resolver.resolve({ host: 'shop', port: 4_000 })).toEqual([
      { host: '10.0.4.8', port: 4_000 },
      { host: '10.0.4.9', port: 4_000 },
    ]);
  });

  it('asks about a name once at a time, and again the next time', async () => {
    let asked = 0;
    const resolver = resolverOf(async () => {
      asked++;
      return [];
    });
    const shop = { host: 'shop', port: 1 };
    await Promise.all([resolver.resolve(shop), resolver.resolve({ ...shop })]);
    expect(asked).toBe(1);
    await resolver.resolve(shop);
    expect(asked).toBe(2);
  });

  it('takes no more addresses than it may', async () => {
    const resolver = resolverOf(async () => Array.from({ length: 65_536 }, () => '10.0.4.8'));
    expect(await resolver.resolve({ host: 'shop', port: 1 })).toHaveLength(MAX_ADDRESSES);
  });

  it('takes no address for an address that is none', async () => {
    const resolver = resolverOf(async () => ['::1', 'shop', '10.0.4.8']);
    expect(await resolver.resolve({ host: 'shop', port: 1 })).toEqual([
      { host: '10.0.4.8', port: 1 },
    ]);
  });

  it('gives the hosts of a service, each with the port of its record', async () => {
    const resolver = resolverOf(
      async (name) =>
        name === 'b.shop'
          ? Promise.reject(new Error('gone'))
          : [`10.0.4.${name[0] === 'a' ? 1 : 3}`],
      async () =>
        ['a', 'b', 'c'].map((host, index) => ({ name: `${host}.shop`, port: 4_000 + index })),
    );
    expect(await resolver.resolve({ host: '_beethoven._tcp.shop.internal', port: 1 })).toEqual([
      { host: '10.0.4.1', port: 4_000 },
      { host: '10.0.4.3', port: 4_002 },
    ]);
  });

  it('knows what is wrong with a name, until it has an address', async () => {
    let known = false;
    const resolver = resolverOf(() =>
      known ? Promise.resolve(['10.0.4.8']) : Promise.reject(new Error('ENOTFOUND')),
    );
    await resolver.resolve({ host: 'shop', port: 1 });
    expect(resolver.trouble('shop')).toBe('ENOTFOUND');
    known = true;
    await resolver.resolve({ host: 'shop', port: 1 });
    expect(resolver.trouble('shop')).toBeUndefined();
    known = false;
    for (let n = 0; n < 2 * MAX_TROUBLES; n++) await resolver.resolve({ host: `s${n}`, port: 1 });
    expect(resolver.trouble('s0')).toBeUndefined();
  });

  it('never rejects', async () => {
    for (const fault of [new Error('ENOTFOUND'), 'ENOTFOUND', undefined]) {
      const resolver = resolverOf(() => Promise.reject(fault));
      expect(await resolver.resolve({ host: 'shop', port: 1 })).toEqual([]);
    }
  });

  it('knows the names that the machine knows', async () => {
    expect(await systemNameLookup.addresses('localhost', [])).toContain('127.0.0.1');
  });
});
