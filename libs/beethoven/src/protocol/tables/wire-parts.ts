import type { Decided } from './messages.js';
import { Names, unpack } from './names.js';
import type { Vector } from './row.js';
import { isBelow, isCount, isNames, isStamp, isTable } from './shapes.js';

export function decidedToWire(list: readonly Decided[]): unknown[] {
  if (list.length === 0) return [];
  const names = new Names();
  const cells: number[] = [];
  for (const { client, number, settled, attempt, origin, seq } of list)
    cells.push(names.placeOf(client), number, settled, attempt, names.placeOf(origin), seq);
  return [names.list, cells];
}

export function decidedFromWire(wire: unknown): Decided[] | undefined {
  if (!Array.isArray(wire)) return undefined;
  if (wire.length === 0) return [];
  const [names, list] = wire as readonly unknown[];
  if (!isNames(names)) return undefined;
  if (!isTable(list, 6, (cells, at) => isDecided(cells, at, names.length))) return undefined;
  const numbers = list as readonly number[];
  const decided: Decided[] = [];
  for (let at = 0; at < list.length; at += 6) {
    decided.push({
      client: names[numbers[at] as number] as string,
      number: numbers[at + 1] as number,
      settled: numbers[at + 2] as number,
      attempt: numbers[at + 3] as number,
      origin: names[numbers[at + 4] as number] as string,
      seq: numbers[at + 5] as number,
    });
  }
  return decided;
}

/** A vector by itself, mostly empty. */
export function vectorToWire(vector: Vector): unknown[] {
  if (vector.size === 0) return [];
  const names = new Names();
  const flat = names.pack(vector);
  return [names.list, flat];
}

export function vectorFromWire(wire: unknown): Vector | undefined {
  if (!Array.isArray(wire)) return undefined;
  if (wire.length === 0) return new Map();
  const [names, flat] = wire as readonly unknown[];
  return isNames(names) && isVector(flat, names.length) ? unpack(names, flat) : undefined;
}

export function isVector(value: unknown, names: number): value is readonly number[] {
  return isTable(value, 2, (cells, at) => isBelow(cells[at], names) && isStamp(cells[at + 1]));
}

function isDecided(cells: readonly unknown[], at: number, names: number): boolean {
  return (
    isBelow(cells[at], names) &&
    isCount(cells[at + 1]) &&
    isCount(cells[at + 2]) &&
    isCount(cells[at + 3]) &&
    isBelow(cells[at + 4], names) &&
    isStamp(cells[at + 5])
  );
}
