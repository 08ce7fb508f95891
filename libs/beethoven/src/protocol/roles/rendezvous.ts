/**
 * The weight of a node for a slot: of equals, the heaviest takes it. Every node computes the same weights, and the slots of a
 * dead node spread over the others instead of all falling to the first by name.
 *
 * Source: Thaler, Ravishankar, "Using name-based mappings to increase hit rates", 1998 (highest random weight); FNV-1a with the
 * last mixing steps of MurmurHash3, because FNV alone barely spreads names that differ in the last character.
 */
export function rendezvousWeight(slot: string, node: string): number {
  const text = `${slot} ${node}`;
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
