import { describe, expect, it } from 'vitest';
import type { MulticastDns } from '../network/multicast-dns.js';
import { SERVICE, TTL, announcement } from '../protocol/multicast/announcement.js';
import type { DnsMessage } from '../protocol/multicast/dns-message.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { SimulatedNetwork } from '../testing/simulated-network.js';
import { Timeline } from '../testing/timeline.js';
import { MulticastSource } from './multicast-source.js';

/** One link, those who speak on it, and everything that is said. */
class Link {
  readonly timeline = new Timeline();
  readonly network = new SimulatedNetwork(this.timeline, new SeededRandom(1));
  readonly heard: { readonly at: number; readonly sender: string; readonly message: DnsMessage }[] =
    [];
  readonly #begin = this.timeline.now;
  #speakers = 0;

  /** A stranger who listens, and may say anything. */
  async stranger(address: string): Promise<(message: DnsMessage) => void> {
    const socket = await this.#multicast('stranger').open(address, (message, sender) =>
      this.heard.push({ at: this.timeline.now - this.#begin, sender, message }),
    );
    return (message) => socket.send(message);
  }

  node(address: string, { clusterName = 'shop', multicast = this.#multicast('node') } = {}): Node {
    return new Node(this.timeline, multicast, address, clusterName);
  }

  said(type: DnsMessage['type'], sender?: string): number[] {
    return this.heard
      .filter(({ message, ...by }) => message.type === type && by.sender === (sender ?? by.sender))
      .map(({ at }) => at);
  }

  #multicast(name: string): MulticastDns {
    return this.network.process(`${name}${++this.#speakers}`).multicastDns;
  }
}

/** Asks a source of its own as the Locator does. */
class Node {
  readonly #source: MulticastSource;
  readonly #abort = new AbortController();

  constructor(
    private readonly timeline: Timeline,
    multicast: MulticastDns,
    private readonly address: string,
    private readonly clusterName: string,
  ) {
    this.#source = new MulticastSource(multicast, timeline.clock(), new SeededRandom(2));
  }

