import { Injectable, Logger } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';

/** A method that carries a decorator of ours, with the provider it lives on. */
export interface DecoratedMethod<Metadata> {
  readonly metadata: Metadata;
  readonly instance: Record<string, (...args: unknown[]) => unknown>;
  readonly method: string;
  /** `Class.method`, for log lines. */
  readonly name: string;
}

type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];
type Prototype = Record<string, unknown> & { readonly constructor: { readonly name: string } };

/** Finds decorated methods on the providers and controllers of the application. Finds, starts nothing. */
@Injectable()
export class MethodExplorer {
  readonly #logger = new Logger(MethodExplorer.name);

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  /**
   * Each method once for each instance, under whatever tokens the instance is provided. A provider that is made anew for each
   * injection or request has no one instance to call: it is warned about by name.
   */
  find<Metadata>(key: symbol, decorator: string): DecoratedMethod<Metadata>[] {
    const found: DecoratedMethod<Metadata>[] = [];
    const seen = new Set<unknown>();
    for (const wrapper of [...this.discovery.getProviders(), ...this.discovery.getControllers()]) {
      const prototype = prototypeOf(wrapper);
      if (prototype === undefined || seen.has(wrapper.instance)) continue;
      seen.add(wrapper.instance);
      // By prototype, never by instance: the scanner remembers for ever what it was asked about.
      for (const method of this.scanner.getAllMethodNames(prototype)) {
        const metadata = Reflect.getMetadata(key, prototype[method] as object) as
          Metadata | undefined;
        if (metadata === undefined) continue;
        const name = `${prototype.constructor.name}.${method}`;
        if (!wrapper.isDependencyTreeStatic() || wrapper.isTransient) {
          this.#logger.warn(
            `${decorator} on ${name} is ignored: its provider is not a singleton. Move the method to one that is.`,
          );
          continue;
        }
        const instance = wrapper.instance as DecoratedMethod<Metadata>['instance'];
        found.push({ metadata, instance, method, name });
      }
    }
    return found;
  }
}

/** Of a value, or of what a factory made, only the instance knows its class. */
function prototypeOf({ metatype, instance, isNotMetatype }: Wrapper): Prototype | undefined {
  if (!isNotMetatype) return metatype?.prototype as Prototype | undefined;
  if (typeof instance !== 'object' || instance === null) return undefined;
  const prototype = Reflect.getPrototypeOf(instance) as Prototype | null;
  return prototype === null || prototype === Object.prototype ? undefined : prototype;
}
