/** The root of every error that a user of the library can meet. */
export abstract class BeethovenError extends Error {
  /** Stable across releases: what a program may branch on. */
  abstract readonly code: `BEETHOVEN_${string}`;

  override get name(): string {
    return this.constructor.name;
  }
}
