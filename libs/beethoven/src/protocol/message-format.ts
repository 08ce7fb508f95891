/**
 * How the messages of a channel are read. Every message is a list that begins with the number of its kind.
 *
 * A later release of the same protocol version may add kinds, and elements at the end of a message, where nodes that do not know them can do
 * without: a kind that is not known here is left unread, and elements after the known ones are not looked at.
 */
export interface MessageFormat<T> {
  /** How many kinds are known here. */
  readonly kinds: number;
  /** Checks all of it, and changes nothing. `undefined` where any part of it is not what it should be. */
  readonly read: (wire: unknown) => T | undefined;
}

/** Whether a message is of a kind that only a later release knows. */
export function isOfLaterKind(wire: unknown, { kinds }: MessageFormat<unknown>): boolean {
  if (!Array.isArray(wire)) return false;
  const [kind] = wire as readonly unknown[];
  return isCount(kind) && kind >= kinds;
}

/** A whole number from 0, of those that can be counted on. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
