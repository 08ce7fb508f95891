import { Injectable, Logger } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { Subject } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { OnNodeUpdate } from '../decorators/on-node-update.decorator.js';
import { MethodExplorer } from '../discovery/method.explorer.js';
import type { MembershipEvent } from './cluster-node.js';
import { CoreServerService } from './core-server.service.js';
import { NodeUpdateNotifier } from './node-update.notifier.js';

const event = (type: MembershipEvent['type']): MembershipEvent => ({
  type,
  node: {
    id: 'b@127.0.0.2:33000',
    name: 'b',
    address: '127.0.0.2',
    port: 33_000,
    status: 'alive',
    labels: {},
    startedAt: 1,
    self: false,
    lastChange: 2,
  },
  at: 2,
});

@Injectable()
class Watcher {
  readonly seen: MembershipEvent[] = [];

  @OnNodeUpdate()
  throws(): void {
    throw new Error('thrown');
  }

  @OnNodeUpdate()
  async rejects(): Promise<void> {
    throw new Error('rejected');
  }

  @OnNodeUpdate()
  throwsText(): void {
    // oxlint-disable-next-line typescript/only-throw-error -- what an application may do
    throw 'text';
  }

  @OnNodeUpdate()
  watches(update: MembershipEvent): void {
    this.seen.push(update);
  }
}

afterEach(() => vi.restoreAllMocks());

describe('@OnNodeUpdate handlers', () => {
  it('are told every event in its turn, and those that fail are logged by name and disturb nobody', async () => {
    const errors = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
    const membership$ = new Subject<MembershipEvent>();
    const module = await Test.createTestingModule({
      imports: [DiscoveryModule],
      providers: [
        Watcher,
        MethodExplorer,
        NodeUpdateNotifier,
        { provide: CoreServerService, useValue: { membership$ } },
      ],
    }).compile();
    await module.init();

    membership$.next(event('joined'));
    expect(module.get(Watcher).seen).toEqual([event('joined')]);
    membership$.next(event('down'));
    expect(module.get(Watcher).seen).toEqual([event('joined'), event('down')]);

    await new Promise((resolve) => void setImmediate(resolve));
    const messages = errors.mock.calls.map(([message]) => String(message)).toSorted();
    expect(messages).toEqual([
      'Watcher.rejects failed on "down" of b@127.0.0.2:33000',
      'Watcher.rejects failed on "joined" of b@127.0.0.2:33000',
      'Watcher.throws failed on "down" of b@127.0.0.2:33000',
      'Watcher.throws failed on "joined" of b@127.0.0.2:33000',
      'Watcher.throwsText failed on "down" of b@127.0.0.2:33000',
      'Watcher.throwsText failed on "joined" of b@127.0.0.2:33000',
    ]);
    await module.close();
  });
});
