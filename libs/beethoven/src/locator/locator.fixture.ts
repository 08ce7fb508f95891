import type { ResolvedOptions } from '../beethoven.options.js';
import { noDisc, type Disc } from '../network/disc.js';
import type { MulticastDns } from '../network/multicast-dns.js';
import { Identity } from '../network/identity.js';
import type { AskOutcome, ConnectOutcome, Mesh } from '../network/mesh.js';
import { Whereabouts } from '../network/whereabouts.js';
import { nodeId, type Millis, type NodeId, type PeerCard } from '../protocol/terms.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { Timeline } from '../testing/timeline.js';
import { LocatorService, type LocatorPhase } from './locator.service.js';
import type { NameLookup } from './name-lookup.js';

export const PORT = 33_000;

export interface Call {
  readonly address: string;
  readonly port: number;
  /** Since the start of the world (ms). */
  readonly at: Millis;
}

export const card = (name: string, address: string, port = PORT): PeerCard => ({
  id: nodeId({ name, address, port }),
  incarnation: 1,
  startedAt: 1,
  labels: {},
});

/** A mesh that links nobody unless told to: where calls go, and when, is what these specs are about. */
export class ScriptedMesh {
  readonly calls: Call[] = [];
  readonly asks: Call[] = [];
  /** Calls that have not ended. */
  underWay = 0;
  mostUnderWay = 0;
  /** What a call ends in, and how long it takes (ms). Silence, unless told otherwise. */
  answer: (
    address: string,
    port: number,
  ) => { outcome: ConnectOutcome; after: Millis } | undefined = () => undefined;
  beacons = new Map<string, PeerCard>();
  readonly #linked = new Set<NodeId>();
  readonly #onUp: ((peer: PeerCard) => void)[] = [];
  readonly #onDown: (() => void)[] = [];
  readonly #begin: Millis;

  constructor(private readonly timeline: Timeline) {
    this.#begin = timeline.now;
  }

  async connect(
    address: string,
    port: number,
    _expected: undefined,
    timeout: Millis,
  ): Promise<ConnectOutcome> {
    this.calls.push({ address, port, at: this.timeline.now - this.#begin });
    const { outcome, after } = this.answer(address, port) ?? {
      outcome: { failed: 'timeout' },
      after: timeout,
    };
    await this.#pass(after);
    if ('linked' in outcome) this.linkUp(outcome.linked);
    return outcome;
  }

  async ask(address: string, port: number, timeout: Millis): Promise<AskOutcome> {
    this.asks.push({ address, port, at: this.timeline.now - this.#begin });
    const found = this.beacons.get(address);
    await this.#pass(found === undefined ? timeout : 1);
    return found === undefined ? { failed: 'timeout' } : { found };
  }

  linkUp(peer: PeerCard): void {
    if (this.#linked.has(peer.id)) return;
    this.#linked.add(peer.id);
    for (const tell of this.#onUp) tell(peer);
  }

  linkDown(id: NodeId): void {
    this.#linked.delete(id);
    for (const tell of this.#onDown) tell();
  }

  onLinkUp(handler: (peer: PeerCard) => void): void {
    this.#onUp.push(handler);
  }

  onLinkDown(handler: () => void): void {
    this.#onDown.push(handler);
  }

  isLinked(id: NodeId): boolean {
    return this.#linked.has(id);
  }

  links(): Iterable<NodeId> {
    return this.#linked;
  }

  async #pass(after: Millis): Promise<void> {
    this.underWay++;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    await new Promise<void>((resolve) => void this.timeline.schedule(after, resolve));
    this.underWay--;
  }
}

/** One Locator, and nobody else, in virtual time. */
export class LocatorWorld {
  readonly timeline = new Timeline();
  readonly mesh = new ScriptedMesh(this.timeline);
  readonly begin = this.timeline.now;
  readonly phases: LocatorPhase[] = [];
  readonly locator: LocatorService;

  constructor(
    options: Partial<ResolvedOptions> = {},
    names: (name: string) => Promise<readonly string[]> = unknownName,
    seed = 1,
    disc: Disc = noDisc,
    multicast?: MulticastDns,
  ) {
    const lookup: NameLookup = { addresses: names, services: unknownName };
    const identity = new Identity();
    identity.assume({ name: 'me', address: '127.0.0.1', port: PORT }, this.begin, {});
    const where = { allow: [], clusterNet: '10.0.0.0', clusterNetMask: 8 };
    this.locator = new LocatorService(
      this.timeline.clock(),
      new SeededRandom(seed),
      {
        clusterName: 'shop',
        clusterNet: '127.0.0.0',
        clusterNetMask: 29,
        listenerPort: PORT,
        commonRandomBackoff: [150, 300],
        seekAttempts: 3,
        seeds: [],
        discovery: ['last-seen', 'seeds', 'range'],
        nameServers: [],
        ...options,
      } as unknown as ResolvedOptions,
      lookup,
      disc,
      multicast,
      identity,
      this.mesh as unknown as Mesh,
      new Whereabouts(where, this.timeline.clock()),
    );
    this.locator.phase$.subscribe((phase) => this.phases.push(phase));
  }

  /** Since the start of the world (ms). */
  get now(): Millis {
    return this.timeline.now - this.begin;
  }

  /** Lets time pass until the promise has settled, and tells what came of it. */
  async outcome<T>(promise: Promise<T>, limit: Millis = 60_000): Promise<T> {
    let settled = false;
    promise.then(
      () => (settled = true),
      () => (settled = true),
    );
    await this.timeline.until(() => settled, limit);
    if (!settled) throw new Error(`nothing settled in ${limit} ms`);
    return promise;
  }

  hosts(): string[] {
    return this.mesh.calls.map(({ address }) => address);
  }
}

const unknownName = (name: string) => Promise.reject(new Error(`getaddrinfo ENOTFOUND ${name}`));
