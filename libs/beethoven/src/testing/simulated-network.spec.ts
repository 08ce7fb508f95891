import { describe, expect, it } from 'vitest';
import { InvalidDegradationError } from '../errors/invalid-degradation.error.js';
import type { CloseReason, Connection, DialFailure } from '../network/network.js';
import { SeededRandom } from './seeded-random.js';
import { SimulatedNetwork } from './simulated-network.js';
import type { SimulatedProcess } from './simulated-process.js';
import { Timeline } from './timeline.js';

/** One end of a connection, with what happened on it. */
interface End {
  connection: Connection;
  received: { text: string; at: number }[];
  closed: CloseReason | undefined;
}

function world(seed = 1) {
  const timeline = new Timeline();
  const network = new SimulatedNetwork(timeline, new SeededRandom(seed));
  const start = timeline.now;

  const watch = (connection: Connection): End => {
    const end: End = { connection, received: [], closed: undefined };
    connection.onFrame = (frame) =>
      end.received.push({ text: Buffer.from(frame).toString(), at: timeline.now - start });
    connection.onClose = (reason) => (end.closed = reason);
    return end;
  };
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
  /** Two processes and a connection from `a` to `b`. */
  const pair = async () => {
    const [a, b] = [network.process('a', ['10.0.0.1']), network.process('b', ['10.0.0.2'])];
    const ends: { b?: End } = {};
    await b.listen('10.0.0.2', 33_000, (connection) => (ends.b = watch(connection)));
    const answer = dial(a, '10.0.0.2', 33_000);
    await timeline.until(() => ends.b !== undefined && answer.result !== undefined, 10);
    return { a, b, atA: watch(answer.result as Connection), atB: ends.b! };
  };
  return { timeline, network, start, dial, pair };
}

const text = (end: End): string[] => end.received.map((frame) => frame.text);

describe('a simulated crash', () => {
  it('ends the connections at the peers, after what was on the way, and silences the process', async () => {
    const { timeline, network, pair } = world();
    const { a, b, atA, atB } = await pair();
    let fired = false;
    a.clock.setTimer(5, () => (fired = true));
    atA.connection.send(Buffer.from('last words'));
    await timeline.advance(0);
    network.crash(a);
    await timeline.advance(10);
    expect(text(atB)).toEqual(['last words']);
    expect(atB.closed).toBe('remote');
    expect(atA.closed).toBeUndefined();
    expect(fired).toBe(false);
    expect(atA.connection.send(Buffer.from('ghost'))).toBe(false);
    expect(atB.connection.send(Buffer.from('late'))).toBe(false);
    expect(b.clock.stopped).toBe(false);
  });

  it('of a stalled process is seen by its peers', async () => {
    const { timeline, network, pair } = world();
    const { b, atA } = await pair();
    network.pause(b);
    atA.connection.send(Buffer.from('unread'));
    await timeline.advance(10);
    network.crash(b);
    await timeline.advance(10);
    expect(atA.closed).toBe('remote');
  });
});

