import { readFileSync } from 'node:fs';

/** The kernel's own table of what it answers to: also through interfaces without a carrier, which `os.networkInterfaces()` leaves out. */
const TABLE = '/proc/net/fib_trie';

const LOCAL = /\|-- ([\d.]+)\n\s+\/32 host LOCAL/g;

/** The IPv4 addresses of this machine that wait for a cable, among all others; none where the system is not Linux. */
export function dormantAddresses(): readonly string[] {
  try {
    return localAddresses(readFileSync(TABLE, 'utf8'));
  } catch {
    return [];
  }
}

/** @param table `/proc/net/fib_trie` */
export function localAddresses(table: string): readonly string[] {
  return [...new Set(Array.from(table.matchAll(LOCAL), ([, address = '']) => address))];
}
