import { Injectable, Logger } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { Subject } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { OnRoleUpdate } from '../decorators/on-role-update.decorator.js';
import { MethodExplorer } from '../discovery/method.explorer.js';
import type { RoleEvent } from './role-event.js';
import { RoleMgmtService } from './role-mgmt.service.js';
import { RoleUpdateNotifier } from './role-update.notifier.js';

const event: RoleEvent = { type: 'started', role: 'mail', slot: 0, epoch: 1, node: 'a', at: 7 };

@Injectable()
class Watcher {
  readonly seen: unknown[] = [];

  @OnRoleUpdate()
  throws(): void {
    throw new Error('thrown');
  }

  @OnRoleUpdate()
  async rejects(): Promise<void> {
    throw new Error('rejected');
  }

  @OnRoleUpdate()
  watches(update: RoleEvent): void {
    this.seen.push(update);
  }
}

describe('@OnRoleUpdate handlers', () => {
  it('are told every event, and those that fail are logged by name and disturb nobody', async () => {
    const errors = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
    const events$ = new Subject<RoleEvent>();
    const module = await Test.createTestingModule({
      imports: [DiscoveryModule],
      providers: [
        Watcher,
        MethodExplorer,
        RoleUpdateNotifier,
        { provide: RoleMgmtService, useValue: { events$ } },
      ],
    }).compile();
    await module.init();

    events$.next(event);
    events$.next({ ...event, type: 'released' });
    await new Promise((resolve) => void setImmediate(resolve));

    expect(module.get(Watcher).seen).toEqual([event, { ...event, type: 'released' }]);
    expect(new Set(errors.mock.calls.map(([message]) => String(message)))).toEqual(
      new Set([
        'Watcher.throws failed on "started" of role mail',
        'Watcher.rejects failed on "started" of role mail',
        'Watcher.throws failed on "released" of role mail',
        'Watcher.rejects failed on "released" of role mail',
      ]),
    );
    errors.mockRestore();
  });
});
