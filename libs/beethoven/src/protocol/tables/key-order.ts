import type { Key } from './row.js';

/** The order of keys: numbers before strings, numbers by value, strings by their UTF-16 code units. */
export function compareKeys(one: Key, other: Key): number {
  if (typeof one !== typeof other) return typeof one === 'number' ? -1 : 1;
  return one < other ? -1 : one > other ? 1 : 0;
}
