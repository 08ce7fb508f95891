import { BEAT_BYTES, type Beat } from '../../libs/beethoven/src/protocol/detector/beat.js';
import { Detector } from '../../libs/beethoven/src/protocol/detector/detector.js';
import type { DetectorConfig } from '../../libs/beethoven/src/protocol/detector/detector-config.js';
import type { DetectorEffect } from '../../libs/beethoven/src/protocol/detector/detector-effects.js';
import type { Way } from '../../libs/beethoven/src/protocol/detector/reach.js';
import { formatIpv4 } from '../../libs/beethoven/src/protocol/ipv4.js';
import type { Effect } from '../../libs/beethoven/src/protocol/membership/effects.js';
import { Membership } from '../../libs/beethoven/src/protocol/membership/membership.js';
import { toWire, type Message } from '../../libs/beethoven/src/protocol/membership/messages.js';
import { nodeId, type Millis, type NodeId } from '../../libs/beethoven/src/protocol/terms.js';
import { packedSize } from './packed-size.js';
import { FIRST_ADDRESS, PORT, ScaleLocator } from './scale-locator.js';
import type { ScaleWorld } from './scale-world.js';

/** What a link puts before each message: the length, and `[frame, channel, …` (bytes). */
const FRAME_OVERHEAD = 7;
/** A beat in a message of its own. */
const BEAT_MESSAGE = FRAME_OVERHEAD + 4 + BEAT_BYTES;

/** The heartbeat's thread calls the main one stalled when it has not answered for so long. */
const STALL_NOTICED: Millis = 1_000;

/**
 * One node: the pure protocol, and the little that drives it. The membership lives in the main thread, which may stall; the detector
 * in another one, which does not.
 */
export class ScaleNode {
  readonly id: NodeId;
  readonly address: string;
  readonly locator: ScaleLocator;
  /** `gone`: its machine refuses. `silent`: it does not even do that. */
  state: 'new' | 'running' | 'gone' | 'silent' = 'new';
  links = 0;
  #core: Membership;
  #detector: Detector;
  #phase = 0;
  #stalled: (() => void)[] | undefined;
  /** When the detector will be called next, as far as that is arranged. */
  #callAt: Millis = Infinity;

