import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RealCluster } from '../support/real-cluster.js';
import { Member } from '../support/member.js';

let cluster: RealCluster;

beforeAll(async () => {
  cluster = await RealCluster.start({ nodes: 2, roles: [{ name: 'job', instances: 1 }] });
}, 30_000);
afterAll(() => cluster.end());

/** Sends the bytes to a node's port and waits until the node closes the connection. */
async function stranger(bytes: Uint8Array): Promise<void> {
  const socket = connect(cluster.port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(bytes);
  socket.resume();
  await once(socket, 'close', { signal: AbortSignal.timeout(10_000) });
}

const framed = (body: Uint8Array, length = body.length) => {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(length);
  return Buffer.concat([head, body]);
};

describe('a stranger on the port', { timeout: 30_000 }, () => {
  it.each([
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['half a frame', framed(Buffer.from('half'), 100)],
    ['a frame that is too long', framed(Buffer.alloc(0), 0x7f_ff_ff_ff)],
    ['a frame of noise', framed(Buffer.from([0xc1, 0xff, 0x00, 0x93, 0x01]))],
    ['a frame with the wrong shape', framed(Buffer.from([0x93, 0x01, 0x02, 0x03]))],
  ])('with %s is shown the door, and nothing else changes', async (_, bytes) => {
    await stranger(bytes);
    expect(await cluster.trouble()).toBeUndefined();
  });

  it('of another cluster on the same port stays out', async () => {
    const [one] = cluster.members;
    const other = new Member(RealCluster.entry, {
      beethoven: { listenerPort: cluster.port, clusterName: 'another' },
      roles: [],
    });
    await other.first('ready');
    expect((await other.state()).live).toHaveLength(1);
    expect((await one?.state())?.live).toHaveLength(2);
    await other.end();
  });
});
