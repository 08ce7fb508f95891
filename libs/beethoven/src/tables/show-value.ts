/** A value for a message: short, and never a failure of its own. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 60));
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? 'an array' : `a ${value.constructor?.name ?? 'plain object'}`;
  }
  return typeof value === 'function' ? 'a function' : String(value);
}

/** Which {@link ColumnType} a value has, if any. */
export function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return value instanceof Uint8Array ? 'bytes' : typeof value;
}
