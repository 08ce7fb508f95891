import {
  Controller,
  Get,
  HttpCode,
  Injectable,
  Logger,
  UseGuards,
  type OnModuleInit,
} from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Signal } from '../decorators/signal.decorator.js';
import { MethodExplorer } from '../discovery/method.explorer.js';
import { SignalExplorer } from '../discovery/signal.explorer.js';
import { TooManySignalsError } from '../errors/too-many-signals.error.js';
import { CLOCK } from '../network/clock.js';
import { Timeline } from '../testing/timeline.js';
import { MAX_SIGNALS, SignalIngress } from './signal-ingress.js';
import { SignalMethods } from './signal-methods.js';

type Definition = Parameters<typeof Test.createTestingModule>[0];

const timeline = new Timeline();

const compile = ({ providers = [], controllers = [] }: Definition) =>
  Test.createTestingModule({
    imports: [DiscoveryModule],
    // Those of the test first, so that their hooks run before ours.
    providers: [
      ...providers,
      MethodExplorer,
      SignalExplorer,
      SignalIngress,
      SignalMethods,
      { provide: CLOCK, useValue: timeline.clock() },
    ],
    controllers,
  }).compile();

async function start(definition: Definition) {
  const app = await compile(definition);
  await app.init();
  return { app, ingress: app.get(SignalIngress), methods: app.get(SignalMethods) };
}

afterEach(() => void vi.restoreAllMocks());

@Injectable()
class Jobs {
  readonly owner = 'jobs';

  @Signal({ name: 'sync', weight: 1, type: 'count' })
  now(work: () => unknown): unknown {
    work();
    return this;
  }

  @Signal({ name: 'async', weight: 1, type: 'count' })
  async later(work: Promise<unknown>): Promise<string> {
    await work;
    return this.owner;
  }

  @Signal({ name: 'sampled', type: 'preProcessed' })
  sample(value: number): number {
    return value;
  }

  @Signal({ name: 'sampled later', type: 'preProcessed' })
  sampleLater(value: Promise<number>): Promise<number> {
    return value;
  }
}

describe('a counted method', () => {
  it('counts its calls in flight', async () => {
    const { app, ingress } = await start({ providers: [Jobs] });
    const jobs = app.get(Jobs);
    let finish: (() => void) | undefined;
    let fail: ((error: Error) => void) | undefined;
    const first = jobs.later(new Promise<void>((resolve) => (finish = resolve)));
    const second = jobs.later(new Promise((_, reject) => (fail = reject)));
    expect(ingress.score()).toBe(2);
    finish?.();
    expect(await first).toBe('jobs');
    expect(ingress.score()).toBe(1);
    fail?.(new Error('broken'));
    await expect(second).rejects.toThrow('broken');
    expect(ingress.score()).toBe(0);
  });

  it('counts a synchronous call while it runs, keeps its `this` and its result', async () => {
    const { app, ingress } = await start({ providers: [Jobs] });
    const jobs = app.get(Jobs);
    expect(jobs.now(() => expect(ingress.score()).toBe(1))).toBe(jobs);
    expect(ingress.score()).toBe(0);
  });

  it('counts down when the call throws, and passes the error on', async () => {
    const { app, ingress } = await start({ providers: [Jobs] });
    const call = () =>
      app.get(Jobs).now(() => {
        throw new RangeError('mine');
      });
    expect(call).toThrow(RangeError);
    expect(ingress.score()).toBe(0);
  });

  it('leaves a rejection that nobody handles unhandled', async () => {
    const { app } = await start({ providers: [Jobs] });
    const unhandled = vi.fn<() => void>();
    const others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection').once('unhandledRejection', unhandled);
    void app.get(Jobs).later(Promise.reject(new Error('nobody looks')));
    await new Promise(setImmediate);
    process.removeAllListeners('unhandledRejection');
    for (const listener of others) process.on('unhandledRejection', listener);
    expect(unhandled).toHaveBeenCalledOnce();
  });

  it('is counted also for those that took hold of it before we did', async () => {
    @Injectable()
    class Scheduler implements OnModuleInit {
      run: (() => unknown) | undefined;
      constructor(private readonly jobs: Jobs) {}
      onModuleInit(): void {
        const method = this.jobs.later;
        this.run = () => method.call(this.jobs, new Promise(() => {}));
      }
    }
    const { app, ingress } = await start({ providers: [Jobs, Scheduler] });
    void app.get(Scheduler).run?.();
    expect(ingress.score()).toBe(1);
  });

  it('counts for its own application, where one process runs several', async () => {
    const one = await start({ providers: [Jobs] });
    const other = await start({ providers: [Jobs] });
    void one.app.get(Jobs).later(new Promise(() => {}));
    expect([one.ingress.score(), other.ingress.score()]).toEqual([1, 0]);
  });
});

