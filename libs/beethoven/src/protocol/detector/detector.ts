import { Deadlines } from '../deadlines.js';
import type { Random } from '../random.js';
import type { Incarnation, Millis, NodeId } from '../terms.js';
import type { Beat } from './beat.js';
import { CLOCK_TOLERANCE, type DetectorConfig } from './detector-config.js';
import { DetectorEffects, type DetectorEffect } from './detector-effects.js';
import { LocalHealth } from './local-health.js';
import { OwnBeats } from './own-beats.js';
import type { Accusation, Peer, Watch } from './peer.js';
import { Peers } from './peers.js';
import { Probes, type Ping } from './probes.js';
import type { Way } from './reach.js';
import { Rhythm } from './rhythm.js';
import { Strangers } from './strangers.js';
import { Suspects } from './suspects.js';

/**
 * Finds out which members have stopped: misses their beats, asks, keeps the time of those under suspicion, beats and answers for this node. Does
 * not know in which thread it runs, nor who is a member: that it is told. Inputs come as calls, with the time; what is to be done they
 * return, and {@link due} says when it wants to be called again.
 *
 * In each turn everyone beats for one other, who expects it, and asks only where no beat came: a quiet node wakes for its own beat and for that of
 * one other, where a probe and its answer would wake it three times. The rest is SWIM with Lifeguard.
 *
 * Source: Das, Gupta, Motivala, "SWIM", 2002; Dadgar, Phillips, Currey, "Lifeguard", 2017 (arXiv:1707.00788).
 */
export class Detector {
  readonly #effects = new DetectorEffects();
  readonly #deadlines = new Deadlines<Ping | Peer | 'turn'>();
  readonly #peers: Peers;
  readonly #own: OwnBeats;
  readonly #health = new LocalHealth();
  readonly #probes: Probes;
  readonly #suspects: Suspects;
  readonly #rhythm: Rhythm;
  readonly #strangers = new Strangers();
  #turn: Millis = Infinity;
  #listensUntil: Millis = 0;
  #mismatches = 0;

