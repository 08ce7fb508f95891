import { Injectable, Module, type Type } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  RESOLVED_OPTIONS,
  type ConfiguredRole,
  type SplitBrainOptions,
} from '../beethoven.options.js';
import { Role } from '../decorators/role.decorator.js';
import { DuplicateRoleError } from '../errors/duplicate-role.error.js';
import { RoleDefinitionError } from '../errors/role-definition.error.js';
import { RoleExplorer } from './role.explorer.js';

const constructed: string[] = [];
beforeEach(() => void (constructed.length = 0));

@Injectable()
class Mailer {
  readonly sent: string[] = [];
}

@Role({ name: 'reports', instances: 2, args: { queue: 'daily' } })
class Reports {
  constructor(readonly mailer: Mailer) {
    constructed.push('reports');
  }
  onRoleStart(): void {}
}

class Sweep {
  constructor() {
    constructed.push('sweep');
  }
  onRoleStart(): void {}
}

@Injectable()
class Digest {
  constructor(readonly mailer: Mailer) {
    constructed.push('digest');
  }
  onRoleStart(): void {}
}

async function explore(
  providers: Type[],
  roles: ConfiguredRole[] = [],
  modules: Type[] = [],
  splitBrain: SplitBrainOptions = { strategy: 'keep-all' },
): Promise<RoleExplorer['definitions']> {
  @Module({
    imports: [DiscoveryModule],
    providers: [RoleExplorer, { provide: RESOLVED_OPTIONS, useValue: { roles, splitBrain } }],
  })
  class Library {}

  @Module({ imports: [Library, ...modules], providers })
  class Feature {}

  const app = await Test.createTestingModule({ imports: [Feature] }).compile();
  await app.init();
  return app.get(RoleExplorer, { strict: false }).definitions;
}

describe('the role explorer', () => {
  it('finds a provider with @Role, with every default filled in', async () => {
    const definitions = await explore([Mailer, Reports]);
    expect([...definitions.keys()]).toEqual(['reports']);
    expect(definitions.get('reports')).toMatchObject({
      name: 'reports',
      instances: 2,
      args: { queue: 'daily' },
      safety: 'available',
      handoff: 'stop-first',
      restart: { maxRestarts: 3, within: 5_000 },
      stopTimeout: 10_000,
      className: 'Reports',
    });
  });

  it('constructs nothing at boot, and a new instance with its dependencies for each activation', async () => {
    const definition = (await explore([Mailer, Reports])).get('reports')!;
    expect(constructed).toEqual([]);

    const first = (await definition.create()) as Reports;
    const second = (await definition.create()) as Reports;

    expect(constructed).toEqual(['reports', 'reports']);
    expect(first).toBeInstanceOf(Reports);
    expect(second).not.toBe(first);
    expect(first.mailer).toBeInstanceOf(Mailer);
    expect(second.mailer).toBe(first.mailer);
  });

  it('takes roles by configuration, for a class that nobody provides', async () => {
    const configured = { name: 'sweep', role: Sweep, instances: 3, args: 7 };
    const definition = (await explore([], [configured])).get('sweep')!;
    expect(definition).toMatchObject({ instances: 3, args: 7, className: 'Sweep' });
    expect(await definition.create()).toBeInstanceOf(Sweep);
    expect(await definition.create()).toBeInstanceOf(Sweep);
    expect(constructed).toEqual(['sweep', 'sweep']);
  });

  it('injects into a configured class what the module that provides it can see', async () => {
    const configured = { name: 'digest', role: Digest, instances: 1 };
    const definition = (await explore([Mailer, Digest], [configured])).get('digest')!;
    constructed.length = 0;
    const [first, second] = [await definition.create(), await definition.create()] as [
      Digest,
      Digest,
    ];
    expect(constructed).toEqual(['digest', 'digest']);
    expect(first).not.toBe(second);
    expect(first.mailer).toBeInstanceOf(Mailer);
  });

  it('finds one class once, however many modules provide it', async () => {
    @Module({ providers: [Mailer, Reports] })
    class Other {}
    expect((await explore([Mailer, Reports], [], [Other])).size).toBe(1);
  });

  it('does not take the subclass of a role for a second one', async () => {
    class Monthly extends Reports {}
    Injectable()(Monthly);
    expect([...(await explore([Mailer, Reports, Monthly])).keys()]).toEqual(['reports']);
  });

  it('stops the start when two roles have one name, and names both classes', async () => {
    const configured = { name: 'reports', role: Sweep, instances: 1 };
    const start = explore([Mailer, Reports], [configured]);
    await expect(start).rejects.toThrow(DuplicateRoleError);
    await expect(start).rejects.toThrow(/"reports" is used by Reports and by Sweep/);
  });

  it('stops the start when a role was made a singleton', async () => {
    @Injectable()
    @Role({ name: 'single' })
    class Single {
      onRoleStart(): void {}
    }
    await expect(explore([Single])).rejects.toThrow(/Single .* transient/);
  });

  it.each([
    ['an empty name', { name: '' }, /name/],
    ['a name that a decoder would drop', { name: '__proto__' }, /name/],
    ['no instances', { name: 'a', instances: 0 }, /instances: got 0/],
    ['no name', { instances: 2 } as never, /name: got undefined, wanted a name of 1 to 128/],
    ['half an instance', { name: 'a', instances: 0.5 }, /instances/],
    ['a negative stopTimeout', { name: 'a', stopTimeout: -1 }, /stopTimeout: got -1/],
    ['no time to restart within', { name: 'a', restart: { within: 0 } }, /restart.within/],
    ['endless restarts', { name: 'a', restart: { maxRestarts: Infinity } }, /restart.maxRestarts/],
    [
      'an order of hand-over that does not exist',
      { name: 'a', handoff: 'both' as never },
      /handoff/,
    ],
    [
      'an arbiter that does not exist',
      { name: 'a', safety: 'lease' as never },
      /safety: got "lease".*no external arbiter/,
    ],
    [
      'a promise never to run twice, and a wish to',
      { name: 'a', safety: 'quorum' as const, handoff: 'start-first' as const },
      /handoff: got 'start-first'/,
    ],
  ])('stops the start on %s', async (_, options, message) => {
    @Role(options)
    class Bad {
      onRoleStart(): void {}
    }
    const start = explore([Bad]);
    await expect(start).rejects.toThrow(RoleDefinitionError);
    await expect(start).rejects.toThrow(message);
    await expect(start).rejects.toThrow(/Bad/);
  });

  it('takes a quorum role only where there is a strategy to say what a quorum is', async () => {
    @Role({ name: 'ledger', safety: 'quorum' })
    class Ledger {
      onRoleStart(): void {}
    }
    await expect(explore([Ledger])).rejects.toThrow(/Ledger.*splitBrain/);
    const strategy = { strategy: 'static-quorum', quorumSize: 2 } as const;
    const definitions = await explore([Ledger], [], [], strategy);
    expect(definitions.get('ledger')?.safety).toBe('quorum');
  });

  it('names every bad option at once', async () => {
    @Role({ name: '', instances: -3 })
    class Worse {
      onRoleStart(): void {}
    }
    await expect(explore([Worse])).rejects.toThrow(/name.*instances/);
  });
});
