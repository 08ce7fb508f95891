import { describe, expect, it } from 'vitest';
import { InvalidSignalError } from '../errors/invalid-signal.error.js';
import { SIGNAL_METADATA, Signal } from './signal.decorator.js';

describe('@Signal', () => {
  it('keeps its options on the method', () => {
    const options = { name: 'depth', weight: 10, type: 'percent', every: 1_000 } as const;
    class Queue {
      @Signal(options)
      depth(): number {
        return 1;
      }
    }
    expect(Reflect.getMetadata(SIGNAL_METADATA, Queue.prototype.depth)).toEqual(options);
  });

  it('takes what can be measured', () => {
    class Good {
      @Signal({ name: 'a', weight: 1, type: 'count' })
      async anything(_request: string): Promise<void> {}

      @Signal({ name: 'b', weight: 1, type: 'percent' })
      sync(_queue: string): number {
        return 1;
      }

      @Signal({ name: 'c', type: 'preProcessed' })
      later(): Promise<number> {
        return Promise.resolve(1);
      }

      @Signal({ name: 'd', type: 'preProcessed', every: undefined })
      configured(): number {
        return 1;
      }
    }
    expect(Good).toBeDefined();
  });

  it('refuses, at compile time, what cannot', () => {
    expect(() => {
      class Bad {
        // @ts-expect-error: a percentage that is no number
        @Signal({ name: 'a', weight: 1, type: 'percent' })
        text(): string {
          return '';
        }

        // @ts-expect-error: nor is a promise of nothing
        @Signal({ name: 'b', type: 'preProcessed' })
        async nothing(): Promise<void> {}

        // @ts-expect-error: nobody could pass the queue to a poll
        @Signal({ name: 'c', weight: 1, type: 'percent', every: 1_000 })
        needy(_queue: string): number {
          return 1;
        }

        // @ts-expect-error: a percentage without weight
        @Signal({ name: 'd', type: 'percent' })
        weightless(): number {
          return 1;
        }

        // @ts-expect-error: no such type
        @Signal({ name: 'e', weight: 1, type: 'rate' })
        rate(): number {
          return 1;
        }
      }
      return Bad;
    }).toThrow(InvalidSignalError);

    expect(() => {
      class Bad {
        // @ts-expect-error: a count comes from calls, not from polls
        @Signal({ name: 'f', weight: 1, type: 'count', every: 1_000 })
        count(): void {}
      }
      return Bad;
    }).toThrow('The signal "f" of Bad.count cannot be used: a count is not polled');

    // @ts-expect-error: a method decorator
    expect(() => Signal({ name: 'g', weight: 1, type: 'count' })(Object)).toThrow(TypeError);
  });

  it.each([9, 0, -1, NaN, Infinity, 86_400_001])('refuses to poll every %d ms', (every) => {
    const define = () => {
      class Queue {
        @Signal({ name: 'depth', weight: 1, type: 'percent', every })
        depth(): number {
          return 1;
        }
      }
      return Queue;
    };
    expect(define).toThrow(`of Queue.depth cannot be used: \`every\` is ${every}; use 10 to`);
  });

  it('refuses a weight that makes no score', () => {
    expect(() => {
      class Queue {
        @Signal({ name: 'depth', weight: NaN, type: 'percent' })
        depth(): number {
          return 1;
        }
      }
      return Queue;
    }).toThrow('The signal "depth" of Queue.depth cannot be used: its weight is NaN');
  });

  it('refuses a static method', () => {
    expect(() => {
      class Queue {
        readonly name = 'mail';

        @Signal({ name: 'depth', weight: 1, type: 'percent' })
        static depth(): number {
          return 1;
        }
      }
      return Queue;
    }).toThrow('a static method has no provider');
  });

  it('refuses a second signal on one method', () => {
    expect(() => {
      class Queue {
        @Signal({ name: 'jobs', weight: 1, type: 'count' })
        @Signal({ name: 'depth', weight: 1, type: 'percent' })
        depth(): number {
          return 1;
        }
      }
      return Queue;
    }).toThrow('another @Signal');
  });
});
