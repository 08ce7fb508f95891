/**
 * The bytes that the codec makes of a value, counted and not made: a run of 5,000 nodes sends tens of millions of messages. The spec
 * compares it with the codec.
 *
 * Source: the MessagePack specification, with the choices of `network/codec.ts`.
 */
export function packedSize(value: unknown): number {
  switch (typeof value) {
    case 'number':
      return numberSize(value);
    case 'string':
      return stringSize(value);
    case 'boolean':
    case 'undefined':
      return 1;
    case 'object':
      break;
    case 'bigint':
    case 'function':
    case 'symbol':
      throw new TypeError(`No message holds a ${typeof value}.`);
  }
  if (value === null) return 1;
  if (Array.isArray(value)) {
    let size = value.length < 16 ? 1 : 3;
    for (const item of value as readonly unknown[]) size += packedSize(item);
    return size;
  }
  let [size, fields] = [0, 0];
  for (const [key, field] of Object.entries(value)) {
    size += stringSize(key) + packedSize(field);
    fields++;
  }
  return size + (fields < 16 ? 1 : 3);
}

function numberSize(value: number): number {
  if (!Number.isInteger(value) || value >= 2 ** 32 || value < -(2 ** 31)) return 9;
  if (value < 0) return value >= -32 ? 1 : value >= -128 ? 2 : value >= -32_768 ? 3 : 5;
  return value < 128 ? 1 : value < 256 ? 2 : value < 65_536 ? 3 : 5;
}

function stringSize(text: string): number {
  const bytes = Buffer.byteLength(text);
  return bytes + (bytes < 32 ? 1 : bytes < 256 ? 2 : 3);
}
