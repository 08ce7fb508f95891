import { describe, expect, it } from 'vitest';
import type { RoleEvent } from '../role-mgmt/role-event.js';
import { ON_ROLE_UPDATE_METADATA, OnRoleUpdate } from './on-role-update.decorator.js';

describe('@OnRoleUpdate', () => {
  it('marks a method, whether or not it wants the event', () => {
    class Watcher {
      @OnRoleUpdate()
      changed(_event: RoleEvent): void {}

      @OnRoleUpdate()
      async anything(): Promise<void> {}
    }
    for (const method of [Watcher.prototype.changed, Watcher.prototype.anything]) {
      expect(Reflect.getMetadata(ON_ROLE_UPDATE_METADATA, method)).toBe(true);
    }
  });

  it('refuses, at compile time, a handler of something else', () => {
    class Watcher {
      // @ts-expect-error: the handler is given an event, not a text
      @OnRoleUpdate()
      named(_role: string): void {}

      // @ts-expect-error: a field is no handler
      @OnRoleUpdate()
      field = 1;
    }
    expect(Watcher).toBeDefined();
  });
});
