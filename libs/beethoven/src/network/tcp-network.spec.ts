import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CloseReason, Connection, DialFailure } from './network.js';
import { TcpConnection } from './tcp-connection.js';
import { TcpNetwork, isConnectedToItself } from './tcp-network.js';

const host = '127.0.0.1';
const MIB = 1_024 * 1_024;
const network = new TcpNetwork();
const cleanups: (() => unknown)[] = [];

// Taken before a test puts fake timers in its place.
const { setImmediate } = globalThis;

afterEach(async () => {
  vi.useRealTimers();
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('It did not happen within 5 s.');
    await new Promise((resolve) => void setImmediate(resolve));
  }
}

/** A listener of ours, with a caller that speaks in bytes. */
async function stranger() {
  const frames: Buffer[] = [];
  const closes: [CloseReason, string | undefined][] = [];
  const accepted: Connection[] = [];
  const listener = await network.listen(host, 0, (connection) => {
    accepted.push(connection);
    connection.onFrame = (frame) => void frames.push(Buffer.from(frame));
    connection.onClose = (reason, detail) => void closes.push([reason, detail]);
  });
  const socket = connect(listener.port, host);
  socket.on('error', () => {});
  cleanups.push(
    () => listener.close(),
    () => socket.destroy(),
  );
  await until(() => accepted.length === 1);
  return { socket, frames, closes, connection: accepted[0]! };
}

/** A server that speaks in bytes, with a caller of ours. */
async function hostOf(onSocket: (socket: Socket) => void): Promise<Connection> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => {});
    cleanups.push(() => socket.destroy());
    onSocket(socket);
  });
  await new Promise<void>((resolve) => void server.listen(0, host, resolve));
  cleanups.push(() => server.close());
  const results: (Connection | DialFailure)[] = [];
  network.dial(host, (server.address() as AddressInfo).port, 1_000, (result) => {
    results.push(result);
  });
  await until(() => results.length === 1);
  const connection = results[0] as Connection;
  cleanups.push(() => connection.destroy());
  return connection;
}

describe('a stranger on the port', () => {
  it('that announces 4 GiB is cut off at once', async () => {
    const { socket, closes, frames } = await stranger();
    socket.write(Buffer.of(0xff, 0xff, 0xff, 0xff, 1, 2, 3));
    await until(() => closes.length === 1);
    expect(closes).toEqual([['local', 'frame of 4,294,967,295 bytes over the limit of 65,536']]);
    expect(frames).toEqual([]);
  });

  it('that speaks another protocol is cut off at once', async () => {
    const { socket, closes } = await stranger();
    socket.write('GET / HTTP/1.1\r\nHost: beethoven\r\n\r\n');
    await until(() => closes.length === 1);
    expect(closes[0]![0]).toBe('local');
  });

  it('that ends in the middle of a frame has sent none', async () => {
    const { socket, closes, frames } = await stranger();
    socket.end(Buffer.of(0, 0, 0, 9, 1, 2, 3));
    await until(() => closes.length === 1);
    expect(closes).toEqual([['remote', undefined]]);
    expect(frames).toEqual([]);
  });

  it('that resets the connection ends it like any other', async () => {
    const { socket, closes } = await stranger();
    socket.resetAndDestroy();
    await until(() => closes.length === 1);
    expect(closes[0]![0]).toBe('remote');
    expect(closes[0]![1]).toContain('ECONNRESET');
  });

  it('that sends byte by byte is understood', async () => {
    const { socket, frames } = await stranger();
    for (const byte of [0, 0, 0, 2, 7, 8, 0, 0, 0, 1, 9]) {
      socket.write(Buffer.of(byte));
      await new Promise((resolve) => void setImmediate(resolve));
    }
    await until(() => frames.length === 2);
    expect(frames).toEqual([Buffer.of(7, 8), Buffer.of(9)]);
  });

  it('that never ends its side is given a second to read our last words', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { socket, closes, connection } = await stranger();
    const read: Buffer[] = [];
    socket.allowHalfOpen = true;
    socket.on('data', (chunk) => void read.push(chunk));
    connection.send(Buffer.from('bye'));
    connection.close();
    await until(() => read.length > 0 && socket.readableEnded);
    expect(closes).toEqual([]);
    vi.advanceTimersByTime(999);
    await new Promise((resolve) => void setImmediate(resolve));
    expect(closes).toEqual([]);
    vi.advanceTimersByTime(1);
    await until(() => closes.length === 1);
    expect(closes).toEqual([['local', undefined]]);
    expect(Buffer.concat(read).subarray(4).toString()).toBe('bye');
  });
});

