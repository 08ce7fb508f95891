/** The port through which chance comes in. */
export interface Random {
  /** Uniform in [0, 1). */
  float(): number;
}

/** A whole number from `min` to `max`, both included. */
export function integerBetween(random: Random, min: number, max: number): number {
  return min + Math.floor(random.float() * (max - min + 1));
}

/** A shuffled copy (Fisher and Yates). */
export function shuffled<T>(random: Random, items: Iterable<T>): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = integerBetween(random, 0, i);
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}
