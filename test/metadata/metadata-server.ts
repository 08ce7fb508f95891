import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A question as it arrived. */
export interface Question {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is, anything else as JSON. */
  readonly body?: unknown;
  /** Time before the first byte (ms). */
  readonly after?: number;
  /** Sends a byte a time, with so many ms between. */
  readonly drip?: number;
}

/** The metadata service of one machine, on loopback: a cloud answers, unless a fault was put before it. */
export class MetadataServer {
  readonly questions: Question[] = [];
  /** Each is given once, instead of what the cloud would say. */
  readonly faults: Reply[] = [];

  private constructor(private readonly server: Server) {}

  static async start(cloud: (question: Question) => Reply): Promise<MetadataServer> {
    const server = createServer();
    const metadata = new MetadataServer(server);
    server.on('request', (request: IncomingMessage, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const url = new URL(request.url ?? '/', metadata.endpoint);
        const question: Question = {
          method: request.method ?? 'GET',
          path: url.pathname,
          query: url.searchParams,
          headers: request.headers,
          body: Buffer.concat(chunks).toString(),
        };
        metadata.questions.push(question);
        const reply = metadata.faults.shift() ?? cloud(question);
        const { status = 200, headers = {}, body = '', after = 0, drip } = reply;
        const text = typeof body === 'string' ? body : JSON.stringify(body);
        setTimeout(() => {
          response.writeHead(status, { 'content-length': Buffer.byteLength(text), ...headers });
          if (drip === undefined) {
            response.end(text);
            return;
          }
          const bytes = text.split('');
          const timer = setInterval(() => {
            const byte = bytes.shift();
            if (byte === undefined || response.destroyed) clearInterval(timer);
            if (byte === undefined) response.end();
            else response.write(byte);
          }, drip);
        }, after);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return metadata;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
