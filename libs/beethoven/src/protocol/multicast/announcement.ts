import type { DnsRecord } from './dns-message.js';

/** The service that every node announces, whatever its cluster (RFC 6763). */
export const SERVICE = '_beethoven._tcp.local';

/** How long an announcement is believed (s): what RFC 6762, 10, has for records that name a host. */
export const TTL = 120;

/** A string of a TXT record is 255 bytes at most, and a character takes up to four: of longer names, the beginning has to do. */
const MAX_CLUSTER = 60;

/** Where a node listens, and for which cluster. */
export interface Announced {
  readonly cluster: string;
  /** IPv4. */
  readonly address: string;
  readonly port: number;
}

/**
 * The records of one node. Its names are made from its address and port, which nobody else has: nothing has to be probed for
 * conflicts first.
 *
 * @param ttl 0 for a goodbye
 */
export function announcement({ cluster, address, port }: Announced, ttl: number): DnsRecord[] {
  const dashed = address.replaceAll('.', '-');
  const name = `${dashed}-${port}.${SERVICE}`;
  const target = `beethoven-${dashed}.local`;
  return [
    { type: 'PTR', name: SERVICE, ttl, data: name },
    { type: 'SRV', name, ttl, flush: true, data: { target, port } },
    { type: 'TXT', name, ttl, flush: true, data: [clusterText(cluster)] },
    { type: 'A', name: target, ttl, flush: true, data: address },
  ];
}

/** A node that somebody says to be. */
export interface Claim {
  readonly address: string;
  readonly port: number;
  /** s; 0 for one that goes. */
  readonly ttl: number;
}

/**
 * The nodes of the cluster that the sender says to be. What it says of other addresses than the one it speaks from does not count: so
 * nobody can have us call a third.
 */
export function claims(records: readonly DnsRecord[], cluster: string, sender: string): Claim[] {
  const texts = new Map<string, readonly string[]>();
  const hosts = new Set<string>();
  const services = new Map<string, { readonly target: string; readonly port: number }>();
  for (const record of records) {
    const name = record.name.toLowerCase();
    if (record.type === 'TXT') texts.set(name, record.data);
    if (record.type === 'SRV') services.set(name, record.data);
    if (record.type === 'A' && record.data === sender) hosts.add(name);
  }
  return records.flatMap((record) => {
    if (record.type !== 'PTR' || record.name.toLowerCase() !== SERVICE) return [];
    const instance = record.data.toLowerCase();
    const service = services.get(instance);
    const isOurs = texts.get(instance)?.includes(clusterText(cluster)) ?? false;
    if (service === undefined || !isOurs || !hosts.has(service.target.toLowerCase())) return [];
    return [{ address: sender, port: service.port, ttl: record.ttl }];
  });
}

function clusterText(cluster: string): string {
  return `cluster=${Array.from(cluster).slice(0, MAX_CLUSTER).join('')}`;
}