describe('a counted route', () => {
  it('is still a route, with everything that other decorators gave it', async () => {
    const guard = { canActivate: vi.fn<() => boolean>(() => true) };
    let inFlight = 0;
    @Controller('orders')
    class Orders {
      constructor(private readonly signals: SignalIngress) {}

      @Get('above')
      @HttpCode(202)
      @UseGuards(guard)
      @Signal({ name: 'http', weight: 5, type: 'count' })
      above(): string {
        inFlight = this.signals.score();
        return 'above';
      }

      @Signal({ name: 'http', weight: 5, type: 'count' })
      @Get('below')
      @HttpCode(202)
      @UseGuards(guard)
      async below(): Promise<string> {
        inFlight = this.signals.score();
        return 'below';
      }
    }
    const module = await compile({ controllers: [Orders] });
    const app = module.createNestApplication({ logger: false });
    await app.init();
    for (const path of ['above', 'below']) {
      inFlight = 0;
      await request(app.getHttpServer()).get(`/orders/${path}`).expect(202, path);
      expect(inFlight).toBe(5);
    }
    expect(guard.canActivate).toHaveBeenCalledTimes(2);
    expect(app.get(SignalIngress).score()).toBe(0);
    await app.close();
  });
});

describe('a sampled method', () => {
  it('signals what it returns, at once or later', async () => {
    const { app, ingress } = await start({ providers: [Jobs] });
    const jobs = app.get(Jobs);
    expect(jobs.sample(3)).toBe(3);
    expect(ingress.score()).toBe(3);
    expect(await jobs.sampleLater(Promise.resolve(4))).toBe(4);
    expect(ingress.score()).toBe(7);
  });

  it('signals nothing when it fails', async () => {
    const { app, ingress } = await start({ providers: [Jobs] });
    const failing = app.get(Jobs).sampleLater(Promise.reject(new Error('no sensor')));
    await expect(failing).rejects.toThrow('no sensor');
    expect(ingress.score()).toBe(0);
  });

  it('has no part in the score before the first sample', async () => {
    const { ingress } = await start({ providers: [Jobs] });
    expect(ingress.score()).toBe(0);
  });
});

describe('a polled method', () => {
  it('is asked at the start, then `every` so often, until the stop', async () => {
    const poll = vi.fn<() => number>(() => 2);
    @Injectable()
    class Queue {
      @Signal({ name: 'depth', type: 'preProcessed', every: 1_000 })
      depth(): number {
        return poll();
      }
    }
    const { ingress, methods } = await start({ providers: [Queue] });
    await timeline.advance(5_000);
    expect(poll).not.toHaveBeenCalled();
    methods.start();
    expect(ingress.score()).toBe(2);
    await timeline.advance(3_500);
    expect(poll).toHaveBeenCalledTimes(4);
    methods.stop();
    await timeline.advance(10_000);
    expect(poll).toHaveBeenCalledTimes(4);
  });

  it('is not asked again while it has not answered, nor after a stop meanwhile', async () => {
    const answers: ((depth: number) => void)[] = [];
    @Injectable()
    class Queue {
      @Signal({ name: 'depth', type: 'preProcessed', every: 1_000 })
      depth(): Promise<number> {
        return new Promise((resolve) => void answers.push(resolve));
      }
    }
    const { ingress, methods } = await start({ providers: [Queue] });
    methods.start();
    await timeline.advance(60_000);
    expect(answers).toHaveLength(1);
    answers[0]?.(7);
    await timeline.advance(1_000);
    expect(ingress.score()).toBe(7);
    expect(answers).toHaveLength(2);
    methods.stop();
    answers[1]?.(8);
    await timeline.advance(60_000);
    expect(answers).toHaveLength(2);
  });

  it('is asked on after a failure, which is logged once until it works again', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    let broken = true;
    @Injectable()
    class Queue {
      @Signal({ name: 'depth', type: 'preProcessed', every: 1_000 })
      depth(): number {
        if (broken) throw new Error('no sensor');
        return 7;
      }
    }
    const { ingress, methods } = await start({ providers: [Queue] });
    methods.start();
    await timeline.advance(10_000);
    expect(warn).toHaveBeenCalledOnce();
    expect(warn.mock.calls[0]?.[0]).toContain('Queue.depth');
    broken = false;
    await timeline.advance(1_000);
    expect(ingress.score()).toBe(7);
    broken = true;
    await timeline.advance(1_000);
    expect(warn).toHaveBeenCalledTimes(2);
    methods.stop();
  });
});

describe('too many signals', () => {
  it('stop the application at the start, not a request later on', async () => {
    const app = await compile({ providers: [Jobs] });
    const ingress = app.get(SignalIngress);
    for (let i = 0; i < MAX_SIGNALS; i++) {
      ingress.announce({ name: `jobs_of_${i}`, type: 'count', weight: 1 });
    }
    await expect(app.init()).rejects.toThrow(TooManySignalsError);
  });
});
