import { existsSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { KEEP_ALIVE } from './limits.js';
import type { Connection } from './network.js';
import { keysOf } from './security/keys.fixture.js';
import { pskCredentials } from './security/psk-credentials.js';
import { TcpNetwork } from './tcp-network.js';

const host = '127.0.0.1';
const SOCKETS = '/proc/net/tcp';
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** What the kernel waits for with both ends of the connections on a port: kind of timer, and after how long (ms). */
function timersOn(port: number): { kind: number; after: number }[] {
  const hex = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const ESTABLISHED = '01';
  return readFileSync(SOCKETS, 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, remote, state]) => {
      return state === ESTABLISHED && (local?.endsWith(hex) || remote?.endsWith(hex));
    })
    .map(([, , , , , timer = '']) => {
      const [kind = '', ticks = ''] = timer.split(':');
      return { kind: parseInt(kind, 16), after: parseInt(ticks, 16) * 10 };
    });
}

/** Not one of retransmission. Source: Linux, Documentation/networking/proc_net_tcp. */
const KEEP_ALIVE_TIMER = 2;

describe.skipIf(!existsSync(SOCKETS))('a connection that nobody uses', () => {
  it.each([
    ['plain', new TcpNetwork()],
    ['with a secret', new TcpNetwork(Promise.resolve(pskCredentials([keysOf('right')])))],
  ])('is asked by TCP at both ends after ten minutes (%s)', async (_, network) => {
    const accepted: Connection[] = [];
    const listener = await network.listen(host, 0, (connection) => accepted.push(connection));
    cleanups.push(() => listener.close());
    const dialled = await new Promise((resolve) =>
      network.dial(host, listener.port, 5_000, resolve),
    );
    const connection = dialled as Connection;
    cleanups.push(
      () => connection.destroy(),
      () => accepted.forEach((one) => one.destroy()),
    );
    const isAsked = ({ kind, after }: { kind: number; after: number }): boolean =>
      kind === KEEP_ALIVE_TIMER && after > KEEP_ALIVE / 2 && after <= KEEP_ALIVE;
    // Delayed acknowledgements of the handshake have timers of that kind as well, of some milliseconds.
    await expect.poll(() => timersOn(listener.port).map(isAsked)).toEqual([true, true]);
  });
});
