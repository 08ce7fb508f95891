import type { Observable } from 'rxjs';
import type { Clock } from '../network/clock.js';
import type { MetadataAnswer, MetadataRequest } from '../network/metadata.js';
import type { Millis } from '../protocol/terms.js';

/** Word from outside that this machine is to go, or to stand still for a while. */
export interface EvictionNotice {
  /** Who says so: `'azure'`, `'aws'`, `'google'`, or the name of a source of your own. */
  readonly source: string;
  /** What is to happen, in the source's own word: `'Preempt'`, `'terminate'` … */
  readonly event: string;
  /** It does not happen before (ms since the epoch), where that is known. */
  readonly notBefore?: Millis | undefined;
  /**
   * Where the machine will go on as it was: settles then. Such a node hands its roles over and is not ready, but stays a member, and takes
   * part again once this has settled. Without it the node leaves for good.
   */
  readonly over?: Promise<void> | undefined;
  /**
   * Awaited when the roles run elsewhere, before the node leaves. A rejection is logged, and changes nothing.
   * @param hurry fires when the node has to leave at once, because the application is being closed
   */
  readonly beforeLeaving?: ((hurry: AbortSignal) => Promise<void>) | undefined;
  /** Awaited once, when all is done: tells the cloud that it need not wait any longer. A rejection is logged, and changes nothing. */
  readonly approve?: (() => Promise<void>) | undefined;
}

/** What a source may use. */
export interface EvictionSurroundings {
  readonly clock: Clock;
  /** Asks the metadata service of this machine (`metadataEndpoint`). */
  readonly ask: (request: MetadataRequest) => Promise<MetadataAnswer>;
}

/** Where notices come from. The option `evictionNotices` takes any number of them. */
export interface EvictionNoticeSource {
  /** For the log. */
  readonly name: string;
  /**
   * Subscribed to once the node has its place, until it leaves. A node drains at its first notice; more of them change nothing, but for
   * those with an `over`, which may come again and again.
   */
  watch(surroundings: EvictionSurroundings): Observable<EvictionNotice>;
}
