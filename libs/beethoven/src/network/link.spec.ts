import { beforeEach, describe, expect, it } from 'vitest';
import { Timeline } from '../testing/timeline.js';
import { encode } from './codec.js';
import { FRAME, readFrame } from './link-frames.js';
import { Link } from './link.js';
import { Deadlines } from './mesh-deadlines.js';
import type { Connection } from './network.js';

class Wire implements Connection {
  readonly remoteAddress = '127.0.0.1';
  readonly remotePort = 1;
  readonly sent: unknown[] = [];
  state: 'open' | 'closed' | 'destroyed' = 'open';
  limit = 0;
  onFrame = (): void => {};
  onClose = (): void => {};

  send(frame: Uint8Array): boolean {
    this.sent.push(readFrame(frame)?.[0]);
    return this.state === 'open';
  }
  close(): void {
    this.state = 'closed';
  }
  destroy(): void {
    this.state = 'destroyed';
  }
  allowFrames(limit: number): void {
    this.limit = limit;
  }
}

const message = encode([FRAME.message, 0, 'x']);
const [lower, higher] = ['a@127.0.0.1:1', 'b@127.0.0.1:1'];

let timeline: Timeline;
beforeEach(() => (timeline = new Timeline()));

function link(self: string, peer: string): Link {
  const clock = timeline.clock();
  const card = { id: peer, incarnation: 1, startedAt: 1, labels: {} };
  return new Link(card, self, clock, new Deadlines(clock));
}

describe('of two connections made at once', () => {
  it.each([
    ['self', 'peer', lower, higher, 0],
    ['peer', 'self', lower, higher, 1],
    ['self', 'peer', higher, lower, 1],
    ['peer', 'self', higher, lower, 0],
  ] as const)(
    'dialled by %s then %s, as seen by %s, the one that the lower id dialled is used',
    async (first, second, self, peer, used) => {
      const wires = [new Wire(), new Wire()] as const;
      const subject = link(self, peer);
      subject.add(wires[0], first);
      await timeline.advance(1_900);
      subject.add(wires[1], second);
      subject.send(message);
      expect(wires[used].sent).toContain(FRAME.message);
    },
  );

  it('the higher id retires the other, and closes it when the peer has agreed', async () => {
    const [kept, retired] = [new Wire(), new Wire()];
    const subject = link(higher, lower);
    subject.add(kept, 'peer');
    subject.add(retired, 'self');
    await timeline.advance(1_100);
    expect(retired.sent).toEqual([FRAME.retire]);
    expect(retired.state).toBe('open');
    subject.peerRetires(retired);
    expect(retired.state).toBe('closed');
    expect(subject.size).toBe(1);
  });

  it('the lower id agrees to what the higher one retires, and sends nothing more there', async () => {
    const [one, other] = [new Wire(), new Wire()];
    const subject = link(lower, higher);
    subject.add(one, 'self');
    subject.add(other, 'peer');
    subject.peerRetires(one);
    subject.send(message);
    expect(one.sent).toEqual([FRAME.retire]);
    expect(other.sent).toEqual([FRAME.message]);
    await timeline.advance(4_000);
    expect(one.state).toBe('open'); // it is not for the lower id to close it
  });

  it('a peer that does not agree loses the surplus one a second later', async () => {
    const [kept, retired] = [new Wire(), new Wire()];
    const subject = link(higher, lower);
    subject.add(kept, 'peer');
    subject.add(retired, 'self');
    await timeline.advance(2_200);
    expect([kept.state, retired.state]).toEqual(['open', 'destroyed']);
  });

  it('the one that retires is used after all when the other breaks', async () => {
    const [kept, retired] = [new Wire(), new Wire()];
    const subject = link(higher, lower);
    subject.add(kept, 'peer');
    subject.add(retired, 'self');
    await timeline.advance(1_100);
    expect(subject.ended(kept)).toBe(false);
    expect(subject.send(message)).toBe(true);
    subject.peerRetires(retired);
    await timeline.advance(10_000);
    expect(retired.state).toBe('open');
    expect(retired.sent).toEqual([FRAME.retire, FRAME.message]);
  });
});

describe('a link', () => {
  it('goes over to a newer connection when the old one is older than a collision explains', async () => {
    const [old, fresh] = [new Wire(), new Wire()];
    const subject = link(lower, higher);
    subject.add(old, 'self');
    await timeline.advance(2_100);
    subject.add(fresh, 'peer');
    subject.send(message);
    expect(fresh.sent).toEqual([FRAME.message]);
  });

  it('drops a surplus connection that the peer does not seem to know', async () => {
    const [old, fresh] = [new Wire(), new Wire()];
    const subject = link(lower, higher);
    subject.add(old, 'self');
    await timeline.advance(10_000);
    subject.add(fresh, 'peer');
    await timeline.advance(5_100);
    expect([old.state, fresh.state]).toEqual(['destroyed', 'open']);
  });

  it('never agrees to retire its last connection', () => {
    const only = new Wire();
    const subject = link(lower, higher);
    subject.add(only, 'self');
    subject.peerRetires(only);
    expect(only.sent).toEqual([]);
    expect(subject.send(message)).toBe(true);
  });

  it('has four connections at most', () => {
    const wires = Array.from({ length: 9 }, () => new Wire());
    const subject = link(lower, higher);
    for (const wire of wires) subject.add(wire, 'peer');
    expect(subject.size).toBe(4);
    expect(wires.filter(({ state }) => state === 'open')).toEqual(wires.slice(5));
  });

  it('lasts until the last connection has closed', () => {
    const [one, other] = [new Wire(), new Wire()];
    const subject = link(lower, higher);
    subject.add(one, 'self');
    subject.add(other, 'peer');
    expect(subject.ended(one)).toBe(false);
    expect(subject.ended(other)).toBe(true);
    expect(subject.send(message)).toBe(false);
  });

  it('takes large frames, which a stranger may not send', () => {
    const wire = new Wire();
    link(lower, higher).add(wire, 'self');
    expect(wire.limit).toBe(16 * 1_024 * 1_024);
  });
});
