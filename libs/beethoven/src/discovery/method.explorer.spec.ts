import { Controller, Injectable, Logger, Scope, SetMetadata } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MethodExplorer } from './method.explorer.js';

const KEY = Symbol('marked');
const Marked = (label: string) => SetMetadata(KEY, label);

@Injectable()
class Plain {
  readonly greeting = 'hello';

  @Marked('one')
  one(): string {
    return this.greeting;
  }

  unmarked(): void {}

  get trap(): never {
    throw new Error('a getter is not to be touched');
  }
}

class Base {
  @Marked('inherited')
  inherited(): void {}
}

@Injectable()
class Heir extends Base {
  @Marked('own')
  own(): void {}
}

@Controller()
class Routes {
  @Marked('route')
  route(): void {}
}

type Definition = Parameters<typeof Test.createTestingModule>[0];

const create = (definition: Definition): TestingModuleBuilder =>
  Test.createTestingModule({
    ...definition,
    imports: [DiscoveryModule],
    providers: [MethodExplorer, ...(definition.providers ?? [])],
  });

async function find(definition: Definition) {
  const app = await create(definition).compile();
  return app.get(MethodExplorer).find<string>(KEY, '@Marked');
}

afterEach(() => void vi.restoreAllMocks());

describe('decorated methods', () => {
  it('are found with their instance, on providers and on controllers', async () => {
    const found = await find({ providers: [Plain], controllers: [Routes] });
    expect(found.map(({ name, metadata }) => [name, metadata])).toEqual([
      ['Plain.one', 'one'],
      ['Routes.route', 'route'],
    ]);
    expect(found[0]?.instance['one']?.()).toBe('hello');
  });

  it('are found where a base class has them', async () => {
    const found = await find({ providers: [Heir] });
    expect(found.map(({ name }) => name).toSorted()).toEqual(['Heir.inherited', 'Heir.own']);
  });

  it('are found on values, and on what factories make', async () => {
    const found = await find({
      providers: [
        { provide: 'value', useValue: new Plain() },
        { provide: 'factory', useFactory: () => new Heir() },
        { provide: 'promise', useFactory: () => Promise.resolve(new Routes()) },
      ],
    });
    expect(found.map(({ name }) => name).toSorted()).toEqual([
      'Heir.inherited',
      'Heir.own',
      'Plain.one',
      'Routes.route',
    ]);
  });

  it('are found once, under whatever tokens one instance is provided', async () => {
    const found = await find({
      providers: [Plain, { provide: 'alias', useExisting: Plain }],
    });
    expect(found).toHaveLength(1);
  });

  it('are found on the substitute of an overridden provider, not on what it replaces', async () => {
    const app = await create({ providers: [Plain] })
      .overrideProvider(Plain)
      .useValue(new Routes())
      .compile();
    const found = app.get(MethodExplorer).find<string>(KEY, '@Marked');
    expect(found.map(({ name }) => name)).toEqual(['Routes.route']);
  });

  it('are not looked for in values of no class', async () => {
    const values = [null, undefined, 7, 'text', {}, Object.create(null), () => {}, Plain];
    const providers = values.map((useValue, index) => ({ provide: `value ${index}`, useValue }));
    expect(await find({ providers })).toEqual([]);
  });

  it('are warned about by name where there is no one instance', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    @Injectable({ scope: Scope.REQUEST })
    class PerRequest {
      @Marked('request')
      handle(): void {}
    }
    @Injectable({ scope: Scope.TRANSIENT })
    class PerInjection {
      @Marked('transient')
      handle(): void {}
    }
    expect(await find({ providers: [PerRequest, PerInjection] })).toEqual([]);
    expect(warn.mock.calls.map(([text]) => String(text).split(':')[0])).toEqual([
      '@Marked on PerRequest.handle is ignored',
      '@Marked on PerInjection.handle is ignored',
    ]);
  });
});
