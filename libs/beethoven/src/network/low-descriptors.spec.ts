import { closeSync, openSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AddressInUseError } from '../errors/address-in-use.error.js';
import { TcpNetwork } from './tcp-network.js';

const open = () => new Set(readdirSync('/proc/self/fd').map(Number));

describe.runIf(process.platform === 'linux')('a listener', () => {
  it('lies above the descriptors that come after it, so that the kernel closes it before them', async () => {
    const before = open();
    const listener = await new TcpNetwork().listen('127.0.0.1', 0, () => undefined);
    const next = Array.from({ length: 20 }, () => openSync('/dev/null', 'r'));
    const opened = [...open()].filter((fd) => !before.has(fd) && !next.includes(fd));
    // Listing the folder takes a descriptor of its own for the moment: the listener's is the highest.
    expect(Math.max(...opened)).toBeGreaterThan(Math.max(...next));
    for (const fd of next) closeSync(fd);
    await listener.close();
  });

  it('leaves none of the descriptors behind that it held, also when its port is taken', async () => {
    const network = new TcpNetwork();
    const listener = await network.listen('127.0.0.1', 0, () => undefined);
    const before = open().size;
    await expect(network.listen('127.0.0.1', listener.port, () => undefined)).rejects.toThrow(
      AddressInUseError,
    );
    expect(open().size).toBeLessThanOrEqual(before);
    await listener.close();
  });
});
