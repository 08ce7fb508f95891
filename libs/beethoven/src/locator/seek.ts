import { Logger } from '@nestjs/common';
import type { ResolvedOptions } from '../beethoven.options.js';
import { DuplicateNodeIdError } from '../errors/duplicate-node-id.error.js';
import type { Clock, Timer } from '../network/clock.js';
import type { Identity } from '../network/identity.js';
import type { Mesh } from '../network/mesh.js';
import { formatIpv4, type Ipv4 } from '../protocol/ipv4.js';
import type { Sweep } from '../protocol/locator/sweep.js';
import { targetKey, type Target } from '../protocol/locator/target.js';
import { integerBetween, type Random } from '../protocol/random.js';
import type { Millis } from '../protocol/terms.js';
import { DialWindow } from './dial-window.js';
import type { DiscoveryChain, Find } from './discovery-chain.js';
import type { Reach } from './reach.js';
import type { SearchJournal } from './search-journal.js';

/** Time that a host has to take a call, and again to answer it. */
export const CALL_TIME: Millis = 250;

/** Time that the sources have before the range is called too; what they give later is called at once. */
const LOOKUP_TIME: Millis = 250;

/** Time of one pass: 5,120 hosts that do not answer. What is left of a larger range is for the next pass, and for watching. */
export const PASS_TIME: Millis = 5_000;

/** The source, in the report, of what the sweep of the range calls. */
export const RANGE = 'range';

/** Where a node finds itself once it has looked around. */
export type Location = 'clustered' | 'standalone';

/** What a search works with. */
export interface SeekTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly options: ResolvedOptions;
  readonly identity: Identity;
  readonly mesh: Mesh;
  readonly reach: Reach;
  readonly sweep: Sweep;
  readonly chain: DiscoveryChain;
  readonly journal: SearchJournal;
}

/** The search at the start: calls what the sources give, then the range, pass after pass, until somebody is linked or the attempts are used up. */
export class Seek {
  readonly #logger = new Logger('LocatorService');
  #outcome: Location | DuplicateNodeIdError | undefined;
  #interrupt: () => void = () => {};
  readonly #calls = new Set<Promise<void>>();

  constructor(private readonly tools: SeekTools) {}

  /** Resolves once everyone who was called has answered, or has had the time to. */
  async answered(): Promise<void> {
    await Promise.all(this.#calls);
  }

  /**
   * Resolves as soon as it is known where this node is.
   * @throws DuplicateNodeIdError where a live node of the cluster has the id of this one
   */
  async run(): Promise<Location> {
    const { options, random } = this.tools;
    const [least, most] = options.commonRandomBackoff;
    for (let attempt = 1; this.#outcome === undefined; attempt++) {
      await this.#pass();
      if (attempt === options.seekAttempts) this.end('standalone');
      await this.#atMost(integerBetween(random, least, most), () => {});
    }
    if (this.#outcome instanceof DuplicateNodeIdError) throw this.#outcome;
    return this.#outcome;
  }

  /** No more calls: somebody is linked, whoever called whom, or the node stops. The first outcome stands. */
  end(outcome: Location | DuplicateNodeIdError): void {
    this.#outcome ??= outcome;
    this.#interrupt();
  }

  async #pass(): Promise<void> {
    const { clock, reach, sweep, options, chain, journal } = this.tools;
    const end = clock.now() + PASS_TIME;
    const called = new Set<string>();
    const needless = (target: Target): boolean =>
      reach.has(target) || called.has(targetKey(target));

    const finds: Find[] = [];
    const nextFind = (): Find | undefined => {
      let find = finds.shift();
      while (find !== undefined && needless(find.target)) find = finds.shift();
      if (find !== undefined) called.add(targetKey(find.target));
      return find;
    };
    chain.onFind = (find) => finds.push(find);
    await this.#atMost(LOOKUP_TIME, (answered) => void chain.round().then(answered));
    await this.#callAll(end, nextFind);

    chain.onFind = (find) => {
      finds.push(find);
      const late = nextFind();
      if (late !== undefined && this.#outcome === undefined) void this.#call(late);
    };
    const host = (address: Ipv4): Target => ({
      host: formatIpv4(address),
      port: options.listenerPort,
    });
    journal.asked(RANGE);
    await this.#callAll(end, () => {
      const address = sweep.next((candidate) => needless(host(candidate)));
      return address === undefined ? undefined : { source: RANGE, target: host(address) };
    });
  }

  async #callAll(end: Millis, next: () => Find | undefined): Promise<void> {
    let window: DialWindow<Find> | undefined;
    await this.#atMost(end - this.tools.clock.now(), (done) => {
      window = new DialWindow(next, (find) => this.#call(find), done);
      window.start();
    });
    window?.stop();
  }

  /** Somebody may be linked before every call is answered. */
  async #call(find: Find): Promise<void> {
    const call = this.#dial(find);
    this.#calls.add(call);
    await call;
    this.#calls.delete(call);
  }

  async #dial({ source, target }: Find): Promise<void> {
    const { host, port } = target;
    const { mesh, reach, identity, journal, clock } = this.tools;
    const outcome = await mesh.connect(host, port, undefined, CALL_TIME, CALL_TIME);
    reach.learn(target, outcome);
    journal.called(source, target, outcome, clock.now());
    if (this.#outcome !== undefined || !('rejected' in outcome)) return;
    if (outcome.rejected !== 'duplicate-id') return;
    const error = new DuplicateNodeIdError(identity.id, `${host}:${port}`);
    this.#logger.error(error.message);
    this.end(error);
  }

  /** Waits until the work is done, the time is over, or the search has ended. */
  async #atMost(limit: Millis, work: (done: () => void) => void): Promise<void> {
    if (this.#outcome !== undefined) return;
    let timer: Timer | undefined;
    await new Promise<void>((resolve) => {
      timer = this.tools.clock.setTimer(limit, resolve);
      this.#interrupt = resolve;
      work(resolve);
    });
    timer?.cancel();
  }
}
