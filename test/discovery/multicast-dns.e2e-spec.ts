import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { RealCluster } from '../support/real-cluster.js';

const cluster = new RealCluster({ nodes: 3, beethoven: { discovery: ['multicast-dns'] } });
afterEach(() => cluster.end());

describe('three processes with nothing but multicast DNS', { timeout: 120_000 }, () => {
  it('are one cluster, whatever else is said on the link, and one that is told to end goes', async () => {
    const stranger = createSocket('udp4');
    stranger.bind(0, '127.0.0.1');
    await once(stranger, 'listening');
    stranger.setMulticastInterface('127.0.0.1');
    const babble = setInterval(() => {
      for (let length = 0; length < 64; length++)
        stranger.send(Buffer.alloc(length, 0xc0 + length), 5_353, '224.0.0.251');
    }, 20);
    try {
      for (let i = 0; i < 3; i++) cluster.add();
      await cluster.settled(30_000);
      const [leaver] = cluster.running;
      leaver?.signal('SIGTERM');
      await leaver?.exited;
      await cluster.settled(30_000);
      expect(cluster.running).toHaveLength(2);
    } finally {
      clearInterval(babble);
      stranger.close();
    }
  });
});
