import { describe, expect, it } from 'vitest';
import type { MembershipEvent } from '../core-server/cluster-node.js';
import { ON_NODE_UPDATE_METADATA, OnNodeUpdate } from './on-node-update.decorator.js';

describe('@OnNodeUpdate', () => {
  it('marks a method, whether or not it wants the event', () => {
    class Watcher {
      @OnNodeUpdate()
      changed(_event: MembershipEvent): void {}

      @OnNodeUpdate()
      async anything(): Promise<void> {}
    }
    for (const method of [Watcher.prototype.changed, Watcher.prototype.anything]) {
      expect(Reflect.getMetadata(ON_NODE_UPDATE_METADATA, method)).toBe(true);
    }
  });

  it('refuses, at compile time, a handler of something else', () => {
    class Watcher {
      // @ts-expect-error: the handler is given an event, not an id
      @OnNodeUpdate()
      named(_id: string): void {}

      // @ts-expect-error: the handler is given one thing
      @OnNodeUpdate()
      two(_event: MembershipEvent, _more: number): void {}

      // @ts-expect-error: a field is no handler
      @OnNodeUpdate()
      field = 1;
    }
    expect(Watcher).toBeDefined();
  });
});
