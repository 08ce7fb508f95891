import type { Clock, Timer } from '../network/clock.js';
import { pause } from '../network/clock.js';
import type { MulticastDns, MulticastSocket } from '../network/multicast-dns.js';
import { isLoopback, parseIpv4 } from '../protocol/ipv4.js';
import { targetKey } from '../protocol/locator/target.js';
import { SERVICE, TTL, announcement, claims } from '../protocol/multicast/announcement.js';
import type { Announced } from '../protocol/multicast/announcement.js';
import type { DnsMessage } from '../protocol/multicast/dns-message.js';
import { Neighbours } from '../protocol/multicast/neighbours.js';
import { AnswerPace, QuestionPace } from '../protocol/multicast/pace.js';
import type { Random } from '../protocol/random.js';
import type { Millis } from '../protocol/terms.js';
import type { DiscoveryContext, DiscoverySource } from './discovery-source.js';

/** Answers are held back for up to 120 ms. The range, if there is one, is called 250 ms after the question. */
const ANSWER_TIME: Millis = 200;

/** Makes this node known to the others of its link by multicast DNS, and finds them. */
export class MulticastSource implements DiscoverySource {
  readonly name = 'multicast-dns';
  readonly #neighbours = new Neighbours();
  readonly #questions = new QuestionPace();
  readonly #answers: AnswerPace;
  #opening: Promise<MulticastSocket> | undefined;
  #answering: Timer | undefined;

  constructor(
    private readonly multicast: MulticastDns,
    private readonly clock: Clock,
    random: Random,
  ) {
    this.#answers = new AnswerPace(random);
  }

  async *addresses(context: DiscoveryContext): AsyncIterable<string> {
    this.#opening ??= this.#open(context).catch((error: unknown) => {
      this.#opening = undefined; // tried again when it is asked again
      throw error;
    });
    const socket = await this.#opening;
    if (this.#questions.ask(this.clock.now())) {
      socket.send({ type: 'query', questions: [SERVICE] });
      await pause(this.clock, ANSWER_TIME);
    }
    yield* this.#neighbours.known(this.clock.now()).map(targetKey);
  }

  async #open({ self, clusterName: cluster, signal }: DiscoveryContext): Promise<MulticastSocket> {
    const node: Announced = { cluster, address: self.address, port: self.port };
    const socket = await this.multicast.open(self.address, (message, sender) => {
      if (!signal.aborted && isLocal(sender) === isLocal(self.address))
        this.#hear(message, sender, node, socket);
    });
    const leave = (): void => {
      this.#answering?.cancel();
      socket.send({ type: 'response', records: announcement(node, 0) });
      void socket.close();
    };
    if (signal.aborted) leave();
    else {
      signal.addEventListener('abort', leave);
      // Twice, by RFC 6762, 8.3: the first one may be lost.
      this.#answer(node, socket);
      this.#answerSoon(node, socket);
    }
    return socket;
  }

  #hear(message: DnsMessage, sender: string, node: Announced, socket: MulticastSocket): void {
    const now = this.clock.now();
    if (message.type === 'query') {
      if (!message.questions.some((name) => name.toLowerCase() === SERVICE)) return;
      this.#questions.heard(now);
      this.#answerSoon(node, socket);
      return;
    }
    for (const claim of claims(message.records, node.cluster, sender))
      if (claim.address !== node.address || claim.port !== node.port)
        this.#neighbours.hear(claim, now);
  }

  #answerSoon(node: Announced, socket: MulticastSocket): void {
    this.#answering ??= this.clock.setTimer(this.#answers.wait(this.clock.now()), () => {
      this.#answering = undefined;
      this.#answer(node, socket);
    });
  }

  #answer(node: Announced, socket: MulticastSocket): void {
    this.#answers.answered(this.clock.now());
    socket.send({ type: 'response', records: announcement(node, TTL) });
  }
}

/** A cluster on loopback keeps to it: what is said on other interfaces may be heard as well. */
function isLocal(address: string): boolean {
  const number = parseIpv4(address);
  return number !== undefined && isLoopback(number);
}
