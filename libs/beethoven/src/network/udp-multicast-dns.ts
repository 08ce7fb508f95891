import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { MissingPackageError } from '../errors/missing-package.error.js';
import type { DnsMessage, DnsRecord } from '../protocol/multicast/dns-message.js';
import { Gate } from '../protocol/multicast/gate.js';
import type { LoadMulticastDns, MulticastDns } from './multicast-dns.js';

const GROUP = '224.0.0.251';
const PORT = 5_353;

/** Not a literal, so that bundlers and the compiler do not look for what a user need not have installed. */
const PACKAGE: string = 'multicast-dns';

/** A record as the package decodes it; what has another shape is of a type that nobody here asks for. */
interface PlainRecord {
  readonly name: string;
  readonly type: string;
  readonly ttl?: number;
  readonly data?: unknown;
}

interface Packet {
  readonly type: 'query' | 'response';
  readonly questions?: readonly { readonly name: string }[];
  readonly answers?: readonly PlainRecord[];
  readonly additionals?: readonly PlainRecord[];
}

/** What is used of the package `multicast-dns`. */
interface Library {
  on(event: 'packet', heard: (packet: Packet, sender: RemoteInfo) => void): void;
  on(event: 'error' | 'warning', failed: (error: Error) => void): void;
  query(questions: readonly object[], sent: () => void): void;
  respond(answers: readonly object[], sent: () => void): void;
  destroy(closed: () => void): void;
}

type CreateLibrary = (options: {
  readonly socket: Socket;
  readonly bind: false;
  readonly interface: string;
}) => Library;

/** Multicast DNS over UDP, by the package `multicast-dns`, which an application installs where it wants this. */
export const loadMulticastDns: LoadMulticastDns = async () => {
  try {
    const { default: create } = (await import(PACKAGE)) as { default: CreateLibrary };
    return udpMulticastDns(create);
  } catch (cause) {
    throw new MissingPackageError(PACKAGE, '^7.2.5', "discovery: ['multicast-dns']", { cause });
  }
};

const udpMulticastDns = (create: CreateLibrary): MulticastDns => ({
  async open(address, onMessage) {
    const socket = createSocket({
      type: 'udp4',
      reuseAddr: true, // with whoever else of this machine speaks multicast DNS
      lookup: (host, _options, found) => found(null, host, 4),
    });
    const library = create({ socket, bind: false, interface: address });
    const gate = new Gate();
    const decoders = socket.listeners('message');
    socket.removeAllListeners('message').on('message', (bytes, sender) => {
      if (gate.admits(bytes, Date.now())) for (const decode of decoders) decode(bytes, sender);
    });
    library.on('warning', () => {}); // no DNS, or an interface that is down: it joins again when it is up
    library.on('error', () => {});
    library.on('packet', (packet, sender) => {
      // RFC 6762, 6 and 11: who speaks from another port does not take part.
      if (sender.port === PORT) onMessage(messageOf(packet), sender.address);
    });
    // Bound to the group, it hears nothing that was sent to this machine alone; Windows knows no such thing. Exclusive: the
    // workers of node:cluster would share one socket, and each is a node of its own.
    const bound = process.platform === 'win32' ? '0.0.0.0' : GROUP;
    const listening = once(socket, 'listening');
    socket.bind({ port: PORT, address: bound, exclusive: true });
    try {
      await listening;
    } catch (error) {
      library.destroy(() => {});
      throw error;
    }
    let sending = Promise.resolve();
    return {
      send(message) {
        sending = new Promise((sent) => {
          if (message.type === 'query') library.query(message.questions.map(question), sent);
          else library.respond(message.records, sent);
        });
      },
      async close() {
        await sending;
        await new Promise<void>((closed) => library.destroy(closed));
      },
    };
  },
});

const question = (name: string) => ({ name, type: 'PTR' });

function messageOf({ type, questions = [], answers = [], additionals = [] }: Packet): DnsMessage {
  if (type === 'query') return { type, questions: questions.map(({ name }) => name) };
  return { type, records: [...answers, ...additionals].flatMap(recordOf) };
}

function recordOf({ name, type, ttl = 0, data }: PlainRecord): DnsRecord[] {
  switch (type) {
    case 'A':
    case 'PTR':
      return [{ type, name, ttl, data: data as string }];
    case 'SRV':
      return [{ type, name, ttl, data: data as { target: string; port: number } }];
    case 'TXT':
      return [{ type, name, ttl, data: [data as Uint8Array | Uint8Array[]].flat().map(String) }];
    default:
      return [];
  }
}