describe('a simulated partition', () => {
  it('holds what is on the way and delivers it after healing, in order', async () => {
    const { timeline, network, pair } = world();
    const { a, b, atA, atB } = await pair();
    atA.connection.send(Buffer.from('1'));
    await timeline.advance(0);
    network.partition([a], [b]);
    atA.connection.send(Buffer.from('2'));
    await timeline.advance(60_000);
    atA.connection.send(Buffer.from('3'));
    expect(text(atB)).toEqual([]);
    network.heal();
    await timeline.advance(210);
    expect(text(atB)).toEqual(['1', '2', '3']);
  });

  it('hides the end of a connection, and drops what its sender gave up', async () => {
    const { timeline, network, pair } = world();
    const { a, b, atA, atB } = await pair();
    network.partition([a], [b]);
    atA.connection.send(Buffer.from('lost'));
    await timeline.advance(1);
    atA.connection.destroy();
    await timeline.advance(5_000);
    expect(atA.closed).toBe('local');
    expect(atB.closed).toBeUndefined();
    network.heal();
    await timeline.advance(210);
    expect(atB.closed).toBe('remote');
    expect(text(atB)).toEqual([]);
  });

  it('gives up a polite close after a second', async () => {
    const { timeline, network, pair } = world();
    const { a, b, atA } = await pair();
    network.partition([a], [b]);
    atA.connection.send(Buffer.from('goodbye'));
    atA.connection.close();
    await timeline.advance(900);
    expect(atA.closed).toBeUndefined();
    await timeline.advance(150);
    expect(atA.closed).toBe('local');
  });

  it('can be one-way', async () => {
    const { timeline, network, pair } = world();
    const { a, b, atA, atB } = await pair();
    network.block(a, b);
    atA.connection.send(Buffer.from('into the void'));
    atB.connection.send(Buffer.from('heard'));
    await timeline.advance(1_000);
    expect(text(atA)).toEqual(['heard']);
    expect(text(atB)).toEqual([]);
  });

  it('hides a crash, and lets it be seen after healing', async () => {
    const { timeline, network, dial, pair } = world();
    const { a, b, atA } = await pair();
    network.partition([a], [b]);
    network.crash(b);
    const answer = dial(a, '10.0.0.2', 33_000);
    await timeline.advance(1_000);
    expect(answer.result).toBe('timeout');
    expect(atA.closed).toBeUndefined();
    network.heal();
    await timeline.advance(210);
    expect(atA.closed).toBe('remote');
  });
});

describe('a stalled process', () => {
  it('reads, once it wakes, what piled up, after its late timers', async () => {
    const { timeline, network, pair } = world();
    const { b, atA, atB } = await pair();
    b.clock.setTimer(10, () => atB.received.push({ text: 'timer', at: 0 }));
    network.pause(b);
    for (const each of ['1', '2', '3']) {
      atA.connection.send(Buffer.from(each));
      await timeline.advance(20);
    }
    expect(text(atB)).toEqual([]);
    network.resume(b);
    await timeline.advance(1);
    expect(text(atB)).toEqual(['timer', '1', '2', '3']);
  });

  it('costs its peers a bounded queue', async () => {
    const { timeline, network, pair } = world();
    const { b, atA, atB } = await pair();
    network.pause(b);
    const frame = Buffer.alloc(64 * 1_024);
    let sent = 0;
    while (atA.connection.send(frame, 'bulk')) {
      sent++;
      await timeline.advance(0);
    }
    expect(sent * frame.length).toBeGreaterThan(15 * 1_024 * 1_024);
    expect(sent * frame.length).toBeLessThan(17 * 1_024 * 1_024);
    network.resume(b);
    await timeline.advance(1_000);
    expect(atB.received).toHaveLength(sent);
    expect(atA.connection.send(frame)).toBe(true);
  });
});

describe('bad weather', () => {
  it('delays, in order and without a gap', async () => {
    const { timeline, network, pair } = world();
    const { atA, atB } = await pair();
    network.degrade({ latency: [5, 40], loss: 0.3 });
    const sent: string[] = [];
    for (let i = 0; i < 200; i++) {
      sent.push(String(i));
      atA.connection.send(Buffer.from(String(i)));
      await timeline.advance(10);
    }
    await timeline.advance(5_000);
    expect(text(atB)).toEqual(sent);
    const late = atB.received.filter(({ at }, i) => at - i * 10 > 200);
    expect(late.length).toBeGreaterThan(20);
  });

  it('refuses a loss that would let nothing through', () => {
    const { network } = world();
    expect(() => network.degrade({ loss: 1 })).toThrow(InvalidDegradationError);
  });
});

async function story(seed: number): Promise<string> {
  const { timeline, network, pair } = world(seed);
  const { a, b, atA, atB } = await pair();
  network.degrade({ latency: [1, 9], loss: 0.1 });
  for (let i = 0; i < 50; i++) {
    atA.connection.send(Buffer.from(`a${i}`), i % 3 === 0 ? 'bulk' : 'control');
    atB.connection.send(Buffer.from(`b${i}`));
    await timeline.advance(3);
    if (i === 20) network.partition([a], [b]);
    if (i === 30) network.heal();
  }
  await timeline.advance(2_000);
  return JSON.stringify([atA.received, atB.received]);
}

