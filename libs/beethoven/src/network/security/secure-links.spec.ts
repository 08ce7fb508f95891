import { createHash, randomBytes } from 'node:crypto';
import { connect as connectPlain, createServer, type AddressInfo, type Socket } from 'node:net';
import { connect, createServer as createTlsServer, type ConnectionOptions } from 'node:tls';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connection, DialFailure, Network } from '../network.js';
import { TcpNetwork } from '../tcp-network.js';
import { certificateCredentials } from './certificate-credentials.js';
import { TestAuthority } from './certificates.fixture.js';
import type { Credentials } from './credentials.js';
import { keysOf } from './keys.fixture.js';
import { pskCredentials } from './psk-credentials.js';
import { TLS_SETTINGS } from './tls-settings.js';

const host = '127.0.0.1';
const shop = new TestAuthority('shop');
const bank = new TestAuthority('bank');
const secretOf = (first: string, ...others: string[]): Credentials =>
  pskCredentials([keysOf(first), ...others.map(keysOf)]);
const networkOf = (credentials: Credentials): Network =>
  new TcpNetwork(Promise.resolve(credentials));

const cleanups: (() => unknown)[] = [];
let lines: string[] = [];

beforeEach(() => {
  lines = [];
  const log = (line: unknown): void => void lines.push(String(line));
  Logger.overrideLogger({ log, warn: log, error: log });
});
afterEach(async () => {
  Logger.overrideLogger(true);
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('It did not happen within 10 s.');
    await new Promise((resolve) => void setImmediate(resolve));
  }
}

/** A node that listens, and answers every frame with itself. */
async function node(credentials: Credentials) {
  const accepted: Connection[] = [];
  const network = networkOf(credentials);
  const listener = await network.listen(host, 0, (connection) => {
    accepted.push(connection);
    connection.onFrame = (frame) => void connection.send(frame);
  });
  cleanups.push(
    () => listener.close(),
    () => accepted.forEach((connection) => connection.destroy()),
  );
  return { port: listener.port, accepted, network };
}

async function call(credentials: Credentials, port: number): Promise<Connection | DialFailure> {
  const result = await new Promise<Connection | DialFailure>((resolve) =>
    networkOf(credentials).dial(host, port, 5_000, resolve),
  );
  if (typeof result === 'object') cleanups.push(() => result.destroy());
  return result;
}

/** A server of somebody else. */
async function serverOf(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, host);
  await new Promise((resolve) => server.once('listening', resolve));
  cleanups.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** Dials with node:tls, as somebody else would. @returns 'in', or why not */
function stranger(port: number, options: ConnectionOptions): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, ...TLS_SETTINGS, ...options });
    cleanups.push(() => socket.destroy());
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
    socket.once('close', () => resolve('closed'));
    // A server may refuse after the client is content: who is in gets an answer.
    socket.once('secureConnect', () => socket.write(Buffer.of(0, 0, 0, 1, 7)));
    socket.once('data', () => resolve('in'));
  });
}

const key = keysOf('right');
const psk = (name = 'right', id = key.id): ConnectionOptions => ({
  pskCallback: () => ({ psk: keysOf(name).link, identity: id }),
  checkServerIdentity: () => undefined,
  rejectUnauthorized: false,
});

