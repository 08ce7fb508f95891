import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ResolvedOptions } from '../beethoven.options.js';
import type { NodeId } from '../protocol/terms.js';
import { encode } from './codec.js';
import { Identity } from './identity.js';
import { FRAME } from './link-frames.js';
import { Whereabouts } from './whereabouts.js';
import { Mesh } from './mesh.js';
import { ANYTHING, ANYWHERE, captureLog, cardOf, helloFrom } from './mesh.fixture.js';
import type { Listener } from './network.js';
import { systemClock } from './system-clock.js';
import { TcpNetwork } from './tcp-network.js';

const network = new TcpNetwork();
const opened: (() => Promise<void>)[] = [];
let log: string[];
beforeEach(() => (log = captureLog()));
afterEach(async () => {
  await Promise.all(opened.splice(0).map((close) => close()));
});

interface TcpNode {
  readonly id: NodeId;
  readonly port: number;
  readonly mesh: Mesh;
  readonly listener: Listener;
  readonly told: string[];
}

async function node(name: string, cluster = 'shop'): Promise<TcpNode> {
  const identity = new Identity();
  const options = { clusterName: cluster, ...ANYWHERE } as unknown as ResolvedOptions;
  const whereabouts = new Whereabouts(options, systemClock);
  const mesh = new Mesh(systemClock, network, options, identity, whereabouts);
  const listener = await network.listen('127.0.0.1', 0, (connection) => mesh.accept(connection));
  const { address, port } = listener;
  identity.assume({ name, address, port }, systemClock.now(), {});
  mesh.open();
  opened.push(async () => {
    mesh.close();
    await listener.close();
  });
  const told: string[] = [];
  mesh.onLinkUp(({ id }) => told.push(`up ${id}`));
  mesh.onLinkDown((id, cause) => told.push(`${cause} ${id}`));
  return { id: identity.id, port, mesh, listener, told };
}

async function stranger(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

describe('over TCP', () => {
  it('two that dial each other at once have one link, which carries messages and ends with a goodbye', async () => {
    const [a, b] = [await node('a'), await node('b')];
    const heard: unknown[] = [];
    b.mesh.onMessage('tables', ANYTHING, (_from, message) => heard.push(message));
    const outcomes = await Promise.all([
      a.mesh.connect('127.0.0.1', b.port),
      b.mesh.connect('127.0.0.1', a.port),
    ]);
    expect(outcomes).toMatchObject([{ linked: { id: b.id } }, { linked: { id: a.id } }]);
    await vi.waitFor(() => expect(b.mesh.counters.connections).toBe(1), 4_000);
    expect(a.mesh.counters.connections).toBe(1);

    const large = new Uint8Array(3_000_000).fill(7);
    a.mesh.send(b.id, 'tables', large, 'bulk');
    a.mesh.send(b.id, 'tables', 'small');
    a.mesh.close();
    await vi.waitFor(() => expect(b.told).toEqual([`up ${a.id}`, `goodbye ${a.id}`]));
    expect(heard.map((message) => (message as Uint8Array).length)).toEqual([5, 3_000_000]);
    expect(log).toEqual([]);
  });

  it('a listener that is gone is refused', async () => {
    const [a, b] = [await node('a'), await node('b')];
    await b.listener.close();
    expect(await a.mesh.connect('127.0.0.1', b.port)).toEqual({ failed: 'refused' });
  });

  it.each([
    ['a web browser', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), /over the limit of 65,536/],
    ['a frame of garbage', Buffer.from([0, 0, 0, 2, 0xc1, 0xc1]), /no hello/],
  ])('%s is cut off at once, and logged', async (_who, bytes, line) => {
    const a = await node('a');
    const socket = await stranger(a.port);
    socket.write(bytes);
    await once(socket, 'close');
    expect(log).toEqual([expect.stringMatching(line)]);
    expect(a.mesh.counters).toMatchObject({ refused: 1, connections: 0 });
  });

  it('a hello with the end right behind it, read late, makes no link', async () => {
    const a = await node('a');
    const body = encode([FRAME.hello, helloFrom(cardOf('late@127.0.0.1:9'))]);
    const header = Buffer.alloc(4);
    header.writeUInt32BE(body.length);
    const socket = await stranger(a.port);
    socket.end(Buffer.concat([header, body]));
    await once(socket.resume(), 'close');
    await vi.waitFor(() => expect(log).toEqual([expect.stringMatching(/hung up before/)]));
    expect(a.told).toEqual([]);
  });

  it('half a frame, and then the end, is a stranger who said nothing', async () => {
    const a = await node('a');
    const socket = await stranger(a.port);
    socket.end(Buffer.from([0, 0, 0, 100, 0x92]));
    await once(socket.resume(), 'close');
    await vi.waitFor(() =>
      expect(log).toEqual([expect.stringMatching(/hung up before it was answered/)]),
    );
    expect(a.told).toEqual([]);
  });
});