it('runs the same way twice for the same seed, and another way for another', async () => {
  expect(await story(5)).toBe(await story(5));
  expect(await story(5)).not.toBe(await story(6));
});

it('copies bytes: what a sender writes to them later does not travel', async () => {
  const { timeline, pair } = world();
  const { atA, atB } = await pair();
  const frame = Buffer.from('before');
  atA.connection.send(frame);
  frame.fill('x');
  await timeline.advance(5);
  expect(text(atB)).toEqual(['before']);
});

describe('overlapping cuts', () => {
  it('hold until the last of them is healed', async () => {
    const { timeline, network, pair } = world();
    const { a, b, atA, atB } = await pair();
    const [partition, isolation] = [network.partition([a], [b]), network.isolate(b)];
    atA.connection.send(Buffer.from('held'));
    partition.heal();
    await timeline.advance(1_000);
    expect(text(atB)).toEqual([]);
    isolation.heal();
    await timeline.advance(210);
    expect(text(atB)).toEqual(['held']);
  });
});

it('makes single links worse, one way', async () => {
  const { timeline, network, pair } = world();
  const { a, b, atA, atB } = await pair();
  network.degrade({ latency: [70, 70] }, [a], [b]);
  const sent = timeline.now;
  atA.connection.send(Buffer.from('slow'));
  atB.connection.send(Buffer.from('fast'));
  await timeline.advance(69);
  expect([text(atA), text(atB)]).toEqual([['fast'], []]);
  await timeline.until(() => atB.received.length > 0, 10);
  expect(timeline.now - sent).toBe(70);
});

describe('a connection that was forgotten', () => {
  it('by a machine that lost its power is silent, and reset once the machine runs again', async () => {
    const { timeline, network, dial, pair } = world();
    const { a, b, atA } = await pair();
    network.powerOff(b);
    atA.connection.send(Buffer.from('anybody there?'));
    const answer = dial(a, '10.0.0.2', 33_000);
    await timeline.advance(5_000);
    expect([atA.closed, answer.result]).toEqual([undefined, 'timeout']);
    network.heal();
    await timeline.advance(5_000);
    expect(atA.closed).toBeUndefined();

    network.process('b', ['10.0.0.2']);
    await timeline.advance(210);
    expect(atA.closed).toBe('error');
  });

  it('of a machine that runs again ends nothing until something is sent', async () => {
    const { timeline, network, pair } = world();
    const { b, atA } = await pair();
    network.powerOff(b);
    network.process('b', ['10.0.0.2']);
    await timeline.advance(5_000);
    expect(atA.closed).toBeUndefined();
    atA.connection.send(Buffer.from('hello'));
    await timeline.advance(5);
    expect(atA.closed).toBe('error');
  });

  it.each(['reset', 'silence'] as const)(
    'on the way answers by %s, and new ones work',
    async (how) => {
      const { timeline, network, dial, pair } = world();
      const { a, b, atA, atB } = await pair();
      network.forget(b, a, how);
      await timeline.advance(1_000);
      expect([atA.closed, atB.closed]).toEqual([undefined, undefined]);
      atA.connection.send(Buffer.from('lost'));
      await timeline.advance(60_000);
      expect(text(atB)).toEqual([]);
      expect([atA.closed, atB.closed]).toEqual([how === 'reset' ? 'error' : undefined, undefined]);
      const answer = dial(a, '10.0.0.2', 33_000);
      await timeline.advance(5);
      expect(answer.result).toBeTypeOf('object');
    },
  );

  it('into silence costs its sender a bounded queue', async () => {
    const { timeline, network, pair } = world();
    const { a, b, atA } = await pair();
    network.forget(a, b, 'silence');
    const frame = Buffer.alloc(64 * 1_024);
    let sent = 0;
    while (atA.connection.send(frame, 'bulk') && sent < 1_000) {
      sent++;
      await timeline.advance(1);
    }
    expect(sent).toBeLessThan(300);
  });
});
