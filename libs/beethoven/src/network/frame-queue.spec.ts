import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameQueue } from './frame-queue.js';

const frame = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);

describe('the queue of frames', () => {
  it('lets control pass bulk, and keeps the order within each', () => {
    const queue = new FrameQueue(10_000);
    queue.push(frame(1), 'bulk');
    queue.push(frame(2), 'control');
    queue.push(frame(3), 'bulk');
    queue.push(frame(4), 'control');
    expect(queue.take(100)).toEqual([frame(2), frame(4), frame(1), frame(3)]);
    expect(queue.isEmpty).toBe(true);
  });

  it('takes up to a budget, but at least one', () => {
    const queue = new FrameQueue(10_000);
    for (const size of [300, 50, 60, 10]) queue.push(new Uint8Array(size), 'bulk');
    expect(queue.take(100).map(({ length }) => length)).toEqual([300]);
    expect(queue.take(100).map(({ length }) => length)).toEqual([50]);
    expect(queue.take(100).map(({ length }) => length)).toEqual([60, 10]);
    expect(queue.take(100)).toEqual([]);
  });

  it('refuses what would go over its capacity, in either lane, until something is taken', () => {
    const queue = new FrameQueue(1_000);
    expect(queue.push(new Uint8Array(600), 'bulk')).toBe(true);
    expect(queue.push(new Uint8Array(600), 'control')).toBe(false);
    expect(queue.take(2_000)).toHaveLength(1);
    expect(queue.push(new Uint8Array(600), 'control')).toBe(true);
  });

  it('is bounded for empty frames as well', () => {
    const queue = new FrameQueue(64 * 100);
    let accepted = 0;
    while (queue.push(frame(), 'control')) accepted++;
    expect(accepted).toBe(100);
  });

  it('takes a frame larger than its capacity alone', () => {
    const queue = new FrameQueue(1_000);
    expect(queue.push(new Uint8Array(5_000), 'bulk')).toBe(true);
    expect(queue.push(frame(1), 'control')).toBe(false);
    queue.clear();
    expect(queue.push(frame(1), 'control')).toBe(true);
  });

  it('gives out every frame once, whatever the order of pushes and takes', () => {
    const step = fc.oneof(
      fc.record({ push: fc.constantFrom('control' as const, 'bulk' as const) }),
      fc.record({ take: fc.integer({ min: 1, max: 9_000 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const queue = new FrameQueue(1e9);
        const sent = { control: [] as number[], bulk: [] as number[] };
        const taken: number[] = [];
        let count = 0;
        for (const each of steps) {
          if ('take' in each) {
            taken.push(...queue.take(each.take).map(({ length }) => length));
          } else {
            queue.push(new Uint8Array(count), each.push);
            sent[each.push].push(count++);
          }
        }
        taken.push(...queue.take(1e9).map(({ length }) => length));
        expect(queue.isEmpty).toBe(true);
        expect(taken.filter((id) => sent.control.includes(id))).toEqual(sent.control);
        expect(taken.filter((id) => sent.bulk.includes(id))).toEqual(sent.bulk);
        expect(taken).toHaveLength(count);
      }),
    );
  });

  it('stays fast with a long backlog', () => {
    const queue = new FrameQueue(1e9);
    for (let i = 0; i < 200_000; i++) queue.push(frame(1), 'bulk');
    let count = 0;
    while (!queue.isEmpty) count += queue.take(1).length; // quadratic would take minutes
    expect(count).toBe(200_000);
  });
});
