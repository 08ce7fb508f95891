import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

const TYPE = { A: 1, SRV: 33 } as const;
const NO_SUCH_NAME = 3;

/** A DNS server on loopback that knows a few A and SRV records, which may change at any time (RFC 1035, RFC 2782). */
export class DnsServer {
  /** Addresses by name. */
  readonly addresses = new Map<string, readonly string[]>();
  /** Hosts and ports by the name of the service. */
  readonly services = new Map<
    string,
    readonly { readonly host: string; readonly port: number }[]
  >();
  asked = 0;

  private constructor(private readonly socket: Socket) {}

  static async start(): Promise<DnsServer> {
    const socket = createSocket('udp4');
    const server = new DnsServer(socket);
    socket.on('message', (query, { address, port }) => {
      server.asked++;
      socket.send(server.#answer(query), port, address);
    });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return server;
  }

  get address(): string {
    return `127.0.0.1:${this.socket.address().port}`;
  }

  async stop(): Promise<void> {
    this.socket.close();
    await once(this.socket, 'close');
  }

  #answer(query: Buffer): Buffer {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length));
      at += length + 1;
    }
    const type = query.readUInt16BE(at + 1);
    const question = query.subarray(12, at + 5);
    const name = labels.join('.').toLowerCase();
    const data = this.#records(name, type);
    const isKnown = this.addresses.has(name) || this.services.has(name);
    const header = Buffer.alloc(12);
    header.writeUInt16BE(query.readUInt16BE(0), 0);
    header.writeUInt16BE(0x8580 | (isKnown ? 0 : NO_SUCH_NAME), 2); // an answer, authoritative
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(data.length, 6);
    const records = data.map((bytes) => {
      const head = Buffer.alloc(12);
      head.writeUInt16BE(0xc00c, 0); // the name of the question
      head.writeUInt16BE(type, 2);
      head.writeUInt16BE(1, 4);
      head.writeUInt16BE(bytes.length, 10);
      return Buffer.concat([head, bytes]);
    });
    return Buffer.concat([header, question, ...records]);
  }

  #records(name: string, type: number): Buffer[] {
    if (type === TYPE.A)
      return (this.addresses.get(name) ?? []).map((address) =>
        Buffer.from(address.split('.').map(Number)),
      );
    if (type !== TYPE.SRV) return [];
    return (this.services.get(name) ?? []).map(({ host, port }) => {
      const head = Buffer.alloc(6);
      head.writeUInt16BE(port, 4);
      const labels = host
        .split('.')
        .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
      return Buffer.concat([head, ...labels, Buffer.alloc(1)]);
    });
  }
}
