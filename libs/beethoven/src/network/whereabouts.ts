import { Inject, Injectable } from '@nestjs/common';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../beethoven.options.js';
import { Ipv4Range, isLoopback, parseIpv4 } from '../protocol/ipv4.js';
import { parseNodeId, type Millis, type NodeId } from '../protocol/terms.js';
import { CLOCK, type Clock } from './clock.js';
import { allowList } from './security/allow-list.js';

/** Addresses that are remembered: as many as there can be members. The one that was known for longest goes first. */
export const MAX_KNOWN = 16_384;
/** Calls of addresses of which others alone have told: so many at once, and as many again each second. A cluster of a thousand is joined at once. */
export const HEARSAY = 1_024;
export const HEARSAY_EACH_SECOND = 64;

type Settings = Pick<ResolvedOptions, 'allow' | 'clusterNet' | 'clusterNetMask'>;

/**
 * Where members may be, and so where this node calls one of which it has only been told. A member names its address itself, and others pass it
 * on: without this, one that lies could send every node of the cluster anywhere.
 */
@Injectable()
export class Whereabouts {
  readonly #range: Ipv4Range;
  readonly #isAllowed: ((address: string) => boolean) | undefined;
  readonly #known = new Set<string>();
  #hearsay = HEARSAY;
  #countedAt: Millis;

  constructor(
    @Inject(RESOLVED_OPTIONS) { allow, clusterNet, clusterNetMask }: Settings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.#range = Ipv4Range.of(clusterNet, clusterNetMask);
    this.#isAllowed = allow.length > 0 ? allowList(allow) : undefined;
    this.#countedAt = clock.now();
  }

  /** A source of addresses has given it, or a member was met at it, or has spoken from it. */
  learn(address: string): void {
    this.#known.delete(address);
    this.#known.add(address);
    const [oldest] = this.#known.size > MAX_KNOWN ? this.#known : [];
    if (oldest !== undefined) this.#known.delete(oldest);
  }

  /**
   * Whether a node that was met at an address, or has spoken from it, may be where it says it is: there, or where this node would look
   * anyway. If it is there, its address is proven.
   */
  isPlausible(id: NodeId, metAt: string): boolean {
    const address = parseNodeId(id)?.address ?? '';
    if (address === metAt || (isOwnMachine(address) && isOwnMachine(metAt))) this.learn(address);
    return this.isKnown(address);
  }

  /** Where this node looks, or has met a member: in the network of the cluster, in `allow`, at what sources of addresses have given. */
  isKnown(address: string): boolean {
    return (
      this.#known.has(address) ||
      this.#isAllowed?.(address) === true ||
      this.#range.includes(parseIpv4(address) ?? -1)
    );
  }

  /**
   * Whether a member may be called where others say that it is. Beyond what is known here, only so often; beyond `allow`, and on this machine
   * where the cluster is not, never.
   */
  mayCall(address: string): boolean {
    if (this.isKnown(address)) return true;
    const isInside = isOwnMachine(address) && !isLoopback(this.#range.first);
    if (this.#isAllowed !== undefined || isInside) return false;
    const now = this.clock.now();
    const gained = ((now - this.#countedAt) / 1_000) * HEARSAY_EACH_SECOND;
    this.#countedAt = now;
    this.#hearsay = Math.min(HEARSAY, this.#hearsay + gained);
    if (this.#hearsay < 1) return false;
    this.#hearsay--;
    return true;
  }
}

function isOwnMachine(address: string): boolean {
  return isLoopback(parseIpv4(address) ?? 0);
}
