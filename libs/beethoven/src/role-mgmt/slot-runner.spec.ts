import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Timeline } from '../testing/timeline.js';
import type { RoleDefinition } from './role-definition.js';
import type { OnRoleStart, OnRoleStop, RoleContext, RoleStopReason } from './role-hooks.js';
import { SlotRunner } from './slot-runner.js';

type Hooks = Partial<OnRoleStart & OnRoleStop>;

/** A runner whose nth instance behaves as the nth entry says; the last entry holds for all that follow. */
function runnerOf(instances: Hooks[], options: Partial<RoleDefinition> = {}) {
  const timeline = new Timeline();
  const log: string[] = [];
  const contexts: RoleContext[] = [];
  let created = 0;
  const definition: RoleDefinition = {
    name: 'mail',
    instances: 1,
    args: { queue: 'daily' },
    safety: 'available',
    handoff: 'stop-first',
    restart: { maxRestarts: 3, within: 5_000 },
    stopTimeout: 1_000,
    className: 'MailRole',
    create: async () => {
      const number = ++created;
      const hooks = instances[Math.min(number, instances.length) - 1]!;
      return {
        onRoleStart(context) {
          contexts.push(context);
          log.push(`start ${number}`);
          return hooks.onRoleStart?.(context);
        },
        async onRoleStop(reason: RoleStopReason) {
          await hooks.onRoleStop?.(reason);
          log.push(`stop ${number} ${reason}`);
        },
      };
    },
    ...options,
  };
  const place = { slot: 0, epoch: 3, node: 'a@127.0.0.1:1' };
  const runner = new SlotRunner(definition, place, timeline.clock(), {
    running: () => log.push('running'),
    gaveUp: () => log.push('gave up'),
  });
  return { timeline, runner, log, contexts };
}

const crash: Hooks = {
  onRoleStart() {
    throw new Error('broken');
  },
};
const untilAborted: Hooks = {
  onRoleStart: ({ signal }) =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
};

const errors = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
const warnings = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});
beforeEach(() => {
  errors.mockClear();
  warnings.mockClear();
});

