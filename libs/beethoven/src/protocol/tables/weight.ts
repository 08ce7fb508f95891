/** The heaviest row, and the heaviest transaction (bytes, about). */
export const MAX_WEIGHT = 1_024 * 1_024;

/** What goes into one message, unless a single row or transaction is heavier (bytes, about). */
export const MESSAGE_WEIGHT = 256 * 1_024;

/** Transactions of one turn that weigh more than this do not wait for its end (bytes, about). */
export const TURN_WEIGHT = 2 * MAX_WEIGHT;

/** What goes into a message with transactions, which is not parted (bytes, about): three quarters of a frame. */
export const TRANSACTIONS_WEIGHT = 12 * MAX_WEIGHT;

/** Deeper nesting than this does not travel. */
const MAX_DEPTH = 16;

/** What a row takes in a message besides its value (bytes, about). */
const FRAMING = 48;

/**
 * About how many bytes a value takes in a message; `NaN` where some part of it cannot travel: only plain objects and arrays,
 * strings, numbers, booleans, bytes, `null` and `undefined` can.
 */
export function weigh(value: unknown, depth = 0): number {
  switch (typeof value) {
    case 'string':
      return 5 + value.length;
    case 'number':
      return 9;
    case 'boolean':
    case 'undefined':
      return 3;
    case 'object':
      return value === null ? 1 : weighObject(value, depth);
    case 'bigint':
    case 'function':
    case 'symbol':
      return NaN;
  }
}

/** {@link weigh} for a row, or the tombstone of one, with its framing. */
export function weighRow(row: object | undefined): number {
  return FRAMING + weigh(row);
}

function weighObject(value: object, depth: number): number {
  if (depth >= MAX_DEPTH) return NaN;
  let weight = 8;
  if (Array.isArray(value)) {
    for (const item of value) weight += weigh(item, depth + 1);
    return weight;
  }
  if (value instanceof Uint8Array) return weight + value.length;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return NaN;
  for (const key in value) {
    if (key === '__proto__') return NaN;
    weight += 5 + key.length + weigh((value as Record<string, unknown>)[key], depth + 1);
  }
  return weight;
}
