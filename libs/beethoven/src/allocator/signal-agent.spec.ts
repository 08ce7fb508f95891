import { Inject, Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { InvalidSignalError } from '../errors/invalid-signal.error.js';
import type { BusySignal } from '../protocol/busy-score.js';
import { AllocatorService } from './allocator.service.js';
import { SignalAgent, type AgentSignals } from './signal-agent.js';

class Signals extends SignalAgent({
  ram: { weight: 10, type: 'percent' },
  http_requests: { weight: 5, type: 'count' },
  open_db_cursors2: { type: 'preProcessed' },
}) {}

async function provided<T extends object>(
  Provider: new (...args: never[]) => T,
  extra: object[] = [],
) {
  const send = vi.fn<(signal: BusySignal) => void>();
  const app = await Test.createTestingModule({
    providers: [
      Provider,
      { provide: AllocatorService, useValue: { send } },
      ...(extra as { provide: string; useValue: unknown }[]),
    ],
  }).compile();
  return { agent: app.get<T>(Provider), send };
}

describe('a signal agent', () => {
  it('sends each signal through the method that is named for it', async () => {
    const { agent, send } = await provided(Signals);
    agent.percentRam(60);
    agent.incrementHttpRequestsCount();
    agent.decrementHttpRequestsCount();
    agent.preProcessedOpenDbCursors2(1.5);
    expect(send.mock.calls.flat()).toEqual([
      { name: 'ram', weight: 10, type: 'percent', value: 60 },
      { name: 'http_requests', weight: 5, type: 'count', delta: 1 },
      { name: 'http_requests', weight: 5, type: 'count', delta: -1 },
      { name: 'open_db_cursors2', weight: 0, type: 'preProcessed', value: 1.5 },
    ]);
  });

  it('may have methods and dependencies of its own', async () => {
    @Injectable()
    class Queue extends SignalAgent({ depth: { weight: 1, type: 'percent' } }) {
      @Inject('limit') readonly limit!: number;

      constructor(@Inject('name') readonly name: string) {
        super();
      }

      measure(length: number): void {
        this.percentDepth((length / this.limit) * 100);
      }
    }
    const { agent, send } = await provided(Queue, [
      { provide: 'limit', useValue: 200 },
      { provide: 'name', useValue: 'mail' },
    ]);
    agent.measure(50);
    expect(agent.name).toBe('mail');
    expect(send).toHaveBeenCalledWith({ name: 'depth', weight: 1, type: 'percent', value: 25 });
  });

  it('has exactly the methods of its definition, typed', () => {
    expectTypeOf<keyof Signals>().toEqualTypeOf<
      | 'percentRam'
      | 'incrementHttpRequestsCount'
      | 'decrementHttpRequestsCount'
      | 'preProcessedOpenDbCursors2'
    >();
    expectTypeOf<Signals['percentRam']>().toEqualTypeOf<(data: number) => void>();
    expectTypeOf<Signals['incrementHttpRequestsCount']>().toEqualTypeOf<() => void>();
  });

  it('refuses, at compile time, what makes no signal', () => {
    // @ts-expect-error: no such type
    expect(() => SignalAgent({ ram: { weight: 1, type: 'rate' } })).toThrow(InvalidSignalError);
    // @ts-expect-error: a percentage without weight
    expect(() => SignalAgent({ ram: { type: 'percent' } })).toThrow('its weight is undefined');
    // @ts-expect-error: not in the definition
    expect(() => new Signals().percentCpu(1)).toThrow(TypeError);
  });

  it('refuses two signals that would share a method', () => {
    expect(() =>
      SignalAgent({
        http_requests: { weight: 1, type: 'count' },
        httpRequests: { weight: 2, type: 'count' },
      }),
    ).toThrow('incrementHttpRequestsCount() stands for another signal already');
  });

  it('refuses a weight that makes no score, while the class is defined', () => {
    const signals: AgentSignals = { ram: { weight: NaN, type: 'percent' } };
    expect(() => SignalAgent(signals)).toThrow('"ram" of SignalAgent cannot be used: its weight');
  });
});