describe('a slot runner', () => {
  it('tells the instance what it is to know', async () => {
    const { timeline, runner, contexts } = runnerOf([{}]);
    runner.start();
    await timeline.advance(0);
    expect(contexts).toEqual([
      {
        role: 'mail',
        slot: 0,
        epoch: 3,
        args: { queue: 'daily' },
        node: 'a@127.0.0.1:1',
        signal: expect.any(AbortSignal) as AbortSignal,
      },
    ]);
  });

  it('runs once onRoleStart has returned', async () => {
    const { timeline, runner, log } = runnerOf([{}]);
    runner.start();
    expect(runner.state).toBe('starting');
    await timeline.advance(0);
    expect([runner.state, log]).toEqual(['running', ['start 1', 'running']]);
  });

  it('runs once the promise of onRoleStart has resolved', async () => {
    let finish!: () => void;
    const started = new Promise<void>((resolve) => (finish = resolve));
    const { timeline, runner, log } = runnerOf([{ onRoleStart: () => started }]);
    runner.start();
    await timeline.advance(50);
    expect(runner.state).toBe('starting');
    finish();
    await timeline.advance(0);
    expect([runner.state, log]).toEqual(['running', ['start 1', 'running']]);
  });

  it('runs, after a moment, while it works inside onRoleStart', async () => {
    const { timeline, runner, log } = runnerOf([untilAborted]);
    runner.start();
    await timeline.advance(99);
    expect(runner.state).toBe('starting');
    await timeline.advance(1);
    expect([runner.state, log]).toEqual(['running', ['start 1', 'running']]);
  });

  it.each<[string, Hooks]>([
    ['throws', crash],
    ['rejects', { onRoleStart: () => Promise.reject(new Error('broken')) }],
  ])('follows an instance that %s with a new one', async (_, first) => {
    const { timeline, runner, log } = runnerOf([first, {}]);
    runner.start();
    await timeline.advance(0);
    expect(log).toEqual(['start 1', 'stop 1 crash', 'start 2', 'running']);
    expect(errors.mock.calls[0]?.[0]).toMatch(/MailRole .*mail\/0, epoch 3.* crashed/);
  });

  it('follows an instance that fails late with a new one', async () => {
    let fail!: (error: Error) => void;
    const work = new Promise<void>((_, reject) => (fail = reject));
    const { timeline, runner, log, contexts } = runnerOf([{ onRoleStart: () => work }, {}]);
    runner.start();
    await timeline.advance(60_000);
    expect(runner.state).toBe('running');
    fail(new Error('lost its database'));
    await timeline.advance(0);
    expect(log).toEqual(['start 1', 'running', 'stop 1 crash', 'start 2', 'running']);
    expect(contexts[0]!.signal.aborted).toBe(true);
    expect(contexts[1]!.signal.aborted).toBe(false);
  });

  it('counts an instance that cannot be constructed as a crash', async () => {
    const { timeline, runner, log } = runnerOf([{}], {
      create: () => Promise.reject(new Error('no such provider')),
      restart: { maxRestarts: 1, within: 5_000 },
    });
    runner.start();
    await timeline.advance(0);
    expect(log).toEqual(['gave up']);
    expect(errors).toHaveBeenCalledTimes(2);
  });

  it('gives up beyond the restart limit, with no instance left', async () => {
    const { timeline, runner, log } = runnerOf([crash]);
    runner.start();
    await timeline.advance(60_000);
    const starts = log.filter((entry) => entry.startsWith('start'));
    expect(starts).toHaveLength(4);
    expect(log.slice(-2)).toEqual(['stop 4 crash', 'gave up']);
  });

  it('restarts for ever what fails rarely', async () => {
    const failing: Hooks = {
      onRoleStart: () => new Promise((_, reject) => void timers.push(() => reject(new Error('x')))),
    };
    const timers: (() => void)[] = [];
    const { timeline, runner, log } = runnerOf([failing]);
    runner.start();
    for (let i = 0; i < 20; i++) {
      await timeline.advance(2_000);
      timers.pop()?.();
    }
    await timeline.advance(200);
    expect(log.filter((entry) => entry.startsWith('start'))).toHaveLength(21);
    expect(log).not.toContain('gave up');
  });

  it('never lets two instances overlap: a restart waits for the stop', async () => {
    let stopped!: () => void;
    const stopping = new Promise<void>((resolve) => (stopped = resolve));
    const slow: Hooks = { ...crash, onRoleStop: () => stopping };
    const { timeline, runner, log } = runnerOf([slow, {}]);
    runner.start();
    await timeline.advance(500);
    expect(log).toEqual(['start 1']);
    stopped();
    await timeline.advance(0);
    expect(log).toEqual(['start 1', 'stop 1 crash', 'start 2', 'running']);
  });

  it('fires the signal at once, before onRoleStop, and waits for both hooks', async () => {
    const { timeline, runner, log, contexts } = runnerOf([untilAborted]);
    runner.start();
    await timeline.advance(200);
    const { signal } = contexts[0]!;
    signal.addEventListener('abort', () => log.push('abort'));
    const stopped = runner.stop('drain');
    expect([signal.aborted, runner.state]).toEqual([true, 'stopping']);
    await stopped;
    expect(log).toEqual(['start 1', 'running', 'abort', 'stop 1 drain']);
    expect(warnings).not.toHaveBeenCalled();
  });

  it('takes a rejection after the signal for an end, not for a crash', async () => {
    const interrupted: Hooks = {
      onRoleStart: ({ signal }) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(new Error('aborted'))),
        ),
    };
    const { timeline, runner, log } = runnerOf([interrupted]);
    runner.start();
    await timeline.advance(200);
    await runner.stop('superseded');
    await timeline.advance(10_000);
    expect(log).toEqual(['start 1', 'running', 'stop 1 superseded']);
    expect(errors).not.toHaveBeenCalled();
  });

  it('waits for a stop no longer than stopTimeout, and says who is to blame', async () => {
    const { timeline, runner } = runnerOf([{ onRoleStop: () => new Promise(() => {}) }]);
    runner.start();
    await timeline.advance(0);
    let stopped = false;
    void runner.stop('drain').then(() => (stopped = true));
    await timeline.advance(999);
    expect(stopped).toBe(false);
    await timeline.advance(1);
    expect(stopped).toBe(true);
    expect(warnings.mock.calls[0]?.[0]).toMatch(/MailRole .*1000 ms/);
  });

  it('goes on when onRoleStop throws', async () => {
    const { timeline, runner } = runnerOf([
      { onRoleStop: () => Promise.reject(new Error('cannot stop')) },
    ]);
    runner.start();
    await timeline.advance(0);
    await runner.stop('drain');
    expect(errors.mock.calls[0]?.[0]).toMatch(/onRoleStop of MailRole/);
  });

  it('starts nothing when it is stopped while the instance is being made', async () => {
    let made!: (instance: OnRoleStart) => void;
    const onRoleStart = vi.fn<() => void>();
    const { timeline, runner, log } = runnerOf([{}], {
      create: () => new Promise((resolve) => (made = resolve)),
    });
    runner.start();
    const stopped = runner.stop('superseded');
    made({ onRoleStart });
    await stopped;
    await timeline.advance(1_000);
    expect(onRoleStart).not.toHaveBeenCalled();
    expect(log).toEqual([]);
  });

  it('starts nothing when it is stopped between a crash and the restart', async () => {
    const slow: Hooks = { ...crash, onRoleStop: () => new Promise(() => {}) };
    const { timeline, runner, log } = runnerOf([slow, {}]);
    runner.start();
    await timeline.advance(500);
    void runner.stop('drain');
    await timeline.advance(60_000);
    expect(log).toEqual(['start 1']);
  });

  it('stops once, however often it is asked to', async () => {
    const { timeline, runner, log } = runnerOf([{}]);
    runner.start();
    await timeline.advance(0);
    await Promise.all([runner.stop('drain'), runner.stop('superseded')]);
    expect(log).toEqual(['start 1', 'running', 'stop 1 drain']);
  });
});
