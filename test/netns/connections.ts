import { readFileSync } from 'node:fs';
import type { Member } from '../support/member.js';

const ESTABLISHED = '01';

/**
 * TCP connections to this address that are open for the kernel of one member's host, and unknown to that of the other's: each as
 * its two ends.
 */
export function halfOpenConnections(near: Member, far: Member, address: string): string[] {
  const there = new Set(established(far).map(({ local, remote }) => `${remote} ${local}`));
  return established(near)
    .filter(({ remote }) => remote.startsWith(`${inMemory(address)}:`))
    .map(({ local, remote }) => `${local} ${remote}`)
    .filter((ends) => !there.has(ends));
}

function established({ pid }: Member) {
  const [, ...lines] = readFileSync(`/proc/${pid}/net/tcp`, 'utf8').trim().split('\n');
  return lines
    .map((line) => line.trim().split(/\s+/))
    .map(([, local = '', remote = '', state]) => ({ local, remote, state }))
    .filter(({ state }) => state === ESTABLISHED);
}

/** As the kernel writes it: hexadecimal, in the order in which the bytes lie in memory. */
function inMemory(address: string): string {
  const bytes = address.split('.').toReversed();
  return bytes
    .map((byte) => Number(byte).toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();
}
