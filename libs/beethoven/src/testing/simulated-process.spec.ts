import { describe, expect, it } from 'vitest';
import { AddressInUseError } from '../errors/address-in-use.error.js';
import type { Connection, DialFailure } from '../network/network.js';
import { SeededRandom } from './seeded-random.js';
import { SimulatedNetwork } from './simulated-network.js';
import type { SimulatedProcess } from './simulated-process.js';
import { Timeline } from './timeline.js';

function world() {
  const timeline = new Timeline();
  const network = new SimulatedNetwork(timeline, new SeededRandom(1));
  const start = timeline.now;

  const dial = (
    from: SimulatedProcess,
    address: string,
    port: number,
    timeout = 250,
  ): { result?: Connection | DialFailure; at?: number } => {
    const answer: { result?: Connection | DialFailure; at?: number } = {};
    from.dial(address, port, timeout, (result) => {
      answer.result = result;
      answer.at = timeline.now - start;
    });
    return answer;
  };
  /** Two machines; a process on the second one listens. */
  const pair = async () => {
    const [a, b] = [network.process('a', ['10.0.0.1']), network.process('b', ['10.0.0.2'])];
    await b.listen('10.0.0.2', 33_000, () => {});
    return { a, b };
  };
  return { timeline, network, dial, pair };
}

describe('a simulated dial', () => {
  it('is refused at once where a machine is and nobody listens', async () => {
    const { timeline, network, dial } = world();
    const a = network.process('a', ['10.0.0.1']);
    network.process('b', ['10.0.0.2']);
    const answers = [dial(a, '10.0.0.2', 1), dial(a, '127.0.0.5', 1), dial(a, '10.0.0.1', 1)];
    await timeline.advance(2);
    expect(answers.map(({ result }) => result)).toEqual(['refused', 'refused', 'refused']);
  });

  it('is no dial any more, and nobody listens, where the process has ended', async () => {
    const { timeline, network, dial, pair } = world();
    const { a, b } = await pair();
    network.crash(a);
    network.crash(b);
    let listens = false;
    void b.listen('10.0.0.2', 33_001, () => {}).then(() => (listens = true));
    const answers = [dial(a, '10.0.0.2', 33_000), dial(network.process('c'), '10.0.0.2', 33_001)];
    await timeline.advance(1_000);
    expect([listens, ...answers.map(({ result }) => result)]).toEqual([
      false,
      undefined,
      'refused',
    ]);
  });

  it('times out where no machine is', async () => {
    const { timeline, network, dial } = world();
    const answer = dial(network.process('a', ['10.0.0.1']), '10.0.0.9', 1);
    await timeline.advance(1_000);
    expect(answer).toEqual({ result: 'timeout', at: 250 });
  });

  it('is refused after a crash of the listener, and finds its successor', async () => {
    const { timeline, network, dial, pair } = world();
    const { a, b } = await pair();
    network.crash(b);
    const answer = dial(a, '10.0.0.2', 33_000);
    await timeline.advance(5);
    expect(answer.result).toBe('refused');
    await network.process('b again', ['10.0.0.2']).listen('10.0.0.2', 33_000, () => {});
    const second = dial(a, '10.0.0.2', 33_000);
    await timeline.advance(5);
    expect(second.result).toBeTypeOf('object');
  });

  it('reaches the process that listens, when processes share an address', async () => {
    const { timeline, network, dial } = world();
    const [a, b] = [network.process('a'), network.process('b')];
    const called: string[] = [];
    await a.listen('127.0.0.1', 1, () => called.push('a'));
    await b.listen('127.0.0.1', 2, () => called.push('b'));
    await expect(b.listen('127.0.0.1', 1, () => {})).rejects.toThrow(AddressInUseError);
    dial(a, '127.0.0.1', 2);
    dial(a, '127.0.0.1', 1);
    await timeline.advance(5);
    expect(called.toSorted()).toEqual(['a', 'b']);
  });

  it('needs both directions of the way', async () => {
    const { timeline, network, dial, pair } = world();
    const { a, b } = await pair();
    network.block(b, a);
    const answers = [dial(a, '10.0.0.2', 33_000), dial(a, '10.0.0.2', 7)];
    await timeline.advance(250);
    expect(answers.map(({ result }) => result)).toEqual(['timeout', 'timeout']);
  });

  it('gets through when the cut heals before its time is up', async () => {
    const { timeline, network, dial, pair } = world();
    const { a, b } = await pair();
    network.partition([a], [b]);
    const answer = dial(a, '10.0.0.2', 33_000, 5_000);
    await timeline.advance(500);
    network.heal();
    await timeline.advance(1_000);
    expect(answer.result).toBeTypeOf('object');
  });

  it('is taken by the machine of a stalled process, which hears of it later', async () => {
    const { timeline, network, dial } = world();
    const [a, b] = [network.process('a'), network.process('b')];
    let accepted = 0;
    await b.listen('127.0.0.1', 1, () => accepted++);
    network.pause(b);
    const answer = dial(a, '127.0.0.1', 1);
    await timeline.advance(1_000);
    expect(answer.result).toBeTypeOf('object');
    expect(accepted).toBe(0);
    network.resume(b);
    await timeline.advance(5);
    expect(accepted).toBe(1);
  });

  it('of a stalled process is answered once it wakes', async () => {
    const { timeline, network, dial } = world();
    const a = network.process('a');
    const answer = dial(a, '127.0.0.1', 1);
    network.pause(a);
    await timeline.advance(1_000);
    expect(answer.result).toBeUndefined();
    network.resume(a);
    await timeline.advance(1);
    expect(answer.result).toBe('refused');
  });
});
