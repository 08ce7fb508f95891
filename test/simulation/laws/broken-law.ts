/** A law that did not hold. */
export class BrokenLaw extends Error {
  override readonly name = 'BrokenLaw';

  /**
   * @param law What must hold, in a few words: the same for each time that it is broken.
   * @param seen What was seen instead.
   * @param at Virtual ms since the beginning of the run.
   */
  constructor(
    readonly law: string,
    readonly seen: string,
    readonly at: number,
  ) {
    super(`${law}: ${seen}, at ${at.toFixed(1)} ms`);
  }
}
