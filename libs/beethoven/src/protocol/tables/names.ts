import type { ReplicaId, Vector } from './row.js';

/** The names of replicas in one message: written once, then meant by their place. */
export class Names {
  readonly list: ReplicaId[] = [];
  readonly #places = new Map<ReplicaId, number>();

  placeOf(name: ReplicaId): number {
    let place = this.#places.get(name);
    if (place === undefined) {
      place = this.list.push(name) - 1;
      this.#places.set(name, place);
    }
    return place;
  }

  /** A vector as it travels: place of the name, number, place of the name, number … */
  pack(vector: Vector): number[] {
    const flat: number[] = [];
    for (const [id, seq] of vector) flat.push(this.placeOf(id), seq);
    return flat;
  }
}

export function unpack(
  names: readonly ReplicaId[],
  flat: readonly number[],
): Map<ReplicaId, number> {
  const vector = new Map<ReplicaId, number>();
  for (let i = 0; i + 1 < flat.length; i += 2)
    vector.set(names[flat[i] as number] as ReplicaId, flat[i + 1] as number);
  return vector;
}
