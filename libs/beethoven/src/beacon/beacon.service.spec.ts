import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ResolvedOptions } from '../beethoven.options.js';
import { CannotListenError } from '../errors/cannot-listen.error.js';
import { InsecureBindError } from '../errors/insecure-bind.error.js';
import type { Mesh } from '../network/mesh.js';
import type { Connection } from '../network/network.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { SimulatedNetwork } from '../testing/simulated-network.js';
import type { SimulatedProcess } from '../testing/simulated-process.js';
import { Timeline } from '../testing/timeline.js';
import { BeaconService, type BeaconState } from './beacon.service.js';

const LOOPBACK = {
  clusterNet: '127.0.0.0',
  clusterNetMask: 30,
  listenerPort: 33_000,
  insecure: false,
};
const LAN = { clusterNet: '10.0.4.0', clusterNetMask: 24, listenerPort: 33_000, insecure: true };

const mute = (level: 'warn' | 'error' | 'log') =>
  vi.spyOn(Logger.prototype, level).mockImplementation(() => {});

function beacon(network: SimulatedProcess, options: Partial<ResolvedOptions> = LOOPBACK) {
  const accepted: Connection[] = [];
  const mesh = { accept: (connection: Connection) => accepted.push(connection) };
  const service = new BeaconService(
    network.clock,
    network,
    { listenerAddress: undefined, secret: [] as readonly string[], ...options } as ResolvedOptions,
    mesh as unknown as Mesh,
  );
  const states: BeaconState[] = [];
  let completed = false;
  service.state$.subscribe({
    next: (state) => states.push(state),
    complete: () => (completed = true),
  });
  return { service, states, accepted, isCompleted: () => completed };
}

