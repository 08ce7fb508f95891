import type { Clock, Timer } from '../network/clock.js';
import type { Whereabouts } from '../network/whereabouts.js';
import type { ConnectOutcome, Mesh } from '../network/mesh.js';
import type { Effect, MemberChange, MembershipTimer } from '../protocol/membership/effects.js';
import type { ConnectFailure, Membership } from '../protocol/membership/membership.js';
import type { Heartbeat } from '../heartbeat/heartbeat.js';
import type { Watch } from '../protocol/detector/peer.js';
import type { DetectorConfig } from '../protocol/detector/detector-config.js';
import { MEMBERSHIP_FORMAT, toWire } from '../protocol/membership/messages.js';
import { parseNodeId, type Incarnation, type Millis, type NodeId } from '../protocol/terms.js';

/** What the membership wants beyond clock and mesh. */
export interface MembershipEvents {
  raise(incarnation: Incarnation): void;
  changed(change: MemberChange): void;
  /** This node's event loop was blocked, and others have seen that. What it missed is still on its way. */
  awake(): void;
  /** After one or more changes, once everything that followed from an input is done. */
  settled(): void;
}

/**
 * Dials again at once, so often at most, where no answer came and yet not in vain: the machine of a dying process accepts connections
 * until it gets to closing the listener, and resets them then. The next dial is refused.
 */
const MAX_REDIALS = 3;

/** What it says about a member when its address answers, and not as the member. */
const REJECTIONS: Record<
  Extract<ConnectOutcome, { rejected: unknown }>['rejected'],
  ConnectFailure
> = {
  'not-me': 'not-me',
  self: 'not-me',
  cluster: 'not-me',
  version: 'not-me',
  'duplicate-id': 'timeout',
  malformed: 'timeout',
  address: 'timeout',
  silent: 'silent',
};

/** Runs the membership: hands it time, links and messages, and does what it says. */
export class MembershipDriver {
  readonly #timers = new Map<MembershipTimer, Timer>();
  readonly #effects: Effect[] = [];
  /** Members of which others alone have told: they get no datagrams until they were met where they say that they are. */
  readonly #hearsay = new Map<NodeId, Watch>();
  #working = false;
  #ended = false;
  #digest: number | undefined;

  constructor(
    private readonly membership: Membership,
    private readonly config: Pick<DetectorConfig, 'probeInterval'>,
    private readonly clock: Clock,
    private readonly mesh: Mesh,
    private readonly events: MembershipEvents,
    private readonly heartbeat: Heartbeat,
    private readonly whereabouts: Pick<Whereabouts, 'isKnown' | 'mayCall'>,
  ) {}

  start(): void {
    const { membership, clock, mesh } = this;
    mesh.onLinkUp((card) => {
      this.#do(membership.linkUp(clock.now(), card));
      const watch = this.#hearsay.get(card.id);
      if (watch !== undefined) this.#watch(watch);
    });
    mesh.onLinkDown((id, cause) => this.#do(membership.linkDown(clock.now(), id, cause)));
    mesh.onMessage('membership', MEMBERSHIP_FORMAT, (from, message) => {
      this.#do(membership.handleMessage(clock.now(), from, message));
    });
    membership.start();
    this.heartbeat.start({
      verdict: (verdict) => this.#do(membership.handleVerdict(clock.now(), verdict)),
      send: (to, bytes) => this.#do(membership.sendBeat(to, bytes)),
      awake: (phase) => {
        this.#do(membership.awake(clock.now(), phase));
        this.events.awake();
      },
    });
  }

  leave(): void {
    this.#do(this.membership.leave());
    this.#ended = true;
    this.heartbeat.stop();
    for (const running of this.#timers.values()) running.cancel();
    this.#timers.clear();
  }

  /** What is done may lead to the next input before it has returned: its effects wait for their turn. */
  #do(effects: readonly Effect[]): void {
    this.heartbeat.tick();
    for (const effect of effects) this.#effects.push(effect);
    if (this.#working) return;
    this.#working = true;
    let changed = false;
    try {
      // The list grows while it is walked through.
      for (const effect of this.#effects) {
        this.#carryOut(effect);
        changed ||= effect.kind === 'notify';
      }
    } finally {
      this.#effects.length = 0;
      this.#working = false;
    }
    this.#tellDigest();
    if (changed) this.events.settled();
  }

  #tellDigest(): void {
    const { digest } = this.membership;
    if (digest === this.#digest) return;
    this.#digest = digest;
    this.heartbeat.digest(digest);
  }

  #carryOut(effect: Effect): void {
    switch (effect.kind) {
      case 'send':
        this.#send(effect);
        break;
      case 'timer':
        this.#setTimer(effect.after, effect.timer);
        break;
      case 'connect':
        void this.#connect(effect.id);
        break;
      case 'disconnect':
        this.mesh.disconnect(effect.id);
        break;
      case 'notify':
        this.events.changed(effect.change);
        break;
      case 'raise':
        this.events.raise(effect.incarnation);
        this.heartbeat.raise(effect.incarnation, effect.phase);
        break;
      case 'watch':
        this.#watch(effect.watch);
        break;
      case 'unwatch':
        this.#hearsay.delete(effect.id);
        this.heartbeat.unwatch(effect.id);
        break;
      case 'accuse':
        this.heartbeat.accuse(effect.accusation);
        break;
      case 'beat':
        this.heartbeat.beat(effect.bytes);
        break;
    }
  }

  #watch(watch: Watch): void {
    const { id } = watch.card;
    const isKnown = this.whereabouts.isKnown(parseNodeId(id)?.address ?? '');
    if (isKnown) this.#hearsay.delete(id);
    else this.#hearsay.set(id, watch);
    this.heartbeat.watch(isKnown ? watch : { ...watch, byLink: true });
  }

  #send({ to, message }: Extract<Effect, { kind: 'send' }>): void {
    const priority = message.kind === 'view' ? 'bulk' : 'control';
    this.mesh.sendAll(to, 'membership', toWire(message), priority);
  }

  #setTimer(after: Millis, timer: MembershipTimer): void {
    const running = this.clock.setTimer(after, () => {
      this.#timers.delete(timer);
      this.#do(this.membership.handleTimer(this.clock.now(), timer));
    });
    this.#timers.set(timer, running);
  }

  async #connect(id: NodeId): Promise<void> {
    const endpoint = parseNodeId(id);
    if (endpoint === undefined) return;
    const { address, port } = endpoint;
    if (!this.whereabouts.mayCall(address)) {
      this.#do(this.membership.connectFailed(this.clock.now(), id, 'timeout'));
      return;
    }
    const timeout = this.config.probeInterval;
    for (let dial = 1; !this.#ended; dial++) {
      const begun = this.clock.now();
      // oxlint-disable-next-line no-await-in-loop -- one dial after the other
      const outcome = await this.mesh.connect(address, port, id, timeout);
      if ('linked' in outcome) return this.#do(this.membership.connected(id));
      const now = this.clock.now();
      const failure = 'failed' in outcome ? outcome.failed : REJECTIONS[outcome.rejected];
      const isReset = failure === 'silent' || failure === 'unreachable';
      if (isReset && now - begun < timeout && dial <= MAX_REDIALS) continue;
      // Whoever does not belong proves nothing of who does: not even that it is gone.
      const why = failure === 'untrusted' ? 'timeout' : failure;
      this.#do(this.membership.connectFailed(now, id, why));
      return;
    }
  }
}
