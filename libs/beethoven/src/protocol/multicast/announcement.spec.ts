import { assert, integer, ipV4, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SERVICE, TTL, announcement, claims } from './announcement.js';
import type { DnsRecord } from './dns-message.js';

const node = { cluster: 'shop', address: '10.0.4.7', port: 33_000 };
const instance = `10-0-4-7-33000.${SERVICE}`;
const edited = (edit: (record: DnsRecord) => DnsRecord): DnsRecord[] =>
  announcement(node, TTL).map(edit);
const name = string({ minLength: 1, maxLength: 128, unit: 'grapheme' });

describe('an announcement', () => {
  it('is read as it was meant, whatever the name of the cluster', () => {
    assert(
      property(name, ipV4(), integer({ min: 1, max: 65_535 }), (cluster, address, port) => {
        const records = announcement({ cluster, address, port }, TTL);
        expect(claims(records, cluster, address)).toEqual([{ address, port, ttl: TTL }]);
      }),
    );
  });

  it('fits a TXT record and the labels of DNS (RFC 1035: 255 and 63 bytes)', () => {
    assert(
      property(name, (cluster) => {
        const records = announcement({ ...node, cluster, address: '255.255.255.255' }, TTL);
        for (const { type, name: owner, data } of records) {
          if (type === 'TXT') expect(Buffer.byteLength(data.join(''))).toBeLessThanOrEqual(255);
          for (const label of owner.split('.')) expect(label.length).toBeLessThanOrEqual(63);
        }
      }),
    );
  });

  it('of another cluster is nobody of ours', () => {
    expect(claims(announcement(node, TTL), 'shop2', node.address)).toEqual([]);
  });

  it('with several nodes of one machine has all of them', () => {
    const records = [33_000, 40_001].flatMap((port) => announcement({ ...node, port }, TTL));
    expect(claims(records, 'shop', node.address).map(({ port }) => port)).toEqual([33_000, 40_001]);
  });

  it('is read without regard to capitals', () => {
    const loud = edited((record) => ({ ...record, name: record.name.toUpperCase() }));
    expect(claims(loud, 'shop', node.address)).toHaveLength(1);
  });

  it('of somebody else than its sender does not count', () => {
    expect(claims(announcement(node, TTL), 'shop', '10.0.4.66')).toEqual([]);
  });

  it.each(['PTR', 'SRV', 'TXT', 'A'])('without its %s record does not count', (missing) => {
    const records = announcement(node, TTL).filter(({ type }) => type !== missing);
    expect(claims(records, 'shop', node.address)).toEqual([]);
  });

  it('of another service does not count', () => {
    const printers = edited((record) =>
      record.type === 'PTR' ? { ...record, name: '_ipp._tcp.local' } : record,
    );
    expect(claims(printers, 'shop', node.address)).toEqual([]);
  });

  it('tells of a goodbye by its time to live', () => {
    expect(claims(announcement(node, 0), 'shop', node.address)).toMatchObject([{ ttl: 0 }]);
  });

  it('is made of records of one name for each node', () => {
    expect(announcement(node, TTL)).toMatchObject([
      { type: 'PTR', name: SERVICE, data: instance },
      { type: 'SRV', name: instance, data: { target: 'beethoven-10-0-4-7.local', port: 33_000 } },
      { type: 'TXT', name: instance, data: ['cluster=shop'] },
      { type: 'A', name: 'beethoven-10-0-4-7.local', data: '10.0.4.7' },
    ]);
  });
});
