import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { generateSecret } from '../../libs/beethoven/src/index.js';
import type { Connection } from '../../libs/beethoven/src/network/network.js';
import { certificateCredentials } from '../../libs/beethoven/src/network/security/certificate-credentials.js';
import { TestAuthority } from '../../libs/beethoven/src/network/security/certificates.fixture.js';
import { deriveKeys } from '../../libs/beethoven/src/network/security/cluster-keys.js';
import type { Credentials } from '../../libs/beethoven/src/network/security/credentials.js';
import { pskCredentials } from '../../libs/beethoven/src/network/security/psk-credentials.js';
import { TcpNetwork } from '../../libs/beethoven/src/network/tcp-network.js';
import { summary } from '../bench/statistics.js';
import { measureFlood } from './flood.js';

// `--only flood`: how long a failover takes while strangers come. Otherwise what a link costs: a bare socket, ours in the open, with a secret, and with certificates, each against an echo in another process.

type Kind = 'bare' | 'plain' | 'secret' | 'certificates';
type Certificates = ReturnType<TestAuthority['issue']>;

interface Order {
  readonly kind: Kind;
  readonly secret: string;
  readonly certificates: Certificates;
}

/** One end of whatever is measured: whole messages, echoed one by one. */
interface Wire {
  send(message: Uint8Array): void;
  onMessage: () => void;
  close(): void;
}

const BYTES = 100;
/** Rounds that warm the code up. */
const WARM = 5;
const HOST = '127.0.0.1';

async function credentialsOf({ kind, secret, certificates }: Order) {
  if (kind === 'certificates') return certificateCredentials(certificates);
  const [keys] = kind === 'secret' ? await deriveKeys([secret], 'bench') : [];
  return keys && pskCredentials([keys]);
}

function networkOf(credentials: Credentials | undefined): TcpNetwork {
  return new TcpNetwork(credentials && Promise.resolve(credentials));
}

async function echo(order: Order): Promise<number> {
  if (order.kind === 'bare') {
    const server = createServer({ noDelay: true }, (socket) => {
      socket.on('data', (bytes: Buffer) => socket.write(bytes)).on('error', () => {});
    });
    await once(server.listen(0, HOST), 'listening');
    return (server.address() as AddressInfo).port;
  }
  const network = networkOf(await credentialsOf(order));
  const listener = await network.listen(HOST, 0, (connection) => {
    connection.onFrame = (frame) => void connection.send(frame);
  });
  return listener.port;
}

async function dialler(order: Order, port: number): Promise<() => Promise<Wire>> {
  if (order.kind === 'bare') return () => bareWire(port);
  const network = networkOf(await credentialsOf(order));
  return () =>
    new Promise((resolve, reject) => {
      network.dial(HOST, port, 5_000, (result) => {
        if (typeof result === 'string') reject(new Error(result));
        else resolve(wireOf(result));
      });
    });
}

function wireOf(connection: Connection): Wire {
  const wire: Wire = {
    send: (message) => void connection.send(message),
    onMessage: () => {},
    close: () => connection.destroy(),
  };
  connection.onFrame = () => wire.onMessage();
  return wire;
}

async function bareWire(port: number): Promise<Wire> {
  const socket = connect({ host: HOST, port, noDelay: true });
  await once(socket, 'connect');
  let waiting = 0;
  const wire: Wire = {
    send: (message) => void socket.write(message),
    onMessage: () => {},
    close: () => void socket.destroy(),
  };
  socket
    .on('error', () => {})
    .on('data', (bytes: Buffer) => {
      for (waiting += bytes.length; waiting >= BYTES; waiting -= BYTES) wire.onMessage();
    });
  return wire;
}

/** @returns milliseconds for so many messages, of which so many are on their way at a time */
function exchange(wire: Wire, messages: number, inFlight: number): Promise<number> {
  const message = Buffer.alloc(BYTES, 7);
  return new Promise((resolve) => {
    const begun = performance.now();
    let [sent, back] = [0, 0];
    wire.onMessage = () => {
      if (++back === messages) resolve(performance.now() - begun);
      else if (sent < messages) {
        sent++;
        wire.send(message);
      }
    };
    while (sent < inFlight) {
      sent++;
      wire.send(message);
    }
  });
}

interface Figures {
  /** Dial (ms). */
  readonly handshake: number;
  /** Round trip (µs). */
  readonly roundTrip: number;
  /** A request with 64 on their way (µs). */
  readonly requests: number;
  /** A message of 4,096 sent in one tick (µs). */
  readonly burst: number;
}

/** One kind of link to an echo of its own, measured a little at a time. */
class Subject {
  readonly #child = fork(process.argv[1] ?? '', ['--echo'], { stdio: 'inherit' });
  #dial: () => Promise<Wire> = () => Promise.reject(new Error('not ready'));
  #wire: Wire | undefined;
  readonly rounds: Figures[] = [];

