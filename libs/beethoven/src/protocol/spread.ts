/**
 * Spreads 32 bits over 32 bits, so that neighbours have nothing in common.
 *
 * Source: Wellons, "Prospecting for Hash Functions", 2018 (lowbias32).
 */
export function spread(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return (bits ^ (bits >>> 16)) >>> 0;
}
