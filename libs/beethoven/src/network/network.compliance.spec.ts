import { describe, expect, it } from 'vitest';
import { AddressInUseError } from '../errors/address-in-use.error.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { SimulatedNetwork } from '../testing/simulated-network.js';
import { Timeline } from '../testing/timeline.js';
import type { CloseReason, Connection, DialFailure, Network } from './network.js';
import { certificateCredentials } from './security/certificate-credentials.js';
import { TestAuthority } from './security/certificates.fixture.js';
import type { Credentials } from './security/credentials.js';
import { keysOf } from './security/keys.fixture.js';
import { pskCredentials } from './security/psk-credentials.js';
import { TcpNetwork } from './tcp-network.js';

/** What the suite needs of a driver: two processes that reach each other, and a way to wait. */
interface Bench {
  readonly near: Network;
  readonly far: Network;
  /** Until the condition holds; rejects after 5 s. */
  until(condition: () => boolean): Promise<void>;
}

const TIMED_OUT = 'It did not happen within 5 s.';

function simulated(): Bench {
  const timeline = new Timeline();
  const network = new SimulatedNetwork(timeline, new SeededRandom(3));
  return {
    near: network.process('near'),
    far: network.process('far'),
    until: async (condition) => {
      if (!(await timeline.until(condition, 5_000))) throw new Error(TIMED_OUT);
    },
  };
}

function tcp(credentials?: () => Promise<Credentials>): Bench {
  return {
    near: new TcpNetwork(credentials?.()),
    far: new TcpNetwork(credentials?.()),
    until: async (condition) => {
      const deadline = performance.now() + 5_000;
      while (!condition()) {
        if (performance.now() > deadline) throw new Error(TIMED_OUT);
        await new Promise((resolve) => void setTimeout(resolve, 1));
      }
    },
  };
}

class End {
  readonly frames: Uint8Array[] = [];
  readonly closes: [CloseReason, string | undefined][] = [];

  constructor(readonly connection: Connection) {
    connection.onFrame = (frame) => void this.frames.push(frame);
    connection.onClose = (reason, detail) => void this.closes.push([reason, detail]);
  }

  get texts(): string[] {
    return this.frames.map((frame) => Buffer.from(frame).toString());
  }
}

const host = '127.0.0.1';

async function answer(bench: Bench, port: number): Promise<Connection | DialFailure> {
  const answers: (Connection | DialFailure)[] = [];
  bench.near.dial(host, port, 1_000, (result) => void answers.push(result));
  await bench.until(() => answers.length > 0);
  return answers[0]!;
}

async function link(bench: Bench): Promise<{ near: End; far: End; port: number }> {
  const accepted: End[] = [];
  const listener = await bench.far.listen(host, 0, (connection) => {
    accepted.push(new End(connection));
  });
  const dialled: End[] = [];
  bench.near.dial(host, listener.port, 1_000, (result) => {
    if (typeof result === 'object') dialled.push(new End(result));
  });
  await bench.until(() => accepted.length === 1 && dialled.length === 1);
  await listener.close();
  return { near: dialled[0]!, far: accepted[0]!, port: listener.port };
}

const authority = new TestAuthority('shop');
const issued = () => authority.issue('node');

