import { Scope } from '@nestjs/common';
import { SCOPE_OPTIONS_METADATA } from '@nestjs/common/constants.js';
import { describe, expect, it } from 'vitest';
import type { RoleContext, RoleStopReason } from '../role-mgmt/role-hooks.js';
import { ROLE_METADATA, Role } from './role.decorator.js';

describe('@Role', () => {
  it('keeps its options on the class and makes each injection a new instance', () => {
    @Role({ name: 'reports', instances: 2, handoff: 'start-first', restart: { maxRestarts: 0 } })
    class Reports {
      onRoleStart(_context: RoleContext<{ queue: string }>): void {}
      async onRoleStop(_reason: RoleStopReason): Promise<void> {}
    }
    expect(Reflect.getMetadata(ROLE_METADATA, Reports)).toEqual({
      name: 'reports',
      instances: 2,
      handoff: 'start-first',
      restart: { maxRestarts: 0 },
    });
    expect(Reflect.getMetadata(SCOPE_OPTIONS_METADATA, Reports)).toEqual({
      scope: Scope.TRANSIENT,
    });
  });

  it('refuses, at compile time, a class that could not start', () => {
    // @ts-expect-error: no onRoleStart
    @Role({ name: 'idle' })
    class Idle {}
    expect(Idle).toBeDefined();
  });

  it('refuses, at compile time, hooks of another shape', () => {
    // @ts-expect-error: onRoleStart is given a context, not a number
    @Role({ name: 'wrong-start' })
    class WrongStart {
      onRoleStart(_epoch: number): void {}
    }
    // @ts-expect-error: onRoleStop is given a reason, not a number
    @Role({ name: 'wrong-stop' })
    class WrongStop {
      onRoleStart(): void {}
      onRoleStop(_reason: number): void {}
    }
    expect([WrongStart, WrongStop]).toHaveLength(2);
  });

  it('refuses, at compile time, options that it does not know, and methods', () => {
    const misuse = [
      // @ts-expect-error: no name
      () => Role({ instances: 1 }),
      // @ts-expect-error: no such order
      () => Role({ name: 'a', handoff: 'sometimes' }),
      // @ts-expect-error: no arbiter could decide it
      () => Role({ name: 'a', safety: 'lease' }),
      // @ts-expect-error: no such option
      () => Role({ name: 'a', replicas: 2 }),
      // @ts-expect-error: no options
      () => Role(),
    ];
    class Methods {
      // @ts-expect-error: a method is no role
      @Role({ name: 'method' })
      run(): void {}
    }
    expect([misuse.length, Methods]).toEqual([5, Methods]);
  });
});
