import { SetMetadata } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { observeMethod, tapMethod, type Around } from './method-tap.js';

const Tapped =
  () =>
  (_target: object, _method: string, descriptor: PropertyDescriptor): void =>
    tapMethod(descriptor);

class Counter {
  total = 0;

  @SetMetadata('above', 1)
  @Tapped()
  @SetMetadata('below', 2)
  add(amount: number, _note = ''): number {
    this.total += amount;
    return this.total;
  }
}

function observed() {
  const calls: unknown[] = [];
  const around: Around = (call) => {
    const result = call();
    calls.push(result);
    return result;
  };
  return { calls, around };
}

describe('a tapped method', () => {
  it('is the method that it was, while nobody observes it', () => {
    const counter = new Counter();
    expect(counter.add(2)).toBe(2);
    expect(counter.add(3)).toBe(5);
    expect(counter.add.name).toBe('add');
    expect(counter.add).toHaveLength(1);
  });

  it('is observed on that instance alone', () => {
    const [one, other] = [new Counter(), new Counter()];
    const { calls, around } = observed();
    observeMethod(one, 'add', around);
    one.add(1);
    other.add(10);
    expect(calls).toEqual([1]);
  });

  it('is observed by those too that took hold of it before', () => {
    const counter = new Counter();
    const early = counter.add.bind(counter);
    const { calls, around } = observed();
    observeMethod(counter, 'add', around);
    early(4);
    expect(calls).toEqual([4]);
  });

  it('keeps what other decorators say about it, above and below', () => {
    expect(Reflect.getMetadata('above', Counter.prototype.add)).toBe(1);
    expect(Reflect.getMetadata('below', Counter.prototype.add)).toBe(2);
  });

  it('is observed in a subclass that inherits it, and not through one that overrides it', () => {
    class Heir extends Counter {}
    class Rebel extends Counter {
      override add(amount: number): number {
        return super.add(amount);
      }
    }
    const { calls, around } = observed();
    const [heir, rebel] = [new Heir(), new Rebel()];
    observeMethod(heir, 'add', around);
    observeMethod(rebel, 'add', around);
    heir.add(1);
    rebel.add(1);
    expect(calls).toEqual([1]);
  });

  it('runs without an instance as well as it did', () => {
    const { add } = Counter.prototype;
    expect(() => add(1)).toThrow(TypeError); // the method's own, for want of `this`
  });
});