describe('links with a secret', () => {
  it('are made between nodes that have it', async () => {
    const { port, accepted } = await node(secretOf('right'));
    expect(await call(secretOf('right'), port)).toBeTypeOf('object');
    await until(() => accepted.length === 1);
    expect(lines).toEqual([]);
  });

  it('are made with the first secret of the caller, and any of who is called', async () => {
    const { port } = await node(secretOf('new', 'old'));
    expect(await call(secretOf('old', 'new'), port)).toBeTypeOf('object');
    expect(await call(secretOf('new'), port)).toBeTypeOf('object');
    const { port: older } = await node(secretOf('old'));
    expect(await call(secretOf('new', 'old'), older)).toBe('untrusted');
  });

  it('are refused to another secret, which the logs of both sides say', async () => {
    const { port, accepted, network } = await node(secretOf('right'));
    expect(await call(secretOf('wrong'), port)).toBe('untrusted');
    await until(() => lines.length === 2);
    expect(lines.toSorted()).toEqual([
      expect.stringMatching(/^Did not call 127.0.0.1:\d+: its secret is none of ours/),
      expect.stringMatching(/^Turned away a connection from 127.0.0.1:\d+: its secret is none/),
    ]);
    expect(accepted).toEqual([]);
    expect(network.refusals()).toEqual({ 'wrong-secret': 1 });
  });

  it('look the same to who knows the name of the key and to who does not', async () => {
    const { port } = await node(secretOf('right'));
    const outcomes = [await stranger(port, psk('wrong')), await stranger(port, psk('wrong', 'x'))];
    expect(outcomes[0]).toBe(outcomes[1]);
    await until(() => lines.length === 2);
    expect(lines[0]).toContain('it names the key of our secret and does not have it');
    expect(lines[1]).toContain('its secret is none of ours');
  });

  it('are refused to who shows no key', async () => {
    const { port, accepted } = await node(secretOf('right'));
    expect(await stranger(port, { rejectUnauthorized: false })).not.toBe('in');
    await until(() => lines.length === 1);
    expect(lines[0]).toContain('it shows no secret');
    expect(accepted).toEqual([]);
  });

  it('are refused to older versions of TLS, which would not be forward secret', async () => {
    const { port, accepted } = await node(secretOf('right'));
    for (const ciphers of ['PSK-AES128-GCM-SHA256', 'ECDHE-PSK-CHACHA20-POLY1305']) {
      const old = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers } as const;
      expect(await stranger(port, { ...psk(), ...old })).not.toBe('in');
    }
    expect(accepted).toEqual([]);
  });

  it('are forward secret, with a suite of SHA-256', async () => {
    const { port } = await node(secretOf('right'));
    const socket = connect({ host, port, ...TLS_SETTINGS, ...psk() });
    cleanups.push(() => socket.destroy());
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    expect(socket.getProtocol()).toBe('TLSv1.3');
    expect(TLS_SETTINGS.ciphers.split(':')).toContain(socket.getCipher().name);
    // Key exchange beside the pre-shared key (psk_dhe_ke). Node.js 22 names no group.
    expect(socket.getEphemeralKeyInfo()).toMatchObject({ type: 'ECDH' });
  });

  it('are not made with a server that shows a certificate the machine trusts in place of the key', async () => {
    const { key: pem, cert, ca } = shop.issue(host);
    const rogue = createTlsServer({ key: pem, cert, minVersion: 'TLSv1.3' });
    rogue.on('tlsClientError', () => {});
    const port = await serverOf(rogue);
    // The recipe of the documentation lets it in.
    const recipe = { ...psk(), ca, rejectUnauthorized: true };
    const isLetIn = await new Promise((resolve) => {
      const socket = connect({ host, port, ...recipe }, () => resolve(socket.authorized));
      cleanups.push(() => socket.destroy());
    });
    expect(isLetIn).toBe(true);
    // Ours does not, even where it trusts the authority.
    const { client } = secretOf('right');
    const trusting = { ...client, secureContext: undefined, ca, ...TLS_SETTINGS };
    const outcome = await new Promise((resolve) => {
      const socket = connect({ host, port, ...trusting }, () => resolve('in'));
      socket.once('error', (error) => resolve(error.message));
    });
    expect(outcome).toBe('It shows a certificate and not the secret.');
    expect(await call(secretOf('right'), port)).toBe('untrusted');
  });

  it('are not resumed: what was in once must show the secret again', async () => {
    const { port, accepted } = await node(secretOf('right'));
    const sessions: Buffer[] = [];
    const socket = connect({ host, port, ...TLS_SETTINGS, ...psk() });
    cleanups.push(() => socket.destroy());
    socket.on('session', (session) => void sessions.push(session));
    socket.on('secureConnect', () => socket.write(Buffer.of(0, 0, 0, 1, 7)));
    await new Promise((resolve) => socket.once('data', resolve));
    expect(accepted).toHaveLength(1);
    for (const session of sessions) {
      expect(await stranger(port, { session, rejectUnauthorized: false })).not.toBe('in');
    }
    expect(accepted).toHaveLength(1);
  });

  it('are of no use to who replays a recording, which the log says', async () => {
    const { port, accepted } = await node(secretOf('right'));
    const recorded: Buffer[] = [];
    const proxy = await serverOf(
      createServer((caller) => {
        const called = connectPlain(port, host);
        caller.on('data', (bytes: Buffer) => {
          recorded.push(bytes);
          called.write(bytes);
        });
        called.pipe(caller);
        for (const socket of [caller, called]) socket.on('error', () => {});
        cleanups.push(() => [caller, called].forEach((socket) => socket.destroy()));
      }),
    );
    const link = (await call(secretOf('right'), proxy)) as Connection;
    const echoed = new Promise((resolve) => (link.onFrame = resolve));
    link.send(Buffer.from('transfer everything'));
    await echoed;
    expect(accepted).toHaveLength(1);

    const replay = connectPlain(port, host).on('error', () => {});
    cleanups.push(() => replay.destroy());
    for (const bytes of recorded) {
      replay.write(bytes);
      await new Promise((resolve) => void setTimeout(resolve, 20)); // as it was recorded, in pieces
    }
    await until(() => lines.length === 1);
    expect(lines[0]).toContain('a recording, or changed on the way');
    expect(accepted).toHaveLength(1);
  });

  it('show nothing that was said, nor a name', async () => {
    const { port } = await node(secretOf('right'));
    const wire: Buffer[] = [];
    const proxy = await serverOf(
      createServer((caller) => {
        const called = connectPlain(port, host);
        const pass = (from: Socket, to: Socket) =>
          from.on('data', (bytes: Buffer) => {
            wire.push(bytes);
            to.write(bytes);
          });
        pass(caller, called);
        pass(called, caller);
        for (const socket of [caller, called]) socket.on('error', () => {});
        cleanups.push(() => [caller, called].forEach((socket) => socket.destroy()));
      }),
    );
    const link = (await call(secretOf('right'), proxy)) as Connection;
    const echoed = new Promise((resolve) => (link.onFrame = resolve));
    link.send(Buffer.from('the price of tea'));
    await echoed;
    const bytes = Buffer.concat(wire);
    expect(bytes.includes('price')).toBe(false);
    expect(bytes.includes(key.id)).toBe(true); // the name of the key, which says nothing
  });
});

