import type { Clock } from '../network/clock.js';
import type { Datagrams, DatagramSocket, SocketAddress } from '../network/datagrams.js';
import { beatKey, type Life } from '../protocol/detector/beat.js';
import { Detector } from '../protocol/detector/detector.js';
import type { DetectorConfig } from '../protocol/detector/detector-config.js';
import type { Verdict } from '../protocol/detector/detector-effects.js';
import { MainWatch } from '../protocol/detector/main-watch.js';
import type { Accusation, Watch } from '../protocol/detector/peer.js';
import type { Way } from '../protocol/detector/reach.js';
import type { Random } from '../protocol/random.js';
import { parseNodeId, type Incarnation, type NodeId } from '../protocol/terms.js';
import { DetectorRunner, type Reply } from './detector-runner.js';
import { Pulse, STOPPED } from './pulse.js';
import type { BeatSeal } from './beat-seal.js';

/** What the heartbeat thread is given to begin with. */
export interface AgentSetup {
  /** Stands for the cluster's name in beats. */
  readonly cluster: number;
  readonly self: Watch;
  readonly config: DetectorConfig;
  readonly memory: SharedArrayBuffer;
  /** Authenticate datagrams: the first those that are sent, any those that come. Without any key there are none; left out: they are not. */
  readonly keys?: readonly Uint8Array[];
}

/** From the main thread. */
export type ToAgent =
  | { readonly kind: 'watch'; readonly watch: Watch }
  | { readonly kind: 'unwatch'; readonly id: NodeId }
  | { readonly kind: 'accuse'; readonly accusation: Accusation }
  | { readonly kind: 'raise'; readonly incarnation: Incarnation; readonly phase: number }
  | { readonly kind: 'beat'; readonly bytes: Uint8Array };

/** To the main thread. */
export type FromAgent =
  /** It beats from here on; `without` says why there is no socket for datagrams, where there is none. */
  | { readonly kind: 'ready'; readonly without?: string }
  /** Show that you run. */
  | { readonly kind: 'poke' }
  | { readonly kind: 'verdict'; readonly verdict: Verdict }
  /** A beat that is to go over the link. */
  | { readonly kind: 'send'; readonly to: NodeId; readonly bytes: Uint8Array };

/**
 * What runs in the heartbeat thread: a detector with a socket of its own, so that this node beats, answers and judges while its main thread
 * is blocked, and says in every beat for how long it has been.
 */
export class HeartbeatAgent {
  readonly #detector: Detector;
  readonly #runner: DetectorRunner;
  readonly #pulse: Pulse;
  readonly #watch: MainWatch;
  /** Where the datagrams for a member go, and to which life of it. */
  readonly #receivers = new Map<NodeId, Receiver>();
  #seal: BeatSeal | undefined;
  #forged = 0;
  #socket: DatagramSocket | undefined;
  #ended = false;

  constructor(
    private readonly setup: AgentSetup,
    private readonly clock: Clock,
    random: Random,
    private readonly post: (message: FromAgent) => void,
  ) {
    const { self, config, cluster, memory } = setup;
    this.#pulse = new Pulse(memory);
    this.#detector = new Detector(config, random, self);
    this.#runner = new DetectorRunner(
      this.#detector,
      cluster,
      clock,
      {
        send: (to, way, bytes) => this.#send(to, way, bytes),
        verdict: (verdict) => post({ kind: 'verdict', verdict }),
      },
      {
        before: (late) => this.#look(late > STOPPED),
        next: (due) => (this.#pulse.due = due),
      },
    );
    this.#watch = new MainWatch(clock.now(), this.#pulse.turns, self.phase);
  }

  /** Begins to beat: over the links alone where there is no socket to be had. */
  async start(datagrams: Datagrams): Promise<void> {
    const without = await this.#bind(datagrams);
    if (this.#ended) return this.#socket?.close();
    this.#detector.datagrams = this.#socket !== undefined;
    this.post(without === undefined ? { kind: 'ready' } : { kind: 'ready', without });
    this.#runner.start();
  }

  stop(): void {
    this.#ended = true;
    this.#runner.stop();
    this.#socket?.close();
  }

  handle(message: ToAgent): void {
    switch (message.kind) {
      case 'watch':
        if (message.watch.byLink) this.#receivers.delete(message.watch.card.id);
        else this.#receivers.set(message.watch.card.id, receiverOf(message.watch));
        this.#runner.watch(message.watch);
        break;
      case 'unwatch':
        this.#receivers.delete(message.id);
        this.#runner.unwatch(message.id);
        break;
      case 'accuse':
        this.#runner.accuse(message.accusation);
        break;
      case 'raise':
        this.#watch.heard(message.phase);
        this.#runner.raise(message.incarnation, message.phase);
        break;
      case 'beat':
        this.#beat(message.bytes, 'link');
        break;
    }
  }

  async #bind(datagrams: Datagrams): Promise<string | undefined> {
    const { keys, self } = this.setup;
    if (keys?.length === 0) return 'no `secret` to authenticate them with';
    const { address, port } = receiverOf(self);
    try {
      if (keys !== undefined) {
        const { BeatSeal } = await import('./beat-seal.js'); // what it takes is taken where it is needed
        this.#seal = new BeatSeal(keys, receiverOf(self), this.clock.now());
      }
      this.#socket = await datagrams.bind(address, port, (bytes, from) =>
        this.#receive(bytes, from),
      );
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  #receive(bytes: Uint8Array, { address, port }: SocketAddress): void {
    const beat = this.#seal === undefined ? bytes : this.#seal.open(bytes);
    if (beat === undefined) this.#forged++;
    else
      this.#beat(beat, 'datagram', (to, answer) =>
        this.#dispatch({ address, port, ...to }, answer),
      );
  }

  #beat(bytes: Uint8Array, way: Way, reply?: Reply): void {
    this.#look(false);
    this.#runner.beat(bytes, way, reply);
  }

  #send(to: NodeId, way: Way, bytes: Uint8Array): void {
    const receiver = way === 'datagram' ? this.#receivers.get(to) : undefined;
    if (receiver === undefined) this.post({ kind: 'send', to, bytes });
    else this.#dispatch(receiver, bytes);
  }

  #dispatch(receiver: Receiver, bytes: Uint8Array): void {
    const datagram = this.#seal === undefined ? bytes : this.#seal.close(bytes, receiver);
    this.#socket?.send(receiver.address, receiver.port, datagram);
  }

  #look(wasStopped: boolean): void {
    const now = this.clock.now();
    if (wasStopped) {
      this.#pulse.countStop();
      this.#pulse.due = Infinity; // it runs, and says soon when it goes on
    }
    const { poke, lag, phase } = this.#watch.look(now, this.#pulse.turns, wasStopped);
    if (poke) this.post({ kind: 'poke' });
    if (phase !== this.#pulse.phase) this.#pulse.phase = phase;
    this.#detector.digest = this.#pulse.digest;
    const { malformed } = this.#runner;
    this.#pulse.dropped = { malformed, strangers: this.#detector.strangers, forged: this.#forged };
    this.#detector.mainThread(now, lag, phase);
  }
}

interface Receiver extends SocketAddress, Life {}

function receiverOf({ card: { id, startedAt } }: Watch): Receiver {
  const { address, port } = parseNodeId(id) ?? NOWHERE;
  return { address, port, key: beatKey(id), startedAt };
}

// Ids are checked where they come in; this one is never seen.
const NOWHERE: SocketAddress = { address: '127.0.0.1', port: 9 };