describe('the Beacon', () => {
  let timeline: Timeline;
  let world: SimulatedNetwork;
  let log: Record<'warn' | 'error' | 'log', ReturnType<typeof vi.spyOn>>;

  beforeEach(() => {
    timeline = new Timeline();
    world = new SimulatedNetwork(timeline, new SeededRandom(1));
    log = { warn: mute('warn'), error: mute('error'), log: mute('log') };
  });
  afterEach(() => vi.restoreAllMocks());

  const said = (level: 'warn' | 'error' | 'log'): string => log[level].mock.calls.join('\n');

  it('hands every connection to the mesh', async () => {
    const { service, accepted } = beacon(world.process('a'));
    await service.listen();
    const stranger = world.process('stranger');
    stranger.dial('127.0.0.1', 33_000, 250, () => {});
    stranger.dial('127.0.0.1', 33_000, 250, () => {});
    await timeline.advance(10);
    expect(accepted).toHaveLength(2);
  });

  it('takes the first free host of a loopback network, so that each process has its own', async () => {
    const [a, b] = [beacon(world.process('a')), beacon(world.process('b'))];
    expect(await a.service.listen()).toEqual({ address: '127.0.0.1', port: 33_000 });
    expect(await b.service.listen()).toEqual({ address: '127.0.0.2', port: 33_000 });
    expect([b.service.address, b.service.port]).toEqual(['127.0.0.2', 33_000]);
    expect(b.states).toEqual(['stopped', 'listening']);
  });

  it('passes over loopback hosts that the operating system does not have', async () => {
    const network = world.process('a');
    const listen = network.listen.bind(network);
    vi.spyOn(network, 'listen').mockImplementation((address, port, onConnection) =>
      address === '127.0.0.1' && port !== 0
        ? Promise.reject(new Error('listen EADDRNOTAVAIL'))
        : listen(address, port, onConnection),
    );
    expect(await beacon(network).service.listen()).toMatchObject({ address: '127.0.0.2' });
  });

  it('has failed, and is reached at a free port, where every loopback host is taken', async () => {
    for (const name of ['a', 'b']) await beacon(world.process(name)).service.listen();
    const { service, states, accepted } = beacon(world.process('c'));
    const endpoint = await service.listen();

    expect(states).toEqual(['stopped', 'failed']);
    expect(endpoint.address).toBe('127.0.0.1');
    expect(endpoint.port).not.toBe(33_000);
    expect(said('error')).toMatch(
      /Port 33000 .* 2 addresses of 127\.0\.0\.0\/30.*127\.0\.0\.1:\d+\./s,
    );

    world.process('d').dial(endpoint.address, endpoint.port, 250, () => {});
    await timeline.advance(10);
    expect(accepted).toHaveLength(1);
  });

  it('has failed, and lives, where its port on the machine is taken', async () => {
    const squatter = await world
      .process('squatter', ['10.0.4.7'])
      .listen('10.0.4.7', 33_000, () => {});
    const { service, states } = beacon(world.process('a', ['127.0.0.1', '10.0.4.7']), LAN);
    const endpoint = await service.listen();
    expect(endpoint.address).toBe('10.0.4.7');
    expect(states.at(-1)).toBe('failed');
    expect(said('error')).toContain('Cannot listen on 10.0.4.7:33000: 10.0.4.7:33000 is taken');

    await service.attemptRecover();
    expect(states.at(-1)).toBe('failed');

    await squatter.close();
    await service.attemptRecover();
    expect(states).toEqual(['stopped', 'failed', 'listening']);
    expect([service.address, service.port]).toEqual([endpoint.address, endpoint.port]);
  });

  it('is reached at both ports once it has recovered', async () => {
    const squatter = await world.process('squatter').listen('127.0.0.1', 33_000, () => {});
    const { service, accepted } = beacon(world.process('a'), {
      ...LOOPBACK,
      listenerAddress: '127.0.0.1',
    });
    const endpoint = await service.listen();
    await squatter.close();
    await Promise.all([service.attemptRecover(), service.attemptRecover()]);

    const caller = world.process('caller');
    caller.dial('127.0.0.1', 33_000, 250, () => {});
    caller.dial(endpoint.address, endpoint.port, 250, () => {});
    await timeline.advance(10);
    expect(accepted).toHaveLength(2);
  });

  it('recovers from nothing: while it listens, and before and after', async () => {
    const network = world.process('a');
    const listen = vi.spyOn(network, 'listen');
    const { service, states } = beacon(network);
    await service.attemptRecover();
    await service.listen();
    await service.attemptRecover();
    expect(listen).toHaveBeenCalledTimes(1);
    await service.close();
    await service.attemptRecover();
    expect(listen).toHaveBeenCalledTimes(1);
    expect(states).toEqual(['stopped', 'listening', 'stopped']);
  });

  it('says which addresses the machine has where none is in the network, and recovers when one is', async () => {
    const addresses = ['127.0.0.1', '192.168.1.5'];
    const { service, states } = beacon(world.process('a', addresses), LAN);
    expect(await service.listen()).toMatchObject({ address: '192.168.1.5' });
    expect(states.at(-1)).toBe('failed');
    expect(said('error')).toMatch(
      /No address of this machine is in 10\.0\.4\.0\/24: it has 127\.0\.0\.1, 192\.168\.1\.5\. Set `clusterNet`/,
    );

    await service.attemptRecover();
    expect(states.at(-1)).toBe('failed');
    addresses.push('10.0.4.7');
    await service.attemptRecover();
    expect(states.at(-1)).toBe('listening');
  });

  it('waits for the first address of a machine whose interfaces are not up', async () => {
    const addresses = ['127.0.0.1'];
    const { service, states } = beacon(world.process('a', addresses), LAN);
    const listening = service.listen();
    await timeline.advance(9_000);
    expect(states).toEqual(['stopped']);
    addresses.push('10.0.4.7');
    await timeline.advance(300);
    expect(await listening).toEqual({ address: '10.0.4.7', port: 33_000 });
    expect(states).toEqual(['stopped', 'listening']);
  });

  it('waits for an address for ten seconds, then goes on alone and says so', async () => {
    const { service, states } = beacon(world.process('a', ['127.0.0.1']), LAN);
    const listening = service.listen();
    await timeline.advance(10_300);
    expect(await listening).toMatchObject({ address: '127.0.0.1' });
    expect(states).toEqual(['stopped', 'failed']);
    expect(said('warn')).toContain('waiting 10 s for one in 10.0.4.0/24');
    expect(said('error')).toContain('It is offline');
  });

  it('gives up where not even a free port can be bound', async () => {
    const { service, states } = beacon(world.process('a'), { ...LAN, listenerAddress: '10.9.9.9' });
    const error = await service.listen().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CannotListenError);
    expect((error as Error).message).toContain('This machine has 127.0.0.1');
    expect((error as Error).cause).toBeInstanceOf(Error);
    expect(states.at(-1)).toBe('failed');
    await service.attemptRecover();
  });

  it('refuses to be reached from other machines, unless told that it may', async () => {
    const network = world.process('a', ['127.0.0.1', '10.0.4.7']);
    const listen = vi.spyOn(network, 'listen');
    for (const options of [
      { ...LAN, insecure: false },
      { ...LOOPBACK, listenerAddress: '10.0.4.7' },
      { ...LOOPBACK, listenerAddress: '0.0.0.0' },
      { ...LAN, clusterNet: '172.16.0.0', insecure: false },
    ])
      await expect(beacon(network, options).service.listen()).rejects.toThrow(InsecureBindError);
    expect(listen).not.toHaveBeenCalled();

    await beacon(network, LAN).service.listen();
    expect(said('warn')).toMatch(
      /10\.0\.4\.7 are neither authenticated nor encrypted.*33000 can join/,
    );
  });

  it('is reached from other machines where there is a secret, or certificates, and then warns of nothing', async () => {
    const network = world.process('a', ['127.0.0.1', '10.0.4.7']);
    const tls = { key: '', cert: '', ca: '' };
    for (const options of [{ secret: ['s'] }, { tls }]) {
      const { service } = beacon(network, { ...LAN, insecure: false, ...options });
      await service.listen();
      await service.close();
    }
    expect(log.warn).not.toHaveBeenCalled();
  });

  it('does not warn on loopback', async () => {
    await beacon(world.process('a'), { ...LOOPBACK, insecure: true }).service.listen();
    expect(log.warn).not.toHaveBeenCalled();
  });

  it('gives its port back when it closes', async () => {
    const { service, states, isCompleted } = beacon(world.process('a'));
    await service.listen();
    await service.close();
    await service.close();
    expect(states.at(-1)).toBe('stopped');
    expect(isCompleted()).toBe(true);
    expect(await beacon(world.process('b')).service.listen()).toMatchObject({
      address: '127.0.0.1',
    });
  });

  it('leaves no port open when it closes while it tries to recover', async () => {
    const squatter = await world.process('squatter').listen('127.0.0.1', 33_000, () => {});
    const { service, states } = beacon(world.process('a'), {
      ...LOOPBACK,
      listenerAddress: '127.0.0.1',
    });
    await service.listen();
    await squatter.close();
    const recovery = service.attemptRecover();
    await service.close();
    await recovery;
    expect(states.at(-1)).toBe('stopped');
    await expect(world.process('b').listen('127.0.0.1', 33_000, () => {})).resolves.toBeDefined();
  });

  it('tells a late subscriber how it is', async () => {
    const { service } = beacon(world.process('a'));
    await service.listen();
    const states: BeaconState[] = [];
    service.state$.subscribe((state) => states.push(state));
    expect(states).toEqual(['listening']);
  });
});