describe('an address that is not allowed', () => {
  it('is hung up on before anything is read, with a line in the log', async () => {
    const accepted: Connection[] = [];
    const network = new TcpNetwork(undefined, ['10.0.0.0/8']);
    const listener = await network.listen(host, 0, (connection) => void accepted.push(connection));
    cleanups.push(() => listener.close());
    const socket = connectPlain(listener.port, host).on('error', () => {});
    await new Promise((resolve) => socket.once('close', resolve));
    expect(accepted).toEqual([]);
    expect(lines).toEqual(['Turned away a connection from 127.0.0.1: it is not in `allow`.']);
  });
});

describe('who speaks something else', () => {
  it.each([
    ['HTTP', 'GET / HTTP/1.1\r\n\r\n'],
    ['our protocol without TLS', '\0\0\0\x05hello'],
    ['noise', createHash('sha256').update('noise').digest()],
  ])('is turned away: %s', async (_what, bytes) => {
    const { port, accepted } = await node(secretOf('right'));
    const heard: Buffer[] = [];
    const socket = connectPlain(port, host, () => socket.write(bytes));
    socket.on('data', (data: Buffer) => void heard.push(data)).on('error', () => {});
    await new Promise((resolve) => socket.once('close', resolve));
    await until(() => lines.length === 1);
    expect(lines[0]).toMatch(/it does not speak TLS 1.3|its handshake makes no sense/);
    expect(Buffer.concat(heard).length).toBeLessThan(16); // an alert at most
    expect(accepted).toEqual([]);
  });

  it('is waited for no longer than two seconds', async () => {
    const { port } = await node(secretOf('right'));
    const socket = connectPlain(port, host).on('error', () => {});
    await new Promise((resolve) => socket.once('close', resolve));
    expect(lines[0]).toContain('no handshake in time');
  });

  it('keeps nobody out who belongs, however many connections it holds open', async () => {
    const { port, accepted } = await node(secretOf('right'));
    const held = Array.from({ length: 1_000 }, () =>
      connectPlain(port, host).on('error', () => {}),
    );
    cleanups.push(() => held.forEach((socket) => socket.destroy()));
    await until(() => held.filter(({ destroyed }) => destroyed).length >= 900);
    expect(accepted).toEqual([]);
    // What has failed is forgiven, and what still waits makes room.
    await until(() => held.every(({ destroyed }) => destroyed));
    let link: Connection | DialFailure = 'timeout';
    while (typeof link === 'string') link = await call(secretOf('right'), port);
    await until(() => accepted.length === 1);
    expect(lines.some((line) => line.includes('too many of its handshakes have failed'))).toBe(
      true,
    );
  });

  it('and hangs up is unreachable to who dials it, as a process that dies', async () => {
    const port = await serverOf(createServer((socket) => void socket.resetAndDestroy()));
    expect(await call(secretOf('right'), port)).toBe('unreachable');
    expect(lines).toEqual([]);
  });

  it('and is silent costs no more than the time for the dial', async () => {
    const port = await serverOf(
      createServer((socket) => void cleanups.push(() => socket.destroy())),
    );
    const result = await new Promise((resolve) =>
      networkOf(secretOf('right')).dial(host, port, 50, resolve),
    );
    expect(result).toBe('timeout');
  });
});