  constructor(private readonly order: Order) {}

  async ready(): Promise<void> {
    this.#child.send(this.order);
    const [port] = (await once(this.#child, 'message')) as [number];
    this.#dial = await dialler(this.order, port);
    this.#wire = await this.#dial();
  }

  async round(): Promise<void> {
    const wire = this.#wire;
    if (wire === undefined) throw new Error('not ready');
    const each = async (messages: number, inFlight: number): Promise<number> =>
      ((await exchange(wire, messages, inFlight)) * 1_000) / messages;
    this.rounds.push({
      handshake: await this.#handshake(20),
      roundTrip: await each(1_000, 1),
      requests: await each(20_000, 64),
      burst: await each(4_096, 4_096),
    });
  }

  end(): void {
    this.#wire?.close();
    this.#child.kill();
  }

  async #handshake(times: number): Promise<number> {
    const dials: number[] = [];
    for (let i = 0; i < times; i++) {
      const begun = performance.now();
      const wire = await this.#dial();
      dials.push(performance.now() - begun);
      await exchange(wire, 1, 1); // who hangs up at once has not finished the handshake for the other end
      wire.close();
    }
    return summary(dials).median;
  }
}

const KINDS = ['bare', 'plain', 'secret', 'certificates'] as const;

/** All kinds by turns: how fast the machine is changes from minute to minute, and more than what is compared. */
async function main(repeats: number): Promise<void> {
  const secret = generateSecret();
  const certificates = new TestAuthority('bench').issue('node');
  const subjects = KINDS.map((kind) => new Subject({ kind, secret, certificates }));
  try {
    for (const subject of subjects) await subject.ready();
    for (let i = 0; i < WARM + repeats; i++) {
      for (const subject of subjects) await subject.round();
    }
  } finally {
    for (const subject of subjects) subject.end();
  }
  const measured = new Map(subjects.map(({ rounds }, i) => [KINDS[i], rounds.slice(WARM)]));
  const all = (kind: Kind, figure: keyof Figures): number[] =>
    (measured.get(kind) ?? []).map((round) => round[figure]);
  const median = (kind: Kind, figure: keyof Figures): number => summary(all(kind, figure)).median;
  const ratio = (above: Kind, below: Kind, figure: keyof Figures): number => {
    const floors = all(below, figure);
    return summary(all(above, figure).map((value, i) => value / (floors[i] ?? NaN))).median;
  };
  for (const kind of KINDS) {
    const burst = median(kind, 'burst');
    console.log(
      `${kind.padEnd(13)} dial ${median(kind, 'handshake').toFixed(2)} ms; round trip ${median(kind, 'roundTrip').toFixed(1)} µs; ` +
        `64 in flight ${median(kind, 'requests').toFixed(2)} µs a request; ` +
        `4,096 in one tick ${burst.toFixed(2)} µs a message (${Math.round(1e6 / burst).toLocaleString('en')}/s, there and back)`,
    );
  }
  console.log(`Medians of ${repeats} rounds, in each of which all took their turn:`);
  goal('round trip, plain / bare', ratio('plain', 'bare', 'roundTrip'), 1.5);
  goal('64 in flight, secret / plain', ratio('secret', 'plain', 'requests'), 1.6);
  goal('64 in flight, certificates / plain', ratio('certificates', 'plain', 'requests'), 1.6);
  goal('handshake with a secret (ms)', median('secret', 'handshake'), 3);
  goal('handshake with certificates (ms)', median('certificates', 'handshake'), 3);
  console.log(
    `      4,096 in one tick: ours makes ${ratio('bare', 'plain', 'burst').toFixed(1)} times the messages/s of a write each`,
  );
}

function goal(what: string, value: number, limit: number): void {
  console.log(`${value <= limit ? 'ok  ' : 'MISS'}  ${what}: ${value.toFixed(2)} (goal ${limit})`);
}

/** A failover while strangers come: not in the same run as the links, whose times it would spoil. */
async function flood(repeats: number): Promise<void> {
  for (const { where, usual, flooded } of await measureFlood(repeats)) {
    console.log(
      `failover ${where}: usually ${usual.toFixed(0)} ms, with 10,000 strangers and 1,000 half-open connections ${flooded.toFixed(0)} ms`,
    );
    goal(`failover ${where}, flooded / usual`, flooded / usual, 2);
  }
}

const { values } = parseArgs({
  options: {
    repeats: { type: 'string', default: '20' },
    only: { type: 'string', default: 'links' },
    echo: { type: 'boolean' },
  },
});
if (values.echo) {
  process.once('message', (order: Order) => void echo(order).then((port) => process.send?.(port)));
  process.once('disconnect', () => process.exit());
} else if (values.only === 'flood') {
  await flood(Number(values.repeats));
} else {
  await main(Number(values.repeats));
}