  constructor(
    readonly index: number,
    private readonly world: ScaleWorld,
    private readonly config: DetectorConfig,
  ) {
    const name = `node-${String(index).padStart(4, '0')}`;
    this.address = formatIpv4(FIRST_ADDRESS + index);
    this.id = nodeId({ name, address: this.address, port: PORT });
    this.locator = new ScaleLocator(this, world);
    [this.#core, this.#detector] = this.#born();
  }

  get core(): Membership {
    return this.#core;
  }

  /** How often its main thread has fallen into a stall, or come out of one. */
  get phase(): number {
    return this.#phase;
  }

  get isStalled(): boolean {
    return this.#stalled !== undefined;
  }

  start(): void {
    const { world } = this;
    this.state = 'running';
    [this.#core, this.#detector] = this.#born();
    this.#detector.datagrams = true;
    this.#core.start();
    this.#obey(this.#detector.start(world.now));
    this.locator.start();
  }

  end(state: 'gone' | 'silent'): void {
    this.state = state;
  }

  /** Blocks the event loop for so long: what comes for it meanwhile waits. The detector sees it, and goes on. */
  stall(span: Millis): void {
    if (this.#stalled !== undefined) return;
    const { world } = this;
    const waiting: (() => void)[] = [];
    this.#stalled = waiting;
    const isNoticed = span > STALL_NOTICED;
    if (isNoticed) world.after(STALL_NOTICED, () => this.#lag(STALL_NOTICED));
    world.after(span, () => {
      this.#stalled = undefined;
      if (isNoticed) {
        this.#lag(0);
        this.input(() => this.#do(this.#core.awake(world.now, this.#phase)));
      }
      for (const task of waiting) this.input(task);
    });
  }

  /** Something for the main thread: now, or when it is free again. */
  input(task: () => void): void {
    if (this.state !== 'running') return;
    if (this.#stalled === undefined) task();
    else this.#stalled.push(task);
  }

  linkUp(peer: ScaleNode): void {
    this.#do(this.#core.linkUp(this.world.now, peer.core.self));
  }

  linkDown(peer: ScaleNode): void {
    this.#do(this.#core.linkDown(this.world.now, peer.id, 'lost'));
  }

  #born(): [Membership, Detector] {
    const { now, random } = this.world;
    const card = { id: this.id, incarnation: Math.floor(now), startedAt: now, labels: {} };
    return [
      new Membership(this.config, random, card),
      new Detector(this.config, random, { card, phase: 0 }),
    ];
  }

  #lag(lag: Millis): void {
    this.#phase++;
    this.#detector.mainThread(this.world.now, lag, this.#phase);
  }

  /** What the membership wants. */
  #do(effects: readonly Effect[]): void {
    const { world } = this;
    const { now } = world;
    this.#detector.digest = this.#core.digest;
    for (const effect of effects) {
      switch (effect.kind) {
        case 'send':
          this.#send(effect.to, effect.message);
          break;
        case 'timer': {
          const { after, timer } = effect;
          world.after(after, () =>
            this.input(() => this.#do(this.#core.handleTimer(world.now, timer))),
          );
          break;
        }
        case 'connect':
          this.#connect(effect.id);
          break;
        case 'disconnect': {
          const peer = world.nodeOf(effect.id);
          if (peer !== undefined) world.hangUp(this, peer);
          break;
        }
        case 'notify':
          this.locator.changed(effect.change);
          world.onChange(this, effect.change);
          break;
        case 'raise':
          this.#detector.raise(effect.incarnation, effect.phase);
          break;
        case 'watch':
          this.#carryOut(this.#detector.watch(now, effect.watch));
          break;
        case 'unwatch':
          this.#carryOut(this.#detector.unwatch(effect.id));
          break;
        case 'accuse':
          this.#carryOut(this.#detector.accuse(now, effect.accusation));
          break;
        case 'beat': // is handed over as it was sent: see #beat
          break;
      }
    }
    this.#callDetector();
  }

  /** What the detector wants, and its next call. @param asker who is answered, where it is a stranger */
  #obey(effects: readonly DetectorEffect[], asker?: ScaleNode): void {
    this.#carryOut(effects, asker);
    this.#callDetector();
  }

  #carryOut(effects: readonly DetectorEffect[], asker: ScaleNode = this): void {
    for (const effect of effects) {
      if (effect.kind === 'send') this.#beat(effect.to, effect.way, effect.beat);
      else if (effect.kind === 'reply') asker.#hear(this, effect.beat);
      else this.input(() => this.#do(this.#core.handleVerdict(this.world.now, effect)));
    }
  }

  #callDetector(): void {
    const { world } = this;
    const { due } = this.#detector;
    if (due >= this.#callAt) return;
    this.#callAt = due;
    world.after(Math.max(0, due - world.now), () => {
      if (this.#callAt !== due) return;
      this.#callAt = Infinity;
      if (this.state === 'running') this.#obey(this.#detector.handleTimer(world.now));
    });
  }

  #beat(to: NodeId, way: Way, beat: Beat): void {
    const { world } = this;
    const peer = world.nodeOf(to);
    if (peer === undefined) return;
    if (way === 'datagram') return peer.#hear(this, beat);
    const hear = (): void => peer.#obey(peer.#detector.handleBeat(world.now, beat, way));
    this.input(() => {
      if (world.isLinked(this, peer)) world.send(this, peer, BEAT_MESSAGE, hear);
      else this.#do(this.#core.sendBeat(to, NO_BYTES));
    });
  }

  /** A datagram, which may be lost on its way. */
  #hear(from: ScaleNode, beat: Beat): void {
    const { world } = this;
    world.cast(from, this, BEAT_BYTES, () =>
      this.#obey(this.#detector.handleBeat(world.now, beat, 'datagram'), from),
    );
  }

  #connect(id: NodeId): void {
    const { world } = this;
    const peer = world.nodeOf(id);
    if (peer === undefined) return;
    world.dial(this, peer, this.config.probeInterval, (outcome) => {
      const core = this.#core;
      if (outcome === 'linked') this.#do(core.connected(id));
      else this.#do(core.connectFailed(world.now, id, outcome));
    });
  }

  #send(to: readonly NodeId[], message: Message): void {
    const { world, id } = this;
    const bytes = FRAME_OVERHEAD + packedSize(toWire(message));
    for (const target of to) {
      const peer = world.nodeOf(target);
      if (peer === undefined) continue;
      world.send(this, peer, bytes, () =>
        peer.#do(peer.#core.handleMessage(world.now, id, message)),
      );
    }
  }
}

const NO_BYTES = new Uint8Array(0);
