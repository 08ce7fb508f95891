import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { generateSecret } from 'nestjs-beethoven';
import { afterEach, describe, expect, it } from 'vitest';
import { RealCluster } from '../support/real-cluster.js';

const BRAIN = import.meta.url.endsWith('.ts') ? '../../dist/test/app/brain.js' : '../app/brain.js';
const PORT = 57_000 + (process.pid % 500);

let cluster: RealCluster | undefined;
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) cleanup();
  await cluster?.end();
});

const roles = [{ name: 'payroll', instances: 1 }];

/** Passes everything on, both ways, and keeps a copy. */
async function recorder(host: string, port: number) {
  const bytes: Buffer[] = [];
  const server = createServer((caller) => {
    const called = connect(port, host);
    const pass = (from: Socket, to: Socket): void => {
      from.on('data', (chunk: Buffer) => {
        bytes.push(chunk);
        to.write(chunk);
      });
      from.on('error', () => {}).on('close', () => to.destroy());
    };
    pass(caller, called);
    pass(called, caller);
    cleanups.push(() => [caller, called].forEach((socket) => socket.destroy()));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => server.close());
  return { port: (server.address() as AddressInfo).port, recording: () => Buffer.concat(bytes) };
}

/** Two nodes of which one finds the other through a recorder alone: a join, tables, a role that is claimed. */
async function record(beethoven: Record<string, unknown>): Promise<Buffer> {
  cluster = new RealCluster({ nodes: 2, roles, beethoven: { ...beethoven, clusterName: 'vault' } });
  const first = cluster.add();
  await first.first('ready');
  const [host = '', port = ''] = first.id.slice(first.id.lastIndexOf('@') + 1).split(':');
  const tap = await recorder(host, Number(port));
  cluster.add(undefined, { seeds: [`127.0.0.1:${tap.port}`], discovery: ['seeds'] });
  await cluster.settled();
  const recording = tap.recording();
  await cluster.end();
  return recording;
}

/** A server that is called, and writes a row, through a recorder alone. */
async function recordCall(secret?: string): Promise<Buffer> {
  const start = async (options: object): Promise<{ child: ChildProcess; id: string }> => {
    const child = fork(fileURLToPath(new URL(BRAIN, import.meta.url)), {
      execArgv: [],
      env: { ...process.env, PORT: String(PORT), OPTIONS: JSON.stringify({ ...options, secret }) },
    });
    cleanups.push(() => child.kill('SIGKILL'));
    const [{ ready }] = (await once(child, 'message')) as [{ ready: string }];
    return { child, id: ready };
  };
  const { id } = await start({});
  const [host = '', port = ''] = id.slice(id.lastIndexOf('@') + 1).split(':');
  const tap = await recorder(host, Number(port));
  const { child } = await start({ seeds: [`127.0.0.1:${tap.port}`], discovery: ['seeds'] });
  child.send('count');
  expect((await once(child, 'message'))[0]).toMatchObject({ value: 1 });
  return tap.recording();
}

describe('a recording of a call, and of the row that it writes', { timeout: 60_000 }, () => {
  const words = ['brains', 'Brain', 'count', 'cogito ergo sum'];

  it('tells everything in the open, so that this test can fail', async () => {
    const recording = await recordCall();
    for (const word of words) expect(recording.includes(word)).toBe(true);
  });

  it('tells nothing where there is a secret', async () => {
    const recording = await recordCall(generateSecret());
    expect(recording.length).toBeGreaterThan(1_000);
    for (const word of words) expect(recording.includes(word)).toBe(false);
  });
});

describe('a recording of a join, of tables and of a role', { timeout: 60_000 }, () => {
  const words = ['vault', 'payroll', 'beethoven.slots', 'incarnation', '127.0.0.1'];

  it('tells everything in the open, so that this test can fail', async () => {
    const recording = await record({});
    for (const word of words) expect(recording.includes(word)).toBe(true);
  });

  it('tells nothing where there is a secret', async () => {
    const recording = await record({ secret: generateSecret() });
    expect(recording.length).toBeGreaterThan(1_000);
    for (const word of words) expect(recording.includes(word)).toBe(false);
  });
});
