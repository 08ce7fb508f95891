import { Observable } from 'rxjs';
import { formatIpv4, type Ipv4Range } from '../protocol/ipv4.js';
import { ShuffledHosts } from '../protocol/ipv4-shuffle.js';
import type { Target } from '../protocol/locator/target.js';
import type { Random } from '../protocol/random.js';
import type { PeerCard } from '../protocol/terms.js';
import { DialWindow } from './dial-window.js';

/** A Beacon of this cluster that answered a scan. */
export interface FoundBeacon {
  readonly address: string;
  readonly port: number;
  /** What the node tells about itself. */
  readonly node: PeerCard;
}

/** How far a scan has got. */
export interface ScanProgress {
  /** Hosts that have answered, or have had their time, so far: 0 up to `total`. */
  readonly probed: number;
  /** Hosts of the range. */
  readonly total: number;
  /** The Beacons found since the last progress; each comes once. */
  readonly found: readonly FoundBeacon[];
}

/**
 * Calls every host of the range, in random order, 256 at once. Reports each Beacon at once, and otherwise about a hundred times
 * in all; completes with the last host.
 *
 * @param ask who listens there; `undefined` for nobody of this cluster
 */
export function scan(
  range: Ipv4Range,
  port: number,
  random: Random,
  ask: (target: Target) => Promise<PeerCard | undefined>,
): Observable<ScanProgress> {
  return new Observable((subscriber) => {
    const hosts = new ShuffledHosts(range, random);
    const total = range.size;
    const stride = Math.max(1, Math.ceil(total / 100));
    let begun = 0;
    let probed = 0;
    const next = (): Target | undefined =>
      begun < total ? { host: formatIpv4(hosts.at(begun++)), port } : undefined;
    const call = async (target: Target): Promise<void> => {
      const node = await ask(target);
      probed++;
      const found = node === undefined ? [] : [{ address: target.host, port, node }];
      if (found.length > 0 || probed % stride === 0 || probed === total)
        subscriber.next({ probed, total, found });
    };
    const calls = new DialWindow(next, call, () => subscriber.complete());
    calls.start();
    return () => calls.stop();
  });
}
