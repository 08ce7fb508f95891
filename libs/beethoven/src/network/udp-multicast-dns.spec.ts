import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadMulticastDns } from './udp-multicast-dns.js';

describe('multicast DNS where its package is not installed', () => {
  afterEach(() => vi.doUnmock('multicast-dns'));

  it('is refused with the cure', async () => {
    vi.doMock('multicast-dns', () => {
      throw new Error("Cannot find package 'multicast-dns'");
    });
    await expect(loadMulticastDns()).rejects.toMatchObject({
      code: 'BEETHOVEN_MISSING_PACKAGE',
      message: expect.stringContaining('npm install multicast-dns@^7.2.5') as string,
    });
  });
});
