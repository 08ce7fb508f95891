import type { Row } from './row.js';

/**
 * What tells the rows of a bag apart: all that is in them, as text. Two nodes that add the same row have added one row; who deletes
 * a row deletes it from every copy, and no other. Equal for what is equal after it has travelled: columns in any order, `-0` and `0`.
 * Not for text that is not well-formed, which arrives as another.
 */
export function bagIdentity(row: Row): string {
  return textOf(row);
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return `"${value.length}:${value}`;
  if (typeof value !== 'object' || value === null) return String(value === 0 ? 0 : value);
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`;
  if (value instanceof Uint8Array) return `<${value.join()}>`;
  const columns = Object.entries(value)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([column, content]) => `${textOf(column)}:${textOf(content)}`);
  return `{${columns.join()}}`;
}