  /** For whoever lets time pass himself. */
  async begin(): Promise<string[]> {
    const { address, clusterName } = this;
    const self = { name: 'me', address, port: 33_000 };
    const { signal } = this.#abort;
    const found: string[] = [];
    const context = { clusterName, defaultPort: 33_000, self, signal };
    for await (const text of this.#source.addresses(context)) found.push(text);
    return found;
  }

  async ask(): Promise<string[]> {
    const answer = this.begin();
    let isOver = false;
    const over = () => (isOver = true);
    answer.then(over, over);
    await this.timeline.until(() => isOver, 1_000);
    return answer;
  }

  /** Asks every second. */
  async live(span: number): Promise<string[]> {
    let found: string[] = [];
    for (const end = this.timeline.now + span; this.timeline.now < end;) {
      found = await this.ask();
      await this.timeline.advance(1_000);
    }
    return found;
  }

  stop(): void {
    this.#abort.abort();
  }
}

describe('multicast DNS', () => {
  it('finds the nodes that are there, in a fifth of a second', async () => {
    const link = new Link();
    const others = ['10.0.4.2', '10.0.4.3'].map((address) => link.node(address));
    for (const other of others) await other.ask();
    await link.timeline.advance(2_000);
    const before = link.timeline.now;
    expect(await link.node('10.0.4.1').ask()).toEqual(
      expect.arrayContaining(['10.0.4.2:33000', '10.0.4.3:33000']),
    );
    expect(link.timeline.now - before).toBeLessThanOrEqual(201);
  });

  it('finds a node that comes later', async () => {
    const link = new Link();
    const early = link.node('10.0.4.1');
    expect(await early.live(10_000)).toEqual([]);
    await link.node('10.0.4.2').ask();
    expect(await early.ask()).toEqual(['10.0.4.2:33000']);
  });

  it('finds neither this node itself, nor other clusters, nor those of loopback from elsewhere', async () => {
    const link = new Link();
    const one = link.node('10.0.4.1');
    await link.node('10.0.4.2', { clusterName: 'other' }).ask();
    await link.node('127.0.0.2').ask();
    expect(await one.live(5_000)).toEqual([]);
    const local = link.node('127.0.0.1');
    expect(await local.live(5_000)).toEqual(['127.0.0.2:33000']);
  });

  it('forgets who says goodbye, at once, and who is silent, after two minutes', async () => {
    const link = new Link();
    const [one, leaver, silent] = ['10.0.4.1', '10.0.4.2', '10.0.4.3'].map((address) =>
      link.node(address),
    ) as [Node, Node, Node];
    await leaver.ask();
    await silent.ask();
    expect(await one.live(5_000)).toHaveLength(2);
    leaver.stop();
    await link.timeline.advance(1);
    expect(await one.ask()).toEqual(['10.0.4.3:33000']);

    const later = new Link();
    const stays = later.node('10.0.4.1');
    const say = await later.stranger('10.0.4.2');
    say({
      type: 'response',
      records: announcement({ cluster: 'shop', address: '10.0.4.2', port: 1 }, TTL),
    });
    await stays.ask();
    say({
      type: 'response',
      records: announcement({ cluster: 'shop', address: '10.0.4.2', port: 1 }, TTL),
    });
    expect(await stays.live(110_000)).toEqual(['10.0.4.2:1']);
    expect(await stays.live(20_000)).toEqual([]);
  });

  it('speaks of itself twice when it comes, and is silent where nobody asks', async () => {
    const link = new Link();
    await link.stranger('10.0.4.9');
    await link.node('10.0.4.1').ask();
    await link.timeline.advance(600_000);
    const said = link.said('response');
    expect(said).toHaveLength(2);
    expect(said[1]! - said[0]!).toBeGreaterThanOrEqual(1_000);
  });

  it('answers a flood of questions once a second, and asks no more for it', async () => {
    const link = new Link();
    const say = await link.stranger('10.0.4.9');
    const node = link.node('10.0.4.1');
    await node.ask();
    for (let i = 0; i < 10_000; i++) {
      say({ type: 'query', questions: [SERVICE.toUpperCase()] });
      await link.timeline.advance(1);
    }
    expect(link.said('response').length).toBeLessThanOrEqual(11);
    expect(link.said('query', '10.0.4.1')).toHaveLength(1);
  });

  it('has one node ask for all, once a minute', async () => {
    const link = new Link();
    await link.stranger('10.0.4.9');
    const nodes = Array.from({ length: 10 }, (_, i) => link.node(`10.0.4.${i + 1}`));
    for (const node of nodes) await node.ask();
    for (let turn = 0; turn < 10_000; turn++) {
      void nodes[turn % 10]!.begin();
      await link.timeline.advance(100);
    }
    const late = link.said('query').filter((at) => at > 400_000);
    expect(late.length).toBeLessThanOrEqual(11);
    expect(late.length).toBeGreaterThanOrEqual(9);
  });

  it('cares for no question about other services', async () => {
    const link = new Link();
    const say = await link.stranger('10.0.4.9');
    await link.node('10.0.4.1').ask();
    await link.timeline.advance(5_000);
    const before = link.said('response').length;
    say({ type: 'query', questions: ['_ipp._tcp.local', '_services._dns-sd._udp.local'] });
    await link.timeline.advance(5_000);
    expect(link.said('response')).toHaveLength(before);
  });

  it('calls nobody whom somebody else has named', async () => {
    const link = new Link();
    const say = await link.stranger('10.0.4.9');
    const node = link.node('10.0.4.1');
    await node.ask();
    const claim = { cluster: 'shop', address: '192.0.2.1', port: 25 };
    say({ type: 'response', records: announcement(claim, TTL) });
    expect(await node.live(3_000)).toEqual([]);
  });

  it('that cannot be had is tried again when it is asked again', async () => {
    const link = new Link();
    let attempts = 0;
    const multicast: MulticastDns = {
      open: () => {
        attempts++;
        return attempts === 1
          ? Promise.reject(new Error('bind EACCES'))
          : Promise.resolve({ send: () => {}, close: () => Promise.resolve() });
      },
    };
    const node = link.node('10.0.4.1', { multicast });
    await expect(node.ask()).rejects.toThrow('EACCES');
    expect(await node.ask()).toEqual([]);
    expect(attempts).toBe(2);
  });

  it('says goodbye and leaves the group when the search ends, even while it is being opened', async () => {
    const link = new Link();
    await link.stranger('10.0.4.9');
    const node = link.node('10.0.4.1');
    const asked = node.ask();
    node.stop();
    await asked;
    await link.timeline.advance(10_000);
    const last = link.heard.findLast(({ message }) => message.type === 'response')!.message;
    expect(last).toEqual({
      type: 'response',
      records: announcement({ cluster: 'shop', address: '10.0.4.1', port: 33_000 }, 0),
    });
    expect(link.said('response').length).toBeLessThanOrEqual(2);
  });
});
