import { LAST_STAMP } from './hybrid-clock.js';
import type { Key, Row } from './row.js';

/** The longest name of a replica, a table or a transaction that a peer may send. */
const MAX_NAME = 512;

export function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_NAME;
}

export function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isName);
}

export function isKey(value: unknown): value is Key {
  return typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));
}

export function isPlainRow(value: unknown): value is Row {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** A whole number from 0 up to, but not including, the limit. */
export function isBelow(value: unknown, limit: number): value is number {
  return isCount(value) && value < limit;
}

/** A time of a write, or a place in a log. */
export function isStamp(value: unknown): value is number {
  return isCount(value) && value <= LAST_STAMP;
}

/** A list that repeats a pattern of cells. */
export function isTable(
  value: unknown,
  width: number,
  isRow: (list: readonly unknown[], at: number) => boolean,
): value is readonly unknown[] {
  if (!Array.isArray(value) || value.length % width !== 0) return false;
  for (let at = 0; at < value.length; at += width) if (!isRow(value, at)) return false;
  return true;
}