describe('links with certificates', () => {
  const issue = (...args: Parameters<TestAuthority['issue']>) =>
    certificateCredentials(shop.issue(...args));

  it('are made between nodes that the authority has signed', async () => {
    const { port, accepted } = await node(issue('a'));
    expect(await call(issue('b'), port)).toBeTypeOf('object');
    await until(() => accepted.length === 1);
    expect(lines).toEqual([]);
  });

  it.each([
    ['an expired certificate', () => issue('b', -2, -1), 'its certificate has expired'],
    ['one of tomorrow', () => issue('b', 1, 2), 'its certificate is not valid yet'],
    [
      'one of another authority',
      () => certificateCredentials({ ...bank.issue('b'), ca: shop.pem }),
      'signed by another authority',
    ],
    [
      'one of an authority that has taken the name of ours',
      () => certificateCredentials({ ...new TestAuthority('shop').issue('b'), ca: shop.pem }),
      'signed by another authority',
    ],
  ])('are refused to %s, at either end', async (_what, bad, line) => {
    const { port, accepted } = await node(issue('a'));
    await call(bad(), port);
    await until(() => lines.length === 1);
    expect(lines[0]).toContain(`Turned away a connection from 127.0.0.1`);
    expect(lines[0]).toContain(line);
    expect(accepted).toEqual([]);

    const { port: theirs } = await node(bad());
    expect(await call(issue('b'), theirs)).toBe('untrusted');
    expect(lines.some((each) => each.startsWith('Did not call') && each.includes(line))).toBe(true);
  });

  it('are refused to who shows no certificate', async () => {
    const { port, accepted } = await node(issue('a'));
    expect(await stranger(port, { ca: shop.pem, checkServerIdentity: () => undefined })).not.toBe(
      'in',
    );
    await until(() => lines.length === 1);
    expect(lines[0]).toContain('it shows no certificate');
    expect(accepted).toEqual([]);
  });

  it('are not resumed', async () => {
    const { port, accepted } = await node(issue('a'));
    const { key: pem, cert } = shop.issue('b');
    const sessions: Buffer[] = [];
    const own = { key: pem, cert, ca: shop.pem, checkServerIdentity: () => undefined };
    const socket = connect({ host, port, ...TLS_SETTINGS, ...own });
    cleanups.push(() => socket.destroy());
    socket.on('session', (session) => void sessions.push(session));
    socket.on('secureConnect', () => socket.write(Buffer.of(0, 0, 0, 1, 7)));
    await new Promise((resolve) => socket.once('data', resolve));
    for (const session of sessions) {
      const bare = { session, ca: shop.pem, checkServerIdentity: () => undefined };
      expect(await stranger(port, bare)).not.toBe('in');
    }
    expect(accepted).toHaveLength(1);
  });

  it('and links with a secret have nothing to say to each other', async () => {
    const { port: certified } = await node(issue('a'));
    expect(await call(secretOf('right'), certified)).toBe('untrusted');
    const { port: secret, accepted } = await node(secretOf('right'));
    expect(await call(issue('a'), secret)).toBe('untrusted');
    expect(accepted).toEqual([]);
  });

  it('are not offered with a certificate that is none, which is said without showing it', () => {
    const secret = randomBytes(20).toString('hex');
    const make = () => certificateCredentials({ ...shop.issue('a'), key: secret });
    expect(make).toThrow('Correct these options of BeethovenModule');
    expect(make).not.toThrow(secret);
  });
});
