import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { loss, oneWayCut, partition, withoutUdp } from './faults.js';
import { describeHosts } from './lab.fixture.js';
import type { Heard } from './multicaster.js';
import { NamespaceNetwork, type Host, type NetworkShape } from './namespace-network.js';
import { namespacesOf, removeLeftovers, removeNamespaces, uniquePrefix } from './namespaces.js';
import { ip } from './run.js';

const PROGRAM = fileURLToPath(new URL('../../dist/test/netns/multicaster.js', import.meta.url));

/** A process on a host that calls all others by multicast; they answer it alone. */
class Multicaster {
  readonly listening: Promise<unknown>;
  readonly #process: ChildProcess;
  readonly #heard: Heard[] = [];

  constructor({ namespace, address }: Host) {
    this.#process = fork(PROGRAM, [address], {
      execPath: 'ip',
      execArgv: ['netns', 'exec', namespace, process.execPath],
    });
    this.listening = once(this.#process, 'message');
    this.#process.on('message', (heard) => {
      if (typeof heard === 'object') this.#heard.push(heard as Heard);
    });
    onTestFinished(() => void this.#process.kill('SIGKILL'));
  }

  call(number: number): void {
    this.#process.send(number);
  }

  /** The calls that it has heard, in that order. */
  get calls(): number[] {
    return this.#heard.flatMap(({ what, number }) => (what === 'call' ? [number] : []));
  }

  /** Who has answered its call. */
  answers(number: number): string[] {
    const answers = this.#heard.filter(
      (heard) => heard.what === 'answer' && heard.number === number,
    );
    return answers.map(({ from }) => from).toSorted();
  }
}

async function build(shape: NetworkShape) {
  const network = await NamespaceNetwork.create(shape);
  onTestFinished(() => network.close());
  const casters = network.hosts.map((host) => new Multicaster(host));
  await Promise.all(casters.map(({ listening }) => listening));
  const [caller, ...others] = casters as [Multicaster, ...Multicaster[]];
  /** Calls, and waits until the caller itself has heard that: the switch has passed it on by then, or dropped it. */
  const call = async (number: number) => {
    caller.call(number);
    await eventually(() => caller.calls.includes(number));
  };
  /** Calls in the healed network, and waits for all: what they have not heard of earlier calls never comes. */
  const healAndCall = async (number: number) => {
    await network.heal();
    await call(number);
    await eventually(() => caller.answers(number).length === others.length);
  };
  return { network, hosts: network.hosts, caller, others, call, healAndCall };
}

async function eventually(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { timeout: 10_000, interval: 10 }).toBe(true);
}

describeHosts('a network of namespaces', () => {
  it('passes multicast to every host, and the answers back', async () => {
    const { hosts, caller, call } = await build({ hosts: 5 });
    await call(1);
    await eventually(() => caller.answers(1).length === 4);
    expect(caller.answers(1)).toEqual(hosts.slice(1).map(({ address }) => address));
  });

  it('passes nothing between the sides of a partition', async () => {
    const { network, hosts, caller, others, call, healAndCall } = await build({ hosts: 5 });
    await network.impose(...partition(hosts.slice(0, 2), hosts.slice(2)));
    await call(1);
    await eventually(() => caller.answers(1).length === 1);
    await healAndCall(2);
    expect(caller.answers(1)).toEqual([hosts[1]!.address]);
    expect(others.map(({ calls }) => calls)).toEqual([[1, 2], [2], [2], [2]]);
  });

  it('cuts one way and leaves the other open', async () => {
    const { network, hosts, caller, others, call, healAndCall } = await build({ hosts: 3 });
    await healAndCall(0); // else the answer would wait for the address of the caller, until it is healed
    await network.impose(...oneWayCut([hosts[1]!], [hosts[0]!]));
    await call(1);
    await eventually(() => others.every(({ calls }) => calls.includes(1)));
    await healAndCall(2);
    expect(caller.answers(1)).toEqual([hosts[2]!.address]);
  });

  it('passes nothing to a host without a cable', async () => {
    const { network, hosts, caller, others, call, healAndCall } = await build({ hosts: 3 });
    await network.unplug(hosts[2]!);
    await call(1);
    await eventually(() => caller.answers(1).length === 1);
    await network.plugIn(hosts[2]!);
    await healAndCall(2);
    expect(others.map(({ calls }) => calls)).toEqual([[1, 2], [2]]);
  });

  it('drops UDP where it is told to', async () => {
    const { network, others, call, healAndCall } = await build({ hosts: 3 });
    await network.impose(...withoutUdp);
    await call(1);
    await healAndCall(2);
    expect(others.map(({ calls }) => calls)).toEqual([[2], [2]]);
  });

  it('loses the share of frames that it is told to', async () => {
    const { network, others, call, healAndCall } = await build({ hosts: 5 });
    await healAndCall(0); // an address that cannot be resolved costs more than the frames that are lost
    await network.impose(...loss(0.3));
    for (let number = 1; number <= 200; number++) await call(number);
    await healAndCall(201);
    const share = others.reduce((sum, other) => sum + other.calls.length - 2, 0) / 800;
    // Six standard deviations of 800 draws.
    expect(share).toBeGreaterThan(0.7 - 0.1);
    expect(share).toBeLessThan(0.7 + 0.1);
  });

  it('takes its time where it is told to, and keeps the order of the frames', async () => {
    const { caller, others } = await build({ hosts: 3, delay: { latency: 200, jitter: 50 } });
    caller.call(0); // and each learns where the other is
    await eventually(() => caller.answers(0).length === 2);
    const from = performance.now();
    for (let number = 1; number <= 50; number++) caller.call(number);
    await eventually(() => caller.answers(1).length > 0);
    expect(performance.now() - from).toBeGreaterThan(300);
    await eventually(() => caller.answers(50).length === 2);
    for (const { calls } of others) expect(calls).toEqual(calls.toSorted((a, b) => a - b));
  });

  it('leaves nothing behind, and takes away what a dead run has left', async () => {
    const past = spawn('true');
    await once(past, 'exit');
    const [dead, living] = [`beethoven-${past.pid}-1-host1`, `${uniquePrefix()}host1`];
    await ip([`netns add ${dead}`, `netns add ${living}`]);
    onTestFinished(() => removeNamespaces(namespacesOf(living)));
    const orphan = spawn('ip', ['netns', 'exec', dead, 'sleep', '60'], { stdio: 'ignore' });
    const ended = once(orphan, 'exit');
    await removeLeftovers();
    await ended;
    expect(namespacesOf(dead)).toEqual([]);
    expect(namespacesOf(living)).toEqual([living]);

    const network = await NamespaceNetwork.create({ hosts: 2 });
    const [host] = network.hosts;
    expect(namespacesOf(host!.namespace)).toHaveLength(1);
    await network.close();
    expect(namespacesOf(host!.namespace)).toEqual([]);
  });
});
