/** A 32-bit number for a key; `1` and `'1'` have different ones. */
export function hashOf(key: string | number): number {
  if (typeof key === 'string') return hash(key);
  return ~(Number.isSafeInteger(key) ? mix(0, key) : hash(String(key)));
}

/** FNV-1a. Source: Fowler, Noll, Vo, draft-eastlake-fnv. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value;
}

/** One 32-bit number for a hash and a count: the finaliser of MurmurHash3 over both. Source: Appleby, SMHasher. */
export function mix(seed: number, seq: number): number {
  let value =
    seed ^ Math.imul(seq >>> 0, 0x9e3779b1) ^ Math.imul(Math.floor(seq / 2 ** 32), 0x85ebca77);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
