/** Stands round a call of a method: it makes the call, and gives back what the caller gets. */
export type Around = (call: () => unknown) => unknown;

const taps = new WeakMap<object, WeakMap<object, Around>>();

/**
 * Makes a method observable on single instances later on, and changes nothing until then. A decorator does this while the
 * class is defined, because every other library that takes hold of a method (a route, a cron job, a listener, a `bind` in a
 * constructor) keeps the function it found: what is put in its place at start is too late for those that came first.
 * Which calls are observed is no matter of the class: one process may run several applications of it.
 */
export function tapMethod(descriptor: PropertyDescriptor): void {
  const original = descriptor.value as (...args: unknown[]) => unknown;
  const arounds = new WeakMap<object, Around>();
  const tapped = function (this: object, ...args: unknown[]): unknown {
    const around = arounds.get(this);
    return around === undefined
      ? original.apply(this, args)
      : around(() => original.apply(this, args));
  };
  // What other decorators have put on the method, such as a route, has to be found on the new function as well.
  for (const key of Reflect.getOwnMetadataKeys(original)) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, original), tapped);
  }
  Object.defineProperties(tapped, {
    name: { value: original.name, configurable: true },
    length: { value: original.length, configurable: true },
  });
  taps.set(tapped, arounds);
  descriptor.value = tapped;
}

/** Puts `around` round the calls of a tapped method on one instance, for as long as the instance lives. */
export function observeMethod(instance: object, method: string, around: Around): void {
  const tapped = (instance as Record<string, object>)[method];
  if (tapped !== undefined) taps.get(tapped)?.set(instance, around);
}
