import type { Effect, MembershipTimer } from '../../libs/beethoven/src/protocol/membership/effects.js';
import { Membership } from '../../libs/beethoven/src/protocol/membership/membership.js';
import type { MembershipConfig } from '../../libs/beethoven/src/protocol/membership/membership-config.js';
import { toWire, type Message } from '../../libs/beethoven/src/protocol/membership/messages.js';
import { formatIpv4 } from '../../libs/beethoven/src/protocol/ipv4.js';
import { nodeId, type Millis, type NodeId } from '../../libs/beethoven/src/protocol/terms.js';
import { packedSize } from './packed-size.js';
import { ScaleLocator, FIRST_ADDRESS, PORT } from './scale-locator.js';
import type { ScaleWorld } from './scale-world.js';

/** What a link puts before each message: the length, and `[frame, channel, …` (bytes). */
const FRAME_OVERHEAD = 7;

/** One node: the pure protocol, and the little that drives it. */
export class ScaleNode {
  readonly id: NodeId;
  readonly locator: ScaleLocator;
  core: Membership;
  /** `gone`: its machine refuses. `silent`: it does not even do that. */
  state: 'new' | 'running' | 'gone' | 'silent' = 'new';
  links = 0;
  #stalled: (() => void)[] | undefined;

  constructor(
    readonly index: number,
    private readonly world: ScaleWorld,
    private readonly config: MembershipConfig,
  ) {
    const name = `node-${String(index).padStart(4, '0')}`;
    this.id = nodeId({ name, address: formatIpv4(FIRST_ADDRESS + index), port: PORT });
    this.locator = new ScaleLocator(this, world);
    this.core = this.#born();
  }

  get isStalled(): boolean {
    return this.#stalled !== undefined;
  }

  start(): void {
    this.state = 'running';
    this.core = this.#born();
    this.#do(this.core.start(this.world.now));
    this.locator.start();
  }

  end(state: 'gone' | 'silent'): void {
    this.state = state;
  }

  /** Blocks the event loop for so long: what comes meanwhile waits. */
  stall(span: Millis): void {
    if (this.#stalled !== undefined) return;
    const waiting: (() => void)[] = [];
    this.#stalled = waiting;
    this.world.after(span, () => {
      this.#stalled = undefined;
      for (const task of waiting) this.input(task);
    });
  }

  /** Something for the event loop: now, or when it is free again. */
  input(task: () => void): void {
    if (this.state !== 'running') return;
    if (this.#stalled === undefined) task();
    else this.#stalled.push(task);
  }

  linkUp(peer: ScaleNode): void {
    this.#do(this.core.linkUp(this.world.now, peer.core.self));
  }

  linkDown(peer: ScaleNode): void {
    this.#do(this.core.linkDown(this.world.now, peer.id, 'lost'));
  }

  #born(): Membership {
    const startedAt = this.world.now;
    const card = { id: this.id, incarnation: Math.floor(startedAt), startedAt, labels: {} };
    return new Membership(this.config, this.world.random, card);
  }

  #do(effects: readonly Effect[]): void {
    const { world } = this;
    for (const effect of effects) {
      switch (effect.kind) {
        case 'send':
          this.#send(effect.to, effect.message);
          break;
        case 'timer':
          this.#setTimer(effect.after, effect.timer);
          break;
        case 'connect':
          this.#connect(effect.id);
          break;
        case 'disconnect': {
          const peer = world.nodes[world.indexOf(effect.id)];
          if (peer !== undefined) world.hangUp(this, peer);
          break;
        }
        case 'notify':
          this.locator.changed(effect.change);
          world.onChange(this, effect.change);
          break;
        case 'raise':
        case 'cancel': // a stale timer does no harm
          break;
      }
    }
  }

  #setTimer(after: Millis, timer: MembershipTimer): void {
    const { world } = this;
    world.after(after, () => this.input(() => this.#do(this.core.handleTimer(world.now, timer))));
  }

  #connect(id: NodeId): void {
    const { world } = this;
    const peer = world.nodes[world.indexOf(id)];
    if (peer === undefined) return;
    world.dial(this, peer, this.config.probeInterval, (outcome) => {
      if (outcome !== 'linked') this.#do(this.core.connectFailed(world.now, id, outcome));
    });
  }

  #send(to: readonly NodeId[], message: Message): void {
    const { world, id } = this;
    const wire = toWire(message);
    const bytes = FRAME_OVERHEAD + packedSize(wire);
    for (const target of to) {
      const peer = world.nodes[world.indexOf(target)];
      if (peer === undefined) continue;
      world.send(this, peer, bytes, () => peer.#do(peer.core.handleMessage(world.now, id, wire)));
    }
  }
}
