import type { ConnectOutcome } from '../network/mesh.js';
import { targetKey, type Target } from '../protocol/locator/target.js';
import type { Millis, NodeId } from '../protocol/terms.js';

/** Addresses kept for a source; the one that was heard of the longest ago goes first. */
export const MAX_REPORTED = 256;

/** One address that a source gave. */
export interface AddressReport {
  /** `address:port`. */
  readonly address: string;
  /** When the source last gave it (ms since the epoch). */
  readonly found: Millis;
  /** When it was last called; absent for one that was not, because whoever is there was linked already. */
  readonly called?: Millis;
  /**
   * What came of the last call. `linked`; nobody: `refused`, `timeout`, `unreachable`; somebody else: `cluster`, `version`, `self`, `silent`,
   * `malformed` …
   */
  readonly outcome?: string;
  /** Who was met there. */
  readonly node?: NodeId;
}

/** What became of one way to find other nodes. */
export interface SourceReport {
  /** `'seeds'`, `'range'`, `'last-seen'`, `'multicast-dns'`, `'lost'` (members that went down), or the name of a source of your own. */
  readonly source: string;
  /** How many times it was asked. */
  readonly asked: number;
  /** What was wrong the last time that something was. */
  readonly trouble?: string;
  /** How many calls of addresses that it gave ended in what. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** The last 256 addresses that it gave; of a range, those where somebody answered. */
  readonly addresses: readonly AddressReport[];
}

interface Entry {
  asked: number;
  trouble: string | undefined;
  readonly outcomes: Record<string, number>;
  readonly addresses: Map<string, AddressReport>;
}

const NOBODY: ReadonlySet<string> = new Set(['refused', 'timeout', 'unreachable']);

/** What was tried, what answered, and why not. */
export class SearchJournal {
  readonly #entries = new Map<string, Entry>();

  asked(source: string): void {
    this.#entry(source).asked++;
  }

  found(source: string, target: Target, now: Millis): void {
    const { addresses } = this.#entry(source);
    const address = targetKey(target);
    const known = addresses.get(address);
    addresses.delete(address);
    addresses.set(address, { ...known, address, found: now });
    const [oldest] = addresses.keys();
    if (addresses.size > MAX_REPORTED && oldest !== undefined) addresses.delete(oldest);
  }

  troubled(source: string, trouble: string): void {
    this.#entry(source).trouble = trouble;
  }

  called(source: string, target: Target, result: ConnectOutcome, now: Millis): void {
    const { outcomes, addresses } = this.#entry(source);
    const outcome = nameOf(result);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    const address = targetKey(target);
    if (!addresses.has(address)) {
      if (NOBODY.has(outcome)) return; // one of thousands in a range
      this.found(source, target, now);
    }
    const { found } = addresses.get(address) ?? { found: now };
    const met = 'linked' in result ? { node: result.linked.id } : {};
    addresses.set(address, { address, found, called: now, outcome, ...met });
  }

  /** As of now, by the names of the sources. */
  report(): readonly SourceReport[] {
    return [...this.#entries]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([source, { asked, trouble, outcomes, addresses }]) => ({
        source,
        asked,
        ...(trouble !== undefined && { trouble }),
        outcomes: { ...outcomes },
        addresses: [...addresses.values()],
      }));
  }

  #entry(source: string): Entry {
    let entry = this.#entries.get(source);
    if (entry === undefined) {
      entry = { asked: 0, trouble: undefined, outcomes: {}, addresses: new Map() };
      this.#entries.set(source, entry);
    }
    return entry;
  }
}

function nameOf(result: ConnectOutcome): string {
  if ('linked' in result) return 'linked';
  return 'failed' in result ? result.failed : result.rejected;
}
