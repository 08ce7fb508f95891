import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decode, encode } from '../../libs/beethoven/src/network/codec.js';
import { FRAME } from '../../libs/beethoven/src/network/link-frames.js';
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

function firstFrame(socket: Socket): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32BE())
        resolve(decode(bytes.subarray(4)));
    });
    socket.once('close', () => reject(new Error('The connection ended before a frame.')));
  });
}

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
    const other = Member.spawn(RealCluster.entry, {
      beethoven: { listenerPort: cluster.port, clusterName: 'another' },
      roles: [],
    });
    await other.first('ready');
    expect((await other.state()).live).toHaveLength(1);
    expect((await one?.state())?.live).toHaveLength(2);
    await other.end();
  });

  it('that speaks only a later version is told so, and stays out', async () => {
    const socket = connect(cluster.port, '127.0.0.1');
    socket.on('error', () => undefined);
    const hello = { protocol: [7, 9], cluster: 'beethoven', whatever: 'may come' };
    socket.write(framed(encode([FRAME.hello, hello])));
    const closed = once(socket, 'close', { signal: AbortSignal.timeout(10_000) });
    expect(await firstFrame(socket)).toEqual([
      FRAME.refused,
      { reason: 'version', text: expect.stringContaining('the caller 7 to 9') },
    ]);
    await closed;
    expect(await cluster.trouble()).toBeUndefined();
  });

  it('that is called, and speaks only a later version, is left alone', async () => {
    const refusal = { reason: 'version', text: 'This node speaks protocol 7 to 9.' };
    const hellos: unknown[] = [];
    const later = createServer((socket) => {
      void firstFrame(socket).then((hello) => {
        hellos.push(hello);
        socket.end(framed(encode([FRAME.refused, refusal])));
      });
    });
    await once(later.listen(0, '127.0.0.1'), 'listening');
    const { port } = later.address() as AddressInfo;
    const caller = Member.spawn(RealCluster.entry, {
      beethoven: { listenerPort: cluster.port + 1, seeds: [`127.0.0.1:${port}`] },
      roles: [],
    });
    const { mode } = await caller.first('ready');
    expect(mode).toBe('standalone');
    expect(hellos[0]).toMatchObject([FRAME.hello, { protocol: [1, 1], cluster: 'beethoven' }]);
    await caller.end();
    later.close();
  });
});