describe('sending', () => {
  it('makes one write of the frames of a tick', async () => {
    const chunks: Buffer[] = [];
    const connection = await hostOf((socket) => {
      socket.on('data', (chunk) => void chunks.push(chunk));
    });
    for (let i = 0; i < 100; i++) connection.send(Buffer.alloc(10));
    await until(() => Buffer.concat(chunks).length === 1_400);
    expect(chunks).toHaveLength(1);
  });

  it('a long backlog leaves the event loop free in between', async () => {
    const connection = await hostOf((socket) => void socket.resume());
    const frame = Buffer.alloc(60_000);
    const fill = (): number => {
      let accepted = 0;
      while (connection.send(frame, 'bulk')) accepted++;
      return accepted;
    };
    expect(fill()).toBeGreaterThan(250);
    await new Promise((resolve) => void setImmediate(resolve));
    expect(fill()).toBeLessThan(10); // the kernel would take many more at once
  });

  it('to a peer that does not read stops at a bound, and goes on when it reads again', async () => {
    let slow: Socket | undefined;
    let read = 0;
    const connection = await hostOf((socket) => {
      slow = socket.pause();
      socket.on('data', (chunk) => void (read += chunk.length));
      socket.pause();
    });
    await until(() => slow !== undefined);
    const frame = Buffer.alloc(MIB);
    let sent = 0;
    let refusals = 0;
    while (refusals < 50) {
      if (connection.send(frame, 'bulk')) sent++;
      else refusals++;
      await new Promise((resolve) => void setImmediate(resolve));
    }
    // The queue, and what the kernel buffers on both sides.
    expect(sent).toBeGreaterThanOrEqual(15);
    expect(sent).toBeLessThan(40);
    slow?.resume();
    await until(() => read === sent * (MIB + 4));
    expect(connection.send(frame)).toBe(true);
  });
});

async function outcome(address: string, port: number): Promise<Connection | DialFailure> {
  const results: (Connection | DialFailure)[] = [];
  network.dial(address, port, 500, (result) => void results.push(result));
  expect(results).toEqual([]); // never inside the call
  await until(() => results.length === 1);
  return results[0]!;
}

describe('a dial', () => {
  it.each([
    [host, 0],
    [host, 99_999],
    [host, -1],
    [host, 1.5],
    [host, Number.NaN],
    ['localhost', 80],
    ['', 80],
    ['::1', 80],
    ['127.0.0.1\n', 80],
  ])(
    'to %j port %d is no address: it throws nothing and looks up nothing',
    async (address, port) => {
      expect(await outcome(address, port)).toBe('unreachable');
    },
  );

  it('that was taken in time has come to something, however late a busy process gets to see it', async () => {
    const listener = await network.listen(host, 0, () => {});
    cleanups.push(() => listener.close());
    const results: (Connection | DialFailure)[] = [];
    network.dial(host, listener.port, 1, (result) => void results.push(result));
    const busyUntil = performance.now() + 5;
    while (performance.now() < busyUntil);
    await until(() => results.length === 1);
    expect(results).toEqual([expect.any(TcpConnection)]);
    cleanups.push(() => (results[0] as Connection).destroy());
  });

  it('that got connected to itself is recognised', async () => {
    const spare = await network.listen(host, 0, () => {});
    await spare.close();
    const socket = connect({ host, port: spare.port, localAddress: host, localPort: spare.port });
    cleanups.push(() => socket.destroy());
    await new Promise((resolve) => socket.once('connect', resolve));
    expect(isConnectedToItself(socket)).toBe(true);
    const { socket: other } = await stranger();
    expect(isConnectedToItself(other)).toBe(false);
  });
});

it('passes on what the system says about an address that is not ours', async () => {
  await expect(network.listen('192.0.2.1', 0, () => {})).rejects.toThrow('EADDRNOTAVAIL');
});
