import { Logger } from '@nestjs/common';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { InvalidSignalError } from '../errors/invalid-signal.error.js';
import { TooManySignalsError } from '../errors/too-many-signals.error.js';
import type { BusySignal } from '../protocol/busy-score.js';
import { MAX_SIGNALS, SignalIngress } from './signal-ingress.js';

const count = (delta: number, name = 'jobs'): BusySignal => ({
  name,
  weight: 1,
  type: 'count',
  delta,
});
const percent = (value: number, weight = 1): BusySignal => ({
  name: 'cpu',
  weight,
  type: 'percent',
  value,
});

afterEach(() => void vi.restoreAllMocks());

describe('the signals of a node', () => {
  it('add up what comes and goes under a count', () => {
    const ingress = new SignalIngress();
    for (const delta of [1, 1, 1, -1]) ingress.send(count(delta));
    expect(ingress.score()).toBe(2);
  });

  it('keep a count at zero when the first thing heard is a decrement', () => {
    const ingress = new SignalIngress();
    ingress.send(count(-1));
    expect(ingress.score()).toBe(0);
    ingress.send(count(1));
    expect(ingress.score()).toBe(1);
  });

  it('never make a count negative', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5, max: 5 })), (deltas) => {
        const ingress = new SignalIngress();
        let model = 0;
        for (const delta of deltas) {
          ingress.send(count(delta));
          model = Math.max(0, model + delta);
          expect(ingress.score()).toBe(model);
        }
      }),
    );
  });

  it('stay numbers when a count is sent out of all bounds', () => {
    const ingress = new SignalIngress();
    ingress.send({ ...count(1), weight: 0, delta: Number.MAX_VALUE } as BusySignal);
    ingress.send({ ...count(1), weight: 0, delta: Number.MAX_VALUE } as BusySignal);
    expect(ingress.score()).toBe(0);
  });

  it('replace a percentage, clamped to 0 to 100', () => {
    const ingress = new SignalIngress();
    ingress.send(percent(50));
    ingress.send(percent(130));
    expect(ingress.score()).toBe(148.4131591);
    ingress.send(percent(-3));
    expect(ingress.score()).toBe(1);
  });

  it('count an idle percentage with its weight, but not one that has no data yet', () => {
    const ingress = new SignalIngress();
    ingress.announce({ name: 'cpu', type: 'percent', weight: 3 });
    expect(ingress.score()).toBe(0);
    ingress.send(percent(0, 3));
    expect(ingress.score()).toBe(3);
  });

  it('take the last weight', () => {
    const ingress = new SignalIngress();
    ingress.send(percent(0, 1));
    ingress.send(percent(0, 7));
    expect(ingress.score()).toBe(7);
  });

  it('are two where one name has two types', () => {
    const ingress = new SignalIngress();
    ingress.send({ name: 'queue', weight: 1, type: 'count', delta: 2 });
    ingress.send({ name: 'queue', type: 'preProcessed', value: 40 });
    expect(ingress.score()).toBe(42);
  });

  it('tell of changes, and only of changes', () => {
    const ingress = new SignalIngress();
    const changed = vi.spyOn(ingress, 'onChange');
    ingress.send(percent(20));
    ingress.send(percent(20));
    ingress.send(count(-1));
    ingress.send(count(-1));
    expect(changed).toHaveBeenCalledTimes(2); // the percentage, and a count that is known now
  });

  it('ignore data that is no finite number, and say so once', () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const ingress = new SignalIngress();
    ingress.send(percent(20));
    const before = ingress.score();
    for (const data of [NaN, Infinity, -Infinity, '60' as unknown as number]) {
      ingress.send(percent(data));
      ingress.send(count(data));
    }
    expect(ingress.score()).toBe(before);
    expect(warn).toHaveBeenCalledTimes(2);
    expect(warn.mock.calls[0]?.[0]).toContain('"cpu" sent NaN');
  });

  it.each([
    ['no name', { ...count(1), name: '' }, 'give it a name'],
    ['an unknown type', { ...count(1), type: 'rate' }, 'its type is rate'],
    ['a type that every object has', { ...count(1), type: 'constructor' }, 'its type is'],
    ['a weight that is no number', { ...count(1), weight: NaN }, 'its weight is NaN'],
    ['a weight without end', { ...count(1), weight: Infinity }, 'its weight is Infinity'],
    ['a weight below 0', { ...count(1), weight: -1 }, 'its weight is -1'],
    ['no weight', { ...count(1), weight: undefined }, 'its weight is undefined'],
  ])('refuse a signal with %s', (_, signal, fault) => {
    const ingress = new SignalIngress();
    const send = () => ingress.send(signal as BusySignal);
    expect(send).toThrow(InvalidSignalError);
    expect(send).toThrow(fault);
    expect(ingress.score()).toBe(0);
  });

  it('have a limit, beyond which the known ones go on', () => {
    const ingress = new SignalIngress();
    for (let i = 0; i < MAX_SIGNALS; i++) ingress.send(count(1, `jobs_of_${i}`));
    expect(() => ingress.send(count(1, 'one too many'))).toThrow(TooManySignalsError);
    expect(() => ingress.announce({ name: 'cpu', type: 'percent', weight: 1 })).toThrow(
      TooManySignalsError,
    );
    ingress.send(count(1, 'jobs_of_0'));
    expect(ingress.score()).toBe(MAX_SIGNALS + 1);
  });
});
