import { DISTR_HANDLER_METADATA, type HandlerKind } from '../decorators/distr-server.decorator.js';

/** The decorated methods of a class, its ancestors' included. */
export function handlersOf(type: { readonly prototype: unknown }): Map<string, HandlerKind> {
  const handlers = new Map<string, HandlerKind>();
  for (
    let prototype = type.prototype as object | null;
    prototype !== null && prototype !== Object.prototype;
    prototype = Reflect.getPrototypeOf(prototype)
  ) {
    for (const name of Object.getOwnPropertyNames(prototype)) {
      const method: unknown = Object.getOwnPropertyDescriptor(prototype, name)?.value;
      if (typeof method !== 'function' || handlers.has(name)) continue;
      const kind = Reflect.getMetadata(DISTR_HANDLER_METADATA, method) as HandlerKind | undefined;
      if (kind !== undefined) handlers.set(name, kind);
    }
  }
  return handlers;
}
