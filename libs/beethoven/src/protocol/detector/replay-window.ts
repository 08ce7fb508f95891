/** How far behind the newest a message may come (in messages): more than any network delays one. */
export const WINDOW = 32;

/** Takes each number once, in an order that may be off by a little. Source: RFC 4303, section 3.4.3. */
export class ReplayWindow {
  #newest = -Infinity;
  /** Bit n: the number n below the newest has come. */
  #seen = 0;

  /** @returns whether the number is new, and not older than the window */
  take(number: number): boolean {
    const ahead = number - this.#newest;
    if (ahead > 0) {
      this.#seen = ahead < WINDOW ? (this.#seen << ahead) | 1 : 1;
      this.#newest = number;
      return true;
    }
    const bit = ahead > -WINDOW ? 1 << -ahead : 0;
    if (bit === 0 || (this.#seen & bit) !== 0) return false;
    this.#seen |= bit;
    return true;
  }
}
