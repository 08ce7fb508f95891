import { DATAGRAM_RETRY, LOST_DATAGRAMS } from './detector-config.js';

/** How a beat travels. */
export type Way = 'datagram' | 'link';

/**
 * By which way a member is reached, and reaches this node. Immutable, so that the thousands of a large cluster that are all reached alike share
 * one.
 */
export class Reach {
  /** Nothing has come from the member yet. */
  static readonly UNKNOWN = new Reach(undefined, 0, 0);
  static readonly #DIRECT = new Reach(true, 0, 0);

  /**
   * @param sendsDatagrams Whether datagrams come from it, so that its beats do not depend on its main thread; unknown until something has come.
   * @param lost Datagrams in a row that it did not answer, or missed, as far as they matter.
   * @param beatsByLink Beats for it since the last datagram, while they go over its link.
   */
  private constructor(
    private readonly sendsDatagrams: boolean | undefined,
    private readonly lost: number,
    private readonly beatsByLink: number,
  ) {}

  static #of(sendsDatagrams: boolean | undefined, lost: number, beatsByLink: number): Reach {
    const isDirect = sendsDatagrams === true && lost === 0 && beatsByLink === 0;
    return isDirect ? Reach.#DIRECT : new Reach(sendsDatagrams, lost, beatsByLink);
  }

  /** The way on which it is shown things and asked first. */
  get way(): Way {
    return this.lost < LOST_DATAGRAMS ? 'datagram' : 'link';
  }

  /** Datagrams pass both ways, as far as anybody knows: of most members of a large cluster nothing has come yet. */
  get isDirect(): boolean {
    return this.sendsDatagrams !== false && this.way === 'datagram';
  }

  /** It is time to see whether a datagram passes again. */
  get isDueForDatagram(): boolean {
    return this.beatsByLink >= DATAGRAM_RETRY;
  }

  /** Something has come from it. */
  heard(way: Way): Reach {
    const sends = way === 'datagram' || (this.sendsDatagrams ?? false);
    return sends === this.sendsDatagrams ? this : Reach.#of(sends, this.lost, this.beatsByLink);
  }

  /** It did not get a datagram, or its answer was lost. */
  missed(): Reach {
    const lost = Math.min(LOST_DATAGRAMS, this.lost + 1);
    return Reach.#of(this.sendsDatagrams, lost, this.beatsByLink);
  }

  /** It has answered a datagram. */
  answered(): Reach {
    return this.lost === 0 ? this : Reach.#of(this.sendsDatagrams, 0, this.beatsByLink);
  }

  /** A beat for it went over its link. */
  shownOverLink(): Reach {
    return Reach.#of(this.sendsDatagrams, this.lost, this.beatsByLink + 1);
  }

  /** A datagram for it is under way. */
  triedAgain(): Reach {
    return Reach.#of(this.sendsDatagrams, this.lost, 0);
  }
}