describe.each([
  ['the simulated network', simulated],
  ['the network of the machine', () => tcp()],
  ['the same with a secret', () => tcp(async () => pskCredentials([keysOf('a')]))],
  ['the same with certificates', () => tcp(async () => certificateCredentials(issued()))],
])('%s', (_, open) => {
  it('delivers frames whole and in order, both ways', async () => {
    const bench = open();
    const { near, far } = await link(bench);
    const sent = Array.from({ length: 500 }, (__, i) => `frame ${i}`);
    for (const [i, text] of sent.entries()) {
      near.connection.send(Buffer.from(text));
      far.connection.send(Buffer.from(text));
      if (i % 100 === 0) await bench.until(() => near.frames.length >= i / 2);
    }
    await bench.until(() => near.frames.length === 500 && far.frames.length === 500);
    expect(near.texts).toEqual(sent);
    expect(far.texts).toEqual(sent);
  });

  it('keeps frames of every size intact', async () => {
    const bench = open();
    const { near, far } = await link(bench);
    far.connection.allowFrames(1_048_576);
    const sizes = [0, 1, 2, 3, 4, 5, 255, 4_096, 65_531, 65_532, 65_535, 65_536, 65_537, 300_001];
    sizes.push(0, 1_048_576, 0, 7);
    const frames = sizes.map((size, i) => Buffer.alloc(size, `${i}-abcdefghijk`));
    for (const frame of frames) expect(near.connection.send(frame)).toBe(true);
    await bench.until(() => far.frames.length === frames.length);
    for (const [i, frame] of frames.entries()) {
      expect(Buffer.compare(frame, far.frames[i]!), `frame ${i}`).toBe(0);
    }
  });

  it('lets control pass bulk that still waits', async () => {
    const bench = open();
    const { near, far } = await link(bench);
    const bulk = Buffer.alloc(60_000, 'b');
    for (let i = 0; i < 100; i++) near.connection.send(bulk, 'bulk');
    near.connection.send(Buffer.from('first'), 'control');
    far.connection.onFrame = (frame) => {
      far.frames.push(frame);
      if (far.frames.length === 2) near.connection.send(Buffer.from('second'));
    };
    await bench.until(() => far.frames.length === 102);
    const places = ['first', 'second'].map((text) => far.texts.indexOf(text));
    expect(places[0]).toBe(0);
    expect(places[1]).toBeGreaterThan(1);
    expect(places[1]).toBeLessThan(101);
  });

  it('closes over a frame that is too long, says so, and tells the other side nothing but the end', async () => {
    const bench = open();
    const { near, far } = await link(bench);
    near.connection.send(Buffer.alloc(65_536));
    near.connection.send(Buffer.alloc(65_537));
    near.connection.send(Buffer.from('never read'));
    await bench.until(() => far.closes.length > 0 && near.closes.length > 0);
    expect(far.frames.map(({ length }) => length)).toEqual([65_536]);
    expect(far.closes).toEqual([['local', 'frame of 65,537 bytes over the limit of 65,536']]);
    expect(near.closes[0]![0]).toBe('remote');
  });

  it('takes longer frames once allowed', async () => {
    const bench = open();
    const { near, far } = await link(bench);
    far.connection.allowFrames(70_000);
    near.connection.send(Buffer.alloc(70_000));
    await bench.until(() => far.frames.length === 1);
    far.connection.allowFrames(10);
    near.connection.send(Buffer.alloc(11));
    await bench.until(() => far.closes.length === 1);
  });

  it('sends what is queued before it closes, and each side hears of the end once', async () => {
    const bench = open();
    const { near, far } = await link(bench);
    for (let i = 0; i < 60; i++) near.connection.send(Buffer.alloc(60_000), 'bulk');
    near.connection.send(Buffer.from('goodbye'), 'bulk');
    far.connection.send(Buffer.from('on its way'));
    near.connection.close();
    near.connection.close();
    expect(near.connection.send(Buffer.from('too late'))).toBe(false);
    await bench.until(() => far.closes.length > 0 && near.closes.length > 0);
    near.connection.destroy();
    expect(far.frames).toHaveLength(61);
    expect(far.texts.at(-1)).toBe('goodbye');
    expect(far.closes.map(([reason]) => reason)).toEqual(['remote']);
    expect(near.closes).toEqual([['local', undefined]]);
  });

  it('drops what is queued when destroyed', async () => {
    const bench = open();
    const { near, far } = await link(bench);
    near.connection.send(Buffer.from('unsent'));
    near.connection.destroy();
    expect(near.closes).toEqual([]); // never inside the call
    await bench.until(() => far.closes.length > 0 && near.closes.length > 0);
    expect(far.frames).toEqual([]);
    expect(near.closes).toEqual([['local', undefined]]);
    expect(far.closes.map(([reason]) => reason)).toEqual(['remote']);
    expect(far.connection.send(Buffer.from('into the void'))).toBe(false);
  });

  it('delivers nothing any more after a close in the middle of what has arrived', async () => {
    const bench = open();
    const { near, far } = await link(bench);
    far.connection.onFrame = (frame) => {
      far.frames.push(frame);
      far.connection.destroy();
    };
    near.connection.send(Buffer.from('1'));
    near.connection.send(Buffer.from('2'));
    await bench.until(() => near.closes.length > 0 && far.closes.length > 0);
    expect(far.texts).toEqual(['1']);
  });

  it('ends both when both close at once', async () => {
    const bench = open();
    const { near, far } = await link(bench);
    near.connection.close();
    far.connection.close();
    await bench.until(() => near.closes.length > 0 && far.closes.length > 0);
    expect([near.closes, far.closes]).toEqual([[['local', undefined]], [['local', undefined]]]);
  });

  it('refuses a call where nobody listens, or listens no more', async () => {
    const bench = open();
    const { near, far, port } = await link(bench);
    expect(await answer(bench, port)).toBe('refused');
    near.connection.send(Buffer.from('the open one lives on'));
    await bench.until(() => far.frames.length === 1);
  });

  it('reports an address that is taken, and takes it once it is free', async () => {
    const bench = open();
    const first = await bench.far.listen(host, 0, () => {});
    const second = bench.near.listen(host, first.port, () => {});
    await expect(second).rejects.toThrow(AddressInUseError);
    await expect(bench.far.listen(host, first.port, () => {})).rejects.toThrow(
      `${host}:${first.port}`,
    );
    await first.close();
    const third = await bench.near.listen(host, first.port, () => {});
    expect(third).toMatchObject({ address: host, port: first.port });
    await third.close();
  });

  it('refuses to send more than a slow peer can be owed', async () => {
    const bench = open();
    const { near } = await link(bench);
    const frame = Buffer.alloc(1_048_576);
    let accepted = 0;
    while (accepted < 100 && near.connection.send(frame, 'bulk')) accepted++;
    expect(accepted).toBe(15); // 16 MiB with the bookkeeping of each
    expect(near.connection.send(Buffer.alloc(frame.length), 'control')).toBe(false);
    expect(near.connection.send(Buffer.from('small'), 'control')).toBe(true);
    near.connection.destroy();
  });

  it('knows the addresses of its machine', () => {
    expect(open().near.addresses()).toContain('127.0.0.1');
  });
});