  constructor(
    private readonly config: DetectorConfig,
    random: Random,
    { card: { id, startedAt, incarnation }, phase }: Watch,
  ) {
    this.#own = new OwnBeats(id, startedAt, incarnation, phase);
    this.#peers = new Peers(random, this.#own.key);
    this.#rhythm = new Rhythm(config.probeInterval);
    this.#probes = new Probes(
      config,
      this.#own,
      this.#peers,
      this.#health,
      this.#deadlines,
      this.#effects,
    );
    this.#suspects = new Suspects(
      config,
      this.#peers,
      this.#probes,
      this.#deadlines,
      this.#effects,
    );
  }

  /** When it wants to be called with `handleTimer` (ms since the epoch). */
  get due(): Millis {
    return this.#deadlines.next;
  }

  /** Beats of nobody who is watched: nothing is learned from them. */
  get strangers(): number {
    return this.#strangers.heard;
  }

  /** Stands for all that this node believes of the live members. */
  set digest(digest: number) {
    this.#own.digest = digest;
  }

  /** Whether this node can send datagrams; the links carry all beats until then. */
  set datagrams(possible: boolean) {
    this.#probes.datagrams = possible;
  }

  start(now: Millis): readonly DetectorEffect[] {
    this.#armTurn(now, 1);
    return this.#effects.take();
  }

  /** A member to watch from here on, or one that has raised its incarnation, which ends a suspicion. */
  watch(now: Millis, watch: Watch): readonly DetectorEffect[] {
    const { card, phase } = watch;
    const { id, startedAt, incarnation } = card;
    const known = this.#peers.get(id);
    if (known?.startedAt === startedAt) {
      known.phase = Math.max(known.phase, phase);
      if (incarnation > known.incarnation) {
        known.incarnation = incarnation;
        this.#suspects.acquit(known);
      }
    } else {
      if (known !== undefined) this.#remove(known);
      this.#peers.add(now, watch);
    }
    return this.#effects.take();
  }

  /** It has departed. */
  unwatch(id: NodeId): readonly DetectorEffect[] {
    const peer = this.#peers.get(id);
    if (peer !== undefined) this.#remove(peer);
    return this.#effects.take();
  }

  /** This node, or another, suspects the member. Its time runs from here; it is shorter the more accuse it. */
  accuse(now: Millis, accusation: Accusation): readonly DetectorEffect[] {
    const { id, incarnation } = accusation;
    this.#awake(now);
    const peer = this.#peers.get(id);
    if (peer === undefined) return this.#effects.take();
    if (incarnation < peer.incarnation) {
      this.#effects.judge('trust', peer);
    } else {
      peer.incarnation = incarnation;
      this.#suspects.accuse(now, peer, accusation);
    }
    return this.#effects.take();
  }

  /** Takes over what the membership has told the cluster of this node. */
  raise(incarnation: Incarnation, phase: number): void {
    this.#own.incarnation = Math.max(this.#own.incarnation, incarnation);
    this.#own.phase = Math.max(this.#own.phase, phase);
  }

  /**
   * What is known of this node's main thread. While it lags nobody is condemned: what its links have to say is not heard.
   * @param lag for how long it has not answered (ms, 0 while it runs)
   */
  mainThread(now: Millis, lag: Millis, phase: number): void {
    if (lag > 0 || this.#own.lag > 0) this.#listensUntil = now + this.config.probeInterval;
    if (lag > 0 && this.#own.lag === 0) this.#health.worsen();
    this.#own.lag = lag;
    this.#own.phase = Math.max(this.#own.phase, phase);
  }

  handleBeat(now: Millis, beat: Beat, way: Way): readonly DetectorEffect[] {
    this.#awake(now);
    const peer = this.#peers.byKey(beat.from);
    if (peer === undefined || peer.startedAt !== beat.startedAt) {
      if (this.#strangers.hear(beat, way)) this.#answerStranger(beat);
      return this.#effects.take();
    }
    peer.heardAt = now;
    peer.reach = peer.reach.heard(way);
    this.#hearOf(peer, beat);
    this.#hearOfSelf(beat);
    this.#receive(now, peer, beat, way);
    return this.#effects.take();
  }

  handleTimer(now: Millis): readonly DetectorEffect[] {
    this.#awake(now);
    for (let item = this.#deadlines.take(now); item !== undefined;) {
      if (item === 'turn') this.#takeTurn(now);
      else if ('target' in item) this.#unanswered(now, item);
      else this.#timeIsUp(now, item);
      item = this.#deadlines.take(now);
    }
    return this.#effects.take();
  }

  /**
   * A turn that comes an interval late means that this node itself was stopped, or its event loop blocked, while the others went
   * on: silence proves nothing then. Nobody is judged by what was missed, suspects get the time back, and this node listens
   * for an interval before it asks again.
   */
  #awake(now: Millis): void {
    const late = now - this.#turn;
    if (late <= this.config.probeInterval) return;
    this.#suspects.postponeAll(late);
    this.#health.worsen();
    this.#probes.forgive();
    this.#listensUntil = now + this.config.probeInterval;
    this.#armTurn(now);
    this.#effects.overslept();
  }

  #armTurn(now: Millis, turns = this.#health.multiplier): void {
    this.#turn = this.#rhythm.timeOf(this.#rhythm.turnAt(now) + turns);
    this.#deadlines.set('turn', this.#turn);
  }

  #takeTurn(now: Millis): void {
    this.#strangers.turn();
    const turn = this.#rhythm.turnAt(now);
    const listener = this.#peers.listenerIn(turn);
    if (listener !== undefined) this.#probes.show(now, listener);
    this.#miss(now, turn - 1);
    this.#armTurn(now);
  }

  /** Asks the one that was to beat for this node in that turn, if it has not. */
  #miss(now: Millis, turn: number): void {
    const peer = this.#peers.beaterIn(turn);
    if (peer === undefined) return;
    const tolerance = this.config.probeInterval / CLOCK_TOLERANCE;
    if (peer.heardAt < this.#rhythm.timeOf(turn) - tolerance) this.#probes.ask(now, peer);
    else this.#health.improve();
  }

  #unanswered(now: Millis, ping: Ping): void {
    const silent = this.#probes.unanswered(now, ping);
    if (silent !== undefined && now >= this.#listensUntil) this.#effects.judge('suspect', silent);
  }

  #timeIsUp(now: Millis, peer: Peer): void {
    if (now < this.#listensUntil) this.#suspects.postpone(peer, this.config.probeInterval);
    else this.#suspects.timeIsUp(now, peer);
  }

  /** What the peer says of itself: nobody knows it better. */
  #hearOf(peer: Peer, { incarnation, phase }: Pick<Beat, 'incarnation' | 'phase'>): void {
    if (phase > peer.phase) {
      peer.phase = phase;
      this.#effects.phase(peer);
    }
    if (incarnation <= peer.incarnation) return;
    peer.incarnation = incarnation;
    if (peer.suspicion === undefined) return;
    this.#suspects.acquit(peer);
    this.#effects.judge('trust', peer);
  }

  /** Contradicts, if the beat accuses this node. */
  #hearOfSelf(beat: Beat): void {
    const contradicted = beat.subjectIncarnation + 1;
    if (!this.#own.isAccusedBy(beat) || !Number.isSafeInteger(contradicted)) return;
    this.#health.worsen();
    this.#own.incarnation = contradicted;
    this.#effects.raise(contradicted);
  }

  #answerStranger(beat: Beat): void {
    this.#hearOfSelf(beat);
    this.#effects.reply(beat, this.#own.beat('ack', beat.sequence));
  }

  #receive(now: Millis, peer: Peer, beat: Beat, way: Way): void {
    switch (beat.kind) {
      case 'ping':
        this.#probes.answer(peer, beat.sequence, way);
        this.#compare(peer, beat);
        break;
      case 'alive':
        this.#compare(peer, beat);
        break;
      case 'ack': {
        const other = this.#probes.acknowledged(peer, beat, way);
        if (other) this.#hearOf(other, { incarnation: beat.subjectIncarnation, phase: 0 });
        break;
      }
      case 'ping-for-me': {
        const target = this.#peers.byKey(beat.subject);
        if (target !== undefined && target !== peer) {
          this.#probes.pingFor(now, peer, beat.sequence, target);
        }
        break;
      }
    }
  }

  /** Views that differ may be a rumour on its way; twice in a row they are a gap to fill. A stalled node's view is old, and stays so. */
  #compare(peer: Peer, { digest, lag }: Beat): void {
    if (lag > 0 || this.#own.lag > 0) return;
    this.#mismatches = digest === this.#own.digest ? 0 : this.#mismatches + 1;
    if (this.#mismatches < 2) return;
    this.#mismatches = 0;
    this.#effects.differs(peer);
  }

  #remove(peer: Peer): void {
    this.#suspects.acquit(peer);
    this.#peers.delete(peer);
  }
}
